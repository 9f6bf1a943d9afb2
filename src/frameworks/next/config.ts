const PACKAGE = 'tollgate'

/**
 * Next's configuration with Tollgate in it: the engine runs its database in a thread of its own,
 * from files beside it, so it must not be bundled.
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

const external = <Config extends object>(config: Config): Config => {
  const { serverExternalPackages: named = [] } = config as {
    readonly serverExternalPackages?: readonly string[]
  }
  if (named.includes(PACKAGE)) return config
  return { ...config, serverExternalPackages: [...named, PACKAGE] }
}
