/** The server behind the store: PGlite embedded in this process, or PostgreSQL over the network. */
type DatabaseKind = 'pglite' | 'postgres'

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * Runs one statement. `values` are bound as parameters, so nothing from outside becomes SQL text.
 */
export interface Queryable {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * The one interface between Tollgate and its store. Both drivers parse alike: `int8` is always a
 * `bigint`, `numeric` a decimal string, `timestamptz` a `Date`, `json` and `jsonb` parsed values.
 */
export interface Database extends Queryable {
  readonly kind: DatabaseKind
  /**
   * All or nothing: commits when `work` resolves and rolls back when it rejects. `opening` runs
   * before the statements of `work`. Over a network, BEGIN and `opening` are sent in one round
   * trip.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, opening?: Statement): Promise<T>
  /** Runs several statements without parameters, in one round trip (for migrations). */
  script(text: string): Promise<void>
  /** Calls `onPayload` for each NOTIFY on the channel. It reconnects if the connection is lost. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /**
   * The same store over separate connections, for reads that may take long. Reports can then never
   * use up the connections that decisions need. Undefined where there is only one connection.
   */
  readonly reads?: Pick<Database, 'query' | 'transaction' | 'connections'>
  /** How many statements can run at once. Undefined: one after the other. */
  readonly connections?: number | undefined
  /** Waits for statements that are under way, then closes. Safe to call twice. */
  close(): Promise<void>
}
