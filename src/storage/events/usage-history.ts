import type { Queryable } from '../database.ts'
import type { EventRow } from './events.ts'

/**
 * Raw events of one organization, filtered. Everything that is filtered, sorted and summed by
 * stands in the key's index (migration 0008), so that only rows that are shown are read.
 */

export interface HistoryRow extends EventRow {
  readonly received_at: Date
  readonly api_key_id: string | null
  readonly properties: Record<string, unknown> | null
}

export interface EventFilter {
  /** From, and before. */
  readonly from: Date
  readonly to: Date
  readonly eventType?: string | undefined
  readonly category?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly minCredits?: bigint | undefined
  readonly maxCredits?: bigint | undefined
}

/** An event's place in an order: the last of the page before. Instants are whole milliseconds. */
export interface EventPlace {
  readonly credits: bigint
  readonly occurredAt: Date
  readonly id: string
}

export interface EventOrder {
  readonly by: 'occurredAt' | 'credits'
  readonly descending: boolean
}

/** As much of a user or session as stands in the index. */
const START_LENGTH = 64

/**
 * Only what is asked for is in it, so that a plan reads an index that has just that. The row itself
 * is looked at only for a long user or session, of which the index holds a part.
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

/** The part of the range that lies behind a place, where the order is that of time. */
const behind = (filter: EventFilter, order: EventOrder, after: EventPlace | undefined) => {
  if (!after || order.by !== 'occurredAt') return filter
  const atMs = after.occurredAt.getTime()
  return order.descending
    ? { ...filter, to: new Date(Math.min(filter.to.getTime(), atMs + 1)) }
    : { ...filter, from: new Date(Math.max(filter.from.getTime(), atMs)) }
}

/** A page: behind a place, or so many further on. */
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
  // All places of a session are found first: few, and in no order that an index has. Rows are looked
  // up one by one, by their key: a plan for any limit would join whole tables. The range again, so
  // that partitions outside of it are no part of the plan.
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
