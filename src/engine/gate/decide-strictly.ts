import { keepRefusal } from '../../storage/gate/decisions.ts'
import {
  type ExtendAsk,
  type ExtendOutcome,
  findExtension,
  findReservation,
  type StoredReservation,
} from '../../storage/gate/reservations.ts'
import type { DecideAsk, DecideOutcome, KeptDecision } from '../../storage/gate/usage.ts'
import type { Context } from '../context.ts'
import { merged } from '../counters/seen-elsewhere.ts'
import { NOTHING_TAKEN, type TakenElsewhere } from '../counters/shared-counters.ts'
import { mayBeDone } from '../group-commit/store-guard.ts'

const RECALL_PAUSE_MS = 20
/** A process that is alive returns unused leases well within this time. */
const RECALL_MOST_MS = 2_000

/**
 * The decision of the authority, committed before it is returned. If only leases of other processes
 * stand in the way, they are recalled, and the decision waits for them. So no call is refused while
 * allowance is available.
 *
 * If Redis owns some of the limits, it is asked first. If the database then refuses, the units go
 * back to Redis.
 */
export const decideStrictly = (ctx: Context, ask: DecideAsk): Promise<DecideOutcome> =>
  recalling(
    ctx,
    ask,
    (outcome) => outcome.outcome === 'recall',
    (final) => {
      const decide = () => ctx.gate.decide(final ? { ...ask, final } : ask)
      return ctx.shared ? decideWithRedis(ctx, ask, final, decide) : ctx.guard.run(decide)
    },
  )

const decideWithRedis = async (
  ctx: Context,
  ask: DecideAsk,
  final: boolean,
  decide: () => Promise<DecideOutcome>,
): Promise<DecideOutcome> => {
  const elsewhere = await takeElsewhere(ctx, ask.item)
  if (!elsewhere.taken) {
    const decision = refusal(ctx, ask, elsewhere)
    if (elsewhere.recallable && !final) return { outcome: 'recall', decision, reservation: null }
    const isKept = await ctx.guard.run(() => keepRefusal(ctx.db, ask, decision))
    // An id that was admitted before gets its first answer, even if a limit is now full.
    if (!isKept) return ctx.guard.run(() => ctx.gate.decide({ ...ask, final: true }))
    return { outcome: 'decided', decision, reservation: null }
  }
  const outcome = await usedIf(
    elsewhere,
    ctx.guard.run(decide),
    ({ outcome: is, decision }) => is === 'decided' && decision?.allowed === true,
  )
  return outcome.outcome === 'replay' ? outcome : seenWith(elsewhere, outcome)
}

/** Like `decideStrictly`, for an extension of a reservation. */
export const extendStrictly = async (
  ctx: Context,
  ask: ExtendAsk,
): Promise<ExtendOutcome | undefined> =>
  recalling(
    ctx,
    { ...ask, verb: 'extend' },
    (outcome) => outcome?.outcome === 'recall',
    async (final) => {
      const elsewhere = await takeElsewhere(ctx, ask.item)
      if (!elsewhere.taken) return refusedExtension(ctx, ask, elsewhere, final)
      const outcome = await usedIf(
        elsewhere,
        ctx.guard.run(() => ctx.gate.extend({ ...ask, final }, ctx.db)),
        (extended) => extended?.outcome === 'decided' && extended.decision?.allowed === true,
      )
      return !outcome || outcome.outcome === 'replay' ? outcome : seenWith(elsewhere, outcome)
    },
  )

/**
 * Redis refused, but the reservation is still read. An extension with the same id may have been
 * admitted before, or the reservation may have ended.
 */
const refusedExtension = async (
  ctx: Context,
  ask: ExtendAsk,
  elsewhere: RefusedElsewhere,
  final: boolean,
): Promise<ExtendOutcome | undefined> => {
  const { organizationId } = ask.item
  const first = await ctx.guard.run(() => findExtension(ctx.db, ask))
  if (first) return first
  const found = await ctx.guard.run(() =>
    findReservation(ctx.db, organizationId, ask.reservationId),
  )
  const nowMs = ctx.clock.now().getTime()
  if (found?.state !== 'held') return found && ended(found)
  if (Date.parse(found.expires_at) <= nowMs) return ended({ ...found, state: 'expired' })
  const decision = refusal(ctx, { ...ask, verb: 'extend' }, elsewhere)
  const recallable = elsewhere.recallable && !final
  if (!recallable) await ctx.guard.run(() => keepRefusal(ctx.db, ask, decision))
  return {
    outcome: recallable ? 'recall' : 'decided',
    decision,
    expiresAtMs: Date.parse(found.expires_at),
    reservation: found,
  }
}

const ended = (reservation: StoredReservation): ExtendOutcome => ({
  outcome: 'ended',
  decision: null,
  expiresAtMs: Date.parse(reservation.expires_at),
  reservation,
})

type RefusedElsewhere = Extract<TakenElsewhere, { taken: false }>

/**
 * Redis may refuse because of this process's own leases. Then they are returned, and Redis is asked
 * again.
 */
const takeElsewhere = async (ctx: Context, item: DecideAsk['item']): Promise<TakenElsewhere> => {
  if (!ctx.shared) return NOTHING_TAKEN
  const taken = await ctx.shared.take(item)
  if (taken.taken || !(await ctx.leases?.giveBackOf(item.organizationId))) return taken
  return ctx.shared.take(item)
}

/**
 * Returns Redis's grant if the call does not use it. If the outcome is unknown, the grant is
 * forfeited.
 */
const usedIf = async <Outcome>(
  elsewhere: Extract<TakenElsewhere, { taken: true }>,
  deciding: Promise<Outcome>,
  isUsed: (outcome: Outcome) => boolean,
): Promise<Outcome> => {
  try {
    const outcome = await deciding
    await elsewhere.decided(isUsed(outcome))
    return outcome
  } catch (error) {
    await elsewhere.decided(mayBeDone(error))
    throw error
  }
}

/** Merges the limits that Redis saw into the decision. */
const seenWith = <Outcome extends { readonly decision: KeptDecision | null }>(
  elsewhere: TakenElsewhere,
  outcome: Outcome,
): Outcome => {
  const { decision } = outcome
  if (!decision || elsewhere.limits.length === 0) return outcome
  return {
    ...outcome,
    decision: { ...decision, limits: merged(decision.limits, elsewhere.limits) },
  }
}

/**
 * Repeats the decision, for a bounded time, while only leases of other processes stand in the way.
 */
const recalling = async <Outcome>(
  ctx: Context,
  { item: { organizationId }, verb }: Pick<DecideAsk, 'item'> & Pick<KeptDecision, 'verb'>,
  isRecall: (outcome: Outcome) => boolean,
  decide: (final: boolean) => Promise<Outcome>,
): Promise<Outcome> => {
  const { measures } = ctx
  const startedMs = measures.monotonicMs()
  const told = (outcome: Outcome): Outcome => {
    const seconds = (measures.monotonicMs() - startedMs) / 1_000
    measures.tell({ of: 'decision', verb, seconds })
    return outcome
  }
  let outcome = await decide(false)
  if (!isRecall(outcome)) return told(outcome)
  // Return this process's own leases first, since that needs no wait.
  await ctx.leases?.giveBackOf(organizationId)
  await ctx.recorder.flush()
  outcome = await decide(false)
  for (let waitedMs = 0; isRecall(outcome); waitedMs += RECALL_PAUSE_MS) {
    ctx.recalls.send(organizationId)
    await new Promise<void>((resolve) => ctx.clock.after(RECALL_PAUSE_MS, resolve))
    await ctx.leases?.giveBackOf(organizationId)
    outcome = await decide(waitedMs >= RECALL_MOST_MS)
  }
  return told(outcome)
}

const refusal = (
  { clock }: Context,
  { item, decisionId, verb }: Pick<DecideAsk, 'item' | 'decisionId'> & Pick<KeptDecision, 'verb'>,
  { limits }: RefusedElsewhere,
): KeptDecision => ({
  id: decisionId,
  decidedAtMs: clock.now().getTime(),
  verb,
  eventId: item.id,
  allowed: false,
  microCredits: item.microCredits,
  warnPercent: 100,
  limits,
})
