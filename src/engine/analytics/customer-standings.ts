import type { Customer } from '../../contract/operator-reports.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { LIMIT_WINDOWS } from '../../core/catalog-words.ts'
import { type LimitStanding, standingAfter } from '../../core/decision.ts'
import { grouped } from '../../core/grouped.ts'
import { isMomentary } from '../../core/limit-policy.ts'
import type { Queryable } from '../../storage/database.ts'
import type { CustomerRow } from '../../storage/reports/operator.ts'
import {
  nearestStandings,
  type StandingOfOrganization,
} from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { seenLimit } from '../counters/seen-limit.ts'

/** A customer's status at its limits. */
export type CustomerStanding = Pick<Customer, 'standing' | 'percentageUsed' | 'tightestLimit'>

const CLOSED: CustomerStanding = { standing: null, percentageUsed: null, tightestLimit: null }

/**
 * The status of each customer at its tightest limit: `near` from its own warning threshold,
 * `reached` once the limit is used up.
 *
 * Only limits on windows count, because a rate or a concurrency changes from one moment to the
 * next. Among reached limits, a refusing one takes precedence over a billing one.
 */
export const customerStandings = async (
  db: Queryable,
  catalog: Context['catalog'],
  rows: readonly CustomerRow[],
  at: Date,
): Promise<ReadonlyMap<string, CustomerStanding>> => {
  const open = rows.filter(({ status }) => status === 'active')
  const found = await nearestStandings(db, {
    ids: open.map(({ id }) => id),
    at,
    windows: LIMIT_WINDOWS.filter((window) => !isMomentary(window)),
  })
  const byId = grouped(found, ({ organization_id }) => organization_id)
  return new Map(
    rows.map((row) => [
      row.id,
      row.status === 'active' ? standingOf(catalog, row, byId.get(row.id) ?? [], at) : CLOSED,
    ]),
  )
}

const standingOf = (
  catalog: Context['catalog'],
  { starts_at, warn_percent }: CustomerRow,
  limits: readonly StandingOfOrganization[],
  at: Date,
): CustomerStanding => {
  const tightest = limits
    .map((row) => standingNow(row, starts_at.getTime(), at.getTime()))
    .reduce<LimitStanding | undefined>(
      (most, one) => (!most || isTighter(one, most) ? one : most),
      undefined,
    )
  const percentageUsed = tightest?.percentUsed
  if (!tightest || percentageUsed === undefined) {
    return { standing: 'ok', percentageUsed: null, tightestLimit: null }
  }
  const { meter, window, behavior, used, max, endMs } = tightest
  const inUnits = (units: bigint) => numberFromUnits(units, catalog.meter(meter)?.scale ?? 0)
  return {
    standing: isReached(tightest) ? 'reached' : percentageUsed >= warn_percent ? 'near' : 'ok',
    percentageUsed,
    tightestLimit: {
      limit: `${meter}/${window}`,
      behavior,
      used: inUnits(used),
      max: inUnits(max ?? 0n),
      resetAt: endMs === undefined ? null : new Date(endMs).toISOString(),
    },
  }
}

const standingNow = (row: StandingOfOrganization, anchorMs: number, atMs: number) =>
  standingAfter(
    seenLimit(
      { ...row, per: 'organization' },
      {
        subject: '',
        startMs: row.window_start?.getTime() ?? atMs,
        before: row.used + row.held,
        asked: 0n,
      },
    ),
    false,
    row.aggregation,
    anchorMs,
  )

const isReached = ({ percentUsed }: LimitStanding): boolean => (percentUsed ?? 0) >= 100

const refuses = (limit: LimitStanding): boolean => isReached(limit) && limit.behavior === 'hard'

const isTighter = (one: LimitStanding, than: LimitStanding): boolean => {
  if (refuses(one) !== refuses(than)) return refuses(one)
  return (one.percentUsed ?? -1) > (than.percentUsed ?? -1)
}
