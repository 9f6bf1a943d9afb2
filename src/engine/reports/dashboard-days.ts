import type { UsageAnomaly, UsageDashboard } from '../../contract/insight.ts'
import { add, exactDecimal, formatDecimal } from '../../core/amounts.ts'
import { DAY_MS } from '../../core/insight/daily-totals.ts'
import type { ZoneDay } from '../../core/zone-days.ts'
import { creditsOf } from '../rating/figures.ts'
import type { Forecasts } from './forecasts.ts'

type Analytics = UsageDashboard['dashboard']['analytics']

const DAYS_SHOWN = 30

/** A day of the organization's calendar, and its use. */
export interface UsageDay {
  readonly day: ZoneDay
  readonly events: bigint
  readonly errors: bigint
  readonly credits: bigint
  readonly cost_usd: string
}

export const dailyUsageOf = (days: readonly UsageDay[]): Analytics['dailyUsage'] =>
  days.slice(-DAYS_SHOWN).map((one) => ({ date: one.day.date, ...countsOf([one]) }))

/** Totals of three months: the month of the last day, and the two months before it. */
export const monthlyTrendsOf = (days: readonly UsageDay[]): Analytics['monthlyTrends'] => {
  const months = new Map<string, UsageDay[]>()
  for (const one of days) {
    const month = one.day.date.slice(0, 7)
    months.set(month, [...(months.get(month) ?? []), one])
  }
  const shown = [...months].slice(-3)
  return shown.map(([month, own], index) => {
    const counts = countsOf(own)
    const before = shown[index - 1]
    return {
      month,
      from: new Date(own[0]?.day.fromMs ?? 0).toISOString(),
      to: new Date(own.at(-1)?.day.toMs ?? 0).toISOString(),
      complete: index < shown.length - 1,
      ...counts,
      changePercent: before ? changePercent(countsOf(before[1]), counts) : null,
    }
  })
}

interface Counts {
  readonly events: number
  readonly errors: number
  readonly credits: number
  readonly costUsd: string
}

const countsOf = (days: readonly UsageDay[]): Counts => {
  const sum = (figure: 'events' | 'errors' | 'credits') =>
    days.reduce((total, one) => total + one[figure], 0n)
  const cost = days.reduce((total, one) => add(total, exactDecimal(one.cost_usd)), {
    units: 0n,
    scale: 0,
  })
  return {
    events: Number(sum('events')),
    errors: Number(sum('errors')),
    credits: creditsOf(sum('credits')),
    costUsd: formatDecimal(cost),
  }
}

/** In hundredths of a percent. */
const changePercent = (before: Counts, now: Counts): number | null => {
  const [old, young] =
    before.credits > 0 ? [before.credits, now.credits] : [before.events, now.events]
  return old > 0 ? Math.round(((young - old) / old) * 10_000) / 100 : null
}

/** Anomalies of the last 30 days, without today. Each day is compared with the days before it. */
export const anomaliesOf = (
  forecasts: Pick<Forecasts, 'anomalies'>,
  days: readonly UsageDay[],
): UsageAnomaly[] => {
  const whole = days.slice(0, -1)
  const from = whole.length - (DAYS_SHOWN - 1)
  return (['credits', 'events'] as const).flatMap((figure) => {
    const totals = whole.map((one) =>
      figure === 'credits' ? creditsOf(one.credits) : Number(one.events),
    )
    // Days are compared by position. They may be 23 or 25 hours long.
    return forecasts.anomalies({ firstDayMs: 0, totals }).flatMap((found): UsageAnomaly[] => {
      const index = Math.round(found.dayMs / DAY_MS)
      const date = whole[index]?.day.date
      if (date === undefined || index < from) return []
      const { direction, total: used, expected, strays } = found
      return [{ date, figure, direction, used, expected, strays }]
    })
  })
}
