/** The functions of Next that only work while it serves a request. */
interface NextFunctions {
  readonly after?: ((task: () => unknown) => void) | undefined
  readonly connection?: (() => Promise<void>) | undefined
}

/** What is done with Next's own request. Outside of Next, as in a unit test, nothing is. */
export interface RequestScope {
  /** Keeps the process until a promise is kept. To be called before anything is awaited. */
  readonly after: (settled: Promise<unknown>) => void
  /** Says that a route needs a request, so that no build runs it. */
  readonly needsRequest: () => Promise<void>
}

/**
 * Begins to load Next's functions when a route is defined, so that they are there when it is served.
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
    // At a disconnect it runs before the handler is through: so it is given the promise of its end.
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
        throw new Error('a metered route needs a request, and cannot be made static by a build')
      }
    },
  }
}

/** Whether this is `next build`, which evaluates modules and may run routes. */
export const isBuilding = (): boolean =>
  globalThis.process?.env.NEXT_PHASE === 'phase-production-build'

/** Outside of a request Next's functions throw; what else they throw, Next has to get. */
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
