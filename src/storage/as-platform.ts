import type { Database, Queryable } from './database.ts'

/**
 * Reads of all organizations, in one transaction of one connection. Without just-in-time
 * compilation: it takes 200 ms for statements that take 20, whenever there are many roll-ups.
 */
export const asPlatform = <Result>(
  db: Pick<Database, 'transaction'>,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> =>
  db.transaction(async (tx) => {
    await tx.query(`select set_config('jit', 'off', true)`)
    return read(tx)
  })
