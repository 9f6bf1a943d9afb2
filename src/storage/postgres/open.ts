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

/** Longer than our own transactions lock an organization, and short for the one that waits. */
export const LOCK_WAIT_MS: number = 1_000

/** How to reach a PostgreSQL server, version 15 or later. */
export interface PostgresOptions {
  readonly url: string
  /**
   * The most connections, in addition to one that listens. Default 10. Four in ten of them serve
   * reports, if there is more than one.
   */
  readonly poolSize?: number
  /** The name that the server shows for our connections. Default `tollgate`. */
  readonly applicationName?: string
  /**
   * The longest wait for a connection, for a statement, and for the next statement of an open
   * transaction. Default 30 s. A text without values has no limit here: migrations take long.
   */
  readonly timeoutMs?: number
  /** How long to wait for an organization that another transaction has locked. Default 1 s. */
  readonly lockWaitMs?: number
  /** The same for reads over `reads`. Default: 10 s, or `timeoutMs` if that is shorter. */
  readonly readTimeoutMs?: number
  /** Called when an idle connection is lost. Nothing needs to be done. */
  readonly onConnectionLost?: (error: Error) => void
}

/**
 * Opens a pool of connections. They rely on settings of the session. So a pooler in between must
 * keep a session to its client (PgBouncer: `pool_mode=session`).
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
    // Prepared statements have names that are unique in their pool.
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
    connections: main.connections,
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

/** The calls that are under way on a database, over all of its connections. */
interface Calls {
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  /**
   * Refuses later calls, waits for the running ones, then calls `end`. A second call returns the
   * same promise.
   */
  close(end: () => Promise<void>): Promise<void>
}

/** Counts the calls that run, because the pool would forget those that wait for a connection. */
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
  readonly connections: number
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
  connections: pool.options.max,
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
    // Long enough for prepared statements to pay off, short enough to follow a server that moved.
    maxLifetimeSeconds: 3_600,
    // A statement need not wait for the previous answer. Statements that are sent at once share a
    // round trip; only the opening of a transaction does so.
    pipeline: true,
    // The pool waits for the promise, which its types do not say.
    onConnect: ((client: PoolClient) => setUp(client, settings)) as never,
  })
  // Without a listener, the loss of a connection would end the process. This holds in the pool and
  // outside of it.
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
    // A text of several statements may have begun a transaction, which the next user must not
    // inherit.
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
    // Sent once the statements that follow without waiting have been queued.
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
