import { channelName, createChannels } from '../channels.ts'
import type { Database } from '../database.ts'
import { DatabaseError, databaseClosed, orCommitUnknown } from '../database-error.ts'
import { toParameter } from '../parameters.ts'
import { type HeldConnection, runTransaction } from '../transaction.ts'
import { createTurns, type Turns } from '../turns.ts'
import type { Ask } from './protocol.ts'
import type { WorkerLink } from './worker-link.ts'

/** The embedded database, which can be dumped whole. */
export interface PgliteDatabase extends Database {
  /** The data folder as a gzipped tar, fit for `snapshot`. */
  dump(): Promise<Uint8Array>
}

/** Told of each notification that reaches the session. */
export type OnNotification = (channel: string, payload: string) => void

/** A database over the thread that `start` starts; `release` is called when it has closed. */
export const createPgliteDatabase = async (
  start: (onNotification: OnNotification) => Promise<WorkerLink>,
  release: () => Promise<void>,
): Promise<PgliteDatabase> => {
  const channels = createChannels()
  const link = await start(channels.tell)
  const turns = createTurns()
  let closing: Promise<void> | undefined

  /** Holds its turn only to send: the thread answers in order, so the next need not wait. */
  const query = async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
    if (closing) throw databaseClosed()
    const ask = queryAsk(text, values)
    const { answer } = await turns.run(async () => ({ answer: link.ask(ask) }))
    return (await answer).rows as Row[]
  }

  return {
    kind: 'pglite',
    query,
    transaction: async (work, opening) => {
      if (closing) throw databaseClosed()
      return turns.run(() => runTransaction(heldOver(link), work, opening))
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
      const { dump } = await turns.run(() => link.ask({ kind: 'dump' }))
      return dump ?? new Uint8Array()
    },
    close: () => {
      closing ??= closeInTurn(turns, link).finally(release)
      return closing
    },
  }
}

const closeInTurn = async (turns: Turns, link: WorkerLink): Promise<void> => {
  try {
    await turns.run(() => link.ask({ kind: 'close' }))
  } catch (error) {
    // A thread that has ended has nothing left to close, and has told its callers.
    if (!(error instanceof DatabaseError && error.unreachable)) throw error
  } finally {
    await link.end()
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
    // It fails only when the thread has ended, and then nothing was committed.
    await link.ask({ kind: 'rollback' }).catch(() => undefined)
  },
})
