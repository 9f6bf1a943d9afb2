import type { UsageManagement } from '../../contract/usage-management.ts'
import { burstiness, growth } from '../../core/insight/patterns.ts'
import { sum } from '../../core/insight/robust-statistics.ts'
import { localTimeIn, type ZoneDay } from '../../core/zone-days.ts'
import type { WindowFigures } from '../../storage/reports/rollups.ts'

type Patterns = UsageManagement['patterns']

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

/** The weekdays and hours with the most use, by the organization's local time. */
export const patternsOf = (
  zone: string,
  days: readonly ZoneDay[],
  hours: readonly Pick<WindowFigures, 'window_start' | 'events'>[],
): Patterns => {
  const local = localTimeIn(zone) ?? ((atMs: number) => atMs)
  const byDay = new Array<number>(days.length).fill(0)
  const byHour = new Array<number>(24).fill(0)
  let day = 0
  for (const { window_start, events } of hours) {
    const atMs = window_start.getTime()
    while (day < days.length && atMs >= (days[day]?.toMs ?? 0)) day += 1
    const hour = Math.floor((local(atMs) % DAY_MS) / HOUR_MS)
    byDay[day] = (byDay[day] ?? 0) + Number(events)
    byHour[hour] = (byHour[hour] ?? 0) + Number(events)
  }
  const total = sum(byDay)
  const busiest = byDay.reduce((most, events, at) => (events > (byDay[most] ?? 0) ? at : most), 0)
  return {
    days: days.length,
    weekdays: weekdaysOf(days, byDay),
    hours: byHour.map((events, hour) => ({ hour, events, share: total > 0 ? events / total : 0 })),
    busiestDay: total > 0 ? { date: days[busiest]?.date ?? '', events: byDay[busiest] ?? 0 } : null,
    meanPerDay: days.length > 0 ? total / days.length : 0,
    peakToMean: burstiness(hours.map(({ events }) => Number(events))) ?? null,
    trendPercent: trendOf(byDay),
  }
}

const weekdaysOf = (days: readonly ZoneDay[], byDay: readonly number[]): Patterns['weekdays'] => {
  const means = WEEKDAYS.map((_, weekday) => {
    const own = byDay.filter((_events, at) => weekdayOf(days[at]?.date ?? '') === weekday)
    return own.length > 0 ? sum(own) / own.length : 0
  })
  const week = sum(means)
  return WEEKDAYS.map((weekday, at) => ({
    weekday,
    events: means[at] ?? 0,
    share: week > 0 ? (means[at] ?? 0) / week : 0,
  }))
}

/** From 0 (Monday) to 6 (Sunday). */
const weekdayOf = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7

/** In hundredths of a percent. */
const trendOf = (byDay: readonly number[]): number | null => {
  const middle = Math.floor(byDay.length / 2)
  const grown = growth(sum(byDay.slice(byDay.length - middle)), sum(byDay.slice(0, middle)))
  return grown === undefined ? null : Math.round(grown * 10_000) / 100
}
