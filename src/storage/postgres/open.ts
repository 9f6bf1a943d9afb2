import { Pool, type PoolClient } from 'pg'
import type { Database } from '../database.ts'
import { commitRefused, databaseClosed, leftOpen, orCommitUnknown } from '../database-error.ts'
import { createStatementNames } from '../statement-names.ts'
import { type HeldConnection, runTransaction } from '../transaction.ts'
import {
  borrow,
  type ConnectionSettings,
  connectionSettings,
  holdBack,
  run,
  setUp,
} from './connection.ts'
import { createListener } from './listener.ts'

/** Longer than organizations are locked for by what is done here, and no hang for who waits. */
export const LOCK_WAIT_MS: number = 1_000

/** How to reach a PostgreSQL server, version 15 or later. */
export interface PostgresOptions {
  readonly url: string
  /**
   * Connections at most, besides one that listens. Default 10. Four in ten of them are for reports,
   * where there is more than one.
   */
  readonly poolSize?: number
  /** The name the server shows for our connections. Default `tollgate`. */
  readonly applicationName?: string
  /**
   * How long to wait for a connection, for a statement, and for the next statement of an open
   * transaction. Default 30 s. A text without values has no limit here: migrations take long.
   */
  readonly timeoutMs?: number
  /** How long to wait for an organization that another transaction has locked. Default 1 s. */
  readonly lockWaitMs?: number
  /** The same for what only reads, by `reads`. Default: no longer than `timeoutMs`, and 10 s. */
  readonly readTimeoutMs?: number
  /** Told when a connection nobody was using is lost. Nothing needs to be done. */
  readonly onConnectionLost?: (error: Error) => void
}

/**
 * Opens a pool of connections. The session's settings are ours, so between us and the server
 * there may be a pooler only if it keeps a session to its client (PgBouncer: `pool_mode=session`).
 */
export const openPostgres = async (options: PostgresOptions): Promise<Database> => {
  const {
    timeoutMs = 30_000,
    lockWaitMs = LOCK_WAIT_MS,
    applicationName = 'tollgate',
    onConnectionLost,
  } = options
  const { poolSize = DEFAULT_POOL_SIZE, readTimeoutMs = Math.min(timeoutMs, 10_000) } = options
  const settingsFor = (limitMs: number): ConnectionSettings =>
    // What is prepared on a connection is known by names of its pool.
    connectionSettings(
      options.url,
      applicationName,
      { timeoutMs: limitMs, lockWaitMs },
      createStatementNames(),
    )
  const settings = settingsFor(timeoutMs)
  const forReading = settingsFor(readTimeoutMs)
  const forReads = Math.floor(poolSize * SHARE_FOR_READS)
  const calls = createCalls()
  const main = over(createPool(settings, poolSize - forReads, onConnectionLost), settings, calls)
  const reads =
    forReads > 0
      ? over(createPool(forReading, forReads, onConnectionLost), forReading, calls)
      : undefined
  const listener = createListener(settings)

  const database: Database = {
    kind: 'postgres',
    query: main.query,
    transaction: main.transaction,
    ...(reads && { reads }),
    script: async (text) => {
      await main.query(text)
    },
    listen: (channel, onPayload) => calls.whileOpen(() => listener.listen(channel, onPayload)),
    close: () =>
      calls.close(async () => {
        await listener.close()
        await Promise.all([main.end(), reads?.end()])
      }),
  }
  try {
    await refuseOldServer(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

const DEFAULT_POOL_SIZE = 10
const SHARE_FOR_READS = 0.4

/** What is under way on a database, over all of its connections. */
interface Calls {
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  /** Refuses what is asked from now on, waits for what runs, and then ends; again: the same promise. */
  close(end: () => Promise<void>): Promise<void>
}

/** Counts what runs, because the pool would forget those who wait for a connection. */
const createCalls = (): Calls => {
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined
  return {
    whileOpen: async (work) => {
      if (closing) throw databaseClosed()
      const done = work()
      running.add(done)
      try {
        return await done
      } finally {
        running.delete(done)
      }
    },
    close: (end) => {
      closing ??= Promise.allSettled(running).then(end)
      return closing
    },
  }
}

interface Connections extends Pick<Database, 'query' | 'transaction'> {
  end(): Promise<void>
}

const over = (pool: Pool, settings: ConnectionSettings, { whileOpen }: Calls): Connections => ({
  query: (text, values) =>
    whileOpen(() =>
      borrow(pool, (client, discard) => alone(client, discard, settings, text, values)),
    ),
  transaction: (work, opening) =>
    whileOpen(() =>
      borrow(pool, (client, discard) =>
        runTransaction(held(client, discard, settings), work, opening),
      ),
    ),
  end: () => pool.end(),
})

const createPool = (
  settings: ConnectionSettings,
  max: number,
  onConnectionLost: (error: Error) => void = () => undefined,
): Pool => {
  const pool = new Pool({
    ...settings.config,
    max,
    idleTimeoutMillis: 60_000,
    // Long enough to keep what is prepared, short enough to follow a server that moved.
    maxLifetimeSeconds: 3_600,
    // A statement need not wait for the one before to be answered: where several are asked for at
    // once, which only the opening of a transaction does, they share a round trip.
    pipeline: true,
    // The pool waits for the promise, which its types do not say.
    onConnect: ((client: PoolClient) => setUp(client, settings)) as never,
  })
  // Without a listener, the loss of a connection would end the process: in the pool and out of it.
  pool.on('error', onConnectionLost)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

const refuseOldServer = async (database: Database): Promise<void> => {
  const [row] = await database.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number,
            current_setting('server_version') as version`,
  )
  if (row && row.number >= 150_000) return
  throw new Error(`PostgreSQL ${row?.version} is too old: Tollgate needs version 15 or later.`)
}

/** One request outside of a transaction. */
const alone = async <Row>(
  client: PoolClient,
  discard: () => void,
  settings: ConnectionSettings,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> => {
  try {
    const { rows } = await run<Row>(client, settings, text, values)
    if (client.getTransactionStatus() === 'I') return rows
    discard()
    throw leftOpen()
  } catch (error) {
    // A text of several statements may have begun a transaction: the next user must not inherit it.
    if (!values) discard()
    throw error
  }
}

const held = (
  client: PoolClient,
  discard: () => void,
  settings: ConnectionSettings,
): HeldConnection => ({
  query: async <Row>(text: string, values?: readonly unknown[]) =>
    (await run<Row>(client, settings, text, values)).rows,
  begin: async () => {
    await run(client, settings, 'begin')
  },
  beginWith: async ({ text, values }) => {
    const sendAll = holdBack(client)
    // Sent when all that follows from here without waiting has been asked for.
    process.nextTick(sendAll)
    await Promise.all([run(client, settings, 'begin'), run(client, settings, text, values)])
  },
  commit: async () => {
    try {
      const { command } = await run(client, settings, 'commit')
      if (command !== 'COMMIT') throw commitRefused()
    } catch (error) {
      throw orCommitUnknown(error)
    }
  },
  rollback: async () => {
    await run(client, settings, 'rollback').catch(discard)
  },
})
