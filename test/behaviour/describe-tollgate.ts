import { afterAll, beforeAll, describe } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { createHandler } from '../../src/server.ts'
import type { Database } from '../../src/storage/database.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

export interface Subject {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  /** A new organization on the plan; its id is its own, so tests do not meet. */
  organization(plan: string, startsAt?: string): Promise<string>
}

type Block = (subject: () => Subject) => void

/** One behaviour suite over three substrates: what is promised holds on each of them. */
export const describeTollgate = (name: string, block: Block): void => {
  describeOnEachDatabase(name, (open) => {
    describeOn(open, (tollgate) => tollgate, block)
  })
  describe(`${name} (through client and HTTP)`, () => {
    let db: Database | undefined
    beforeAll(async () => {
      db = await openPglite()
    })
    describeOn(async () => db as Database, throughHttp, block)
  })
}

const describeOn = (
  open: () => Promise<Database>,
  door: (tollgate: TollgateEngine) => TollgateEngine,
  block: Block,
): void => {
  let subject: Subject | undefined
  let engine: TollgateEngine | undefined
  beforeAll(async () => {
    const db = await open()
    const clock = testClock('2026-03-10T12:00:00Z')
    engine = await createTollgate({ database: db, clock })
    const tollgate = door(engine)
    let made = 0
    const organization = async (plan: string, startsAt?: string) => {
      made += 1
      const id = `org-${made}`
      await tollgate.organizations.create({ id, name: id, plan, startsAt })
      return id
    }
    subject = { tollgate, clock, db, organization }
  })
  afterAll(() => engine?.close())
  block(() => subject as Subject)
}

/** The engine with every verb that there is on the wire taken through client and handler. */
const throughHttp = (engine: TollgateEngine): TollgateEngine => {
  const adminKey = 'the-admin-key-of-the-behaviour-suite'
  const handler = createHandler(engine, { adminKey })
  const client = createClient({
    url: 'http://tollgate.test',
    key: adminKey,
    fetch: async (input, init) => handler(new Request(input, init)),
  })
  const { check, track, record, reserve, extend, settle, release } = client
  const { reverse, explain, current } = client
  return {
    ...engine,
    ...{ check, track, record, reserve, extend, settle, release, reverse, explain, current },
    organizations: client.organizations,
    apiKeys: client.apiKeys,
    limits: client.limits,
  }
}
