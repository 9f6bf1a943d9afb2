import { decisionHeaders } from '../decision/headers.ts'
import type { TollgateRefusal } from '../decision/refusal.ts'
import { givenBy } from './call-of.ts'
import { isNamed } from './denial.ts'
import type { Answered } from './metered.ts'
import { actingOf, endings, hasFailed, MeteredCall, PassedOn, type Serve } from './serve.ts'

/** Reserves before the work and settles when the answer has ended. */
export const reserveFirst: Serve = async (serving, work) => {
  const { arrival, callOf, gate, identity, options, settled, failed } = serving
  const ended = endings()
  const { expiresInMs, whenUnknown } = options
  let isAsked = false
  let isHeld = false
  let answer: Answered | undefined
  try {
    const estimate = options.estimate && (await givenBy(options.estimate, arrival))
    const call = { ...(await callOf(arrival, identity)), ...estimate, expiresInMs }
    isAsked = true
    const { signal } = arrival
    return await (await gate()).run(
      call,
      async (hold) => {
        isHeld = true
        const told = { decision: hold, hold, used: hold.used, budget: call.budget }
        const passed = new PassedOn(decisionHeaders(hold), settled)
        const given = await work(new MeteredCall(serving, told), passed)
        answer = given
        if (hasFailed(given)) throw new FailedAnswer(given)
        return given
      },
      {
        ...actingOf(identity),
        signal,
        whenUnknown,
        describe: () => ended(answer),
        onEnd: (state) => settled.keep(state?.usage),
      },
    )
  } catch (error) {
    if (error instanceof FailedAnswer) return error.answer
    if (!isAsked || isHeld || isNamed<TollgateRefusal>(error, 'TollgateRefusal')) throw error
    if (arrival.signal?.aborted) throw error
    return failed(error)
  }
}

/** Makes `run` release the hold, while the answer is still passed on. */
class FailedAnswer<Answer> extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('the answer says that the work failed')
    this.answer = answer
  }
}
