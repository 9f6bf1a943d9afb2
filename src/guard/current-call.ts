import type { RunHold } from '../contract/hold.ts'
import { type Carrier, carrierOf } from '../facade/carrier.ts'

/** The call that is being served: whose it is, and when whoever waits for it has left. */
export interface CurrentCall {
  readonly organizationId: string
  readonly userId?: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** What the route itself holds, where it holds anything. */
  readonly hold?: RunHold
  /** The budget of the run that the request is a part of. */
  readonly budget?: string
}

const carrier = (): Carrier<CurrentCall> | undefined => carrierOf('tollgate.current-call')

/** Runs `work` as part of a call: whatever it starts, also later, finds it by `currentCall`. */
export const runInCall = <T>(call: CurrentCall, work: () => T): T => {
  const carried = carrier()
  return carried ? carried.run(call, work) : work()
}

/** The call that is being served here; `undefined` outside of one. */
export const currentCall = (): CurrentCall | undefined => carrier()?.getStore()
