const PACKAGE = 'tollgate'

/**
 * Left out of the bundle: the folder of the door `tollgate`, and the other doors of a server. The
 * package as a whole would take `tollgate/react` along, whose `use client` Next must see, and which
 * must find Next's own React.
 */
const UNBUNDLED = [
  'tollgate/dist/unbundled',
  ...['server', 'http', 'client', 'openai', 'anthropic', 'ai', 'langchain', 'next', 'express'],
  ...['fastify', 'hono', 'familiar', 'testing'],
].map((name) => (name.startsWith(PACKAGE) ? name : `${PACKAGE}/${name}`))

/**
 * Next's configuration with Tollgate in it: the engine runs its database in a thread of its own,
 * from files beside it, so it must not be bundled. `tollgate/react` is.
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
  // Whoever names the whole package keeps it so.
  if (named.includes(PACKAGE)) return config
  return {
    ...config,
    serverExternalPackages: [...new Set([...named, ...UNBUNDLED])],
    // Next asks for both where there is one.
    turbopack,
    webpack: (given: WebpackConfig, context: WebpackContext) => {
      const made = webpack?.(given, context) ?? given
      if (context.isServer) made.externals = [doors, made.externals].flat()
      return made
    },
  }
}

/** Webpack goes by the path of a file, and the other doors have no folder of their own. */
const doors = async ({ request }: { readonly request?: string }): Promise<string | undefined> =>
  request !== undefined && (request === PACKAGE || UNBUNDLED.includes(request))
    ? `module ${request}`
    : undefined
