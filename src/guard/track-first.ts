import { decisionHeaders } from '../decision/headers.ts'
import { callOf } from './call-of.ts'
import { Denial, refusalDenial } from './denial.ts'
import { actingOf, metered, type Serve } from './serve.ts'

/** Decides and records before the work. */
export const trackFirst: Serve = async (serving, work) => {
  const { arrival, gate, identity, options, settled, failed } = serving
  const asked = callOf(options, arrival, identity)
  const call = asked instanceof Promise ? await asked : asked
  const decision = await trackedBy(gate, (one) => one.track(call, actingOf(identity)), failed)
  if (decision instanceof Denial) return decision
  if (!decision.allowed) return refusalDenial(decision)
  settled.keep(options.usageBlock ? decision.usage : undefined)
  return work(metered(serving, { decision, used: recordedAlready, budget: call.budget }), {
    headers: decisionHeaders(decision),
    settled: settled.promise,
  })
}

const trackedBy = async <Gate, Answer>(
  gate: () => Gate | Promise<Gate>,
  track: (gate: Gate) => Promise<Answer>,
  failed: (error: unknown) => Denial,
): Promise<Answer | Denial> => {
  try {
    const found = gate()
    return await track(found instanceof Promise ? await found : found)
  } catch (error) {
    return failed(error)
  }
}

const recordedAlready = (): never => {
  throw new TypeError(
    'used: this call is already recorded; use the mode `reserve` or `record` to report usage',
  )
}
