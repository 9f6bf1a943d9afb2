/** What of `AsyncLocalStorage` is used. */
export interface Carrier<Value> {
  run<T>(value: Value, work: () => T): T
  getStore(): Value | undefined
}

/**
 * One of this name for the process, however often a bundler copies this module: Next evaluates it
 * for its routes, its proxy and its instrumentation apart, with one `globalThis`. `undefined` where
 * the runtime has no such thing.
 */
export const carrierOf = <Value>(name: string): Carrier<Value> | undefined => {
  const key = Symbol.for(name)
  const shared = globalThis as typeof globalThis & { [key: symbol]: Carrier<Value> | undefined }
  if (shared[key] === undefined) {
    const made = madeCarrier<Value>()
    if (made) shared[key] = made
  }
  return shared[key]
}

/** What of a runtime is asked for; none of it has to be there. */
interface Runtime<Value> {
  readonly process?: {
    getBuiltinModule?(name: string): { AsyncLocalStorage?: new () => Carrier<Value> } | undefined
  }
  readonly AsyncLocalStorage?: new () => Carrier<Value>
}

/** Asked of the runtime and not imported, so that runtimes without it load this module all the same. */
const madeCarrier = <Value>(): Carrier<Value> | undefined => {
  const runtime = globalThis as object as Runtime<Value>
  const Made =
    runtime.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage ??
    // Where there is no Node: Next's edge.
    runtime.AsyncLocalStorage
  return Made && new Made()
}
