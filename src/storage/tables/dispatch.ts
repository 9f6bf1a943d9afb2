import type { AlertKind } from '../../core/alert-kinds.ts'
import type { Severity } from '../../core/severity.ts'
import type { Queryable } from '../database.ts'
import type { DomainEventRow } from './domain-events.ts'
import { type EndpointRow, endpointColumns } from './endpoints.ts'

/** Settings for the deliveries of new events. */
interface FanOut {
  readonly at: Date
  readonly limit: number
  /**
   * When people are notified of events that are not urgent. Later events until then join the same
   * message.
   */
  readonly gatheredUntil: Date
  readonly urgent: { readonly kinds: readonly string[]; readonly severity: string }
}

/** The events that got their deliveries. */
interface FannedOut {
  readonly events: number
  readonly alerts: readonly {
    readonly rule: AlertKind
    readonly severity: Severity
    readonly count: number
  }[]
}

/**
 * Writes deliveries for events that have none yet. Each endpoint gets one if it existed at the
 * event's time and selects the event's kind. For an endpoint that is not on, the delivery is marked
 * as skipped.
 *
 * It claims events one by one and not by number, so it never misses an event that commits late. It
 * locks endpoints before it checks that they are on, since they may be turned off meanwhile.
 *
 * Returns the number of events, and which alerts fired among them.
 */
export const fanOut = async (db: Queryable, fan: FanOut): Promise<FannedOut> => {
  const rows = await db.query<{ events: bigint; alerts: FannedOut['alerts'] | null }>(
    `with fresh as materialized (
       select id, organization_id, kind, occurred_at, data ->> 'rule' as rule,
              data ->> 'severity' as severity,
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
     select count(*) as events, (
       select jsonb_agg(a) from (
         select rule, severity, count(*) as count from fresh where kind = 'alert.fired'
         group by 1, 2) a) as alerts
     from fresh`,
    [fan.at, fan.limit, fan.gatheredUntil, fan.urgent.kinds, fan.urgent.severity],
  )
  return { events: Number(rows[0]?.events ?? 0), alerts: rows[0]?.alerts ?? [] }
}

/** The fields that are needed to send to an endpoint. */
export type ClaimedEndpoint = EndpointRow

/**
 * Leases endpoints that have something due, healthy ones first. No other process sends to them
 * until the lease expires or is released.
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
  /** The trace in which the event happened. */
  readonly traceparent: string | null
}

/** A try, and the delivery's state after it. */
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
 * Locks an endpoint to store the result of a try. Returns false if another process has the lease by
 * now, which then repeats the try. Also returns false if the endpoint is gone.
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

/** The endpoint as it is now. Undefined: another process has the lease by now, or it is gone. */
export const leasedEndpoint = async (
  db: Queryable,
  endpointId: string,
  lease: string,
): Promise<EndpointRow | undefined> => {
  const rows = await db.query<EndpointRow>(
    `select ${endpointColumns()} from tollgate.endpoints where id = $1 and lease = $2`,
    [endpointId, lease],
  )
  return rows[0]
}

/** The endpoint's state after the try, and since when it fails. */
export interface AfterTry {
  readonly state: EndpointRow['state']
  readonly failing_since: Date | null
}

/** Stores a failed try. */
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

/** How many deliveries to an endpoint had a failed try since an instant, counted up to `most`. */
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

/**
 * Turns an endpoint off. Returns false if it was not on: then somebody else has turned it off and
 * sent the notice.
 */
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
