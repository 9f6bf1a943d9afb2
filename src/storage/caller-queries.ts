import type {
  CallerTransaction,
  DrizzleTransaction,
  KyselyQuery,
  KyselyTransaction,
  PgTransaction,
  PrismaTransaction,
} from '../contract/caller-transaction.ts'
import { TollgateError } from '../contract/errors.ts'

/** Runs one statement with parameters in the caller's transaction. */
export type CallerQuery = (
  text: string,
  values: readonly (string | null)[],
) => Promise<readonly unknown[]>

/**
 * Returns a way to run statements through the caller's library. It refuses an object that is no
 * transaction. There each statement would commit by itself, perhaps on another connection.
 */
export const callerQuery = (transaction: CallerTransaction): CallerQuery => {
  // The order matters: a Prisma client may have a model of any name.
  if (can(transaction, '$queryRawUnsafe')) return ofPrisma(transaction as PrismaTransaction)
  if (can(transaction, 'executeQuery')) return ofKysely(transaction as KyselyTransaction)
  if (can(transaction, 'query')) return ofPg(transaction as PgTransaction)
  if (can(transaction, 'execute')) return ofDrizzle(transaction as DrizzleTransaction)
  throw notATransaction('pg, Drizzle, Kysely or Prisma')
}

const ofPg = (client: PgTransaction): CallerQuery => {
  if ('totalCount' in client) throw notATransaction('a client of the pool, after `begin`')
  return async (text, values) => (await client.query(text, [...values])).rows
}

const ofKysely = (transaction: KyselyTransaction): CallerQuery => {
  if (!transaction.isTransaction) throw notATransaction('what `transaction().execute` gives')
  return async (text, values) => (await transaction.executeQuery(compiled(text, values))).rows
}

const compiled = (sql: string, parameters: readonly unknown[]): KyselyQuery => ({
  sql,
  parameters,
  query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
  queryId: { queryId: 'tollgate' },
})

const ofDrizzle = (transaction: DrizzleTransaction): CallerQuery => {
  if (!can(transaction, 'rollback')) throw notATransaction('what `db.transaction` gives')
  return async (sql, params) => {
    // The shape that `execute` expects of its argument, and that Drizzle's dialect expects in turn.
    const built = { sql, params: [...params] }
    const result = await transaction.execute({ getSQL: () => ({ toQuery: () => built }) })
    return rowsOf(result)
  }
}

const ofPrisma = (transaction: PrismaTransaction): CallerQuery => {
  if (can(transaction, '$connect')) throw notATransaction('what `prisma.$transaction` gives')
  return async (text, values) => rowsOf(await transaction.$queryRawUnsafe(text, ...values))
}

/** Drivers differ: some return a list of rows, others a result that holds the list. */
const rowsOf = (result: unknown): readonly unknown[] => {
  if (Array.isArray(result)) return result
  const rows: unknown = Object(result).rows
  return Array.isArray(rows) ? rows : []
}

/** Also finds a method of a proxy, which shows its methods only when they are read. */
const can = (subject: object, verb: string): boolean =>
  typeof (subject as Readonly<Record<string, unknown>>)[verb] === 'function'

const notATransaction = (wanted: string): TollgateError =>
  new TollgateError('unprocessable', {
    detail: `this is not a transaction: within() takes ${wanted}`,
  })
