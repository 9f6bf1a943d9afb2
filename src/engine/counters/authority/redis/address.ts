/** The parsed address of Redis. */
export interface RedisAddress {
  /** The single server, or the nodes through which the rest of a cluster is found. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly cluster: boolean
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

const DEFAULT_PORT = 6379

/**
 * Parses `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. Several
 * addresses separated by commas are nodes of one Redis Cluster. So is a single one that ends with
 * `?cluster=true`. The credentials of the first are used for all.
 */
export const readRedisAddress = (text: string): RedisAddress => {
  const urls = text.split(/,(?=rediss?:\/\/)/).map(readUrl)
  const [first] = urls
  if (first === undefined) throw invalid('it is empty')
  const cluster = urls.length > 1 || urls.some((url) => url.searchParams.get('cluster') === 'true')
  if (urls.some((url) => url.protocol !== first.protocol)) {
    throw invalid('all nodes have to use TLS, or none')
  }
  const database = databaseOf(first)
  if (cluster && database !== 0) throw invalid('a cluster has only database 0')
  return {
    nodes: urls.map((url) => ({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port || DEFAULT_PORT),
    })),
    cluster,
    tls: first.protocol === 'rediss:',
    username: decoded(first.username),
    password: decoded(first.password),
    database,
  }
}

const readUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw invalid('it is not of the form redis://host:port or rediss://host:port')
  }
  const unknown = [...url.searchParams].filter(
    ([name, value]) => name !== 'cluster' || !/^(true|false)$/.test(value),
  )
  if (unknown.length > 0) {
    throw invalid(`it has options besides \`cluster=true\`: ${unknown.map(([name]) => name)}`)
  }
  return url
}

const decoded = (text: string): string | undefined =>
  text === '' ? undefined : decodeURIComponent(text)

const databaseOf = (url: URL): number => {
  const [, number] = /^\/(\d{0,5})$/.exec(url.pathname === '' ? '/' : url.pathname) ?? []
  if (number === undefined) throw invalid('what follows the host is not the number of a database')
  return Number(number)
}

/** The error never contains the address, since it may include a password. */
const invalid = (why: string): RangeError =>
  new RangeError(`The address of Redis cannot be used: ${why}.`)
