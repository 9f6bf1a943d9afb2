import type { Queryable, Statement } from './database.ts'
import { createTurns } from './turns.ts'

/** One connection, held by nobody else from `begin` until `commit` or `rollback` has settled. */
export interface HeldConnection extends Queryable {
  begin(): Promise<void>
  /**
   * Begins with a statement, without waiting for it: what is asked next is sent along. Where there is
   * none, one comes after the other.
   */
  beginWith?(opening: Statement): Promise<void>
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
    // What failed at the opening has failed all that came after it, and is why.
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
