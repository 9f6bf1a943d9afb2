import type { Database, Queryable } from './database.ts'
import * as embedded from './generated/sql.ts'
import { MigrationError } from './migration-error.ts'
import { fileHash, filesHash, type SqlFile, type SqlFiles } from './sql-files.ts'
import { withTenantRole } from './tenant-role.ts'

// The row that stands for all functions together.
const functionsRow = 'functions'

/**
 * Migrates the database to the version of this code, and returns the names of what was applied.
 *
 * Each migration commits together with its row, so an interrupted one leaves nothing behind. An
 * advisory lock lets any number of processes start at once.
 *
 * All functions are replaced when any of them changed. A migration must first drop a function whose
 * result or parameters change.
 */
export const migrate = async (
  db: Database,
  { migrations, functions }: SqlFiles = embedded,
): Promise<{ applied: string[] }> => {
  const applied: string[] = []
  const known = await alone(db, async (tx) => {
    await ensureSchema(tx)
    await tx.query(`
      create table if not exists tollgate.migrations (
        name       text primary key,
        hash       text not null,
        applied_at timestamptz not null default now()
      )`)
    return recorded(tx)
  })
  verify(known, migrations)
  for (const file of migrations) {
    if (known.has(file.name)) continue
    const isNew = await alone(db, async (tx) => {
      if ((await recorded(tx)).has(file.name)) return false
      await tx.query(await withTenantRole(tx, file.text))
      await record(tx, file.name, fileHash(file))
      return true
    })
    if (isNew) applied.push(file.name)
  }
  const hash = filesHash(functions)
  if (known.get(functionsRow) === hash) return { applied }
  const isChanged = await alone(db, async (tx) => {
    if ((await recorded(tx)).get(functionsRow) === hash) return false
    for (const file of functions) await tx.query(file.text)
    await record(tx, functionsRow, hash)
    return true
  })
  if (isChanged) applied.push(functionsRow)
  return { applied }
}

/**
 * Creates our schema where it is missing. Where an administrator has created it, the right to
 * create schemas is not needed.
 */
const ensureSchema = async (tx: Queryable): Promise<void> => {
  const [row] = await tx.query<SchemaRow>(
    `select quote_ident(current_user) as user, quote_ident(current_database()) as database,
            has_database_privilege(current_database(), 'create') as may_make,
            n.oid is not null as is_made, quote_ident(pg_get_userbyid(n.nspowner)) as owner,
            coalesce(has_schema_privilege(n.oid, 'create'), false) as may_fill
     from (select to_regnamespace('tollgate') as oid) s left join pg_namespace n on n.oid = s.oid`,
    [],
  )
  const { user, database, is_made, may_make, may_fill, owner } = row as SchemaRow
  if (is_made && may_fill) return
  if (is_made) {
    throw new MigrationError(
      `The schema tollgate in the database ${database} is of ${owner}, and ${user} may make ` +
        'nothing in it. Connect as its owner, or use another database: each has one install.',
    )
  }
  if (may_make) return void (await tx.query('create schema tollgate'))
  throw new MigrationError(
    `The database user ${user} may not make a schema in the database ${database}. Run there once ` +
      `as an administrator: create schema tollgate authorization ${user};`,
  )
}

interface SchemaRow {
  readonly user: string
  readonly database: string
  readonly may_make: boolean
  readonly is_made: boolean
  readonly owner: string | null
  readonly may_fill: boolean
}

/** Throws if the database holds no Tollgate schema. It creates nothing. */
export const refuseUnmade = async (db: Database): Promise<void> => {
  const [row] = await db.query<{ is_made: boolean }>(
    `select to_regclass('tollgate.migrations') is not null as is_made`,
    [],
  )
  if (row?.is_made) return
  throw new MigrationError(
    'Nothing of Tollgate is in this database, and nothing was made there: `tollgate migrate` makes it.',
  )
}

/** One migrating process at a time, however long a migration takes. */
const alone = <T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> =>
  db.transaction(async (tx) => {
    await tx.query(`
      set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0;
      select pg_advisory_xact_lock(hashtextextended('tollgate.migrate', 0))`)
    return work(tx)
  })

const recorded = async (tx: Queryable): Promise<Map<string, string>> => {
  const rows = await tx.query<{ name: string; hash: string }>(
    'select name, hash from tollgate.migrations',
  )
  return new Map(rows.map(({ name, hash }) => [name, hash]))
}

const record = async (tx: Queryable, name: string, hash: string): Promise<void> => {
  await tx.query(
    `insert into tollgate.migrations (name, hash) values ($1, $2)
     on conflict (name) do update set hash = excluded.hash, applied_at = now()`,
    [name, hash],
  )
}

const verify = (known: ReadonlyMap<string, string>, migrations: readonly SqlFile[]): void => {
  const names = new Set(migrations.map((file) => file.name))
  const foreign = [...known.keys()].find((name) => name !== functionsRow && !names.has(name))
  if (foreign !== undefined) {
    throw new MigrationError(
      `This database is newer than this version of Tollgate, which does not know its migration ` +
        `"${foreign}". Start the version that applied it, or a later one.`,
    )
  }
  let firstMissing: string | undefined
  for (const file of migrations) {
    const hash = known.get(file.name)
    if (hash === undefined) {
      firstMissing ??= file.name
    } else if (hash !== fileHash(file)) {
      throw new MigrationError(
        `The migration "${file.name}" was changed after this database applied it. Restore ` +
          `src/storage/migrations/${file.name}.sql, and put the change in a new migration.`,
      )
    } else if (firstMissing !== undefined) {
      throw new MigrationError(
        `The migration "${firstMissing}" comes before "${file.name}", which this database has ` +
          `already applied. Number it after that one.`,
      )
    }
  }
}
