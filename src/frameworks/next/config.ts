const PACKAGE = 'tollgate'

/**
 * The modules that are excluded from the bundle: the folder of `tollgate`, and the other server
 * entry points. Excluding the whole package would also exclude `tollgate/react`. Next must see its
 * `use client`, and it must use Next's own React.
 */
const UNBUNDLED = [
  'tollgate/dist/unbundled',
  ...['server', 'http', 'client', 'openai', 'anthropic', 'ai', 'langchain', 'next', 'express'],
  ...['fastify', 'hono', 'familiar', 'testing'],
].map((name) => (name.startsWith(PACKAGE) ? name : `${PACKAGE}/${name}`))

/**
 * Adds Tollgate to Next's configuration. The engine runs its database in a separate thread, from
 * files beside it, so it must not be bundled. `tollgate/react` must be.
 *
 * @example
 * ```ts
 * import { withTollgate } from 'tollgate/next'
 *
 * export default withTollgate({ reactStrictMode: true })
 * ```
 */
export const withTollgate = <Config extends object>(config: Config): Config => {
  if (typeof config !== 'function') return external(config)
  const given = config as (...given: readonly unknown[]) => unknown
  const made = (...asked: readonly unknown[]): unknown => {
    const found = given(...asked)
    return found instanceof Promise ? found.then(external) : external(found as object)
  }
  return made as unknown as Config
}

interface Known {
  readonly serverExternalPackages?: readonly string[]
  readonly webpack?: (config: WebpackConfig, context: WebpackContext) => WebpackConfig
  readonly turbopack?: object
}

interface WebpackConfig {
  externals?: unknown
}

interface WebpackContext {
  readonly isServer: boolean
}

const external = <Config extends object>(config: Config): Config => {
  const { serverExternalPackages: named = [], turbopack = {}, webpack } = config as Known
  // A configuration that names the whole package is left unchanged.
  if (named.includes(PACKAGE)) return config
  return {
    ...config,
    serverExternalPackages: [...new Set([...named, ...UNBUNDLED])],
    // Next checks both if one is set.
    turbopack,
    webpack: (given: WebpackConfig, context: WebpackContext) => {
      const made = webpack?.(given, context) ?? given
      if (context.isServer) made.externals = [doors, made.externals].flat()
      return made
    },
  }
}

/** Webpack matches by file path, and the other entry points have no folder of their own. */
const doors = async ({ request }: { readonly request?: string }): Promise<string | undefined> =>
  request !== undefined && (request === PACKAGE || UNBUNDLED.includes(request))
    ? `module ${request}`
    : undefined
