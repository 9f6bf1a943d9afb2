import type { Database } from '../../src/storage/database.ts'
import { eventsWholeSince } from '../../src/storage/events/dry-run.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { auditGuards } from '../../src/storage/tables/audit-guards.ts'

/** An embedded database for a while, empty and migrated. */
export interface LentDatabase {
  /** Closing it does nothing: what opens it again finds the data. */
  readonly database: Database
  readonly giveBack: () => Promise<void>
}

/** Those of this process that nobody has just now; files share a process, and take turns. */
const shared = globalThis as { tollgateEmbedded?: Database[] }
shared.tollgateEmbedded ??= []
const free = shared.tollgateEmbedded

/**
 * Lends an embedded database. To empty one takes a tenth of a second of CPU, and to open one a
 * whole one, so blocks that come after each other have the same, and V8 compiles its WebAssembly
 * once. What a test promises of opening, closing and partitions needs a database of its own:
 * `openPglite`.
 */
export const lentDatabase = async (): Promise<LentDatabase> => {
  const database = free.pop() ?? (await newDatabase())
  return {
    database: { ...database, close: async () => undefined },
    giveBack: async () => {
      if (!(await isAsMigrated(database))) return database.close()
      await emptied(database)
      free.push(database)
    },
  }
}

const newDatabase = async (): Promise<Database> => {
  const database = await openPglite()
  await migrate(database)
  return database
}

/**
 * A test of forgery takes the guards of the audit log away, and one of retention takes partitions:
 * nobody else may get such a database.
 */
const isAsMigrated = async (database: Database): Promise<boolean> =>
  (await isGuarded(database)) && (await eventsWholeSince(database)) === null

/** As it was when it had been migrated; guards against changes of a log are passed over. */
const emptied = async (database: Database): Promise<void> => {
  await database.query('unlisten *')
  await database.query('reset all')
  await database.query(`
    do $$
    declare
      names text;
    begin
      set local session_replication_role = replica;
      select string_agg(format('%I.%I', schemaname, tablename), ', ') into names
      from pg_tables where schemaname = 'tollgate' and tablename <> 'migrations';
      execute 'truncate ' || names || ' restart identity cascade';
    end
    $$`)
  await database.query('select tollgate.seed_alerts()')
}

const isGuarded = async (database: Database): Promise<boolean> => {
  const { missing, changed } = await auditGuards(database)
  return missing.length === 0 && changed.length === 0
}
