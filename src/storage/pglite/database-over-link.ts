import { type Channels, channelName, createChannels } from '../channels.ts'
import type { Database } from '../database.ts'
import {
  DatabaseError,
  databaseClosed,
  type ErrorFields,
  orCommitUnknown,
} from '../database-error.ts'
import { toParameter } from '../parameters.ts'
import { type HeldConnection, runTransaction } from '../transaction.ts'
import { createTurns, type Turns } from '../turns.ts'
import { createLastingLink, type LastingLink } from './lasting-link.ts'
import type { Ask } from './protocol.ts'
import type { WorkerLink } from './worker-link.ts'

/** The embedded database, which can be dumped whole. */
export interface PgliteDatabase extends Database {
  /** The data folder as a gzipped tar, fit for `snapshot`. */
  dump(): Promise<Uint8Array>
}

/** Called with each notification that reaches the session. */
export type OnNotification = (channel: string, payload: string) => void

/** How to start the thread of a database, and what to do when it has ended by itself. */
export interface ThreadOptions {
  readonly start: (onNotification: OnNotification) => Promise<WorkerLink>
  /**
   * Explains why there is no thread. Without it no new thread is started: the data was only in the
   * old one's memory.
   */
  readonly explain?: (fields: ErrorFields) => ErrorFields
  /** Called when the database has closed. */
  readonly release: () => Promise<void>
}

/** The payload for listeners after the thread was restarted, as after a lost connection. */
const anythingMayHaveChanged = '*'

/** A database over a thread. */
export const createPgliteDatabase = async (options: ThreadOptions): Promise<PgliteDatabase> => {
  const { release } = options
  const channels = createChannels()
  const lasting = await linkOf(options, channels)
  const turns = createTurns()
  let closing: Promise<void> | undefined

  /**
   * It holds its turn only while sending. The thread answers in order, so the next need not wait.
   */
  const query = async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
    if (closing) throw databaseClosed()
    const ask = queryAsk(text, values)
    const { answer } = await turns.run(async () => ({ answer: lasting.current().ask(ask) }))
    return (await answer).rows as Row[]
  }

  return {
    kind: 'pglite',
    query,
    transaction: async (work, opening) => {
      if (closing) throw databaseClosed()
      return turns.run(async () => runTransaction(heldOver(lasting.current()), work, opening))
    },
    script: async (text) => {
      await query(text)
    },
    listen: async (channel, onPayload) => {
      const name = channelName(channel)
      const remove = channels.add(channel, onPayload)
      try {
        await query(`listen ${name}`)
      } catch (error) {
        remove()
        throw error
      }
      return async () => {
        if (remove() && !closing) await query(`unlisten ${name}`)
      }
    },
    dump: async () => {
      if (closing) throw databaseClosed()
      const { dump } = await turns.run(async () => lasting.current().ask({ kind: 'dump' }))
      return dump ?? new Uint8Array()
    },
    close: () => {
      closing ??= closeInTurn(turns, lasting).finally(release)
      return closing
    },
  }
}

const linkOf = async (
  { start, explain }: ThreadOptions,
  channels: Channels,
): Promise<LastingLink> => {
  if (!explain) {
    const only = await start(channels.tell)
    return { current: () => only, end: only.end }
  }
  return createLastingLink({
    start: () => start(channels.tell),
    explain,
    prepare: async (link) => {
      for (const name of channels.names) await link.ask(queryAsk(`listen ${channelName(name)}`))
    },
    onRestarted: () => {
      for (const name of channels.names) channels.tell(name, anythingMayHaveChanged)
    },
  })
}

const closeInTurn = async (turns: Turns, lasting: LastingLink): Promise<void> => {
  try {
    await turns.run(async () => lasting.current().ask({ kind: 'close' }))
  } catch (error) {
    // A thread that has ended has nothing left to close, and its callers already have the error.
    if (!(error instanceof DatabaseError && error.trouble)) throw error
  } finally {
    await lasting.end()
  }
}

const queryAsk = (text: string, values?: readonly unknown[]): Ask => ({
  kind: 'query',
  text,
  values: values?.map(toParameter),
})

const heldOver = (link: WorkerLink): HeldConnection => ({
  query: async <Row>(text: string, values?: readonly unknown[]) =>
    (await link.ask(queryAsk(text, values))).rows as Row[],
  begin: async () => {
    await link.ask({ kind: 'begin' })
  },
  commit: async () => {
    await link.ask({ kind: 'commit' }).catch((error) => {
      throw orCommitUnknown(error)
    })
  },
  rollback: async () => {
    // A rollback fails only when the thread has ended, and then nothing was committed.
    await link.ask({ kind: 'rollback' }).catch(() => undefined)
  },
})
