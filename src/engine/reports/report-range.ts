import { areWholeDays, lastZoneDays, type ZoneDay } from '../../core/zone-days.ts'

/** The days of a report, and its range. */
export interface ReportRange {
  readonly days: readonly ZoneDay[]
  readonly from: Date
  readonly to: Date
  readonly told: {
    readonly timezone: string
    readonly windowsIn: 'UTC'
    readonly dayStarts: 'exact' | 'next_hour'
    readonly from: string
    readonly to: string
  }
}

/** The last `count` days of a zone until now, including today. */
export const reportRange = (now: Date, count: number, timezone: string): ReportRange => {
  const days = lastZoneDays(timezone, now.getTime(), count)
  const from = new Date(days[0]?.fromMs ?? now.getTime())
  const to = new Date(days.at(-1)?.toMs ?? now.getTime())
  return {
    days,
    from,
    to,
    told: {
      timezone,
      windowsIn: 'UTC',
      dayStarts: areWholeDays(timezone, days) ? 'exact' : 'next_hour',
      from: from.toISOString(),
      to: to.toISOString(),
    },
  }
}

const DAY_MS = 86_400_000

/** The whole UTC days that overlap a range. */
export const coveringDays = ({ from, to }: { from: Date; to: Date }): { from: Date; to: Date } => ({
  from: new Date(Math.floor(from.getTime() / DAY_MS) * DAY_MS),
  to: new Date(Math.ceil(to.getTime() / DAY_MS) * DAY_MS),
})
