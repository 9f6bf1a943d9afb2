import { storableJson } from '../../core/json-text.ts'
import type { Queryable } from '../database.ts'
import { presentTraceparent } from '../traceparent.ts'

/** A new event; an `organizationId` of `null` is the platform. */
export interface NewDomainEvent {
  readonly organizationId: string | null
  readonly kind: string
  readonly subject: string
  readonly data: object
  readonly occurredAt: Date
  /** At most one event of an organization is stored under a key. */
  readonly key?: string
}

export interface DomainEventRow {
  readonly organization_id: string
  readonly sequence: bigint
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
  readonly occurred_at: Date
}

const COLUMNS = 'organization_id, sequence, id, kind, subject, data, occurred_at'
/** The owner of rows that belong to no organization. */
export const PLATFORM = ''
const DELETED_AT_ONCE = 5_000

/** Stores events in the transaction of the change that they describe. */
export const tellEvents = async (
  tx: Queryable,
  events: readonly NewDomainEvent[],
): Promise<void> => {
  if (events.length === 0) return
  // The subquery sets the trace's name first, because the outer select depends on it.
  await tx.query(
    `select tollgate.tell_events(
       $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::timestamptz[])
     from (select set_config('tollgate.traceparent', $7, true) as name offset 0) n
     where n.name is not null`,
    [
      events.map(({ organizationId }) => organizationId ?? PLATFORM),
      events.map(({ kind }) => kind),
      events.map(({ subject }) => subject),
      events.map(({ data }) => storableJson(JSON.stringify(data))),
      events.map(({ key }) => key ?? null),
      events.map(({ occurredAt }) => occurredAt.toISOString()),
      presentTraceparent() ?? '',
    ],
  )
}

/**
 * True if an event with this key exists and was not deleted yet. The organization must be locked.
 */
export const isToldBefore = async (
  tx: Queryable,
  organizationId: string,
  key: string,
): Promise<boolean> => {
  const rows = await tx.query(
    'select 1 as told from tollgate.domain_events where organization_id = $1 and key = $2',
    [organizationId, key],
  )
  return rows.length > 0
}

/** A page of events before a sequence number, the latest first. */
export const domainEventPage = (
  db: Queryable,
  organizationId: string,
  page: {
    readonly before: bigint | undefined
    readonly kind: string | undefined
    readonly limit: number
  },
): Promise<DomainEventRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.domain_events
     where organization_id = $1 and ($2::bigint is null or sequence < $2)
       and ($3::text is null or kind = $3)
     order by sequence desc limit $4`,
    [organizationId, page.before ?? null, page.kind ?? null, page.limit],
  )

/**
 * The events of an alert's firing: that it fired and, if sent, that it ended. Null finds the firing
 * of any owner.
 */
export const findFiring = (
  db: Queryable,
  organizationId: string | null,
  firingId: string,
): Promise<DomainEventRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.domain_events
     where kind in ('alert.fired', 'alert.recovered') and data ->> 'firingId' = $2
       and ($1::text is null or organization_id = $1)
     order by sequence limit 2`,
    [organizationId, firingId],
  )

/**
 * Stores an event for one endpoint only, whatever kinds the endpoint selects, with its delivery.
 * Returns the delivery's id.
 */
export const tellEndpoint = async (
  tx: Queryable,
  event: NewDomainEvent,
  endpointId: string,
): Promise<string> => {
  await tellEvents(tx, [event])
  const rows = await tx.query<{ id: string }>(
    `with told as (
       update tollgate.domain_events set fanned_out_at = $3
       where organization_id = $1 and sequence = (
         select sequence from tollgate.domain_event_heads where organization_id = $1)
       returning id, kind),
     due as (update tollgate.endpoints set due_at = least(due_at, $3) where id = $2)
     insert into tollgate.deliveries
       (id, organization_id, endpoint_id, event_id, kind, state, next_attempt_at, created_at)
     select gen_random_uuid(), $1, $2, id, kind, 'waiting', $3, $3 from told
     returning id`,
    [event.organizationId ?? PLATFORM, endpointId, event.occurredAt],
  )
  return (rows[0] as { id: string }).id
}

/** Deletes older events and their deliveries, a page at a time, so that no writer waits long. */
export const trimDomainEvents = async (db: Queryable, before: Date): Promise<void> => {
  for (;;) {
    const gone = await db.query(
      `delete from tollgate.domain_events where id = any (array(
         select id from tollgate.domain_events where occurred_at < $1 limit ${DELETED_AT_ONCE}))
       returning id`,
      [before],
    )
    if (gone.length < DELETED_AT_ONCE) return
  }
}

/** Deletes older delivery tries in the same way. They hold answers from other people's servers. */
export const trimDeliveryTries = async (db: Queryable, before: Date): Promise<void> => {
  for (;;) {
    const gone = await db.query(
      `delete from tollgate.delivery_tries where (delivery_id, attempt) in (
         select delivery_id, attempt from tollgate.delivery_tries
         where tried_at < $1 limit ${DELETED_AT_ONCE})
       returning attempt`,
      [before],
    )
    if (gone.length < DELETED_AT_ONCE) return
  }
}
