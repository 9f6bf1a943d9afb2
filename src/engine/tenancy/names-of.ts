import { asPlatform } from '../../storage/as-platform.ts'
import { namesOf } from '../../storage/reports/operator.ts'
import type { Context } from '../context.ts'

/** The names of organizations by id. */
export const namesOfOrganizations = async (
  ctx: Context,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> =>
  ids.length === 0 ? new Map() : asPlatform(ctx.db, (tx) => namesOf(tx, ids))
