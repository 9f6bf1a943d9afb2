import type { Database, Queryable } from './database.ts'

/**
 * Reads of all organizations, in one transaction of one connection. Without just-in-time
 * compilation, which takes 200 ms for statements that take 20 once there are many roll-ups, and
 * without plans for any parameters, which know nothing of how many organizations are asked for.
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
