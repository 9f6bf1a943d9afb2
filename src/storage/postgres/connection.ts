import type { Writable } from 'node:stream'
import {
  Client,
  type ClientBase,
  type ClientConfig,
  type Pool,
  type PoolClient,
  type QueryConfig,
} from 'pg'
import { DatabaseError, errorFields, isFromServer } from '../database-error.ts'
import { toParameter } from '../parameters.ts'
import { parserFor } from '../parsers.ts'
import { isStaleStatement, type StatementNames } from '../statement-names.ts'

/** What all connections of one database share. */
export interface ConnectionSettings {
  readonly config: ClientConfig
  /** Runs on each new connection, before anything else. */
  readonly setup: string
  readonly timeoutMs: number
  readonly names: StatementNames
}

/**
 * The settings that decide what a value or a comparison means are the same on every server, and the
 * same as in PGlite. The server ends a statement that runs too long.
 */
export const connectionSettings = (
  url: string,
  applicationName: string,
  { timeoutMs, lockWaitMs }: { timeoutMs: number; lockWaitMs: number },
  names: StatementNames,
): ConnectionSettings => ({
  config: {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Our own parser table: pg's is global, and another module may have changed it.
    types: { getTypeParser: ((typeId: number) => parserFor(typeId)) as never },
  },
  setup: `
    set timezone to 'UTC';
    set datestyle to 'ISO, MDY';
    set intervalstyle to 'postgres';
    set bytea_output to 'hex';
    set extra_float_digits to 1;
    set search_path to public;
    set default_transaction_isolation to 'read committed';
    set statement_timeout to ${timeoutMs};
    set tollgate.lock_wait to '${lockWaitMs}ms';
    set idle_in_transaction_session_timeout to ${timeoutMs}`,
  timeoutMs,
  names,
})

/** Gives a new connection the settings that all of them share. */
export const setUp = async (client: ClientBase, settings: ConnectionSettings): Promise<void> => {
  const question = { text: settings.setup, query_timeout: settings.timeoutMs }
  await client.query(question)
}

/** A connection outside of the pool, set up like those in it. Its loss is reported by 'error'. */
export const connectAlone = async (settings: ConnectionSettings): Promise<Client> => {
  const client = new Client({ ...settings.config, query_timeout: settings.timeoutMs })
  // Without a listener, the loss of a connection would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await setUp(client, settings)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw asDatabaseError(error)
  }
}

/** The result of one request: the rows and the command tag of its last statement. */
interface Outcome<Row> {
  readonly rows: Row[]
  readonly command: string
}

/** Runs one statement on a connection. Without values, the text may hold several. */
export const run = async <Row>(
  client: Client | PoolClient,
  { names, timeoutMs }: ConnectionSettings,
  text: string,
  values?: readonly unknown[],
): Promise<Outcome<Row>> => {
  if (!values) return send(client, { text })
  const statement = {
    text,
    values: values.map(toParameter),
    // Also for an empty list: the simple protocol would accept several statements in one text.
    queryMode: 'extended',
    // The server ends a slow statement itself. This is for the case that no answer comes at all.
    query_timeout: timeoutMs + 1_000,
  }
  const isAlone = client.getTransactionStatus() === 'I'
  try {
    return await send(client, { ...statement, name: names.nameFor(text) })
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isStaleStatement(error)) throw error
    names.forget(text)
    // In a transaction the failure has already ended it, and the caller's next try succeeds.
    if (!isAlone) throw error
    return send(client, { ...statement, name: names.nameFor(text) })
  }
}

const send = async <Row>(
  client: Client | PoolClient,
  config: QueryConfig & { queryMode?: string; query_timeout?: number },
): Promise<Outcome<Row>> => {
  try {
    // Several statements give several results, which pg's types do not say.
    const results: unknown = await client.query(config)
    const last = Array.isArray(results) ? results.at(-1) : results
    return { rows: last.rows, command: last.command }
  } catch (error) {
    throw asDatabaseError(error)
  }
}

/** Holds requests back, so that they are all sent in one piece. */
export const holdBack = (client: PoolClient): (() => void) => {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  stream.cork()
  return () => stream.uncork()
}

/**
 * Borrows a connection for `work`. The connection is ended after any failure but a plain SQL error.
 */
export const borrow = async <T>(
  pool: Pool,
  work: (client: PoolClient, discard: () => void) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect().catch((error) => {
    throw asDatabaseError(error)
  })
  let isBroken = false
  const discard = (): void => {
    isBroken = true
  }
  try {
    return await work(client, discard)
  } catch (error) {
    if (error instanceof DatabaseError && error.unreachable) discard()
    throw error
  } finally {
    client.release(isBroken)
  }
}

/**
 * Turns what pg throws into a DatabaseError, whether the server reported it or the connection
 * failed.
 */
const asDatabaseError = (error: unknown): unknown => {
  if (error instanceof DatabaseError) return error
  const fields = errorFields(error)
  if (isFromServer(error)) return new DatabaseError(fields)
  return new DatabaseError(
    { ...fields, message: `The database could not be reached: ${fields.message}.` },
    error,
  )
}
