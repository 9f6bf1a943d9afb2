import { windowEnd, windowStart } from '../../core/windows.ts'
import { areWholeDays, lastZoneDays } from '../../core/zone-days.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  figuresOfStretches,
  type LevelRow,
  levelsOfMeters,
  timezoneOf,
} from '../../storage/tables/insight.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import {
  countKeys,
  type KeyedFigures,
  type LatencyRow,
  latenciesOf,
  type RollupFigures,
  rollupsOf,
  topOf,
  totalOf,
  type WindowFigures,
} from '../../storage/tables/rollups.ts'
import type { Context } from '../context.ts'
import type { UsageDay } from './dashboard-days.ts'
import { type DaysOfHistory, historyAt } from './outlook.ts'

const DAY_MS = 86_400_000
/** Three months have 92 days at most; one more for what a month begins late. */
const DAYS_READ = 93
const EVENT_TYPES = 100
const USERS = 10

/** What the dashboard is made of. */
export interface DashboardReading {
  readonly told: {
    readonly timezone: string
    readonly windowsIn: 'UTC'
    readonly dayStarts: 'exact' | 'next_hour'
  }
  /** Of the calendar of the zone: this month and the two before it. */
  readonly days: readonly UsageDay[]
  readonly history: DaysOfHistory
  readonly levels: readonly LevelRow[]
  readonly utcDays: readonly WindowFigures[]
  /** Of the billing period. */
  readonly total: RollupFigures
  readonly eventTypes: readonly KeyedFigures[]
  readonly eventTypesInAll: number
  readonly users: readonly KeyedFigures[]
  readonly usersInAll: number
  readonly latencies: readonly LatencyRow[]
}

/** Reads it in one transaction, as the organization. */
export const readDashboard = (
  ctx: Context,
  organization: OrganizationRow,
  at: Date,
  timezone: string | undefined,
): Promise<DashboardReading> =>
  asOrganization(ctx.db, organization.id, async (tx) => {
    const { id } = organization
    const anchorMs = organization.starts_at.getTime()
    const from = new Date(windowStart('period', at.getTime(), anchorMs))
    const to = new Date(windowEnd('period', at.getTime(), anchorMs))
    const history = historyAt(at, organization.starts_at)
    const past = { from: new Date(history.fromMs), to: new Date(history.todayMs + DAY_MS) }
    const inPeriod = { grain: 'day', from, to } as const
    const zone = timezone ?? (await timezoneOf(tx, id))
    const [calendar, levels, utcDays, total, types, typesInAll, users, usersInAll, latencies] =
      await Promise.all([
        readCalendar(tx, id, zone, at),
        levelsOfMeters(tx, id, ['day'], past),
        rollupsOf(tx, id, { dimension: 'total', grain: 'day', ...past }),
        totalOf(tx, id, inPeriod),
        topOf(
          tx,
          id,
          { dimension: 'event_type', ...inPeriod },
          { by: 'credits', limit: EVENT_TYPES },
        ),
        countKeys(tx, id, { dimension: 'event_type', ...inPeriod }),
        topOf(tx, id, { dimension: 'user', ...inPeriod }, { by: 'events', limit: USERS }),
        countKeys(tx, id, { dimension: 'user', ...inPeriod }),
        latenciesOf(tx, id, { from, to }),
      ])
    return {
      ...calendar,
      ...{ history, levels, utcDays, total, users, usersInAll, latencies },
      eventTypes: types,
      eventTypesInAll: typesInAll,
    }
  })

/** This month and the two before it, day by day; days of UTC have roll-ups of their own. */
const readCalendar = async (
  tx: Queryable,
  organizationId: string,
  zone: string,
  at: Date,
): Promise<Pick<DashboardReading, 'told' | 'days'>> => {
  const all = lastZoneDays(zone, at.getTime(), DAYS_READ)
  const months = [...new Set(all.map(({ date }) => date.slice(0, 7)))].slice(-3)
  const days = all.filter(({ date }) => months.includes(date.slice(0, 7)))
  const isUtc = days.every(({ fromMs }) => fromMs % DAY_MS === 0)
  const figures = await figuresOfStretches(
    tx,
    organizationId,
    isUtc ? 'day' : 'hour',
    days.map(({ fromMs: startMs, toMs: endMs }) => ({ startMs, endMs })),
  )
  return {
    told: {
      timezone: zone,
      windowsIn: 'UTC',
      dayStarts: areWholeDays(zone, days) ? 'exact' : 'next_hour',
    },
    days: days.flatMap((day, index) => {
      const row = figures[index]
      return row ? [{ day, ...row }] : []
    }),
  }
}
