import { createHash } from 'node:crypto'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { AuthorityUnavailable } from '../authority-unavailable.ts'
import type { RedisAddress } from './address.ts'

/** A script with the digest under which a server caches it. */
export interface Script {
  readonly text: string
  readonly digest: string
}

export interface ScriptCall {
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** The connection for everything but recalls, to one server or a cluster. */
export interface Connection {
  /** Resolves once the connection is usable. It retries until then. */
  ready(): Promise<void>
  /** Runs the calls. It never rejects: each call has its own outcome. */
  run(script: Script, calls: readonly ScriptCall[]): Promise<PromiseSettledResult<unknown>[]>
  publish(channel: string, message: string): Promise<unknown>
  /** The currently known servers, for separate connections. */
  servers(): readonly RedisOptions[]
  close(): Promise<void>
}

/** Computes the digest of a script. */
export const scriptOf = (text: string): Script => ({
  text,
  digest: createHash('sha1').update(text).digest('hex'),
})

/**
 * Connects in the background. The client never repeats a command by itself after a failure: the
 * first one may have been executed, and would count twice.
 */
export const openConnection = (address: RedisAddress, timeoutMs: number): Connection => {
  const client = address.cluster
    ? openCluster(address, timeoutMs)
    : new Redis({
        ...address.nodes[0],
        ...nodeOptions(address, timeoutMs),
        enableOfflineQueue: false,
        retryStrategy: retryDelayMs,
      })
  // Each failure reaches the caller that waits for the answer. Without a listener, the client would
  // also print it.
  client.on('error', () => undefined)
  let readiness: Promise<void> | undefined

  return {
    ready: () => {
      if (client.status === 'ready') return Promise.resolve()
      if (client.status === 'end') return Promise.reject(new AuthorityUnavailable('It is closed.'))
      readiness ??= new Promise((resolve) => {
        client.once('ready', () => {
          readiness = undefined
          resolve()
        })
      })
      return readiness
    },
    run: (script, calls) =>
      client instanceof Redis && calls.length > 1
        ? runPipeline(client, script, calls)
        : Promise.allSettled(calls.map((call) => runOne(client, script, call))),
    publish: (channel, message) => client.publish(channel, message),
    servers: () => {
      const known = client instanceof Redis ? [client] : client.nodes('all')
      if (known.length > 0) return known.map(({ options }) => options)
      return address.nodes.map((node) => ({ ...node, ...nodeOptions(address, timeoutMs) }))
    },
    close: () => closeClient(client),
  }
}

/** The connection options for any server. */
const nodeOptions = (address: RedisAddress, timeoutMs: number): RedisOptions => ({
  username: address.username,
  password: address.password,
  db: address.database,
  ...(address.tls ? { tls: {} } : {}),
  connectionName: 'tollgate',
  autoResendUnfulfilledCommands: false,
  // A call that waits when the connection is lost fails at once.
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  // Detects a server that vanished without closing the connection. Only a new connection can find
  // its successor.
  socketTimeout: Math.max(1_000, 4 * timeoutMs),
})

/** Closes a client's connections and waits until they are closed. */
export const closeClient = async (client: Redis | Cluster): Promise<void> => {
  // Between two connection attempts there is nothing to close.
  const connected = !['end', 'close', 'reconnecting'].includes(client.status)
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
  client.disconnect()
  if (connected) await ended
}

const retryDelayMs = (attempt: number): number => Math.min(50 * attempt, 1_000)

const openCluster = (address: RedisAddress, timeoutMs: number): Cluster =>
  new Cluster(
    address.nodes.map(({ host, port }) => ({ host, port })),
    {
      redisOptions: nodeOptions(address, timeoutMs),
      clusterRetryStrategy: retryDelayMs,
      // Both of these repeat commands that may have been executed, so they are off. A redirect is
      // safe, since it means that the command was not executed.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // The certificate is for the host name, not for its address.
      ...(address.tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
    },
  )

const runOne = async (
  client: Redis | Cluster,
  script: Script,
  { keys, args }: ScriptCall,
): Promise<unknown> => {
  try {
    return await client.evalsha(script.digest, keys.length, ...keys, ...args)
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return client.eval(script.text, keys.length, ...keys, ...args)
  }
}

/** One write and one read for all calls. In a cluster, each call goes to its own server. */
const runPipeline = async (
  client: Redis,
  script: Script,
  calls: readonly ScriptCall[],
): Promise<PromiseSettledResult<unknown>[]> => {
  const pipeline = client.pipeline()
  for (const { keys, args } of calls) {
    pipeline.evalsha(script.digest, keys.length, ...keys, ...args)
  }
  const outcomes = (await pipeline.exec()) ?? []
  return Promise.allSettled(
    calls.map(async (call, i) => {
      const [error, value] = outcomes[i] ?? [new Error('There was no answer.'), undefined]
      if (error === null) return value
      if (isUnknownScript(error)) return runOne(client, script, call)
      throw error
    }),
  )
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT')
