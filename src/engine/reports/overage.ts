import type { UsageOverage, UsageOverageLine } from '../../contract/plan-reports.ts'
import {
  type Decimal,
  exactDecimal,
  formatDecimal,
  numberFromUnits,
  toUnits,
} from '../../core/amounts.ts'
import { ratePeriod } from '../../core/billing/rating.ts'
import { addsUp } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { sumOfAmounts } from '../../core/plan-outcome.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { levelsOfMeters } from '../../storage/reports/insight.ts'
import type { Context } from '../context.ts'
import { overageBook } from '../rating/overage-book.ts'
import type { OverageLine } from '../rating/overage-line.ts'
import { existing } from '../tenancy/organizations.ts'
import { dailyUseOf } from './dashboard-limits.ts'
import type { Forecasts } from './forecasts.ts'
import { type DailyUse, historyAt, outlookOf } from './outlook.ts'

const DAY_MS = 86_400_000

/** An organization's overage in the current period: so far, and expected at its end. */
export const overage = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<UsageOverage> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const anchorMs = organization.starts_at.getTime()
  const history = historyAt(at, organization.starts_at)
  const [book, levels] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      overageBook(tx, at, [organizationId]),
      levelsOfMeters(tx, organizationId, ['day'], {
        from: new Date(history.fromMs),
        to: new Date(history.todayMs + DAY_MS),
      }),
    ]),
  )
  const use = dailyUseOf(levels, (meter) => ctx.catalog.meter(meter), history)
  const lines = book.get(organizationId) ?? []
  const limits = [...grouped(lines, ({ meter, window }) => `${meter}/${window}`)].map(
    ([limit, own]) => reportLine(ctx.reports.forecasts, limit, own, use, at.getTime()),
  )
  return {
    organizationId,
    plan: `${organization.catalog}/${organization.plan}`,
    at: at.toISOString(),
    windowsIn: 'UTC',
    period: {
      start: new Date(windowStart('period', at.getTime(), anchorMs)).toISOString(),
      end: new Date(windowEnd('period', at.getTime(), anchorMs)).toISOString(),
    },
    limits,
    totalUsd: formatDecimal(sumOfAmounts(lines)),
    projectedTotalUsd: formatDecimal(
      sumOfAmounts(
        limits.map(({ amountUsd, projected }) => ({
          amount: exactDecimal(projected?.amountUsd ?? amountUsd),
        })),
      ),
    ),
  }
}

/** The overage of one limit, over all windows that are billed with the period. */
const reportLine = (
  forecasts: Forecasts,
  limit: string,
  lines: readonly OverageLine[],
  use: ReadonlyMap<string, DailyUse>,
  atMs: number,
): UsageOverageLine => {
  const [first] = lines as [OverageLine]
  const last = lines.at(-1) as OverageLine
  const inUnits = (units: bigint) => numberFromUnits(units, last.scale)
  const sum = (figure: 'used' | 'over') => lines.reduce((all, line) => all + line[figure], 0n)
  return {
    limit,
    meter: last.meter,
    aggregation: last.aggregation,
    window: last.window,
    span: {
      start: new Date(first.startMs).toISOString(),
      end: new Date(last.endMs).toISOString(),
    },
    windows: lines.length,
    complete: last.endMs <= atMs,
    included: last.included === null ? null : inUnits(last.included),
    used: inUnits(sum('used')),
    over: inUnits(sum('over')),
    unitPriceUsd: typeof last.rate === 'string' ? last.rate : null,
    rate: last.rate,
    amountUsd: formatDecimal(sumOfAmounts(lines)),
    projected: projectedOf(forecasts, last, use.get(last.meter), atMs),
  }
}

/** The projection. The expected additional use is charged at the current price. */
const projectedOf = (
  forecasts: Forecasts,
  line: OverageLine,
  use: DailyUse | undefined,
  atMs: number,
): UsageOverageLine['projected'] => {
  const isLong = line.window === 'month' || line.window === 'period'
  if (!isLong || line.endMs <= atMs || !addsUp(line.aggregation) || !use) return null
  const soFar = numberFromUnits(line.used, line.scale)
  const { outlook } = outlookOf(forecasts, use, { soFar, startMs: line.startMs, endMs: line.endMs })
  const price = line.uses.at(-1)?.price
  if (outlook.expected === null || !price) return null
  const more = unitsNearest(outlook.expected - soFar, line.scale)
  const rating = ratePeriod([...line.uses, { price, usedUnits: more }], line.paid)
  return {
    used: numberFromUnits(line.used + more, line.scale),
    over: numberFromUnits(rating.overageUnits, line.scale),
    amountUsd: formatDecimal(rating.amount),
    outlook,
  }
}

/** Rounds to the smallest unit, because a forecast is not exact. */
const unitsNearest = (amount: number, scale: number): bigint => {
  const rounded: Decimal = exactDecimal(Math.max(0, amount).toFixed(scale))
  return toUnits(rounded, scale)
}
