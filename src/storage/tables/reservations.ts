import { type UnitsAhead, unitsAhead } from '../batch-amounts.ts'
import type { Queryable } from '../database.ts'
import { textArray } from '../text-array.ts'
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
    /** Redis held it, and was not given it back before. */
    readonly elsewhere: boolean
    readonly seen: SeenShown | null
    /** JSON of meter → units asked for by those before it in its batch. */
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

const SETTLE = `select outcome, reservation from tollgate.settle_reservations(${BATCH_EXPRESSION},
  ${parameter(1)}::uuid[], ${parameter(2)}::timestamptz) order by item`

export const settleReservations = (
  db: Queryable,
  asks: readonly SettleAsk[],
  at: Date,
): Promise<readonly SettleOutcome[]> =>
  db.query<SettleOutcome>(SETTLE, [
    ...batchParameters(...itemsAndAhead(asks)),
    textArray(asks.map((ask) => ask.reservationId)),
    at.toISOString(),
  ])

const itemsAndAhead = (asks: readonly SettleAsk[]): [UsageItem[], UnitsAhead] => {
  const items = asks.map((ask) => ask.item)
  return [items, unitsAhead(items)]
}

const EXTEND = `select decided, admitted, recallable, seen, reservation
  from tollgate.extend_reservation(${BATCH_EXPRESSION}, ${parameter(1)}::uuid,
    ${parameter(2)}::uuid, ${parameter(3)}::timestamptz, ${parameter(4)}::boolean,
    ${parameter(5)}, ${parameter(6)}::boolean, ${parameter(7)}::timestamptz)`

export interface ExtendAsk {
  readonly item: UsageItem
  readonly reservationId: string
  readonly decisionId: string
  readonly expiresAt: Date
  readonly final?: boolean | undefined
}

export interface ExtendOutcome {
  /** Null when the reservation is not held any more. */
  readonly decision: KeptDecision | null
  /** Refused for want of what other processes hold on lease; nothing was written. */
  readonly recallable: boolean
  readonly reservation: StoredReservation
}

interface ExtendRow {
  readonly decided: boolean
  readonly admitted: boolean
  readonly recallable: boolean | null
  readonly seen: SeenShown | null
  readonly reservation: StoredReservation
}

/** Undefined: there is no such reservation. */
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
    node.hasRedis,
    node.id,
    ask.final === true,
    at.toISOString(),
  ])
  if (!row) return undefined
  return {
    recallable: row.recallable ?? false,
    reservation: row.reservation,
    decision: row.decided
      ? {
          id: ask.decisionId,
          decidedAtMs: at.getTime(),
          verb: 'extend',
          eventId: ask.item.id,
          allowed: row.admitted,
          microCredits: ask.item.microCredits,
          ...seenBy(row.seen),
        }
      : null,
  }
}

/** Undefined: there is no such reservation. `wasHeldElsewhere`: Redis is to be given it back. */
export const releaseReservation = async (
  db: Queryable,
  organizationId: string,
  reservationId: string,
  at: Date,
): Promise<{ reservation: StoredReservation; wasHeldElsewhere: boolean } | undefined> => {
  const rows = await db.query<{ reservation: StoredReservation; was_held_elsewhere: boolean }>(
    'select * from tollgate.release_reservation($1::text, $2::uuid, $3::timestamptz)',
    [organizationId, reservationId, at.toISOString()],
  )
  const [row] = rows
  return row && { reservation: row.reservation, wasHeldElsewhere: row.was_held_elsewhere }
}

/** A reservation that expired, as far as what it held is concerned. */
export interface ExpiredHold {
  readonly organization_id: string
  readonly occurred_at: Date
  readonly user_id: string | null
  readonly api_key_id: string | null
  readonly quantities: Record<string, number | string>
}

/** Those that Redis still holds, of one organization or of all; each is told of once. */
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
