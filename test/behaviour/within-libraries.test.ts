import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallerTransaction } from '../../src/contract/caller-transaction.ts'
import { TollgateError } from '../../src/contract/errors.ts'
import type { TollgateEngine, TollgateWithin } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { databaseWithin } from '../../src/storage/caller-transaction.ts'
import type { Database } from '../../src/storage/database.ts'
import { createRowShapes } from '../../src/storage/row-shapes.ts'
import { testClock } from '../../src/testing/index.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { type Host, hosts } from './caller-libraries.ts'
import { metersOnly } from './meters-catalog.ts'

const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const VALUES = [
  'null::bigint',
  `case n when 1 then null else n = 2 end`,
  '9007199254740993::bigint',
  '12.50::numeric',
  '1.5::double precision',
  '7::smallint',
  `timestamptz '2026-03-29 01:30:00.123456+01'`,
  `timestamptz 'infinity'`,
  `timestamptz '20260-01-01 00:00:00+00'`,
  `array['a,b', 'c"d', null, '']::text[]`,
  'array[9007199254740993, null]::bigint[]',
  'array[true, false, null]',
  `'{"some_key": [1, "2026-01-01T00:00:00Z", null], "n": 9007199254740991}'::jsonb`,
  `'[{"some_key": true}]'::json`,
  `'{"looks": "like JSON"}'::text`,
  `'0190a6e2-7b1c-7000-8000-000000000001'::uuid`,
]

/** Runs every verb at least once and returns the answers. Only their ids differ between runs. */
const everyVerb = async (verbs: TollgateWithin, organizationId: string): Promise<unknown[]> => {
  const answers: unknown[] = []
  const note = async (verb: Promise<unknown>) => {
    const answer = await verb.catch((error: unknown) => {
      if (!(error instanceof TollgateError)) throw error
      return { code: error.code, faults: error.faults }
    })
    const text = JSON.stringify({ ...(answer as object) }).replaceAll(organizationId, 'org')
    answers.push(JSON.parse(text.replace(UUIDS, 'uuid')))
    return answer as { reservationId: string }
  }
  const use = (id: string, tokens: number, userId = 'o\'brien {"\\') => ({
    organizationId,
    eventType: 'everything',
    id,
    userId,
    quantities: { tokens, peak: 3, stored: 4 },
  })
  const past = { ...use('past', 9), timestamp: '2025-11-03T10:00:00Z' }
  await note(verbs.record([use('r1', 5), use('r1', 5), { ...use('r2', 5), eventType: 'none' }]))
  await note(verbs.record(past, { backfill: true }))
  await note(verbs.record(use('r1', 6)))
  await note(verbs.check(use('c1', 10)))
  await note(verbs.check(use('c2', 10_000)))
  await note(verbs.track(use('t1', 120, 'zoë')))
  await note(verbs.track(use('t1', 120, 'zoë')))
  await note(verbs.track(use('t1', 121, 'zoë')))
  await note(verbs.track(use('t2', 10_000)))
  await note(verbs.track({ organizationId, eventType: 'work', quantities: { hours: 1.25 } }))
  const hold = { organizationId, eventType: 'everything', id: 'h1', quantities: { tokens: 100 } }
  const held = (await note(verbs.reserve(hold))).reservationId
  await note(verbs.reserve(hold))
  await note(verbs.reserve({ ...hold, id: 'h2', quantities: { tokens: 10_000 } }))
  await note(verbs.extend({ organizationId, reservationId: held, quantities: { tokens: 50 } }))
  await note(verbs.extend({ organizationId, reservationId: held, quantities: { tokens: 10_000 } }))
  await note(verbs.settle({ organizationId, reservationId: held, quantities: { tokens: 190 } }))
  await note(verbs.settle({ organizationId, reservationId: held, quantities: { tokens: 1 } }))
  await note(verbs.release({ organizationId, reservationId: held }))
  const given = (await note(verbs.reserve({ ...hold, id: 'h3' }))).reservationId
  await note(verbs.release({ organizationId, reservationId: given }))
  await note(verbs.release({ organizationId, reservationId: given }))
  await note(verbs.settle({ organizationId, reservationId: given }))
  return answers
}

describeOnPostgres('inside a transaction of the caller’s library', (open, url) => {
  let tollgate: TollgateEngine
  let db: Database
  let expected: unknown[]
  const clock = testClock('2026-03-10T12:00:00Z')

  beforeAll(async () => {
    db = await open()
    await db.query('create table jobs (id text primary key)')
    tollgate = await createTollgate({ ...metersOnly, database: await open(), clock })
    await create('outside')
    expected = await everyVerb(tollgate, 'outside')
  })
  afterAll(() => tollgate.close())

  const create = (id: string) =>
    tollgate.organizations.create({ id, name: id, plan: 'small', startsAt: '2025-10-10T00:00:00Z' })
  const jobs = async (id: string) => db.query('select id from jobs where id = $1', [id])
  const standing = async (id: string) => {
    const { limits, month } = await tollgate.usage.current({ organizationId: id })
    return { limits, month }
  }

  describe.each(Object.keys(hosts))('of %s', (name) => {
    const id = name.toLowerCase().replaceAll(' ', '-')
    let host: Host
    beforeAll(async () => {
      host = await (hosts[name] as (typeof hosts)[string])(url())
      await create(id)
    })
    afterAll(() => host.end())

    it('a rollback leaves nothing of any verb, and nothing of the host’s row', async () => {
      const before = await standing(id)
      const undone = host.transaction(async ({ tx, insertJob }) => {
        await insertJob(id)
        await everyVerb(tollgate.within(tx), id)
        throw new Error('changed my mind')
      })
      await expect(undone).rejects.toThrow('changed my mind')
      expect(await jobs(id)).toEqual([])
      expect(await standing(id)).toEqual(before)
    })

    it('every verb answers as it does outside, and commits with the host’s row', async () => {
      const answers = await host.transaction(async ({ tx, insertJob }) => {
        await insertJob(id)
        return everyVerb(tollgate.within(tx), id)
      })
      expect(answers).toEqual(expected)
      expect(await jobs(id)).toEqual([{ id }])
      expect(await standing(id)).toEqual(await standing('outside'))
    })

    it('a retry outside gets the same answer', async () => {
      const again = await everyVerb(tollgate, id)
      const outside = await everyVerb(tollgate, 'outside')
      expect(again).toEqual(outside)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })

    it.each(VALUES)('%s is read as on our own connection', async (value) => {
      const statement = `select n, ${value} as some_value from generate_series(1, 3) n
                         where n < $1::integer order by n desc`
      for (const below of [1, 2, 4]) {
        const ours = await db.query(statement, [below])
        const theirs = host.transaction(({ tx }) =>
          databaseWithin(tx, createRowShapes()).query(statement, [below]),
        )
        expect(await theirs).toEqual(ours)
      }
    })

    it('concurrent verbs are answered in order', async () => {
      const answers = await host.transaction(({ tx }) => {
        const inside = tollgate.within(tx)
        const call = { organizationId: id, eventType: 'work' }
        return Promise.all(['a', 'b', 'c'].map((key) => inside.track({ ...call, id: key })))
      })
      expect(answers.map(({ usage }) => usage.usageEventId)).toEqual(['a', 'b', 'c'])
    })

    it('a verb is refused without a transaction to roll back', () => {
      expect(() => tollgate.within(host.outside as CallerTransaction)).toThrow(
        /^this is not a transaction/,
      )
    })
  })

  it('a verb is refused on an object that cannot run a statement', () => {
    expect(() => tollgate.within({} as CallerTransaction)).toThrow(/^this is not a transaction/)
  })
})
