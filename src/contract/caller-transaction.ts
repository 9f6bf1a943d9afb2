/**
 * A transaction of the caller on Tollgate's PostgreSQL database. Libraries are recognized by their
 * methods, so Tollgate depends on none of them.
 */
export type CallerTransaction =
  | PgTransaction
  | DrizzleTransaction
  | KyselyTransaction
  | PrismaTransaction

/** A `pg` client after `begin`, or anything with the same `query` method. */
export interface PgTransaction {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** The argument of the callback of Drizzle's `db.transaction` (on `pg`). */
export interface DrizzleTransaction {
  execute(query: string | { getSQL(): unknown }): PromiseLike<unknown>
  rollback(): never
}

/** The argument of the callback of Kysely's `db.transaction().execute`. */
export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery(query: KyselyQuery): Promise<{ rows: unknown[] }>
}

/** A compiled Kysely query. */
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

/** The argument of the callback of Prisma's `prisma.$transaction`. */
export interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>
}
