import type { TollgateRefusal } from '../decision/refusal.ts'
import { currentBudget, runInBudget } from '../facade/current-budget.ts'
import { callsOf } from './call-of.ts'
import { runInCall } from './current-call.ts'
import { Denial, failureDenial, isNamed, refusalDenial } from './denial.ts'
import { identityOf } from './identity.ts'
import type { Answered, Arrival, Work } from './metered.ts'
import type { Gate, GateSource, MeterMode, MeterOptions } from './options.ts'
import { recordAfter } from './record-after.ts'
import { reserveFirst } from './reserve-first.ts'
import { type Serve, Settled } from './serve.ts'
import { trackFirst } from './track-first.ts'

/** Admits or denies requests, and counts their use once. */
export interface Guard<Request, Context = undefined> {
  /**
   * Runs `work` if the request is admitted.
   *
   * @returns the answer of `work`, or the denial if `work` was not run or threw a
   * `TollgateRefusal`.
   * @throws errors of `work` and of the functions in the options.
   */
  serve<Answer extends Answered>(
    arrival: Arrival<Request, Context>,
    work: Work<Answer>,
  ): Promise<Answer | Denial>
}

const MODES: Readonly<Record<MeterMode, Serve>> = {
  track: trackFirst,
  reserve: reserveFirst,
  record: recordAfter,
}

/** Creates the guard of one route, over an engine or a client, for any framework. */
export const createGuard = <Request, Context = undefined>(
  source: GateSource,
  options: MeterOptions<Request, Context>,
): Guard<Request, Context> => {
  const mode = options.mode ?? (options.estimate === undefined ? 'track' : 'reserve')
  const onError = options.onError ?? warn
  const callOf = callsOf(options)
  const gate = (): Gate | Promise<Gate> => (typeof source === 'function' ? source() : source)
  /** The answer when Tollgate itself failed. */
  const failed = (error: unknown): Denial => {
    onError(error)
    return failureDenial(error)
  }
  return {
    serve: async (arrival, work) => {
      const settled = new Settled()
      // Called before the first `await`, because a platform may freeze the process after it.
      const { waitUntil = options.waitUntil } = arrival
      if (waitUntil) waitUntil(settled.promise)
      let isServing = false
      const served: typeof work = (call, passed) => {
        isServing = true
        const { budget, organizationId } = call
        const serving = () => runInCall(call, () => work(call, passed))
        if (budget === undefined || budget === currentBudget()?.id) return serving()
        return runInBudget({ id: budget, organizationId }, serving)
      }
      try {
        const found = identityOf(options, arrival)
        const identity = found instanceof Promise ? await found : found
        if (identity instanceof Denial) return identity
        const serving = { gate, options, callOf, arrival, identity, settled, failed, onError }
        return await MODES[mode](serving, served)
      } catch (error) {
        if (!isNamed<TollgateRefusal>(error, 'TollgateRefusal')) throw error
        return refusalDenial(error.decision)
      } finally {
        if (!isServing) settled.keep(undefined)
      }
    },
  }
}

const warn = (error: unknown): void => {
  console.warn('tollgate: a call could not be decided or recorded', error)
}
