import type { Database } from './database.ts'
import { familiarNames } from './generated/sql.ts'

/** What PostgreSQL takes without quotes; its own schemas and ours are not for this. */
const SCHEMA = /^(?!pg_|tollgate$|information_schema$)[a-z_][a-z0-9_]{0,62}$/

/** Thrown for a name that no schema of a user's may have; the message says which may. */
class SchemaNameError extends Error {
  override readonly name = 'SchemaNameError'
}

/**
 * Makes, or replaces, the tables and functions that hand-written trackers usually have, as views
 * and functions over the ledger. All of them or none: what stands there already under such a name
 * and is something else keeps all as it was.
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
