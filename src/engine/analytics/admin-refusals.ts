import type { AdminUsage, MetricValues } from '../../contract/operator-reports.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type LimitRefusals,
  type RefusalRange,
  refusalsByLimit,
  refusalsByTime,
  refusalsOf,
} from '../../storage/gate/refusals.ts'

const TOP_LIMITS = 50

/** The gate's refusals in a range: over time, by limit, and of some organizations. */
export interface AdminRefusals {
  readonly byTime: readonly { readonly window_start: Date; readonly refusals: number }[]
  readonly byLimit: readonly LimitRefusals[]
  readonly ofOrganizations: ReadonlyMap<string, number>
}

export const readRefusals = async (
  db: Queryable,
  range: RefusalRange,
  organizationIds: readonly string[],
): Promise<AdminRefusals> => {
  const [byTime, byLimit, ofOrganizations] = await Promise.all([
    refusalsByTime(db, range),
    refusalsByLimit(db, range, TOP_LIMITS),
    organizationIds.length === 0
      ? new Map<string, number>()
      : refusalsOf(db, organizationIds, range),
  ])
  return { byTime, byLimit, ofOrganizations }
}

/** The three functions below return nothing if the caller did not ask for refusals. */
export const refusalsIn = (
  rows: AdminRefusals['byTime'] | undefined,
): Pick<MetricValues, 'refusals'> =>
  rows ? { refusals: rows.reduce((sum, { refusals }) => sum + refusals, 0) } : {}

export const refusalsOfOne = (
  read: AdminRefusals | undefined,
  id: string,
): Pick<MetricValues, 'refusals'> => (read ? { refusals: read.ofOrganizations.get(id) ?? 0 } : {})

export const limitsThatRefused = (
  read: AdminRefusals | undefined,
): Pick<AdminUsage, 'refusalsByLimit'> => (read ? { refusalsByLimit: [...read.byLimit] } : {})
