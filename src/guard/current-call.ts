import type { RunHold } from '../contract/hold.ts'

/** The call that is being served: whose it is, and when whoever waits for it has left. */
export interface CurrentCall {
  readonly organizationId: string
  readonly userId?: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** What the route itself holds, where it holds anything. */
  readonly hold?: RunHold
}

/** What of `AsyncLocalStorage` is used. */
interface Carrier {
  run<T>(call: CurrentCall, work: () => T): T
  getStore(): CurrentCall | undefined
}

const CARRIER = Symbol.for('tollgate.current-call')

/**
 * One for the process, however often a bundler copies this module: Next evaluates it for its routes,
 * its proxy and its instrumentation apart, with one `globalThis`.
 */
const carrier = (): Carrier | undefined => {
  const shared = globalThis as typeof globalThis & { [CARRIER]?: Carrier }
  if (shared[CARRIER] === undefined) {
    const made = madeCarrier()
    if (made) shared[CARRIER] = made
  }
  return shared[CARRIER]
}

/** Asked of the runtime and not imported, so that runtimes without it load this module all the same. */
const madeCarrier = (): Carrier | undefined => {
  const runtime = globalThis as Partial<typeof globalThis> & {
    AsyncLocalStorage?: new () => Carrier
  }
  const Made =
    runtime.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage ??
    // Where there is no Node: Next's edge.
    runtime.AsyncLocalStorage
  return Made && (new Made() as Carrier)
}

/** Runs `work` as part of a call: whatever it starts, also later, finds it by `currentCall`. */
export const runInCall = <T>(call: CurrentCall, work: () => T): T => {
  const carried = carrier()
  return carried ? carried.run(call, work) : work()
}

/** The call that is being served here; `undefined` outside of one. */
export const currentCall = (): CurrentCall | undefined => carrier()?.getStore()
