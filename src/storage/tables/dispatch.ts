import type { Queryable } from '../database.ts'
import type { DomainEventRow } from './domain-events.ts'
import { type EndpointRow, endpointColumns } from './endpoints.ts'

/** How the deliveries of fresh events are written. */
interface FanOut {
  readonly at: Date
  readonly limit: number
  /** People are told of what is not urgent then: what follows until then goes with it. */
  readonly gatheredUntil: Date
  readonly urgent: { readonly kinds: readonly string[]; readonly severity: string }
}

/**
 * Writes the deliveries of events that have none yet, for every endpoint that wants them and was
 * there when they happened; for one that is not on, as skipped. Events are claimed one by one and
 * never by number, so one that commits late is not passed over. Whether an endpoint is on is looked
 * at once it is locked: it may be turned off meanwhile. Gives how many events it were.
 */
export const fanOut = async (db: Queryable, fan: FanOut): Promise<number> => {
  const rows = await db.query<{ events: bigint }>(
    `with fresh as materialized (
       select id, organization_id, kind, occurred_at,
              kind = any ($4) or coalesce(data ->> 'severity' = $5, false) as is_urgent
       from tollgate.domain_events
       where fanned_out_at is null order by occurred_at limit $2 for update skip locked),
     wanted as materialized (
       select f.id as event_id, f.kind, e.id as endpoint_id, e.organization_id, e.state = 'on' as is_on,
              case when e.channel = 'webhook' or f.is_urgent then $1 else $3::timestamptz end as due_at
       from fresh f
       join tollgate.endpoints e on e.organization_id in (f.organization_id, '')
         and e.created_at <= f.occurred_at
         and (e.kinds = '{}' or f.kind = any (e.kinds)
              or split_part(f.kind, '.', 1) || '.*' = any (e.kinds))),
     due as (
       select id from tollgate.endpoints
       where id in (select endpoint_id from wanted where is_on) and state = 'on'
       order by id for no key update),
     told as (
       update tollgate.endpoints e set due_at = least(e.due_at, w.due_at)
       from due join (select endpoint_id, min(due_at) as due_at from wanted group by 1) w
         on w.endpoint_id = due.id
       where e.id = due.id),
     written as (
       insert into tollgate.deliveries (id, organization_id, endpoint_id, event_id, kind, state,
         reason, next_attempt_at, created_at)
       select gen_random_uuid(), w.organization_id, w.endpoint_id, w.event_id, w.kind,
              case when d.id is null then 'skipped' else 'waiting' end,
              case when d.id is null then 'the endpoint was not on' end,
              case when d.id is not null then w.due_at end, $1
       from wanted w left join due d on d.id = w.endpoint_id on conflict (endpoint_id, event_id) do nothing),
     marked as (
       update tollgate.domain_events e set fanned_out_at = $1 from fresh where e.id = fresh.id)
     select count(*) as events from fresh`,
    [fan.at, fan.limit, fan.gatheredUntil, fan.urgent.kinds, fan.urgent.severity],
  )
  return Number(rows[0]?.events ?? 0)
}

/** What is needed to send to it. */
export type ClaimedEndpoint = EndpointRow

/**
 * Takes endpoints on lease that have something due, those that did not fail first: nobody else sends
 * to them until the lease is over or given back.
 */
export const claimEndpoints = (
  db: Queryable,
  claim: {
    readonly channels: readonly string[]
    readonly lease: string
    readonly at: Date
    readonly until: Date
    readonly limit: number
  },
): Promise<ClaimedEndpoint[]> =>
  db.query(
    `with free as (
       select id from tollgate.endpoints
       where state = 'on' and due_at <= $2 and channel = any ($5)
         and (leased_until is null or leased_until <= $2)
         and (not_before is null or not_before <= $2)
       order by failing_since is not null, due_at, id limit $4 for no key update skip locked)
     update tollgate.endpoints e set lease = $1, leased_until = $3
     from free where e.id = free.id
     returning ${endpointColumns('e.')}`,
    [claim.lease, claim.at, claim.until, claim.limit, claim.channels],
  )

export interface DueDelivery extends DomainEventRow {
  readonly delivery_id: string
  readonly attempts: number
  readonly round_attempts: number
  /** In which trace the event happened. */
  readonly traceparent: string | null
}

/** What is due of an endpoint, beside what is under way already. */
export const dueDeliveries = (
  db: Queryable,
  endpointId: string,
  due: { readonly at: Date; readonly except: readonly string[]; readonly limit: number },
): Promise<DueDelivery[]> =>
  db.query(
    `select d.id as delivery_id, d.attempts, d.round_attempts, v.organization_id, v.sequence, v.id,
            v.kind, v.subject, v.data, v.occurred_at, v.traceparent
     from tollgate.deliveries d join tollgate.domain_events v on v.id = d.event_id
     where d.endpoint_id = $1 and d.state = 'waiting' and d.next_attempt_at <= $2
       and not d.id = any ($3::uuid[])
     order by d.next_attempt_at, v.occurred_at, v.sequence, d.id limit $4`,
    [endpointId, due.at, due.except, due.limit],
  )

/** A try, and how the delivery stands after it. */
export interface TryWritten {
  readonly endpointId: string
  readonly deliveryId: string
  readonly attempt: number
  readonly triedAt: Date
  readonly tookMs: number
  readonly status: number | null
  readonly error: string | null
  readonly answer: string | null
  readonly state: 'waiting' | 'done' | 'failed'
  readonly nextAttemptAt: Date | null
  readonly at: Date
}

/**
 * Locks an endpoint for writing down what came of a try. False: the lease went to somebody else
 * meanwhile, who tries again what this process has tried; or the endpoint is gone.
 */
export const isStillLeased = async (
  tx: Queryable,
  endpointId: string,
  lease: string,
): Promise<boolean> => {
  const rows = await tx.query(
    'select 1 from tollgate.endpoints where id = $1 and lease = $2 for no key update',
    [endpointId, lease],
  )
  return rows.length > 0
}

/** The endpoint as it stands after the try: since when it fails, and with how many deliveries. */
export interface AfterTry {
  readonly state: EndpointRow['state']
  readonly failing_since: Date | null
}

/**
 * Writes down a try that came through: in one statement, since it is what nearly all do. Undefined:
 * the lease went to somebody else meanwhile, and nothing was written.
 */
export const writeSuccess = async (
  db: Queryable,
  lease: string,
  tried: TryWritten,
): Promise<AfterTry | undefined> => {
  const rows = await db.query<AfterTry>(
    `with leased as (
       select id from tollgate.endpoints where id = $1 and lease = $2 for no key update),
     moved as (
       update tollgate.deliveries d
       set attempts = $4, round_attempts = d.round_attempts + 1, state = 'done',
           next_attempt_at = null, done_at = $5, reason = null
       from leased l where d.id = $3 and d.endpoint_id = l.id and d.state = 'waiting'
       returning d.organization_id, d.endpoint_id),
     written as (
       insert into tollgate.delivery_tries (delivery_id, attempt, organization_id, endpoint_id,
         tried_at, took_ms, status, error, answer)
       select $3, $4, organization_id, endpoint_id, $6, $7, $8, null, $9 from moved)
     update tollgate.endpoints e set last_ok_at = $5, failing_since = null
     from leased l where e.id = l.id returning e.state, e.failing_since`,
    [
      ...[tried.endpointId, lease, tried.deliveryId, tried.attempt, tried.at],
      ...[tried.triedAt, tried.tookMs, tried.status, tried.answer],
    ],
  )
  return rows[0]
}

/** Writes down a try that failed. */
export const writeFailure = async (tx: Queryable, tried: TryWritten): Promise<AfterTry> => {
  await tx.query(
    `with moved as (
       update tollgate.deliveries
       set attempts = $2, round_attempts = round_attempts + 1, state = $3, next_attempt_at = $4,
           reason = case when $3 = 'failed' then 'every try failed' end
       where id = $1 and state = 'waiting'
       returning organization_id, endpoint_id)
     insert into tollgate.delivery_tries
       (delivery_id, attempt, organization_id, endpoint_id, tried_at, took_ms, status, error, answer)
     select $1, $2, organization_id, endpoint_id, $5, $6, $7, $8, $9 from moved`,
    [
      ...[tried.deliveryId, tried.attempt, tried.state, tried.nextAttemptAt],
      ...[tried.triedAt, tried.tookMs, tried.status, tried.error, tried.answer],
    ],
  )
  const rows = await tx.query<AfterTry>(
    `update tollgate.endpoints set failing_since = coalesce(failing_since, $2)
     where id = $1 returning state, failing_since`,
    [tried.endpointId, tried.at],
  )
  return rows[0] as AfterTry
}

/** How many deliveries to an endpoint failed since then, at whatever try. */
export const failedSince = async (
  tx: Queryable,
  endpointId: string,
  since: Date,
  most: number,
): Promise<number> => {
  const rows = await tx.query<{ failed: bigint }>(
    `select count(*) as failed from (
       select distinct delivery_id from tollgate.delivery_tries
       where endpoint_id = $1 and tried_at >= $2 and error is not null limit $3) f`,
    [endpointId, since, most],
  )
  return Number(rows[0]?.failed ?? 0)
}

/** Turns an endpoint off. False where it was not on: whoever turned it off has told of it. */
export const disableEndpoint = async (
  tx: Queryable,
  endpointId: string,
  reason: string,
  at: Date,
): Promise<boolean> => {
  const rows = await tx.query(
    `update tollgate.endpoints
     set state = 'disabled', reason = $2, due_at = null, updated_at = $3
     where id = $1 and state = 'on' returning id`,
    [endpointId, reason, at],
  )
  return rows.length > 0
}

/** Gives an endpoint back, which is due when the next of what waits for it is. */
export const releaseEndpoint = async (
  db: Queryable,
  endpointId: string,
  lease: string,
): Promise<void> => {
  await db.query('select tollgate.release_endpoint($1, $2)', [endpointId, lease])
}
