import type { LimitOutlook, UsageWarning } from '../../contract/insight.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { addsUp } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import { grouped } from '../../core/grouped.ts'
import type { LevelRow } from '../../storage/reports/insight.ts'
import type { Context } from '../context.ts'
import { type DailyUse, type DaysOfHistory, dailyUse, outlookOf, usedUpAt } from './outlook.ts'

type Limit = CurrentUsage['limits'][number]

/** The use of each meter by day. */
export const dailyUseOf = (
  levels: readonly LevelRow[],
  meterOf: (meter: string) => MeterShape | undefined,
  history: DaysOfHistory,
): ReadonlyMap<string, DailyUse> =>
  new Map(
    [...grouped(levels, ({ meter }) => meter)].map(([meter, rows]) => {
      const scale = meterOf(meter)?.scale ?? 0
      const used = rows.map(
        (row) => [row.window_start.getTime(), numberFromUnits(row.used, scale)] as const,
      )
      return [meter, dailyUse(used, history)]
    }),
  )

/** A limit with its forecast. Windows shorter than a day get no forecast. */
export const limitOutlook = (
  { catalog, reports }: Pick<Context, 'catalog' | 'reports'>,
  limit: Limit,
  use: DailyUse | undefined,
  { atMs, startMs }: { readonly atMs: number; readonly startMs: number | undefined },
): LimitOutlook => {
  const { window, resetAt, used, held, remaining } = limit
  const shape = catalog.meter(limit.meter)
  const isLong = window === 'month' || window === 'period'
  const isFlow = shape !== undefined && addsUp(shape.aggregation)
  const isAhead = use && isFlow && resetAt && startMs !== undefined && (isLong || window === 'day')
  const ahead = isAhead
    ? outlookOf(reports.forecasts, use, { startMs, endMs: Date.parse(resetAt), soFar: used + held })
    : undefined
  // A limit that is used up runs out no more. The present time would make each answer a new one.
  const runsOutMs = ahead && remaining ? usedUpAt(remaining, ahead.days, atMs) : undefined
  return {
    ...limit,
    runsOutAt: runsOutMs === undefined ? null : new Date(runsOutMs).toISOString(),
    outlook: isLong ? (ahead?.outlook ?? null) : null,
  }
}

/** The warnings: limits that are used up, nearly used up, or expected to be. */
export const warningsOf = (limits: readonly LimitOutlook[], warnPercent: number): UsageWarning[] =>
  limits.flatMap((limit): UsageWarning[] => {
    const { percentageUsed, runsOutAt, resetAt } = limit
    const said = { limit: limit.limit, percentageUsed, runsOutAt }
    const percent = percentageUsed ?? 0
    if (percent >= 100) {
      const message = `${limit.limit} is used up${PAST[limit.behavior]}`
      return [{ ...said, level: 'reached', message }]
    }
    if (percent >= warnPercent) {
      const message = `${percent} % of ${limit.limit} is used`
      return [{ ...said, level: 'near', message }]
    }
    if (runsOutAt === null || (limit.window !== 'month' && limit.window !== 'period')) return []
    const message = `${limit.limit} is expected to be used up on ${runsOutAt.slice(0, 10)}, before it is reset on ${resetAt?.slice(0, 10)}`
    return [{ ...said, level: 'forecast', message }]
  })

const PAST = {
  hard: ': more is refused',
  soft: ': more goes through',
  overage: ': more is charged as overage',
} as const
