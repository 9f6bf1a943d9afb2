import { Client } from 'pg'
import { inject } from 'vitest'
import { migrate } from '../../src/storage/migrate.ts'
import { openPostgres } from '../../src/storage/postgres/open.ts'

/** A database of the run's server for a while, empty and migrated. */
export interface LentServerDatabase {
  readonly url: string
  /** Ends the connections that somebody has left. */
  readonly giveBack: () => Promise<void>
}

/** Those of this process that nobody has just now; files share a process, and take turns. */
const shared = globalThis as { tollgateOnServer?: string[]; tollgateSchema?: string }
shared.tollgateOnServer ??= []
const free = shared.tollgateOnServer

/**
 * Lends a database. To copy one and drop it again writes some twenty megabytes and takes three
 * times as long as to empty one, so blocks that come after each other have the same. One whose
 * schema a block has changed is dropped.
 */
export const lentServerDatabase = async (): Promise<LentServerDatabase> => {
  const name = free.pop() ?? (await copyOfTemplate())
  return {
    url: urlOf(name),
    giveBack: async () => {
      const isEmptied = await onServer(urlOf(name), emptied)
      if (isEmptied) free.push(name)
      else await onFirstDatabase((client) => client.query(`drop database ${name} with (force)`))
    },
  }
}

/** The address of another database of the server. */
const urlOf = (database: string): string => {
  const url = new URL(inject('postgresUrl') as string)
  url.pathname = `/${database}`
  return url.href
}

/** Runs on a connection of its own to a database of the server. */
export const onServer = async <T>(
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const onFirstDatabase = <T>(work: (client: Client) => Promise<T>): Promise<T> =>
  onServer(inject('postgresUrl') as string, work)

/** Copies the run's migrated template, which whoever comes first makes. */
const copyOfTemplate = async (): Promise<string> => {
  const template = `tollgate_template_${inject('runId')}`
  const copy = `tollgate_test_${inject('runId')}_${crypto.randomUUID().slice(0, 8)}`
  await onFirstDatabase(async (client) => {
    // Creating a database takes no transaction, so the lock is the session's: it ends with it.
    await client.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [template])
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [template])
    if (rows.length === 0) await createTemplate(client, template)
    await client.query(`create database ${copy} template ${template}`)
  })
  shared.tollgateSchema ??= await onServer(urlOf(copy), schemaOf)
  return copy
}

const createTemplate = async (client: Client, template: string): Promise<void> => {
  const unfinished = `${template}_unfinished`
  await client.query(`drop database if exists ${unfinished}`)
  await client.query(`create database ${unfinished}`)
  const database = await openPostgres({ url: urlOf(unfinished) })
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
  await client.query(`alter database ${unfinished} rename to ${template}`)
}

/** Says whether it is as it was when it was copied; partitions that were added are no matter. */
const emptied = async (client: Client): Promise<boolean> => {
  await client.query(`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
  const schema = await schemaOf(client).catch(() => 'not one of ours any more')
  if (schema !== shared.tollgateSchema) return false
  await client.query(`
    do $$
    declare
      name text;
      has_rows boolean;
      names text[] := '{}';
    begin
      set local session_replication_role = replica;
      for name in
        select c.oid::regclass::text from pg_class c
        where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition and c.relname <> 'migrations'
      loop
        execute 'select exists (select from ' || name || ')' into has_rows;
        if has_rows then names := names || name; end if;
      end loop;
      if names <> '{}' then
        execute 'truncate ' || array_to_string(names, ', ') || ' cascade';
      end if;
      perform setval(s.oid, p.seqstart, false)
      from pg_class s join pg_sequence p on p.seqrelid = s.oid
      where s.relnamespace = 'tollgate'::regnamespace;
      perform tollgate.seed_alerts();
    end
    $$`)
  return true
}

/**
 * All of the schema but the partitions of weeks: copies of one template have it alike, to the
 * numbers of the objects and of the transactions that made them.
 */
const schemaOf = async (client: Client): Promise<string> => {
  const { rows } = await client.query<{ schema: string }>(`
    with ours as (
      select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^(pg_|information_schema)' and not c.relispartition
    ), said as (
      select format('%s %s %s %s %s %s', oid, relkind, relacl, relrowsecurity, relforcerowsecurity,
                    relowner) as line from ours
      union all
      select format('%s %s %s', attrelid, attnum, xmin) from pg_attribute
      where attrelid in (select oid from ours)
      union all
      select format('%s %s', oid, xmin) from pg_attrdef where adrelid in (select oid from ours)
      union all
      select format('%s %s %s', oid, xmin, tgenabled) from pg_trigger
      where tgrelid in (select oid from ours)
      union all
      select format('%s %s', oid, xmin) from pg_constraint where conrelid in (select oid from ours)
      union all
      select format('%s %s', oid, xmin) from pg_policy
      union all
      select format('%s %s', p.oid, p.xmin) from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
      where n.nspname !~ '^(pg_|information_schema)'
      union all
      select format('%s %s', nspname, nspacl) from pg_namespace where nspname !~ '^pg_'
      union all
      select format('%s %s', setrole, setconfig) from pg_db_role_setting
        join pg_database d on d.oid = setdatabase and d.datname = current_database()
      union all
      select format('%s %s', name, hash) from tollgate.migrations
      union all
      -- Partitions that retention took are missing.
      select tollgate.events_whole_since()::text
    )
    select md5(string_agg(line, '/' order by line)) as schema from said`)
  return rows[0]?.schema ?? ''
}
