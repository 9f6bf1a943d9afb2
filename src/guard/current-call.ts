import type { RunHold } from '../contract/hold.ts'
import { type Carrier, carrierOf } from '../facade/carrier.ts'

/** The call that is being served, with its caller and an abort signal. */
export interface CurrentCall {
  readonly organizationId: string
  readonly userId?: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** The hold of the route itself, if it has one. */
  readonly hold?: RunHold
  /** The budget of the run that the request belongs to. */
  readonly budget?: string
}

const KEY = Symbol.for('tollgate.current-call')
const carrier = (): Carrier<CurrentCall> | undefined => carrierOf(KEY)

/**
 * Runs `work` as part of a call. Everything it starts, even later, finds the call by `currentCall`.
 */
export const runInCall = <T>(call: CurrentCall, work: () => T): T => {
  const carried = carrier()
  return carried ? carried.run(call, work) : work()
}

/** Returns the call that is being served here; `undefined` outside of one. */
export const currentCall = (): CurrentCall | undefined => carrier()?.getStore()
