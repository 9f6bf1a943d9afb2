import { Client } from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openPostgres } from '../../src/storage/postgres/open.ts'
import { type LentDatabase, lentDatabase } from './embedded-databases.ts'
import { isLong } from './form.ts'

/**
 * Runs a block twice: on the embedded database and on PostgreSQL. Each block has a migrated
 * database of its own, which all its calls of `open` reach; whatever it leaves open is closed.
 * `open` may be called from `beforeAll` on. Without a server the second is skipped, and
 * postgres-server.ts has said so at the start of the run.
 */
export const describeOnEachDatabase = (
  name: string,
  block: (open: () => Promise<Database>) => void,
): void => {
  describeOnPglite(`${name} (on PGlite)`, block)
  describeOnPostgres(`${name} (on PostgreSQL)`, block)
}

/**
 * Runs a block on one database in each form of the tests: on the embedded one by `npm test`, on
 * PostgreSQL by `npm run test:long`. For what the engine promises on both alike, where one run
 * finds nearly all that two would.
 */
export const describeByForm = (
  name: string,
  block: (open: () => Promise<Database>) => void,
): void => {
  if (isLong) describeOnPostgres(`${name} (on PostgreSQL)`, block)
  else describeOnPglite(`${name} (on PGlite)`, block)
}

/** The embedded half of `describeOnEachDatabase`. */
export const describeOnPglite = (
  name: string,
  block: (open: () => Promise<Database>) => void,
): void => {
  describe(name, () => {
    let lent: LentDatabase | undefined
    beforeAll(async () => {
      lent = await lentDatabase()
    })
    afterAll(() => lent?.giveBack())
    block(async () => (lent as LentDatabase).database)
  })
}

/** The PostgreSQL half of `describeOnEachDatabase`, for what needs several connections. */
export const describeOnPostgres = (
  name: string,
  block: (open: () => Promise<Database>, url: () => string) => void,
): void => {
  const server = inject('postgresUrl')
  describe.skipIf(server === undefined)(name, () => {
    let url = ''
    const opened: Database[] = []
    beforeAll(async () => {
      url = await createMigratedDatabase(server as string)
    })
    afterAll(async () => {
      await Promise.all(opened.map((database) => database.close()))
      await onServer(server as string, (client) =>
        client.query(`drop database ${databaseOf(url)} with (force)`),
      )
    })
    const open = async (): Promise<Database> => {
      const database = await openPostgres({ url, applicationName: 'tollgate-test' })
      opened.push(database)
      return database
    }
    block(open, () => url)
  })
}

/** The address of another database of the server. */
const urlOf = (database: string): string => {
  const url = new URL(inject('postgresUrl') as string)
  url.pathname = `/${database}`
  return url.href
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

/** Runs on a connection of its own to the server's first database. */
export const onServer = async <T>(
  server: string,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Copies the run's migrated template, which whoever comes first makes. */
const createMigratedDatabase = async (server: string): Promise<string> => {
  const template = `tollgate_template_${inject('runId')}`
  const copy = `tollgate_test_${inject('runId')}_${crypto.randomUUID().slice(0, 8)}`
  await onServer(server, async (client) => {
    // Creating a database takes no transaction, so the lock is the session's: it ends with it.
    await client.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [template])
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [template])
    if (rows.length === 0) await createTemplate(client, template)
    await client.query(`create database ${copy} template ${template}`)
  })
  return urlOf(copy)
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
