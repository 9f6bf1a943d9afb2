import type { EventFigures, UsageDashboard } from '../../contract/insight.ts'
import type { KeyedPart } from '../../storage/reports/dashboard-parts.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { creditsOf, plainDecimal, usageFigures } from '../rating/figures.ts'
import type { DashboardReading } from './dashboard-reading.ts'

type Dashboard = UsageDashboard['dashboard']

const TOP = 5

/** The use by event type. */
export const eventsOf = (
  ctx: Pick<Context, 'catalog'>,
  { catalog }: Pick<OrganizationRow, 'catalog'>,
  { total, eventTypes, eventTypesInAll }: DashboardReading,
): Dashboard['events'] => {
  const { events, errors, errorRate, unpriced } = usageFigures(total)
  const breakdown = eventTypes.map(
    (row): EventFigures => ({
      eventType: row.key,
      name: ctx.catalog.eventType(row.key, catalog)?.definition.name ?? null,
      ...countsOf(row),
      percentage:
        total.credits > 0n
          ? percentOf(row.credits, total.credits)
          : percentOf(row.events, total.events),
    }),
  )
  return {
    total: events,
    errors,
    errorRate,
    unpriced,
    breakdown,
    topEvents: [...breakdown].sort((a, b) => b.events - a.events).slice(0, TOP),
    eventTypes: eventTypesInAll,
  }
}

/** The use by user. */
export const usersOf = ({ users, usersInAll }: DashboardReading): Dashboard['users'] => ({
  active: usersInAll,
  top: users.map((row) => ({ userId: row.key, ...countsOf(row) })),
})

const countsOf = (row: KeyedPart) => ({
  events: Number(row.events),
  errors: Number(row.errors),
  credits: creditsOf(row.credits),
  costUsd: plainDecimal(row.cost_usd),
})

/** In hundredths of a percent, rounded down. */
const percentOf = (part: bigint, whole: bigint): number =>
  whole > 0n ? Number((part * 10_000n) / whole) / 100 : 0
