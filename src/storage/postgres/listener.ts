import type { Client } from 'pg'
import { channelName, createChannels, type OnPayload } from '../channels.ts'
import { databaseClosed } from '../database-error.ts'
import { createTurns } from '../turns.ts'
import { type ConnectionSettings, connectAlone } from './connection.ts'

/** Listens on a connection of its own, opened by the first who listens. */
export interface Listener {
  listen(channel: string, onPayload: OnPayload): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** The payload after a lost connection: what was notified meanwhile is lost, so all may differ. */
export const anythingMayHaveChanged = '*'

const firstRetryMs = 100
const longestRetryMs = 5_000
// A connection can die without a word, and a listener never writes: so it asks now and then.
const probeEveryMs = 15_000
const probeTimeoutMs = 5_000

/**
 * Notifications are lost while nobody is connected. So when the connection breaks this connects
 * again, at growing intervals and for as long as it takes, and then calls every listener with `*`.
 */
export const createListener = (settings: ConnectionSettings): Listener => {
  const channels = createChannels()
  const turns = createTurns()
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

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
    // It does not keep the process alive: who listens for changes has other things to do.
    unref(fresh)
    client = fresh
    schedule(probe, probeEveryMs)
  }

  const schedule = (work: () => Promise<void>, delayMs: number): void => {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(work, delayMs).unref()
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

  const probe = (): Promise<void> =>
    turns.run(async () => {
      const probed = client
      if (!probed) return
      const question = { text: 'select 1', query_timeout: probeTimeoutMs }
      await probed.query(question).then(
        () => schedule(probe, probeEveryMs),
        () => lose(probed),
      )
    })

  /** A failure here is the connection's: connecting again brings all channels with it. */
  const tell = async (statement: string): Promise<void> => {
    const current = client
    if (current) await current.query(statement).catch(() => lose(current))
  }

  return {
    listen: async (channel, onPayload) => {
      const name = channelName(channel)
      const remove = channels.add(channel, onPayload)
      await turns.run(async () => {
        try {
          if (client || timer) await tell(`listen ${name}`)
          else await connect()
        } catch (error) {
          remove()
          throw error
        }
      })
      return () => turns.run(async () => (remove() ? tell(`unlisten ${name}`) : undefined))
    },
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      const last = client
      client = undefined
      await last?.end().catch(() => undefined)
    },
  }
}

// The pool uses it too; only the types do not have it.
const unref = (client: Client): void => (client as unknown as { unref(): void }).unref()
