import type { Decision } from '../contract/decision.ts'
import { decisionHeaders } from '../decision/headers.ts'
import { refusalDenial } from './denial.ts'
import { actingOf, MeteredCall, PassedOn, type Serve } from './serve.ts'

/** Decides and records before the work. */
export const trackFirst: Serve = async (serving, work) => {
  const { arrival, callOf, gate, identity, options, settled, failed } = serving
  // Only what is a promise is awaited: each await costs a promise and a turn.
  const asked = callOf(arrival, identity)
  const call = asked instanceof Promise ? await asked : asked
  let decision: Decision
  try {
    const found = gate()
    const one = found instanceof Promise ? await found : found
    decision = await one.track(call, actingOf(identity))
  } catch (error) {
    return failed(error)
  }
  if (!decision.allowed) return refusalDenial(decision)
  settled.keep(options.usageBlock ? decision.usage : undefined)
  const told = { decision, used: recordedAlready, budget: call.budget }
  const passed = new PassedOn(decisionHeaders(decision), settled)
  return await work(new MeteredCall(serving, told), passed)
}

const recordedAlready = (): never => {
  throw new TypeError(
    'used: this call is already recorded; use the mode `reserve` or `record` to report usage',
  )
}
