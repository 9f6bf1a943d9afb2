import { numberFromUnits } from '../../core/amounts.ts'
import { grouped } from '../../core/grouped.ts'
import { findAnomalies } from '../../core/insight/anomalies.ts'
import { forecastPeriod } from '../../core/insight/forecast.ts'
import {
  judgeAlert,
  type LongLimitRow,
  longLimits,
  type RuleInForce,
  usedByDay,
} from '../../storage/tables/alert-evaluation.ts'
import type { Context } from '../context.ts'
import { type DailyUse, dailyUse, historyAt } from '../reports/outlook.ts'

const DAY_MS = 86_400_000
const LEAST_SHARE_OF_WINDOW = 0.1
const LEAST_ELAPSED_MS = 2 * DAY_MS
/** The hourly runs in a row that must agree before a forecast fires or is withdrawn. */
const RUNS = 2
const CREDITS = 'credits'

type Looking = Pick<Context, 'db' | 'catalog'>

/** Evaluates rules on forecasts of limits, and on anomalies. */
export const judgeForecastRules = async (
  ctx: Looking,
  rules: readonly RuleInForce[],
  at: Date,
): Promise<void> => {
  const organizations = [...new Set(rules.map(({ organization_id }) => organization_id))]
  const limits = await longLimits(ctx.db, organizations, at)
  const anomalies = rules.filter(({ kind }) => kind === 'anomaly')
  const pairs = [
    ...limits.map(({ organization_id: organizationId, meter }) => ({ organizationId, meter })),
    ...anomalies.map(({ organization_id: organizationId, meter }) => ({
      organizationId,
      meter: meter ?? CREDITS,
    })),
  ]
  if (pairs.length === 0) return
  const earliest = new Date(historyAt(at, new Date(0)).fromMs)
  const rows = await usedByDay(ctx.db, pairs, earliest)
  const daysOf = grouped(rows, (row) => `${row.organization_id} ${row.meter}`)
  const useOf = ({ organization_id, starts_at }: RuleInForce, meter: string): DailyUse => {
    const history = historyAt(at, starts_at)
    const scale = ctx.catalog.meter(meter)?.scale ?? 0
    const days = (daysOf.get(`${organization_id} ${meter}`) ?? []).filter(
      ({ window_start }) => window_start.getTime() >= history.fromMs,
    )
    const used = days.map(
      (row) => [row.window_start.getTime(), numberFromUnits(row.used, scale)] as const,
    )
    return dailyUse(used, history)
  }
  for (const rule of rules) {
    if (rule.kind === 'anomaly') {
      const meter = rule.meter ?? CREDITS
      const counted = rows.find((row) => row.meter === meter)?.unit ?? null
      await judgeAnomaly(ctx, rule, { ...useOf(rule, meter), meter, counted }, at)
      continue
    }
    for (const limit of limits) {
      if (limit.organization_id !== rule.organization_id || !isOf(rule, limit)) continue
      await judgeForecast(ctx, rule, limit, useOf(rule, limit.meter), at)
    }
  }
}

const isOf = ({ meter, window_name }: RuleInForce, limit: LongLimitRow): boolean =>
  (meter === null || meter === limit.meter) &&
  (window_name === null || window_name === limit.window_name)

/** Skips windows that have hardly begun, and thresholds that are already passed. */
const judgeForecast = async (
  ctx: Looking,
  rule: RuleInForce,
  limit: LongLimitRow,
  use: DailyUse,
  at: Date,
): Promise<void> => {
  const { meter, window_name, window_start: start, window_end: end } = limit
  const elapsedMs = at.getTime() - start.getTime()
  const share = elapsedMs / (end.getTime() - start.getTime())
  if (elapsedMs < LEAST_ELAPSED_MS || share < LEAST_SHARE_OF_WINDOW) return
  const forecast = forecastPeriod(use, { startMs: start.getTime(), endMs: end.getTime() })
  if (forecast.basis === 'none') return
  const shape = ctx.catalog.meter(meter)
  const max = numberFromUnits(limit.max, shape?.scale ?? 0)
  const used = numberFromUnits(limit.used, shape?.scale ?? 0)
  const total = used + Math.max(0, forecast.total - forecast.used)
  for (const level of rule.levels) {
    const threshold = (max * Number(level)) / 100
    if (used >= threshold) continue
    const expected = Math.round(total * 100) / 100
    await judgeAlert(
      ctx.db,
      {
        organizationId: limit.organization_id,
        ruleId: rule.id,
        level,
        subject: `${meter}/${window_name}`,
        isBad: total >= threshold,
        isGood: total < threshold,
        bad: RUNS,
        good: RUNS,
        gapMs: 0,
        how: 'withdrawn',
        key: `${start.toISOString()} ${limit.max}`,
        about: { meter, window: window_name },
        value: String(expected),
        maximum: String(max),
        unit: limit.unit,
        window: { start, end },
        isHourly: true,
      },
      at,
    )
  }
}

/** The use by day, with its meter and unit. */
interface Counted extends DailyUse {
  readonly meter: string
  readonly counted: string | null
}

/** Compares the last complete day with the days before it. */
const judgeAnomaly = async (
  ctx: Looking,
  rule: RuleInForce,
  { firstDayMs, totals, meter, counted }: Counted,
  at: Date,
): Promise<void> => {
  const dayMs = firstDayMs + (totals.length - 1) * DAY_MS
  const found = findAnomalies({ firstDayMs, totals }).find((one) => one.dayMs === dayMs)
  const strays = found ? Math.round(Math.abs(found.strays) * 100) / 100 : 0
  const usual = found ? Math.round(found.expected * 100) / 100 : 0
  const day = new Date(dayMs)
  const dayText = day.toISOString().slice(0, 10)
  for (const level of rule.levels) {
    const isBad = found !== undefined && Math.abs(found.strays) >= Number(level)
    await judgeAlert(
      ctx.db,
      {
        organizationId: rule.organization_id,
        ruleId: rule.id,
        level,
        subject: meter,
        isBad,
        isGood: !isBad,
        bad: 1,
        good: 1,
        gapMs: 0,
        how: 'recovered',
        key: null,
        about: { meter, counted, total: found?.total ?? 0, usual, day: dayText },
        value: String(strays),
        maximum: null,
        unit: 'spreads',
        window: { start: day, end: new Date(dayMs + DAY_MS) },
        isHourly: true,
      },
      at,
    )
  }
}
