import { afterAll, beforeAll, describe } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { Tollgate, TollgateEngine } from '../../src/contract/tollgate.ts'
import { createHandler } from '../../src/server.ts'
import { openSubject } from '../behaviour/open-subject.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { isLong } from '../setup/form.ts'
import { leavable } from './asking.ts'
import { catalogs } from './catalog.ts'
import { startExpress } from './hosts/express.ts'
import { startFastify } from './hosts/fastify.ts'
import { startHono } from './hosts/hono.ts'
import { describeWrapper, type Subject } from './promises.ts'

const ADMIN_KEY = 'the-admin-key-of-the-wrappers'

/** The time of the engine, so that what a client queues is not of another year. */
const now = () => new Date('2026-03-10T12:00:00Z')
const after = (_delayMs: number, call: () => void) => {
  const timer = setTimeout(call)
  return () => clearTimeout(timer)
}

/** A client of a server, with the network left out. */
const clientOf = (engine: TollgateEngine): Tollgate => {
  const handler = createHandler(engine, { adminKey: ADMIN_KEY })
  return createClient({
    url: 'http://tollgate.test',
    key: ADMIN_KEY,
    retries: 0,
    clock: { now, after },
    fetch: async (input, init) => handler(new Request(input, init)),
  })
}
describe('a wrapped route', () => {
  let lent: LentDatabase
  let subject: Subject
  beforeAll(async () => {
    lent = await lentDatabase()
    const store = leavable(lent.database)
    const { engine } = await openSubject(store, { catalogs })
    subject = { engine, store }
  })
  afterAll(async () => {
    await subject.engine.close()
    await lent.giveBack()
  })

  const frameworks = { Express: startExpress, Fastify: startFastify, Hono: startHono }
  for (const [name, start] of Object.entries(frameworks)) {
    describeWrapper(
      `of ${name}, over an engine`,
      () => subject,
      start,
      (engine) => engine,
    )
    // What is asked makes no difference to a framework, so one of them is enough for `npm test`.
    if (isLong || name === 'Express') {
      describeWrapper(`of ${name}, over a client`, () => subject, start, clientOf)
    }
  }
})
