import type { Client } from 'pg'
import { type Channels, channelName, createChannels, type OnPayload } from '../channels.ts'
import { databaseClosed } from '../database-error.ts'
import { createTurns, type Turns } from '../turns.ts'
import { type ConnectionSettings, connectAlone } from './connection.ts'

/** Listens on a connection of its own, which the first listener opens. */
export interface Listener {
  listen(channel: string, onPayload: OnPayload): Promise<() => Promise<void>>
  close(): Promise<void>
}

/**
 * The payload after a lost connection. Notifications were lost meanwhile, so anything may have
 * changed.
 */
const anythingMayHaveChanged = '*'

const firstRetryMs = 100
const longestRetryMs = 5_000
// A connection can die silently, and a listener never writes. So it sends a probe now and then.
const probeEveryMs = 15_000
const answerWithinMs = 5_000

/**
 * Notifications are lost while the connection is down. So when it breaks, this reconnects at
 * growing intervals, without end. It then calls every listener with `*`.
 */
export const createListener = (settings: ConnectionSettings): Listener => {
  const channels = createChannels()
  const turns = createTurns()
  const line = createLine(settings, channels, turns)
  return {
    listen: async (channel, onPayload) => {
      const name = channelName(channel)
      const remove = channels.add(channel, onPayload)
      await turns.run(async () => {
        try {
          if (line.isStarted) await line.tell(`listen ${name}`)
          else await line.connect()
        } catch (error) {
          remove()
          throw error
        }
      })
      return () => turns.run(async () => (remove() ? line.tell(`unlisten ${name}`) : undefined))
    },
    close: line.close,
  }
}

/** One connection after the other, each listening to all channels. */
interface Line {
  /** True once it was connected. From then on it reconnects by itself. */
  readonly isStarted: boolean
  connect(): Promise<void>
  /**
   * Does nothing while the connection is lost. The next connection listens to the channels of that
   * time.
   */
  tell(statement: string): Promise<void>
  close(): Promise<void>
}

const createLine = (settings: ConnectionSettings, channels: Channels, turns: Turns): Line => {
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const schedule = (work: () => Promise<void>, delayMs: number): void => {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(work, delayMs).unref()
  }

  const connect = async (): Promise<void> => {
    const fresh = await connectAlone(settings)
    fresh.on('notification', ({ channel, payload = '' }) => channels.tell(channel, payload))
    fresh.on('error', () => lose(fresh))
    fresh.on('end', () => lose(fresh))
    try {
      for (const channel of channels.names) await fresh.query(`listen ${channelName(channel)}`)
      if (isClosed) throw databaseClosed()
    } catch (error) {
      await fresh.end().catch(() => undefined)
      throw error
    }
    // The connection does not keep the process alive. Listening for changes is no reason to keep
    // running.
    unref(fresh)
    client = fresh
    schedule(probe, probeEveryMs)
  }

  const lose = (lost: Client): void => {
    if (client !== lost) return
    client = undefined
    lost.end().catch(() => undefined)
    schedule(() => reconnect(firstRetryMs), firstRetryMs)
  }

  const reconnect = (afterMs: number): Promise<void> =>
    turns.run(async () => {
      if (isClosed) return
      try {
        if (!client) await connect()
        for (const channel of channels.names) channels.tell(channel, anythingMayHaveChanged)
      } catch {
        const nextMs = Math.min(afterMs * 2, longestRetryMs)
        schedule(() => reconnect(nextMs), nextMs)
      }
    })

  const tell = async (statement: string): Promise<void> => {
    const told = client
    const question = { text: statement, query_timeout: answerWithinMs }
    if (told) await told.query(question).catch(() => lose(told))
  }

  const probe = (): Promise<void> =>
    turns.run(async () => {
      await tell('select 1')
      if (client) schedule(probe, probeEveryMs)
    })

  return {
    get isStarted() {
      return timer !== undefined
    },
    connect,
    tell,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      const last = client
      client = undefined
      // Its end is awaited, so until then it does keep the process alive.
      if (last) ref(last)
      await last?.end().catch(() => undefined)
    },
  }
}

// The pool calls these too. Only the types lack them.
const ref = (client: Client): void => (client as unknown as { ref(): void }).ref()
const unref = (client: Client): void => (client as unknown as { unref(): void }).unref()
