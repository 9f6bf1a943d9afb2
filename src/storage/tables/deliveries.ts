import type { Queryable } from '../database.ts'
import type { DomainEventRow } from './domain-events.ts'

export interface DeliveryRow {
  readonly id: string
  readonly endpoint_id: string
  readonly event_id: string
  readonly kind: string
  /** The organization of the event. */
  readonly event_organization_id: string
  readonly state: 'waiting' | 'done' | 'failed' | 'skipped'
  readonly reason: string | null
  readonly attempts: number
  readonly message_id: string | null
  readonly next_attempt_at: Date | null
  readonly created_at: Date
  readonly done_at: Date | null
}

export interface DeliveryTryRow {
  readonly attempt: number
  readonly tried_at: Date
  readonly took_ms: number
  readonly status: number | null
  readonly error: string | null
  readonly answer: string | null
}

const COLUMNS = `d.id, d.endpoint_id, d.event_id, d.kind, v.organization_id as event_organization_id,
  d.state, d.reason, d.attempts, d.message_id, d.next_attempt_at, d.created_at, d.done_at`
/**
 * Row-level security lets an organization read these, since its endpoints receive only its own
 * events. The platform's deliveries are read without row-level security.
 */
const FROM = `tollgate.deliveries d join tollgate.domain_events v on v.id = d.event_id`

/** A page of deliveries before a given one, the latest first. */
export const deliveryPage = (
  db: Queryable,
  endpointId: string,
  page: {
    readonly before: { at: Date; id: string } | undefined
    readonly state: string | undefined
    readonly limit: number
  },
): Promise<DeliveryRow[]> =>
  db.query(
    `select ${COLUMNS} from ${FROM}
     where d.endpoint_id = $1 and ($2::timestamptz is null or (d.created_at, d.id) < ($2, $3::uuid))
       and ($4::text is null or d.state = $4)
     order by d.created_at desc, d.id desc limit $5`,
    [endpointId, page.before?.at ?? null, page.before?.id ?? null, page.state ?? null, page.limit],
  )

/** A delivery of an endpoint, with its event. */
export const findDelivery = async (
  db: Queryable,
  endpointId: string,
  id: string,
): Promise<{ readonly delivery: DeliveryRow; readonly event: DomainEventRow } | undefined> => {
  const rows = await db.query<DeliveryRow & DomainEventRow & { readonly event_kind: string }>(
    `select ${COLUMNS}, v.sequence, v.subject, v.data, v.occurred_at
     from ${FROM} where d.endpoint_id = $1 and d.id = $2`,
    [endpointId, id],
  )
  const [row] = rows
  if (!row) return undefined
  return {
    delivery: row,
    event: { ...row, id: row.event_id, organization_id: row.event_organization_id },
  }
}

/** The latest tries, in order. */
export const triesOf = async (
  db: Queryable,
  deliveryId: string,
  limit: number,
): Promise<DeliveryTryRow[]> => {
  const rows = await db.query<DeliveryTryRow>(
    `select attempt, tried_at, took_ms, status, error, answer from tollgate.delivery_tries
     where delivery_id = $1 order by attempt desc limit $2`,
    [deliveryId, limit],
  )
  return rows.reverse()
}

/** Selects the deliveries to send again. */
export type Resent =
  | { readonly id: string }
  | { readonly from: Date; readonly to: Date; readonly states: readonly string[] }

/**
 * Makes finished deliveries wait again, each with a new round of tries. Waiting deliveries do not
 * change, so two equal requests at the same time send nothing twice. For a channel
 * they go in a new message: mail with the former message's id could be dropped as a duplicate.
 */
export const resendDeliveries = async (
  tx: Queryable,
  endpointId: string,
  which: Resent,
  { limit, at }: { readonly limit: number; readonly at: Date },
): Promise<number> => {
  const [id, from, to, states] =
    'id' in which ? [which.id, null, null, null] : [null, which.from, which.to, which.states]
  const rows = await tx.query(
    `with chosen as (
       select id from tollgate.deliveries
       where endpoint_id = $1 and state <> 'waiting'
         and case when $2::uuid is not null then id = $2
                  else created_at >= $3 and created_at < $4 and state = any ($5::text[]) end
       order by created_at, id limit $6 for update),
     due as (update tollgate.endpoints set due_at = least(due_at, $7) where id = $1)
     update tollgate.deliveries d
     set state = 'waiting', reason = null, round_attempts = 0, next_attempt_at = $7, done_at = null,
         message_id = null, held = false
     from chosen where d.id = chosen.id and d.state <> 'waiting' returning d.id`,
    [endpointId, id, from, to, states, limit, at],
  )
  return rows.length
}

/** Marks waiting deliveries as skipped: all of them or, with `kinds`, those of other kinds. */
export const skipWaiting = async (
  tx: Queryable,
  endpointId: string,
  reason: string,
  kinds?: readonly string[],
): Promise<void> => {
  await tx.query(
    `update tollgate.deliveries set state = 'skipped', reason = $2, next_attempt_at = null
     where endpoint_id = $1 and state = 'waiting'
       and ($3::text[] is null or split_part(kind, '.', 2) <> 'test' and not (
         kind = any ($3) or split_part(kind, '.', 1) || '.*' = any ($3)))`,
    [endpointId, reason, kinds ?? null],
  )
}
