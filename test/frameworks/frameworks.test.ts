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

/** The engine's time, so that a client's queued events are not years apart. */
const now = () => new Date('2026-03-10T12:00:00Z')
const after = (_delayMs: number, call: () => void) => {
  const timer = setTimeout(call)
  return () => clearTimeout(timer)
}

/** A client of a server, without a network. */
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
      `in ${name}, on an engine`,
      () => subject,
      start,
      (engine) => engine,
    )
    // The framework does not depend on its backend, so `npm test` uses only one of them.
    if (isLong || name === 'Express') {
      describeWrapper(`in ${name}, on a client`, () => subject, start, clientOf)
    }
  }
})
