import type { HoldSettlement } from '../contract/hold.ts'
import type { Call } from '../contract/usage.ts'
import { currentBudget } from '../facade/current-budget.ts'
import { isResponse, passedThrough } from '../facade/streamed-result.ts'
import { givenBy } from './call-of.ts'
import type { Answered } from './metered.ts'
import type { Gate, Identity } from './options.ts'
import { actingOf, endings, hasFailed, MeteredCall, PassedOn, type Serve } from './serve.ts'

/**
 * Records when the answer has ended. The request does not wait for it and does not fail with it.
 */
export const recordAfter: Serve = async (serving, work) => {
  const { arrival, callOf, gate, identity, options, settled, onError } = serving
  const ended = endings()
  const run = currentBudget()
  const budget = (options.budget && (await givenBy(options.budget, arrival))) ?? run?.id
  let told: HoldSettlement | undefined
  const recordIt = async (answer?: Answered): Promise<void> => {
    const end = ended(answer)
    try {
      const call = await callOf(arrival, identity)
      await recorded(await gate(), withUsed({ ...call, budget, ...end }, told ?? {}), identity)
    } catch (error) {
      onError(error)
    } finally {
      settled.keep(undefined)
    }
  }
  const used = (amounts: HoldSettlement): void => {
    told = amounts
  }
  try {
    const call = new MeteredCall(serving, { decision: undefined, used, budget })
    const answer = await work(call, new PassedOn({}, settled))
    if (!told && hasFailed(answer)) settled.keep(undefined)
    else if (isResponse(answer) && answer.body !== null) {
      const over = async (): Promise<void> => void recordIt(answer)
      const stop = arrival.signal ? [arrival.signal] : []
      const watch = { ended: over, broken: over, left: over, reading: unwatched, read: unwatched }
      return passedThrough(answer, { ...watch, stop })
    } else void recordIt(answer)
    return answer
  } catch (error) {
    // A client that disconnected has used what was used until then. Failed work counts only what it
    // reported.
    if (told || arrival.signal?.aborted) void recordIt()
    else settled.keep(undefined)
    throw error
  }
}

/** The engine queues it, in its journal if it has one. A client sends it. */
const recorded = async (gate: Gate, call: Call, identity: Identity): Promise<void> => {
  const acting = actingOf(identity)
  if (gate.enqueue) await gate.enqueue(call, acting)
  else await gate.record(call, acting)
}

/** Reported usage replaces the amounts of the options. */
const withUsed = (call: Call, { estimated, ...used }: HoldSettlement): Call => ({
  ...call,
  ...used,
  ...(estimated && { properties: { ...call.properties, ...used.properties, estimated } }),
})

/** Nothing is held, so nothing expires while nobody reads. */
const unwatched = (): void => {}
