import type { Queryable, Statement } from './database.ts'
import { createTurns } from './turns.ts'

/** One connection, held by nobody else from `begin` until `commit` or `rollback` has settled. */
export interface HeldConnection extends Queryable {
  begin(): Promise<void>
  /**
   * Begins with a statement and does not wait for it: the next statement is sent along. Connections
   * without this method run the two one after the other.
   */
  beginWith?(opening: Statement): Promise<void>
  commit(): Promise<void>
  /** Never rejects. If a connection cannot roll back, its owner must discard it. */
  rollback(): Promise<void>
}

/**
 * Runs `work` between BEGIN and COMMIT. Its statements run one after the other, even when it starts
 * several at once. The transaction waits for statements that `work` left running. The handle
 * refuses later use.
 */
export const runTransaction = async <T>(
  connection: HeldConnection,
  work: (tx: Queryable) => Promise<T>,
  opening?: Statement,
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

  let result: T
  const opened = opening && connection.beginWith?.(opening)
  if (!opened) await connection.begin()
  try {
    if (opening && !opened) await connection.query(opening.text, opening.values)
    // If the opening failed, it caused the failure of all that came after it.
    const [, done] = await Promise.all([opened, settled(work(tx))])
    result = given(done)
    await finish()
  } catch (error) {
    await finish()
    await connection.rollback()
    throw error
  }
  await connection.commit()
  return result
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

const settled = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

const given = <T>(done: Settled<T>): T => {
  if ('error' in done) throw done.error
  return done.value
}
