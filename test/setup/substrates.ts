import { afterAll, beforeAll, describe, inject } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { openPostgres } from '../../src/storage/postgres/open.ts'
import { type LentDatabase, lentDatabase } from './embedded-databases.ts'
import { isLong } from './form.ts'
import { type LentServerDatabase, lentServerDatabase } from './server-databases.ts'

export { onServer } from './server-databases.ts'

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
 * Runs a block on one database in each form of the tests: on PostgreSQL, where there is a server, by
 * `npm test`, on the embedded one by `npm run test:long`. For what the engine promises on both
 * alike, where one run finds nearly all that two would.
 */
export const describeByForm = (
  name: string,
  block: (open: () => Promise<Database>) => void,
): void => {
  if (isLong || inject('postgresUrl') === undefined) {
    describeOnPglite(`${name} (on PGlite)`, block)
  } else {
    describeOnPostgres(`${name} (on PostgreSQL)`, block)
  }
}

/**
 * The other way round: on the embedded database by `npm test`, on PostgreSQL by `npm run test:long`.
 * For what opens an engine again and again, each of which would open connections of its own.
 */
export const describeEmbeddedFirst = (
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
    let lent: LentServerDatabase | undefined
    const opened: Database[] = []
    beforeAll(async () => {
      lent = await lentServerDatabase()
    })
    afterAll(async () => {
      await Promise.all(opened.map((database) => database.close()))
      await lent?.giveBack()
    })
    const url = (): string => lent?.url ?? ''
    const open = async (): Promise<Database> => {
      const database = await openPostgres({ url: url(), applicationName: 'tollgate-test' })
      opened.push(database)
      return database
    }
    block(open, url)
  })
}
