import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { ErrorPlace } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import type { Database, Queryable } from '../../src/storage/database.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { deliver, toThisMachine } from '../behaviour/webhook-steps.ts'
import { openReceiver } from '../connectors/outbound/receiver.ts'
import { ADMIN_KEY, sender } from '../http/door.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { eventually } from '../setup/eventually.ts'

/** The database. Its next statement that contains the words of `broken` fails. */
const failing = (db: Database, broken: { words?: string; error: unknown }): Database => {
  const query =
    (of: Queryable): Queryable['query'] =>
    async (text, values) => {
      if (broken.words !== undefined && text.includes(broken.words)) {
        delete broken.words
        throw broken.error
      }
      return of.query(text, values)
    }
  return {
    ...db,
    query: query(db),
    transaction: (work, opening) => db.transaction((tx) => work({ query: query(tx) }), opening),
  }
}

const receiver = await openReceiver()
afterAll(() => receiver.close())

describe.each([
  ['that returns', () => {}],
  [
    'that throws',
    () => {
      throw new Error('the hook is broken')
    },
  ],
  ['that rejects', () => Promise.reject(new Error('the hook is broken'))],
])('an error hook %s', (name, does) => {
  let lent: LentDatabase
  let tollgate: TollgateEngine
  let clock: TestClock
  const broken: { words?: string; error: unknown } = { error: undefined }
  const told: { error: unknown; place: ErrorPlace }[] = []
  const logged: string[] = []

  beforeAll(async () => {
    lent = await lentDatabase()
    clock = testClock('2026-03-10T12:00:00Z')
    const line = (_fields: object, message: string) => void logged.push(message)
    tollgate = await createTollgate({
      database: failing(lent.database, broken),
      clock,
      webhooks: toThisMachine(receiver.port),
      recorder: { flushAt: 1 },
      log: { info: () => {}, warn: line, error: line },
      onError: (error, place) => {
        told.push({ error, place })
        return does()
      },
    })
    await tollgate.organizations.create({ id: 'acme', name: 'A', plan: 'rag-chatbot/trial' })
  })
  afterAll(async () => {
    await tollgate.close()
    await lent.giveBack()
  })
  beforeEach(() => {
    told.length = 0
    logged.length = 0
    delete broken.words
    broken.error = new Error('something is broken')
  })

  const isBroken = name !== 'that returns'
  const onlyTold = (place: object) => {
    expect(told).toEqual([{ error: broken.error, place: expect.objectContaining(place) }])
    expect(
      Object.values(told[0]?.place ?? {}).filter((value) => typeof value === 'object'),
    ).toEqual([])
  }

  it('is called once for an answer with status 500, with its request id', async () => {
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    broken.words = 'from tollgate.members'
    const { status, headers, body } = await send('GET', '/api/organizations/acme/members')
    expect([status, body.code]).toEqual([500, 'internal'])
    onlyTold({
      where: 'request',
      operation: 'members.list',
      level: 'error',
      repeats: 0,
      requestId: headers.get('x-request-id'),
    })
  })

  it("is not called for callers' errors", async () => {
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    await send('GET', '/api/organizations/nobody')
    await send('POST', '/api/usage/track', { body: 'no json' })
    await send('GET', '/api/jobs', { key: 'wrong' })
    expect(told).toEqual([])
  })

  it('is called once for a failed job', async () => {
    broken.words = 'tollgate.aggregate_usage'
    await tollgate.jobs.run({ job: 'doctor' })
    await eventually(() => expect(told).not.toEqual([]))
    onlyTold({ where: 'job', job: 'doctor' })
  })

  it('is called once for a failed delivery', async () => {
    const about = { organizationId: 'acme' }
    await tollgate.webhooks.create({ ...about, url: receiver.url, kinds: ['member.*'] })
    await tollgate.members.add({ ...about, userId: 'ada', role: 'viewer' })
    broken.words = 'tollgate.delivery_tries'
    await deliver(tollgate)
    onlyTold({ where: 'delivery', deliveryId: expect.any(String) })
    expect(receiver.received.length).toBeGreaterThan(0)
  })

  it('is called once a minute for retries, and nothing is lost', async () => {
    const lost = () => ({
      error: new DatabaseError({ message: 'gone', code: '08006' }),
      words: 'tollgate.record_events',
    })
    Object.assign(broken, lost())
    const event = { organizationId: 'acme', eventType: 'api_call', id: 'late' }
    await tollgate.enqueue(event)
    await eventually(() => expect(told).not.toEqual([]))
    onlyTold({ where: 'background', level: 'warning' })
    Object.assign(broken, lost())
    await clock.advance(1_000)
    await eventually(() => expect(logged.length).toBeGreaterThan(1))
    expect(told).toHaveLength(1)
    await clock.advance(60_000)
    await tollgate.flush()
    expect(await tollgate.record(event)).toMatchObject({ accepted: 0, duplicates: 1 })
  })

  it('appears in the log if it fails itself', async () => {
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    broken.words = 'from tollgate.members'
    expect((await send('GET', '/api/organizations/acme/members')).status).toBe(500)
    await Promise.resolve()
    expect(logged.includes('onError failed itself')).toBe(isBroken)
  })
})
