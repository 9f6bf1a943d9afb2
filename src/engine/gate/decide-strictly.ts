import type { DecideAsk, DecideOutcome } from '../../storage/tables/usage.ts'
import type { Context } from '../context.ts'

const RECALL_PAUSE_MS = 20
/** A process that is alive gives back what it does not need well within it. */
const RECALL_MOST_MS = 2_000

/**
 * The authority's own decision, committed before it is answered. Where only what other processes
 * hold on lease stands in the way, they are asked to give back what they do not need, and the
 * decision waits for that: nobody is refused while allowance is left to be had.
 */
export const decideStrictly = async (ctx: Context, ask: DecideAsk): Promise<DecideOutcome> => {
  const decide = (final: boolean) => ctx.guard.run(() => ctx.gate.decide({ ...ask, final }))
  let outcome = await decide(false)
  for (let waitedMs = 0; outcome.outcome === 'recall'; waitedMs += RECALL_PAUSE_MS) {
    ctx.recalls.send(ask.item.organizationId)
    await new Promise<void>((resolve) => ctx.clock.after(RECALL_PAUSE_MS, resolve))
    outcome = await decide(waitedMs >= RECALL_MOST_MS)
  }
  return outcome
}
