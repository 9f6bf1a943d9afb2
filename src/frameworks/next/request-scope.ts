/** The functions of Next that only work while it serves a request. */
interface NextFunctions {
  readonly after?: ((task: () => unknown) => void) | undefined
  readonly connection?: (() => Promise<void>) | undefined
}

/** Access to Next's current request. Outside of Next, as in a unit test, it does nothing. */
export interface RequestScope {
  /** Keeps the process alive until a promise settles. Call it before the first `await`. */
  readonly after: (settled: Promise<unknown>) => void
  /** Marks a route as dynamic, so that no build runs it. */
  readonly needsRequest: () => Promise<void>
}

/**
 * Starts loading Next's functions when a route is defined, so that they are ready when it is
 * served.
 */
export const requestScope = (): RequestScope => {
  const loaded: { functions?: NextFunctions } = {}
  const loading = import('next/server.js').then(
    (found) => {
      loaded.functions = found
    },
    () => {
      loaded.functions = {}
    },
  )
  const functions = async (): Promise<NextFunctions> => {
    await loading
    return loaded.functions ?? {}
  }
  const keep = ({ after }: NextFunctions, settled: Promise<unknown>): void => {
    // After a disconnect, Next runs the callback before the handler ends, so it gets the promise.
    inScope(() => after?.(() => settled))
  }
  return {
    after: (settled) => {
      if (loaded.functions) keep(loaded.functions, settled)
      else functions().then((found) => keep(found, settled))
    },
    needsRequest: async () => {
      const { connection } = loaded.functions ?? (await functions())
      if (connection) await inScope(connection)
      if (isBuilding()) {
        throw new Error('a metered route needs a request, so a build cannot make it static')
      }
    },
  }
}

/** True during `next build`, which evaluates modules and may run routes. */
export const isBuilding = (): boolean =>
  globalThis.process?.env.NEXT_PHASE === 'phase-production-build'

/** Outside a request, Next's functions throw. All other errors are passed on to Next. */
const inScope = <Value>(call: () => Value): Value | undefined => {
  const outside = (error: unknown): undefined => {
    if (error instanceof Error && error.message.includes('outside a request scope'))
      return undefined
    throw error
  }
  try {
    const value = call()
    return value instanceof Promise ? (value.catch(outside) as Value) : value
  } catch (error) {
    return outside(error)
  }
}
