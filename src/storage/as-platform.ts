import type { Database, Queryable } from './database.ts'

/**
 * Reads of all organizations, in one transaction on one connection. Just-in-time compilation is
 * off: with many roll-ups it takes 200 ms for statements that run in 20 ms. Generic plans are off:
 * they do not know how many organizations are asked for.
 */
export const asPlatform = <Result>(
  db: Pick<Database, 'transaction'>,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> =>
  db.transaction(async (tx) => {
    await tx.query(
      `select set_config('jit', 'off', true),
              set_config('plan_cache_mode', 'force_custom_plan', true)`,
    )
    return read(tx)
  })
