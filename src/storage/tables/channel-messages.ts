import type { Queryable } from '../database.ts'
import type { DueDelivery } from './dispatch.ts'
import type { EndpointRow } from './endpoints.ts'

export interface WaitingDelivery extends DueDelivery {
  readonly next_attempt_at: Date
  /** True if it waited for the end of quiet hours, or for a digest. */
  readonly held: boolean
}

const WAITING = `d.id as delivery_id, d.attempts, d.round_attempts, d.next_attempt_at, d.held,
  v.organization_id, v.sequence, v.id, v.kind, v.subject, v.data, v.occurred_at
  from tollgate.deliveries d join tollgate.domain_events v on v.id = d.event_id`

/**
 * A channel's waiting deliveries that are in no message, including those that are not due yet. The
 * first due comes first.
 */
export const deliveriesWithoutMessage = (
  tx: Queryable,
  endpointId: string,
  limit: number,
): Promise<WaitingDelivery[]> =>
  tx.query(
    `select ${WAITING}
     where d.endpoint_id = $1 and d.state = 'waiting' and d.message_id is null
     order by d.next_attempt_at, v.occurred_at, v.sequence, d.id limit $2`,
    [endpointId, limit],
  )

/** Puts deliveries into messages, which are due at once. */
export const formMessages = async (
  tx: Queryable,
  placed: readonly { readonly deliveryId: string; readonly messageId: string }[],
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.deliveries d set message_id = p.message_id, next_attempt_at = $3
     from unnest($1::uuid[], $2::uuid[]) p (id, message_id) where d.id = p.id`,
    [placed.map(({ deliveryId }) => deliveryId), placed.map(({ messageId }) => messageId), at],
  )
}

/** Delays deliveries that are not urgent until an instant. */
export const holdDeliveries = async (
  tx: Queryable,
  ids: readonly string[],
  until: Date,
): Promise<void> => {
  await tx.query(
    'update tollgate.deliveries set held = true, next_attempt_at = $2 where id = any ($1::uuid[])',
    [ids, until],
  )
}

/**
 * Moves what waits for a digest or for the end of quiet hours to another instant, because the
 * channel's times have changed. `heldUntil`: until when messages that were put off waited.
 */
export const moveHeld = async (
  tx: Queryable,
  endpointId: string,
  {
    heldUntil,
    until,
    retryAt,
  }: {
    readonly heldUntil: Date | undefined
    readonly until: Date
    readonly retryAt: Date
  },
): Promise<void> => {
  await tx.query(
    `with moved as (
       update tollgate.deliveries
       set next_attempt_at = case when message_id is null then $3::timestamptz else $4 end
       where endpoint_id = $1 and state = 'waiting'
         and (message_id is null and held or message_id is not null and next_attempt_at = $2)
       returning next_attempt_at)
     update tollgate.endpoints set due_at = least(due_at, (select min(next_attempt_at) from moved))
     where id = $1`,
    [endpointId, heldUntil ?? null, until, retryAt],
  )
}

/**
 * Delays a message that was formed, until an instant. It stays what it is: the other side may have
 * it from an earlier try.
 */
export const putOffMessage = async (
  db: Queryable,
  endpointId: string,
  messageId: string,
  until: Date,
): Promise<void> => {
  await db.query(
    `update tollgate.deliveries set next_attempt_at = $3
     where endpoint_id = $1 and message_id = $2 and state = 'waiting'`,
    [endpointId, messageId, until],
  )
}

export const skipDeliveries = async (
  tx: Queryable,
  ids: readonly string[],
  reason: string,
): Promise<void> => {
  await tx.query(
    `update tollgate.deliveries set state = 'skipped', reason = $2, next_attempt_at = null
     where id = any ($1::uuid[])`,
    [ids, reason],
  )
}

/**
 * A due message of the channel that is not in `except`, with its deliveries. Returns undefined if
 * there is none.
 */
export const nextMessage = async (
  db: Queryable,
  endpointId: string,
  { at, except }: { readonly at: Date; readonly except: readonly string[] },
): Promise<{ readonly id: string; readonly deliveries: WaitingDelivery[] } | undefined> => {
  const rows = await db.query<WaitingDelivery & { readonly message_id: string }>(
    `with due as (
       select message_id from tollgate.deliveries
       where endpoint_id = $1 and state = 'waiting' and next_attempt_at <= $2
         and message_id is not null and not message_id = any ($3::uuid[])
       order by next_attempt_at, message_id limit 1)
     select d.message_id, ${WAITING}
     where d.endpoint_id = $1 and d.state = 'waiting' and d.message_id = (select message_id from due)
     order by v.occurred_at, v.sequence, d.id`,
    [endpointId, at, except],
  )
  const [first] = rows
  return first && { id: first.message_id, deliveries: rows }
}

/** How many messages a channel took since an instant. */
export const messagesTakenSince = async (
  db: Queryable,
  endpointId: string,
  since: Date,
): Promise<number> => {
  const rows = await db.query<{ count: bigint }>(
    `select count(distinct d.message_id) as count
     from tollgate.delivery_tries t join tollgate.deliveries d on d.id = t.delivery_id
     where t.endpoint_id = $1 and t.tried_at > $2 and t.error is null`,
    [endpointId, since],
  )
  return Number(rows[0]?.count ?? 0)
}

/** The result of sending a message, and the new state of its deliveries. */
interface MessageTried {
  readonly endpointId: string
  readonly messageId: string
  readonly triedAt: Date
  readonly tookMs: number
  readonly status: number | null
  readonly error: string | null
  readonly answer: string | null
  readonly state: 'waiting' | 'done' | 'failed'
  readonly reason: string | null
  readonly nextAttemptAt: Date | null
  readonly isRefused: boolean
  /** Nothing is sent to the channel before this instant. */
  readonly notBefore: Date | null
  readonly at: Date
}

type AfterMessage = Pick<EndpointRow, 'state' | 'failing_since' | 'refusals'>

/** Stores the result for every delivery of the message. Returns the channel's new state. */
export const writeMessageTry = async (
  tx: Queryable,
  tried: MessageTried,
): Promise<AfterMessage> => {
  await tx.query(
    `with moved as (
       update tollgate.deliveries
       set attempts = attempts + 1, round_attempts = round_attempts + 1, state = $3, reason = $11,
           next_attempt_at = $4, done_at = case when $3 = 'done' then $5::timestamptz end
       where endpoint_id = $1 and message_id = $2 and state = 'waiting'
       returning id, organization_id, endpoint_id, attempts)
     insert into tollgate.delivery_tries
       (delivery_id, attempt, organization_id, endpoint_id, tried_at, took_ms, status, error, answer)
     select id, attempts, organization_id, endpoint_id, $6, $7, $8, $9, $10 from moved`,
    [
      ...[tried.endpointId, tried.messageId, tried.state, tried.nextAttemptAt, tried.at],
      ...[tried.triedAt, tried.tookMs, tried.status, tried.error, tried.answer, tried.reason],
    ],
  )
  const rows = await tx.query<AfterMessage>(
    `update tollgate.endpoints
     set last_ok_at = case when $2 then $3 else last_ok_at end,
         failing_since = case when $2 then null else coalesce(failing_since, $3) end,
         refusals = case when $2 then 0 when $4 then refusals + 1 else refusals end,
         reason = case when $2 then null when $4 then $5 else reason end, not_before = $6
     where id = $1 returning state, failing_since, refusals`,
    [
      ...[tried.endpointId, tried.state === 'done', tried.at, tried.isRefused, tried.reason],
      tried.notBefore,
    ],
  )
  return rows[0] as AfterMessage
}
