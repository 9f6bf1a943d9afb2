import { Redis, type RedisOptions } from 'ioredis'
import type { RecallListener } from '../authority.ts'
import type { Timer } from '../deadline.ts'
import { readRecallMessage } from '../recall-message.ts'
import { closeClient } from './connection.ts'

export interface Recalls {
  listen(listener: RecallListener): void
  close(): Promise<void>
}

interface RecallsOptions {
  readonly node: string
  readonly channel: string
  readonly clock: Timer
  /** Any of them will do: the nodes of a cluster tell each other. */
  readonly servers: () => readonly RedisOptions[]
}

const LONGEST_PAUSE_MS = 2_000
/** How long a connection that died without a word may go unnoticed, about. */
const HEARTBEAT_MS = 3_000

/**
 * Hears recalls on a connection of its own, from the first listener on. It is made anew, on the
 * next server, whenever it is lost. Each time it stands, the first included, listeners are told
 * that recalls may have been missed.
 */
export const openRecalls = ({ node, channel, clock, servers }: RecallsOptions): Recalls => {
  const listeners: RecallListener[] = []
  let subscriber: Redis | undefined
  let cancelTimer = (): void => undefined
  let closed = false

  const tell: RecallListener = (organizationId) => {
    for (const listener of listeners) listener(organizationId)
  }

  const beat = (redis: Redis): void => {
    cancelTimer = clock.after(HEARTBEAT_MS, () => {
      // Without an answer the socket's own time-out ends the connection.
      redis.ping().then(
        () => subscriber === redis && !closed && beat(redis),
        () => undefined,
      )
    })
  }

  const connect = (attempt: number): void => {
    const known = servers()
    const redis = new Redis({
      ...known[attempt % known.length],
      lazyConnect: true,
      enableOfflineQueue: true,
      retryStrategy: null,
      readOnly: false,
    })
    subscriber = redis
    let stood = false
    redis.on('error', () => undefined)
    redis.on('message', (_, message) => {
      const recall = readRecallMessage(message)
      if (recall && recall.node !== node) tell(recall.organizationId)
    })
    redis.once('end', () => {
      cancelTimer()
      if (closed) return
      const failures = stood ? 0 : attempt + 1
      const pauseMs = Math.min(50 * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS)
      cancelTimer = clock.after(pauseMs, () => connect(failures))
    })
    redis.subscribe(channel).then(
      () => {
        stood = true
        if (closed) return
        tell(undefined)
        beat(redis)
      },
      () => redis.disconnect(),
    )
  }

  return {
    listen: (listener) => {
      listeners.push(listener)
      if (!subscriber && !closed) connect(0)
    },
    close: async () => {
      closed = true
      cancelTimer()
      if (subscriber) await closeClient(subscriber)
    },
  }
}
