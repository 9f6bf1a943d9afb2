/** The part of `AsyncLocalStorage` that is used. */
export interface Carrier<Value> {
  run<T>(value: Value, work: () => T): T
  getStore(): Value | undefined
}

/**
 * Returns the process-wide storage with this key, a symbol of the global registry. So it is the
 * same even if a bundler copies this module. Next, for example, evaluates it separately for routes,
 * proxy and instrumentation. `undefined` in runtimes without `AsyncLocalStorage`.
 */
export const carrierOf = <Value>(key: symbol): Carrier<Value> | undefined => {
  const shared = globalThis as typeof globalThis & { [key: symbol]: Carrier<Value> | undefined }
  if (shared[key] === undefined) {
    const made = madeCarrier<Value>()
    if (made) shared[key] = made
  }
  return shared[key]
}

/** The parts of a runtime that are looked up. Each may be absent. */
interface Runtime<Value> {
  readonly process?: {
    getBuiltinModule?(name: string): { AsyncLocalStorage?: new () => Carrier<Value> } | undefined
  }
  readonly AsyncLocalStorage?: new () => Carrier<Value>
}

/**
 * Looked up at run time instead of imported, so that the module also loads in runtimes without it.
 */
const madeCarrier = <Value>(): Carrier<Value> | undefined => {
  const runtime = globalThis as object as Runtime<Value>
  const Made =
    runtime.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage ??
    // For runtimes without Node, such as Next's edge.
    runtime.AsyncLocalStorage
  return Made && new Made()
}
