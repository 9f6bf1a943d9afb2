import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin, PostgresDialect } from 'kysely'
import { type Client, Pool } from 'pg'
import type { CallerTransaction } from '../../src/contract/caller-transaction.ts'
import { connected, prismaLike } from './prisma-like.ts'

/** An application whose jobs live in the same database as Tollgate. */
export interface Host {
  /** Commits when `work` resolves, and rolls back when it rejects, as the library itself does. */
  transaction<T>(work: (tx: HostTransaction) => Promise<T>): Promise<T>
  /** The library's object outside a transaction. */
  readonly outside: unknown
  end(): Promise<void>
}

interface HostTransaction {
  readonly tx: CallerTransaction
  insertJob(id: string): Promise<unknown>
}

interface Tables {
  jobs: { id: string }
}

/** The libraries by name, each with settings that change how values are returned. */
export const hosts: Record<string, (url: string) => Promise<Host>> = {
  pg: async (url) => ofClient(await connected(url), new Pool({ connectionString: url })),

  'pg with parsers and settings of its own': async (url) => {
    const TEXT = 25
    const getTypeParser = (typeId: number) => (text: string) =>
      typeId === TEXT ? text : { typeId, text }
    const client = await connected(url, { types: { getTypeParser: getTypeParser as never } })
    await client.query(`set timezone to 'America/New_York'; set datestyle to 'SQL, DMY'`)
    return ofClient(client, new Pool({ connectionString: url }))
  },

  Drizzle: async (url) => {
    const pool = new Pool({ connectionString: url, max: 1 })
    const db = drizzle(pool)
    return {
      transaction: (work) =>
        db.transaction((tx) =>
          work({ tx, insertJob: (id) => tx.execute(sql`insert into jobs values (${id})`) }),
        ),
      outside: db,
      end: () => pool.end(),
    }
  },

  Kysely: async (url) => ofKysely(new Kysely<Tables>({ dialect: dialectOf(url) })),

  'Kysely with plug-ins that change keys and values': async (url) =>
    ofKysely(
      new Kysely<Tables>({
        dialect: dialectOf(url),
        plugins: [new CamelCasePlugin(), new ParseJSONResultsPlugin()],
      }),
    ),

  'what does as Prisma does': async (url) => {
    const client = await connected(url)
    const prisma = prismaLike(client)
    return {
      transaction: (work) =>
        prisma.$transaction((tx) =>
          work({
            tx,
            insertJob: (id) => tx.$queryRawUnsafe('insert into jobs values ($1) returning id', id),
          }),
        ),
      outside: prisma,
      end: () => client.end(),
    }
  },
}

const ofClient = (client: Client, outside: Pool): Host => ({
  transaction: async (work) => {
    await client.query('begin')
    const insertJob = (id: string) => client.query('insert into jobs values ($1)', [id])
    try {
      const result = await work({ tx: client, insertJob })
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  },
  outside,
  end: async () => {
    await Promise.all([client.end(), outside.end()])
  },
})

const dialectOf = (url: string): PostgresDialect =>
  new PostgresDialect({ pool: new Pool({ connectionString: url, max: 1 }) })

const ofKysely = (db: Kysely<Tables>): Host => ({
  transaction: (work) =>
    db
      .transaction()
      .execute((tx) =>
        work({ tx, insertJob: (id) => tx.insertInto('jobs').values({ id }).execute() }),
      ),
  outside: db,
  end: () => db.destroy(),
})
