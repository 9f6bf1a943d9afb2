import type { Queryable } from './database.ts'
import { createTurns } from './turns.ts'

/** One connection, held by nobody else from `begin` until `commit` or `rollback` has settled. */
export interface HeldConnection extends Queryable {
  begin(): Promise<void>
  commit(): Promise<void>
  /** Never rejects: a connection that cannot roll back is for its owner to throw away. */
  rollback(): Promise<void>
}

/**
 * Runs `work` between BEGIN and COMMIT. Its statements go one after the other even when it starts
 * several at once, and what it left running is waited for; its handle refuses to be used later.
 */
export const runTransaction = async <T>(
  connection: HeldConnection,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> => {
  const turns = createTurns()
  let over = false
  const tx: Queryable = {
    query: (text, values) => {
      if (over) return Promise.reject(new Error('This transaction is over: its handle was kept.'))
      return turns.run(() => connection.query(text, values))
    },
  }
  const finish = async (): Promise<void> => {
    over = true
    await turns.run(async () => undefined)
  }

  await connection.begin()
  let result: T
  try {
    result = await work(tx)
    await finish()
  } catch (error) {
    await finish()
    await connection.rollback()
    throw error
  }
  await connection.commit()
  return result
}
