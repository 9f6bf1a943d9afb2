import { type UnitsAhead, unitsAhead } from '../batch-amounts.ts'
import type { Queryable } from '../database.ts'
import { textArray } from '../text-array.ts'
import { naming, presentTraceparent } from '../traceparent.ts'
import {
  BATCH_EXPRESSION,
  BATCH_PARAMETERS,
  batchParameters,
  batchParametersInTurns,
  parameter,
  type UsageItem,
} from '../usage-batch.ts'
import { type LeaseSpent, spentParameters, wantsExpression } from './leases.ts'
import type { StoredReservation } from './reservations.ts'
import {
  readShown,
  type Seen,
  type SeenShown,
  type SharedSeen,
  seenBy,
  seenOf,
  unitsFromJson,
} from './seen-limits.ts'

/** The write path. Each call is one statement, so that a batch costs one round trip. */

export type RecordOutcome = 'recorded' | 'duplicate' | 'conflict' | 'unknown_organization'

const record = (at: string) => `tollgate.record_events(${BATCH_EXPRESSION},
  ${wantsExpression(BATCH_PARAMETERS)}, ${parameter(15)}::integer[], ${parameter(16)}::integer[],
  ${parameter(17)}::bigint[], ${parameter(18)}, ${at})`
const RECORD_AT = `${parameter(19)}::timestamptz`
const RECORD = `select ${record(RECORD_AT)} as outcomes`
const RECORD_TRACED = naming({
  columns: 'd.outcomes',
  call: (at) => `(select ${record(at)} as outcomes)`,
  at: RECORD_AT,
  traceparent: parameter(20),
})

/** An event, and the leases that it was admitted on. */
export interface RecordAsk {
  readonly item: UsageItem
  readonly spent?: readonly LeaseSpent[] | undefined
}

export const recordEvents = async (
  db: Queryable,
  asks: readonly RecordAsk[],
  node: string,
  at: Date,
): Promise<readonly RecordOutcome[]> => {
  const traceparent = presentTraceparent()
  const text = traceparent === undefined ? RECORD : RECORD_TRACED
  const parameters = await batchParametersInTurns(asks.map((ask) => ask.item))
  const rows = await db.query<{ outcomes: RecordOutcome[] }>(text, [
    ...parameters,
    ...spentParameters(asks.map((ask) => ask.spent)),
    node,
    at.toISOString(),
    ...(traceparent === undefined ? [] : [traceparent]),
  ])
  return rows[0]?.outcomes ?? []
}

/** A decision as it is stored. Every answer about it is derived from this. */
export interface KeptDecision extends Seen {
  /** For an admitted call, its event's id. For a refusal or an extension, an id of its own. */
  readonly id: string
  readonly decidedAtMs: number
  readonly verb: 'track' | 'reserve' | 'extend'
  readonly eventId: string
  readonly allowed: boolean
  readonly microCredits: bigint
}

export interface DecideAsk {
  readonly item: UsageItem
  readonly verb: 'track' | 'reserve'
  readonly decisionId: string
  readonly reservationId?: string | undefined
  readonly expiresAt?: Date | undefined
  /** JSON of the request, stored with a reservation so that its settlement is priced alike. */
  readonly request?: string | undefined
  /** Refuse it even if reclaiming other processes' leases would admit it. */
  readonly final?: boolean | undefined
}

export interface DecideOutcome {
  readonly outcome:
    | 'decided'
    /** Refused only because other processes hold units on lease; nothing was written. */
    | 'recall'
    | 'replay'
    | 'conflict'
    | 'unknown_organization'
    | 'closed_organization'
    | 'subscription_paused'
    | 'subscription_ended'
  /** Null where there is no decision, as for a replay whose id was recorded without one. */
  readonly decision: KeptDecision | null
  readonly reservation: { readonly id: string; readonly expiresAtMs: number } | null
}

/** A process, and whether it has a Redis that decides the limits that Redis may decide. */
export interface NodeOfStore {
  readonly id: string
  readonly hasRedis: boolean
}

const decide = (at: string) => `tollgate.decide_usage(${BATCH_EXPRESSION},
  ${parameter(1)}::text[], ${parameter(2)}::uuid[], ${parameter(3)}::uuid[],
  ${parameter(4)}::timestamptz[], ${parameter(5)}::text[], ${parameter(6)}::boolean,
  ${parameter(7)}, ${parameter(8)}::boolean[], ${at})`
const DECIDE_AT = `${parameter(9)}::timestamptz`
const DECIDE = `select * from ${decide(DECIDE_AT)}`
const DECIDE_TRACED = naming({
  columns: 'd.*',
  call: decide,
  at: DECIDE_AT,
  traceparent: parameter(10),
})

interface DecideRow {
  /** The place in the batch, from 1. 0 stands for the whole batch. */
  readonly item: number
  readonly outcome: DecideOutcome['outcome'] | 'all_admitted'
  readonly admitted: boolean
  readonly decided_at: Date
  readonly verb: 'record' | 'track' | 'reserve' | null
  readonly credits: bigint | null
  readonly seen: SeenShown | Record<string, SeenShown> | null
  readonly ahead: string | null
  readonly asked: string | null
  readonly reservation: StoredReservation | null
}

export const decideUsage = async (
  db: Queryable,
  asks: readonly DecideAsk[],
  node: NodeOfStore,
  at: Date,
): Promise<readonly DecideOutcome[]> => {
  const items = asks.map((ask) => ask.item)
  const ahead = unitsAhead(items)
  const traceparent = presentTraceparent()
  const rows = await db.query<DecideRow>(traceparent === undefined ? DECIDE : DECIDE_TRACED, [
    ...batchParameters(items, ahead),
    textArray(asks.map((ask) => ask.verb)),
    textArray(asks.map((ask) => ask.decisionId)),
    textArray(asks.map((ask) => ask.reservationId)),
    textArray(asks.map((ask) => ask.expiresAt?.toISOString())),
    textArray(asks.map((ask) => ask.request)),
    node.hasRedis,
    node.id,
    textArray(asks.map((ask) => (ask.final ? 't' : 'f'))),
    at.toISOString(),
    ...(traceparent === undefined ? [] : [traceparent]),
  ])
  const [first] = rows
  if (first?.outcome === 'all_admitted') {
    return allAdmitted(asks, ahead, first.seen as Record<string, SeenShown>, at)
  }
  const outcomes = new Array<DecideOutcome>(asks.length)
  for (const row of rows) outcomes[row.item - 1] = outcomeOf(asks[row.item - 1] as DecideAsk, row)
  return outcomes
}

const allAdmitted = (
  asks: readonly DecideAsk[],
  ahead: UnitsAhead,
  shown: Readonly<Record<string, SeenShown>>,
  at: Date,
): DecideOutcome[] => {
  const shared = new Map<string, SharedSeen>()
  return asks.map((ask, place) => {
    const { organizationId, amounts } = ask.item
    const known = shared.get(organizationId)
    const seen = known ?? readShown(shown[organizationId])
    if (!known) shared.set(organizationId, seen)
    const before = ahead[place]
    const aheadOf = (meter: string): bigint =>
      before?.[amounts.findIndex((amount) => amount.meter === meter)] ?? 0n
    return admitted(ask, at, seenOf(seen, aheadOf, askedBy(ask)))
  })
}

const askedBy =
  ({ item }: DecideAsk) =>
  (meter: string): bigint =>
    item.amounts.find((amount) => amount.meter === meter)?.units ?? 0n

const admitted = (ask: DecideAsk, at: Date, seen: Seen): DecideOutcome => ({
  outcome: 'decided',
  decision: {
    ...seen,
    id: ask.item.id,
    decidedAtMs: at.getTime(),
    verb: ask.verb,
    eventId: ask.item.id,
    allowed: true,
    microCredits: ask.item.microCredits,
  },
  reservation: newReservation(ask),
})

const newReservation = (ask: DecideAsk): DecideOutcome['reservation'] =>
  ask.verb === 'reserve' && ask.reservationId
    ? { id: ask.reservationId, expiresAtMs: ask.expiresAt?.getTime() ?? 0 }
    : null

const outcomeOf = (ask: DecideAsk, row: DecideRow): DecideOutcome => {
  const outcome = row.outcome as DecideOutcome['outcome']
  const decided = outcome === 'decided' || outcome === 'recall'
  if (!decided && (outcome !== 'replay' || row.verb === 'record')) {
    return { outcome, decision: null, reservation: null }
  }
  const seen = seenBy(
    row.seen as SeenShown | null,
    unitsFromJson(row.ahead),
    row.asked === null ? askedBy(ask) : unitsFromJson(row.asked),
  )
  return {
    outcome,
    decision: {
      ...seen,
      id: row.admitted ? ask.item.id : ask.decisionId,
      decidedAtMs: row.decided_at.getTime(),
      verb: ask.verb,
      eventId: ask.item.id,
      allowed: row.admitted,
      microCredits: row.credits ?? ask.item.microCredits,
    },
    reservation: row.reservation
      ? { id: row.reservation.id, expiresAtMs: Date.parse(row.reservation.expires_at) }
      : row.admitted && outcome === 'decided'
        ? newReservation(ask)
        : null,
  }
}

const CHECK = `select admitted, seen
  from tollgate.check_usage(${BATCH_EXPRESSION}, ${parameter(1)}::boolean,
    ${parameter(2)}::timestamptz)`

/** Decides on one item without recording anything. */
export const checkUsage = async (
  db: Queryable,
  item: UsageItem,
  node: NodeOfStore,
  at: Date,
): Promise<Seen & { admitted: boolean }> => {
  const [row] = await db.query<{ admitted: boolean; seen: SeenShown | null }>(CHECK, [
    ...batchParameters([item]),
    node.hasRedis,
    at.toISOString(),
  ])
  return { admitted: row?.admitted ?? true, ...seenBy(row?.seen) }
}
