import type { Queryable } from '../database.ts'
import type { EventRow } from './events.ts'

/**
 * Raw events of one organization, filtered. The key's index (migration 0008) holds everything that
 * a filter, an order or a sum uses. So only the rows that are shown are read from the table.
 */

export interface HistoryRow extends EventRow {
  readonly received_at: Date
  readonly api_key_id: string | null
  readonly properties: Record<string, unknown> | null
}

export interface EventFilter {
  /** `from` is inclusive, `to` exclusive. */
  readonly from: Date
  readonly to: Date
  readonly eventType?: string | undefined
  readonly category?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly minCredits?: bigint | undefined
  readonly maxCredits?: bigint | undefined
}

/**
 * An event's place in an order: the last one of the previous page. Instants are whole milliseconds.
 */
export interface EventPlace {
  readonly credits: bigint
  readonly occurredAt: Date
  readonly id: string
}

export interface EventOrder {
  readonly by: 'occurredAt' | 'credits'
  readonly descending: boolean
}

/** The index holds this many characters of a user or session. */
const START_LENGTH = 64

/**
 * Only the conditions that are asked for, so that a plan can use an index that has just these
 * columns. The row itself is read only for a long user or session, of which the index holds only
 * the start.
 */
export const filterText = (filter: EventFilter): string => {
  const { userId, sessionId } = filter
  const conditions = [
    ['$4::text', 'event_type = $4', filter.eventType],
    ['$5::text', 'category = $5', filter.category],
    ['$6::text', startsAs('user', '$6', userId), userId],
    ['$7::text', startsAs('session', '$7', sessionId), sessionId],
    ['$8::bigint', 'credits >= $8', filter.minCredits],
    ['$9::bigint', 'credits <= $9', filter.maxCredits],
  ] as const
  return [
    'organization_id = $1 and occurred_at >= $2 and occurred_at < $3',
    ...conditions.map(([parameter, condition, value]) =>
      value === undefined ? `${parameter} is null` : condition,
    ),
  ].join(' and ')
}

const startsAs = (name: string, parameter: string, value: string | undefined): string => {
  const start = `${name}_start = left(${parameter}::text, ${START_LENGTH})`
  const isLong = value !== undefined && value.length >= START_LENGTH
  return isLong ? `${start} and ${name}_id = ${parameter}` : start
}

/** The parameters of `filterText`: $1 to $9. */
export const filterValues = (organizationId: string, filter: EventFilter): unknown[] => [
  organizationId,
  filter.from,
  filter.to,
  filter.eventType ?? null,
  filter.category ?? null,
  filter.userId ?? null,
  filter.sessionId ?? null,
  filter.minCredits ?? null,
  filter.maxCredits ?? null,
]

/** The part of the range that comes after a place, where the order is by time. */
const behind = (filter: EventFilter, order: EventOrder, after: EventPlace | undefined) => {
  if (!after || order.by !== 'occurredAt') return filter
  const atMs = after.occurredAt.getTime()
  return order.descending
    ? { ...filter, to: new Date(Math.min(filter.to.getTime(), atMs + 1)) }
    : { ...filter, from: new Date(Math.max(filter.from.getTime(), atMs)) }
}

/** A page that starts after a place, or at an offset. */
export const eventPage = (
  db: Queryable,
  organizationId: string,
  filter: EventFilter,
  order: EventOrder,
  page: { readonly after?: EventPlace | undefined; readonly skip: number; readonly limit: number },
): Promise<HistoryRow[]> => {
  const { after, skip, limit } = page
  const values = [...filterValues(organizationId, behind(filter, order, after)), skip, limit]
  const direction = order.descending ? 'desc' : 'asc'
  const sorted = (alias: string): string =>
    [...(order.by === 'credits' ? ['credits'] : []), 'occurred_at', 'id']
      .map((column) => `${alias}.${column} ${direction}`)
      .join(', ')
  if (after) values.push(after.occurredAt, after.id)
  if (after && order.by === 'credits') values.push(after.credits)
  const places = `select organization_id, occurred_at, id, credits from tollgate.events
    where ${filterText(filter)} ${after ? placeText(order) : ''}`
  // A session's places are found first: they are few, and no index has them in order. Rows are then
  // looked up one by one by key, where a plan for any limit would join whole tables. The range is
  // repeated, so that the plan leaves out other partitions.
  return db.query(
    `with p as ${filter.sessionId === undefined ? 'not ' : ''}materialized (${places})
     select e.* from (
       select * from p order by ${sorted('p')} offset $10 limit $11) k
     cross join lateral (
       select * from tollgate.events r
       where r.organization_id = $1 and r.occurred_at = k.occurred_at and r.id = k.id
         and r.occurred_at >= $2 and r.occurred_at < $3 limit 1) e
     order by ${sorted('k')}`,
    values,
  )
}

const placeText = ({ by, descending }: EventOrder): string => {
  const operator = descending ? '<' : '>'
  return by === 'credits'
    ? `and (credits, occurred_at, id) ${operator} ($14::bigint, $12::timestamptz, $13::text)`
    : `and (occurred_at, id) ${operator} ($12::timestamptz, $13::text)`
}
