import type { Queryable } from '../database.ts'
import {
  BATCH_EXPRESSION,
  BATCH_PARAMETERS,
  batchParameters,
  textArray,
  type UsageItem,
} from '../usage-batch.ts'

/** The write path. Each call is one statement, so that a batch costs one round trip. */

const parameter = (offset: number): string => `$${BATCH_PARAMETERS + offset}`

export type RecordOutcome = 'recorded' | 'duplicate' | 'conflict' | 'unknown_organization'

const RECORD = `select tollgate.record_events(${BATCH_EXPRESSION}, ${parameter(1)}::timestamptz) as outcomes`

export const recordEvents = async (
  db: Queryable,
  items: readonly UsageItem[],
  at: Date,
): Promise<readonly RecordOutcome[]> => {
  const rows = await db.query<{ outcomes: RecordOutcome[] }>(RECORD, [
    ...batchParameters(items),
    at.toISOString(),
  ])
  return rows[0]?.outcomes ?? []
}

/** A limit as it is kept in a decision; amounts as text, since JSON numbers are doubles. */
export interface StoredLimit {
  readonly meter: string
  readonly window: 'minute' | 'hour' | 'day' | 'month' | 'period'
  readonly start: string
  readonly max: string | null
  readonly behavior: 'hard' | 'soft' | 'overage'
  readonly before: string
  readonly asked: string
  readonly refused: boolean
}

export interface StoredDecision {
  readonly id: string
  readonly decided_at: string
  readonly organization_id: string
  readonly verb: 'track' | 'reserve' | 'extend'
  readonly event_id: string
  readonly event_type: string
  readonly allowed: boolean
  readonly credits: number
  readonly limits: readonly StoredLimit[]
  readonly warn_percent: number
}

export interface StoredReservation {
  readonly id: string
  readonly organization_id: string
  readonly event_id: string
  readonly state: 'held' | 'settled' | 'released' | 'expired'
  readonly request: Record<string, unknown>
  readonly quantities: Record<string, number>
  readonly occurred_at: string
  readonly created_at: string
  readonly expires_at: string
  readonly settlement: {
    readonly credits: number
    readonly quantities: Record<string, number | string>
    readonly late: boolean
    readonly limits: readonly StoredLimit[]
  } | null
}

export interface DecideAsk {
  readonly item: UsageItem
  readonly verb: 'track' | 'reserve'
  readonly decisionId: string
  readonly reservationId?: string | undefined
  readonly expiresAt?: Date | undefined
  /** JSON of the request, kept with a reservation so that its settlement can be priced alike. */
  readonly request?: string | undefined
}

export interface DecideOutcome {
  readonly outcome:
    | 'decided'
    | 'replay'
    | 'conflict'
    | 'unknown_organization'
    | 'closed_organization'
  readonly decision: StoredDecision | null
  readonly reservation: StoredReservation | null
}

const DECIDE = `select outcome, decision, reservation from tollgate.decide_usage(${BATCH_EXPRESSION},
  ${parameter(1)}::text[], ${parameter(2)}::uuid[], ${parameter(3)}::uuid[],
  ${parameter(4)}::timestamptz[], ${parameter(5)}::text[], ${parameter(6)}::timestamptz)
  order by item`

export const decideUsage = (
  db: Queryable,
  asks: readonly DecideAsk[],
  at: Date,
): Promise<readonly DecideOutcome[]> =>
  db.query<DecideOutcome>(DECIDE, [
    ...batchParameters(asks.map((ask) => ask.item)),
    textArray(asks.map((ask) => ask.verb)),
    textArray(asks.map((ask) => ask.decisionId)),
    textArray(asks.map((ask) => ask.reservationId)),
    textArray(asks.map((ask) => ask.expiresAt?.toISOString())),
    textArray(asks.map((ask) => ask.request)),
    at.toISOString(),
  ])

const CHECK = `select admitted, limits from tollgate.check_usage(${BATCH_EXPRESSION}, ${parameter(1)}::timestamptz)`

/** The decision on one item without recording anything. */
export const checkUsage = async (
  db: Queryable,
  item: UsageItem,
  at: Date,
): Promise<{ admitted: boolean; limits: readonly StoredLimit[] }> => {
  const rows = await db.query<{ admitted: boolean; limits: StoredLimit[] }>(CHECK, [
    ...batchParameters([item]),
    at.toISOString(),
  ])
  return rows[0] ?? { admitted: true, limits: [] }
}

export interface SettleAsk {
  readonly item: UsageItem
  readonly reservationId: string
}

export interface SettleOutcome {
  readonly outcome: 'settled' | 'replay' | 'released' | 'unknown_reservation'
  readonly reservation: StoredReservation | null
}

const SETTLE = `select outcome, reservation from tollgate.settle_reservations(${BATCH_EXPRESSION},
  ${parameter(1)}::uuid[], ${parameter(2)}::timestamptz) order by item`

export const settleReservations = (
  db: Queryable,
  asks: readonly SettleAsk[],
  at: Date,
): Promise<readonly SettleOutcome[]> =>
  db.query<SettleOutcome>(SETTLE, [
    ...batchParameters(asks.map((ask) => ask.item)),
    textArray(asks.map((ask) => ask.reservationId)),
    at.toISOString(),
  ])

const EXTEND = `select decision, reservation from tollgate.extend_reservation(${BATCH_EXPRESSION},
  ${parameter(1)}::uuid, ${parameter(2)}::uuid, ${parameter(3)}::timestamptz,
  ${parameter(4)}::timestamptz)`

export const extendReservation = async (
  db: Queryable,
  ask: { item: UsageItem; reservationId: string; decisionId: string; expiresAt: Date },
  at: Date,
): Promise<{ decision: StoredDecision | null; reservation: StoredReservation } | undefined> => {
  const rows = await db.query<{ decision: StoredDecision | null; reservation: StoredReservation }>(
    EXTEND,
    [
      ...batchParameters([ask.item]),
      ask.reservationId,
      ask.decisionId,
      ask.expiresAt.toISOString(),
      at.toISOString(),
    ],
  )
  return rows[0]
}

export const releaseReservation = async (
  db: Queryable,
  organizationId: string,
  reservationId: string,
  at: Date,
): Promise<StoredReservation | undefined> => {
  const rows = await db.query<{ reservation: StoredReservation }>(
    'select to_jsonb(r) as reservation from tollgate.release_reservation($1, $2, $3) r',
    [organizationId, reservationId, at.toISOString()],
  )
  return rows[0]?.reservation
}

export const findReservation = async (
  db: Queryable,
  organizationId: string,
  reservationId: string,
): Promise<StoredReservation | undefined> => {
  const rows = await db.query<{ reservation: StoredReservation }>(
    `select to_jsonb(r) as reservation from tollgate.reservations r
     where r.organization_id = $1 and r.id = $2`,
    [organizationId, reservationId],
  )
  return rows[0]?.reservation
}

/** Ends the holds of every organization that are past their time; at most `most` organizations. */
export const expireReservations = async (
  db: Queryable,
  at: Date,
  most: number,
): Promise<number> => {
  const rows = await db.query<{ expired: number }>(
    `select tollgate.expire_due_reservations($1, $2) as expired`,
    [at.toISOString(), most],
  )
  return rows[0]?.expired ?? 0
}

export const ensurePartitions = async (db: Queryable, from: Date, to: Date): Promise<void> => {
  await db.query('select tollgate.ensure_partitions($1, $2)', [
    from.toISOString(),
    to.toISOString(),
  ])
}

/**
 * Retention, one transaction a step: who waits for a table while holding another's lock could wait
 * for a writer that waits for the first.
 */
export const cleanupEvents = async (
  db: Queryable,
  keep: { eventsDays: number; idsDays: number },
  at: Date,
): Promise<{ droppedPartitions: number; forgottenIds: bigint }> => {
  const idsFrom = 'tollgate.ids_kept_from(make_interval(days => $1), $2)'
  const ids = [keep.idsDays, at.toISOString()]
  const dropped = await db.query<{ count: number }>(
    `select tollgate.drop_partitions('decisions', ${idsFrom}) as count`,
    ids,
  )
  dropped.push(
    ...(await db.query<{ count: number }>(
      `select tollgate.drop_partitions(
         'events', tollgate.kept_from(make_interval(days => $1), $2)) as count`,
      [keep.eventsDays, at.toISOString()],
    )),
  )
  const forgotten = await db.query<{ forgotten_ids: bigint }>(
    `select forgotten_ids from tollgate.forget_old(${idsFrom}, $2)`,
    ids,
  )
  return {
    droppedPartitions: dropped.reduce((sum, { count }) => sum + count, 0),
    forgottenIds: forgotten[0]?.forgotten_ids ?? 0n,
  }
}
