import type { Queryable } from '../database.ts'
import type { RollupDimension } from '../reports/rollups.ts'
import { type EventFilter, filterText, filterValues } from './usage-history.ts'

export interface EventSums {
  readonly events: number
  readonly credits: bigint
  readonly cost_usd: string
}

const SUMS = `coalesce(sum(events), 0)::float8 as events,
  coalesce(sum(credits), 0)::bigint as credits, coalesce(sum(cost_usd), 0) as cost_usd`

/**
 * The sums of all events that the filter matches. Where a roll-up covers the filter, whole hours
 * come from it, and the cost does not depend on the number of events. Otherwise it scans the index.
 */
export const eventSums = async (
  db: Queryable,
  organizationId: string,
  filter: EventFilter,
): Promise<EventSums> => {
  const kept = rollupOf(filter)
  const values = filterValues(organizationId, filter)
  if (!kept) {
    const counted = `select 1 as events, credits, cost_usd from tollgate.events
                     where ${filterText(filter)}`
    return only(db.query(`select ${SUMS} from (${counted}) e`, values))
  }
  const { hours, days } = wholeWindows(filter, await wholeSince(db))
  return only(
    db.query(fromRollups(filter), [
      ...[...values, hours.from, hours.to, days.from, days.to],
      ...[kept.dimension, kept.key],
    ]),
  )
}

const only = async (rows: Promise<EventSums[]>): Promise<EventSums> => (await rows)[0] as EventSums

/**
 * The roll-up that counts exactly the events that the filter matches; undefined if there is none.
 */
export const rollupOf = (
  filter: EventFilter,
): { dimension: RollupDimension; key: string } | undefined => {
  const { eventType, category, userId, sessionId, minCredits, maxCredits } = filter
  if (sessionId !== undefined || minCredits !== undefined || maxCredits !== undefined) return
  const given = (
    [
      ['event_type', eventType],
      ['category', category],
      ['user', userId],
    ] as const
  ).flatMap(([dimension, key]) => (key === undefined ? [] : [{ dimension, key }]))
  if (given.length > 1) return undefined
  return given[0] ?? { dimension: 'total', key: '' }
}

/**
 * Roll-ups are stored for longer than events. Before this instant, only the events that still exist
 * count.
 */
export const wholeSince = async (db: Queryable): Promise<Date | undefined> => {
  const [row] = await db.query<{ since: Date | null }>(
    'select events_whole_since as since from tollgate.retention',
    [],
  )
  return row?.since ?? undefined
}

interface Span {
  readonly from: Date
  readonly to: Date
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * The whole hours in a range, and the whole days within them. Where there are none, both are empty
 * and lie at the range's end.
 */
export const wholeWindows = (
  { from, to }: Span,
  since: Date | undefined,
): { hours: Span; days: Span } => {
  const start = Math.max(from.getTime(), since?.getTime() ?? from.getTime())
  const hours = whole(HOUR_MS, start, to.getTime(), to.getTime())
  const days = whole(DAY_MS, hours.from.getTime(), hours.to.getTime(), hours.from.getTime())
  return { hours, days }
}

const whole = (lengthMs: number, fromMs: number, toMs: number, elseMs: number): Span => {
  const first = Math.ceil(fromMs / lengthMs) * lengthMs
  const last = Math.floor(toMs / lengthMs) * lengthMs
  const [from, to] = first < last ? [first, last] : [elseMs, elseMs]
  return { from: new Date(from), to: new Date(to) }
}

const ROLLED_UP = `select events, credits, cost_usd from tollgate.rollups
  where organization_id = $1 and dimension = $14 and key = $15`

/**
 * $10 to $11 are the whole hours, $12 to $13 the whole days in them. The events outside are summed
 * one by one.
 */
const fromRollups = (filter: EventFilter): string => {
  const events = `from tollgate.events where ${filterText(filter)}`
  return `select ${SUMS} from (
    ${ROLLED_UP} and grain = 'day' and window_start >= $12 and window_start < $13
    union all
    ${ROLLED_UP} and grain = 'hour' and window_start >= $10 and window_start < $12
    union all
    ${ROLLED_UP} and grain = 'hour' and window_start >= $13 and window_start < $11
    union all
    select 1, credits, cost_usd ${events} and occurred_at < $10
    union all
    select 1, credits, cost_usd ${events} and occurred_at >= $11
    union all
    -- A roll-up has taken one off for it, and it is an event itself.
    select 2, 0, 0 ${events} and occurred_at >= $10 and occurred_at < $11 and reverses is not null
  ) e`
}
