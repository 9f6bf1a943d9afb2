import { type UnitsAhead, unitsAhead } from '../batch-amounts.ts'
import type { Queryable } from '../database.ts'
import { textArray } from '../text-array.ts'
import { naming, presentTraceparent } from '../traceparent.ts'
import { BATCH_EXPRESSION, batchParameters, parameter, type UsageItem } from '../usage-batch.ts'
import { type SeenShown, seenBy } from './seen-limits.ts'
import type { KeptDecision, NodeOfStore } from './usage.ts'

export interface StoredReservation {
  readonly id: string
  readonly organization_id: string
  readonly event_id: string
  readonly user_id: string | null
  readonly api_key_id: string | null
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
    /** Redis held it, and had not been asked to release it before. */
    readonly elsewhere: boolean
    readonly seen: SeenShown | null
    /** JSON of meter → units that earlier calls of its batch asked for. */
    readonly ahead: string | null
  } | null
}

export interface SettleAsk {
  readonly item: UsageItem
  readonly reservationId: string
}

export interface SettleOutcome {
  readonly outcome: 'settled' | 'replay' | 'released' | 'unknown_reservation'
  readonly reservation: StoredReservation | null
}

const settle = (at: string) => `tollgate.settle_reservations(${BATCH_EXPRESSION},
  ${parameter(1)}::uuid[], ${at})`
const SETTLE_AT = `${parameter(2)}::timestamptz`
const SETTLE = `select outcome, reservation from ${settle(SETTLE_AT)} order by item`
const SETTLE_TRACED = naming({
  columns: 'd.outcome, d.reservation',
  call: settle,
  at: SETTLE_AT,
  traceparent: parameter(3),
  rest: 'order by d.item',
})

export const settleReservations = (
  db: Queryable,
  asks: readonly SettleAsk[],
  at: Date,
): Promise<readonly SettleOutcome[]> => {
  const traceparent = presentTraceparent()
  return db.query<SettleOutcome>(traceparent === undefined ? SETTLE : SETTLE_TRACED, [
    ...batchParameters(...itemsAndAhead(asks)),
    textArray(asks.map((ask) => ask.reservationId)),
    at.toISOString(),
    ...(traceparent === undefined ? [] : [traceparent]),
  ])
}

const itemsAndAhead = (asks: readonly SettleAsk[]): [UsageItem[], UnitsAhead] => {
  const items = asks.map((ask) => ask.item)
  return [items, unitsAhead(items)]
}

const EXTEND = `select outcome, decision_id::text, decided_at, admitted, seen, expires_at, reservation
  from tollgate.extend_reservation(${BATCH_EXPRESSION}, ${parameter(1)}::uuid,
    ${parameter(2)}::uuid, ${parameter(3)}::timestamptz, ${parameter(4)}, ${parameter(5)}::uuid,
    ${parameter(6)}::boolean, ${parameter(7)}, ${parameter(8)}::boolean,
    ${parameter(9)}::timestamptz)`

export interface ExtendAsk {
  readonly item: UsageItem
  readonly reservationId: string
  readonly decisionId: string
  readonly expiresAt: Date
  /** The extension's idempotency key. Without one, a call that is sent again extends again. */
  readonly key: ExtensionKey | undefined
  readonly final?: boolean | undefined
}

/** An extension's id, which counts once in its reservation, and the fingerprint of its request. */
interface ExtensionKey {
  readonly id: string
  readonly fingerprint: string
}

export interface ExtendOutcome {
  readonly outcome:
    | 'decided'
    /** Refused only because other processes hold units on lease; nothing was written. */
    | 'recall'
    /**
     * Already admitted under this id. It has the first decision, whatever the reservation's state
     * is now.
     */
    | 'replay'
    /** A different request was admitted under this id. */
    | 'conflict'
    /** The reservation is not held any more. */
    | 'ended'
  /** Null where nothing was decided. */
  readonly decision: KeptDecision | null
  /** The reservation's expiry, as the decision stored it. */
  readonly expiresAtMs: number
  /** The reservation as it is now. */
  readonly reservation: StoredReservation
}

interface ExtendRow {
  readonly outcome: ExtendOutcome['outcome']
  readonly decision_id: string
  readonly decided_at: Date
  readonly admitted: boolean
  readonly seen: SeenShown | null
  readonly expires_at: Date
  readonly reservation: StoredReservation
}

/** Returns undefined if there is no such reservation. */
export const extendReservation = async (
  db: Queryable,
  ask: ExtendAsk,
  node: NodeOfStore,
  at: Date,
): Promise<ExtendOutcome | undefined> => {
  const [row] = await db.query<ExtendRow>(EXTEND, [
    ...batchParameters([ask.item]),
    ask.reservationId,
    ask.decisionId,
    ask.expiresAt.toISOString(),
    ask.key?.id ?? null,
    ask.key?.fingerprint ?? null,
    node.hasRedis,
    node.id,
    ask.final === true,
    at.toISOString(),
  ])
  return row && extendOutcome(row, ask.item)
}

const extendOutcome = (
  { outcome, reservation, ...row }: ExtendRow,
  item: UsageItem,
): ExtendOutcome => ({
  outcome,
  reservation,
  expiresAtMs: row.expires_at.getTime(),
  decision:
    outcome === 'ended' || outcome === 'conflict'
      ? null
      : {
          id: row.decision_id,
          decidedAtMs: row.decided_at.getTime(),
          verb: 'extend',
          eventId: item.id,
          allowed: row.admitted,
          microCredits: item.microCredits,
          ...seenBy(row.seen),
        },
})

/** Returns the extension that was admitted under an id before; undefined if there is none. */
export const findExtension = async (
  db: Queryable,
  { item, reservationId, key }: Pick<ExtendAsk, 'item' | 'reservationId' | 'key'>,
): Promise<ExtendOutcome | undefined> => {
  if (!key) return undefined
  const [row] = await db.query<ExtendRow>(
    `select case when d.fingerprint = $4::uuid then 'replay' else 'conflict' end as outcome,
            d.id::text as decision_id, d.decided_at, d.allowed as admitted, d.seen, d.expires_at,
            to_jsonb(r) as reservation
     from tollgate.first_extension($1, $2::uuid, $3) d
     join tollgate.reservations r on r.id = d.reservation_id`,
    [item.organizationId, reservationId, key.id, key.fingerprint],
  )
  return row && extendOutcome(row, item)
}

/**
 * Returns undefined if there is no such reservation. `wasHeld`: this call ended it.
 * `wasHeldElsewhere`: Redis must be asked to release it.
 */
export const releaseReservation = async (
  db: Queryable,
  organizationId: string,
  reservationId: string,
  at: Date,
): Promise<Released | undefined> => {
  const rows = await db.query<ReleasedRow>(
    'select * from tollgate.release_reservation($1::text, $2::uuid, $3::timestamptz)',
    [organizationId, reservationId, at.toISOString()],
  )
  const [row] = rows
  return (
    row && {
      reservation: row.reservation,
      wasHeld: row.was_held,
      wasHeldElsewhere: row.was_held_elsewhere,
      standing: row.standing,
    }
  )
}

interface Released {
  readonly reservation: StoredReservation
  readonly wasHeld: boolean
  readonly wasHeldElsewhere: boolean
  /** The state of the credit limits after the release; null if there are none. */
  readonly standing: SeenShown | null
}

interface ReleasedRow {
  readonly reservation: StoredReservation
  readonly was_held: boolean
  readonly was_held_elsewhere: boolean
  readonly standing: SeenShown | null
}

/** The fields of an expired reservation that say what it held. */
export interface ExpiredHold {
  readonly organization_id: string
  readonly occurred_at: Date
  readonly user_id: string | null
  readonly api_key_id: string | null
  readonly quantities: Record<string, number | string>
}

/** Expired holds that Redis still counts, of one organization or of all. Each is returned once. */
export const collectExpired = (
  db: Queryable,
  organizationId: string | undefined,
  at: Date,
  most: number,
): Promise<ExpiredHold[]> =>
  db.query('select * from tollgate.collect_expired($1::text, $2::timestamptz, $3::integer)', [
    organizationId ?? null,
    at.toISOString(),
    most,
  ])

export const findReservation = async (
  db: Queryable,
  organizationId: string,
  reservationId: string,
): Promise<StoredReservation | undefined> => {
  const rows = await db.query<{ reservation: StoredReservation }>(
    `select to_jsonb(r) as reservation from tollgate.reservations r
     where r.organization_id = $1::text and r.id = $2::uuid`,
    [organizationId, reservationId],
  )
  return rows[0]?.reservation
}

/** Ends overdue holds, some `most` in one transaction. Returns how many ended. */
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
