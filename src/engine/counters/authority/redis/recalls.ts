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
  /** Any server will do, since the nodes of a cluster forward messages. */
  readonly servers: () => readonly RedisOptions[]
}

const LONGEST_PAUSE_MS = 2_000
/** The approximate time until a dead connection is noticed. */
const HEARTBEAT_MS = 3_000

/**
 * Listens to recalls on a connection of its own, from the first listener on. A lost connection is
 * replaced, on the next server. After each connect, including the first, listeners are told that
 * they may have missed recalls.
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
      // If there is no answer, the socket's time-out closes the connection.
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
