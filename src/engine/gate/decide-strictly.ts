import { keepRefusal } from '../../storage/tables/decisions.ts'
import type { ExtendAsk, ExtendOutcome } from '../../storage/tables/reservations.ts'
import type { DecideAsk, DecideOutcome, KeptDecision } from '../../storage/tables/usage.ts'
import type { Context } from '../context.ts'
import type { TakenElsewhere } from '../leases/shared-counters.ts'

const RECALL_PAUSE_MS = 20
/** A process that is alive gives back what it does not need well within it. */
const RECALL_MOST_MS = 2_000

/**
 * The authority's own decision, committed before it is answered. Where only what other processes
 * hold on lease stands in the way, they are asked to give back what they do not need, and the
 * decision waits for that: nobody is refused while allowance is left to be had. Where Redis owns
 * some of the limits it is asked first, and the rest is given back when the database refuses.
 */
export const decideStrictly = async (ctx: Context, ask: DecideAsk): Promise<DecideOutcome> =>
  recalling(
    ctx,
    ask.item.organizationId,
    (outcome) => outcome.outcome === 'recall',
    async (final) => {
      const elsewhere = await takeElsewhere(ctx, ask.item)
      if (!elsewhere.taken) {
        const decision = refusal(ask, elsewhere, ctx.clock.now().getTime())
        if (elsewhere.recallable && !final)
          return { outcome: 'recall', decision, reservation: null }
        await ctx.guard.run(() => keepRefusal(ctx.db, ask, decision))
        return { outcome: 'decided', decision, reservation: null }
      }
      const outcome = await ctx.guard.run(() => ctx.gate.decide({ ...ask, final }))
      const isUsed = outcome.outcome === 'decided' && outcome.decision?.allowed
      if (!isUsed) await ctx.shared?.undo(ask.item.organizationId, elsewhere.wants)
      return outcome
    },
  )

/** The same for a reservation that is to grow. */
export const extendStrictly = async (
  ctx: Context,
  ask: ExtendAsk,
): Promise<ExtendOutcome | undefined> =>
  recalling(
    ctx,
    ask.item.organizationId,
    (outcome) => outcome?.recallable === true,
    async (final) => {
      const elsewhere = await takeElsewhere(ctx, ask.item)
      const tooMuch = elsewhere.taken ? undefined : elsewhere
      // The reservation is looked at all the same: it may have ended, and then that is the answer.
      const outcome = await ctx.guard.run(() =>
        ctx.gate.extend({ ...ask, final, ...(tooMuch && { item: { ...ask.item, amounts: [] } }) }),
      )
      if (!outcome?.decision) return outcome
      if (tooMuch) {
        const nowMs = ctx.clock.now().getTime()
        const decision = {
          ...outcome.decision,
          allowed: false,
          limits: tooMuch.limits,
          decidedAtMs: nowMs,
        }
        return { ...outcome, decision, recallable: tooMuch.recallable && !final }
      }
      if (!outcome.decision.allowed && elsewhere.taken) {
        await ctx.shared?.undo(ask.item.organizationId, elsewhere.wants)
      }
      return outcome
    },
  )

const takeElsewhere = (ctx: Context, item: DecideAsk['item']): Promise<TakenElsewhere> =>
  ctx.shared ? ctx.shared.take(item) : Promise.resolve({ taken: true, wants: [] })

/** Again and again while it is only leases of others that stand in the way, and not for ever. */
const recalling = async <Outcome>(
  ctx: Context,
  organizationId: string,
  isRecall: (outcome: Outcome) => boolean,
  decide: (final: boolean) => Promise<Outcome>,
): Promise<Outcome> => {
  let outcome = await decide(false)
  if (!isRecall(outcome)) return outcome
  // This process's own leases first: that takes no waiting.
  await ctx.leases?.giveBackOf(organizationId)
  await ctx.recorder.flush()
  outcome = await decide(false)
  for (let waitedMs = 0; isRecall(outcome); waitedMs += RECALL_PAUSE_MS) {
    ctx.recalls.send(organizationId)
    await new Promise<void>((resolve) => ctx.clock.after(RECALL_PAUSE_MS, resolve))
    await ctx.leases?.giveBackOf(organizationId)
    outcome = await decide(waitedMs >= RECALL_MOST_MS)
  }
  return outcome
}

const refusal = (
  ask: DecideAsk,
  { limits }: Extract<TakenElsewhere, { taken: false }>,
  nowMs: number,
): KeptDecision => ({
  id: ask.decisionId,
  decidedAtMs: nowMs,
  verb: ask.verb,
  eventId: ask.item.id,
  allowed: false,
  microCredits: ask.item.microCredits,
  warnPercent: 100,
  limits,
})
