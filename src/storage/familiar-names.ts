import type { Database } from './database.ts'
import { familiarNames } from './generated/sql.ts'

/** Names that PostgreSQL takes without quotes, except for its own schemas and ours. */
const SCHEMA = /^(?!pg_|tollgate$|information_schema$)[a-z_][a-z0-9_]{0,62}$/

/** Thrown for a schema name that is not allowed. The message says which names are. */
class SchemaNameError extends Error {
  override readonly name = 'SchemaNameError'
}

/**
 * Creates or replaces the usual tables and functions of hand-written trackers, as views and
 * functions over the ledger. It makes all of them or none: an object of another kind under such a
 * name fails the whole.
 */
export const createFamiliarNames = async (db: Database, schema: string): Promise<void> => {
  if (!SCHEMA.test(schema)) {
    throw new SchemaNameError(
      `"${schema}" is no name for this schema: give lower-case letters, digits and underscores, ` +
        'not tollgate, and nothing that starts with pg_.',
    )
  }
  await db.script(familiarNames.replaceAll('{schema}', `"${schema}"`))
}
