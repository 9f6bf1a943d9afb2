import type { UsageDashboard } from '../../../src/client/index.ts'
import { BurnDown, type ChartData } from '../../../src/react/charts/index.ts'
import {
  compact,
  compactOf,
  dayText,
  exact,
  limitText,
  maximumOf,
  rounded,
  spanText,
  UTC,
  weekdayText,
} from '../../../src/react/format/index.ts'
import { Panel } from '../../ui/panel.tsx'

const DAY_MS = 86_400_000

const BASIS = {
  none: 'no history yet',
  few_days: 'from a few days',
  weekly: 'from weekdays and trend',
} as const

/** Cumulative use of a limit of the billing period, with its forecast. */
export const BurnDownPanel = ({ of }: { readonly of: UsageDashboard }) => {
  const { dashboard, period } = of
  const credits = dashboard.limits.find(({ limit }) => limit === 'credits/period')
  const limit = credits ?? dashboard.limits.find(({ window }) => window === 'period')
  const figure = credits ? 'credits' : 'events'
  const unit = credits ? 'credits' : 'calls'
  const { forecast, dailyUsage } = dashboard.analytics
  const outlook = forecast[figure]
  const data: ChartData = {
    unit,
    isCount: false,
    short: (value) => compactOf(unit, value),
    full: (value) => rounded(value, 2),
    series: [{ key: 'used', name: `${unit} used by then`, hue: 1 }],
    buckets: levelsOf(
      period,
      new Map(dailyUsage.map((day) => [day.date, day[figure]])),
      outlook.soFar,
      Date.parse(of.at),
    ),
  }
  const max = limit && (credits || limit.meter === 'api_calls') ? limit.max : null
  const { expected, low, high } = outlook
  const hasOutlook = expected !== null && low !== null && high !== null
  const summary = [
    `${exact(outlook.soFar)} ${unit} used in the billing period ${spanText(period, UTC)}`,
    hasOutlook &&
      `${compact(expected)} expected at its end, between ${compact(low)} and ${compact(high)}`,
    max !== null && `${maximumOf(unit, max)} included`,
  ]
    .filter(Boolean)
    .join(', ')
  return (
    <Panel
      title={credits ? 'Credits through the period' : 'Calls through the period'}
      note={
        hasOutlook
          ? `${compact(expected)} expected by ${dayText(Date.parse(period.end) - 1, UTC)}: ${compact(low)} to ${compact(high)} with ${outlook.bandPercent} %, ${BASIS[outlook.basis]}`
          : BASIS[outlook.basis]
      }
    >
      <BurnDown
        data={data}
        max={max}
        maxLabel={
          limit && max !== null
            ? `${maximumOf(unit, max)} ${limitText('', limit.window).trim()} included`
            : ''
        }
        outlook={hasOutlook ? { expected, low, high, words: 'expected, with its band' } : null}
        summary={`${summary}.`}
        fileName={`${of.organizationId}-burn-down`}
        height={216}
      />
    </Panel>
  )
}

/**
 * The level at the end of each day of the period. It is counted back from the level of now, which
 * the API states: the days of the dashboard are only the last 30, and a period may have 31.
 */
const levelsOf = (
  period: UsageDashboard['period'],
  used: ReadonlyMap<string, number>,
  soFar: number,
  atMs: number,
): ChartData['buckets'] => {
  const startMs = Date.parse(period.start)
  const days = Math.round((Date.parse(period.end) - startMs) / DAY_MS)
  let level = soFar
  return Array.from({ length: days }, (_, index) => startMs + (days - 1 - index) * DAY_MS)
    .map((dayMs) => {
      const key = new Date(dayMs).toISOString().slice(0, 10)
      const isToCome = dayMs > atMs
      const atItsEnd = level
      if (!isToCome) level = Math.max(0, level - (used.get(key) ?? 0))
      return {
        key,
        label: dayText(dayMs, UTC),
        longLabel: weekdayText(dayMs, UTC),
        complete: isToCome || dayMs + DAY_MS <= atMs,
        values: { used: isToCome ? null : atItsEnd },
      }
    })
    .reverse()
}
