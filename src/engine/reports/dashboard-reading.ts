import { windowEnd, windowStart } from '../../core/windows.ts'
import { areWholeDays, lastZoneDays, type ZoneDay } from '../../core/zone-days.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type DashboardParts,
  dashboardParts,
  type PartsAsked,
} from '../../storage/reports/dashboard-parts.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import type { UsageDay } from './dashboard-days.ts'
import { type DaysOfHistory, historyAt } from './outlook.ts'

const DAY_MS = 86_400_000
/** Three months have at most 92 days. One more covers a month that begins late in a time zone. */
const DAYS_READ = 93
const EVENT_TYPES = 100
const USERS = 10

/** The data behind the dashboard. Unless stated otherwise, it covers the billing period. */
export interface DashboardReading extends Omit<DashboardParts, 'days'> {
  readonly told: {
    readonly timezone: string
    readonly windowsIn: 'UTC'
    readonly dayStarts: 'exact' | 'next_hour'
  }
  /** The days of this month and of the two before it, in the organization's zone. */
  readonly days: readonly UsageDay[]
  readonly history: DaysOfHistory
}

/** Reads everything with one statement, as the organization. */
export const readDashboard = (
  ctx: Context,
  organization: OrganizationRow,
  at: Date,
  timezone: string | undefined,
): Promise<DashboardReading> =>
  asOrganization(ctx.db, organization.id, async (tx) => {
    const anchorMs = organization.starts_at.getTime()
    const from = new Date(windowStart('period', at.getTime(), anchorMs))
    const to = new Date(windowEnd('period', at.getTime(), anchorMs))
    const history = historyAt(at, organization.starts_at)
    const zone = timezone ?? (await timezoneOf(tx, organization.id))
    const { told, days, asked } = calendarOf(zone, at)
    const parts = await dashboardParts(tx, organization.id, {
      days: asked,
      past: { from: new Date(history.fromMs), to: new Date(history.todayMs + DAY_MS) },
      period: { from, to },
      eventTypes: EVENT_TYPES,
      users: USERS,
    })
    return {
      ...parts,
      told,
      history,
      days: parts.days.flatMap((figures, place) => {
        const day = days[place]
        return day ? [{ day, ...figures }] : []
      }),
    }
  })

/** The days of this month and of the two before it. UTC days have roll-ups of their own. */
const calendarOf = (
  zone: string,
  at: Date,
): {
  readonly told: DashboardReading['told']
  readonly days: readonly ZoneDay[]
  readonly asked: PartsAsked['days']
} => {
  const all = lastZoneDays(zone, at.getTime(), DAYS_READ)
  const months = [...new Set(all.map(({ date }) => date.slice(0, 7)))].slice(-3)
  const days = all.filter(({ date }) => months.includes(date.slice(0, 7)))
  const isUtc = days.every(({ fromMs }) => fromMs % DAY_MS === 0)
  return {
    told: {
      timezone: zone,
      windowsIn: 'UTC',
      dayStarts: areWholeDays(zone, days) ? 'exact' : 'next_hour',
    },
    days,
    asked: {
      grain: isUtc ? 'day' : 'hour',
      starts: days.map(({ fromMs }) => new Date(fromMs)),
      to: new Date(days.at(-1)?.toMs ?? at),
    },
  }
}
