/**
 * A transaction of the caller's own, on the PostgreSQL database that Tollgate lives in. Told apart
 * by what they can do, so that Tollgate needs none of the libraries.
 */
export type CallerTransaction =
  | PgTransaction
  | DrizzleTransaction
  | KyselyTransaction
  | PrismaTransaction

/** A client of `pg`, its own or out of a pool, after `begin`; or what takes text and values alike. */
export interface PgTransaction {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** What the callback of Drizzle's `db.transaction` is given (on `pg`). */
export interface DrizzleTransaction {
  execute(query: string | { getSQL(): unknown }): PromiseLike<unknown>
  rollback(): never
}

/** What the callback of Kysely's `db.transaction().execute` is given. */
export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery(query: KyselyQuery): Promise<{ rows: unknown[] }>
}

/** A compiled query of Kysely's: a text and its values. */
export interface KyselyQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly query: {
    readonly kind: 'RawNode'
    readonly sqlFragments: readonly string[]
    readonly parameters: readonly never[]
  }
  readonly queryId: { readonly queryId: string }
}

/** What the callback of Prisma's `prisma.$transaction` is given. */
export interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>
}
