/** Which server answers: the embedded PGlite in this process, or a PostgreSQL over the network. */
type DatabaseKind = 'pglite' | 'postgres'

/** A statement with what is bound to it. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Runs one statement. `values` are bound as parameters: nothing from outside becomes SQL text. */
export interface Queryable {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * The one seam between Tollgate and its store. Both drivers parse alike: `int8` is always a
 * `bigint`, `numeric` a decimal string, `timestamptz` a `Date`, `json` and `jsonb` parsed values.
 */
export interface Database extends Queryable {
  readonly kind: DatabaseKind
  /**
   * All or nothing: commits when `work` resolves, rolls back when it rejects. `opening` comes before
   * anything that `work` asks; over a network both go with the begin in one round trip.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, opening?: Statement): Promise<T>
  /** Several statements without parameters, in one round trip (migrations). */
  script(text: string): Promise<void>
  /** Calls `onPayload` for each NOTIFY on the channel, reconnecting if the connection is lost. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /**
   * The same store by connections of their own, for what is only read and may take long: so that no
   * number of reports takes the connections that decisions need. Absent where there is but one.
   */
  readonly reads?: Pick<Database, 'query' | 'transaction'>
  /** Ends what runs, then closes. Safe to call twice. */
  close(): Promise<void>
}
