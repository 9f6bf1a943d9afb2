import { createHash } from 'node:crypto'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { AuthorityUnavailable } from '../authority-unavailable.ts'
import type { RedisAddress } from './address.ts'

/** A script, and the digest by which a server that has it knows it. */
export interface Script {
  readonly text: string
  readonly digest: string
}

export interface ScriptCall {
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** The connection for everything but recalls: one server, or a cluster. */
export interface Connection {
  /** Resolves once it can be used; while it cannot, it is tried again and again. */
  ready(): Promise<void>
  /** Never rejects: each call has an outcome of its own. */
  run(script: Script, calls: readonly ScriptCall[]): Promise<PromiseSettledResult<unknown>[]>
  publish(channel: string, message: string): Promise<unknown>
  /** Servers known at the moment, for whoever wants a connection of their own. */
  servers(): readonly RedisOptions[]
  close(): Promise<void>
}

/** The text with its digest. */
export const scriptOf = (text: string): Script => ({
  text,
  digest: createHash('sha1').update(text).digest('hex'),
})

/**
 * Connects in the background. Nothing is ever sent a second time by the client itself, on any
 * kind of failure: the first may have been done, and taking twice is not taking once.
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
  // Every failure reaches whoever waits for an answer; without a listener it would be printed.
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

/** The options of a connection to any server. */
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
  // A server that is gone without a word: only a new connection can find the next one.
  socketTimeout: Math.max(1_000, 4 * timeoutMs),
})

/** Ends the connections of a client and waits until they have ended. */
export const closeClient = async (client: Redis | Cluster): Promise<void> => {
  // Between two attempts to connect there is nothing that could end.
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
      // These two send again what may have been done; a redirect says that it was not.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // A certificate names the host, not its number.
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

/** One write and one read for all; a cluster has several servers, so there each goes by itself. */
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
