import type { Queryable } from '../database.ts'
import type { AfterTry, DueDelivery, TryWritten } from './dispatch.ts'

/** The due deliveries of each endpoint, in the order of the endpoints, up to a limit for each. */
export const dueDeliveriesOf = async (
  db: Queryable,
  endpointIds: readonly string[],
  { at, limit }: { readonly at: Date; readonly limit: number },
): Promise<DueDelivery[][]> => {
  const rows = await db.query<DueDelivery & { readonly place: bigint }>(
    `select e.place, d.* from unnest($1::uuid[]) with ordinality e (id, place)
     cross join lateral (
       select d.id as delivery_id, d.attempts, d.round_attempts, v.organization_id, v.sequence, v.id,
              v.kind, v.subject, v.data, v.occurred_at, v.traceparent,
              d.next_attempt_at
       from tollgate.deliveries d join tollgate.domain_events v on v.id = d.event_id
       where d.endpoint_id = e.id and d.state = 'waiting' and d.next_attempt_at <= $2
       order by d.next_attempt_at, v.occurred_at, v.sequence, d.id limit $3) d
     order by e.place, d.next_attempt_at, d.occurred_at, d.sequence, d.delivery_id`,
    [endpointIds, at, limit],
  )
  const due: DueDelivery[][] = endpointIds.map(() => [])
  for (const row of rows) due[Number(row.place) - 1]?.push(row)
  return due
}

/** A successful try, for an endpoint that this process has on lease. */
export interface Success {
  readonly lease: string
  readonly tried: TryWritten
}

/**
 * Stores successful tries. Returns the state of the endpoint after each. Undefined: another process
 * has the lease, and nothing was stored for that try.
 */
export const writeSuccesses = async (
  db: Queryable,
  successes: readonly Success[],
): Promise<(AfterTry | undefined)[]> => {
  const tries = successes.map(({ tried }) => tried)
  const rows = await db.query<AfterTry & { readonly id: string }>(
    `with tried as materialized (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[],
         $6::integer[], $7::integer[], $8::text[], $9::timestamptz[])
         t (endpoint_id, lease, delivery_id, attempt, tried_at, took_ms, status, answer, at)),
     leased as materialized (
       select id, lease from tollgate.endpoints
       where id = any ($1::uuid[]) order by id for no key update),
     mine as materialized (
       select t.* from tried t join leased l on (l.id, l.lease) = (t.endpoint_id, t.lease)),
     moved as (
       update tollgate.deliveries d
       set attempts = m.attempt, round_attempts = d.round_attempts + 1, state = 'done',
           next_attempt_at = null, done_at = m.at, reason = null
       from mine m
       where d.id = m.delivery_id and d.endpoint_id = m.endpoint_id and d.state = 'waiting'
       returning d.id, d.organization_id),
     written as (
       insert into tollgate.delivery_tries (delivery_id, attempt, organization_id, endpoint_id,
         tried_at, took_ms, status, error, answer)
       select m.delivery_id, m.attempt, d.organization_id, m.endpoint_id, m.tried_at, m.took_ms,
              m.status, null, m.answer
       from mine m join moved d on d.id = m.delivery_id),
     well as (
       update tollgate.endpoints e set last_ok_at = m.at, failing_since = null
       from (select endpoint_id, max(at) as at from mine group by 1) m where e.id = m.endpoint_id
       returning e.id, e.state, e.failing_since)
     select m.delivery_id as id, w.state, w.failing_since
     from mine m join well w on w.id = m.endpoint_id`,
    [
      tries.map(({ endpointId }) => endpointId),
      successes.map(({ lease }) => lease),
      tries.map(({ deliveryId }) => deliveryId),
      tries.map(({ attempt }) => attempt),
      tries.map(({ triedAt }) => triedAt),
      tries.map(({ tookMs }) => tookMs),
      tries.map(({ status }) => status),
      tries.map(({ answer }) => answer),
      tries.map(({ at }) => at),
    ],
  )
  const after = new Map(rows.map((row) => [row.id, row]))
  return tries.map(({ deliveryId }) => after.get(deliveryId))
}

/** Releases endpoints. Returns for each whether it already has another due delivery. */
export const releaseEndpoints = async (
  db: Queryable,
  leased: readonly { readonly endpointId: string; readonly lease: string }[],
  at: Date,
): Promise<boolean[]> => {
  const rows = await db.query<{ id: string }>(
    'select id from tollgate.release_endpoints($1, $2, $3) r (id)',
    [leased.map(({ endpointId }) => endpointId), leased.map(({ lease }) => lease), at],
  )
  const due = new Set(rows.map(({ id }) => id))
  return leased.map(({ endpointId }) => due.has(endpointId))
}
