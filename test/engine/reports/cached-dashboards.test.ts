import { beforeAll, expect, it } from 'vitest'
import type { UsageDashboard } from '../../../src/contract/insight.ts'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import type { LiveUsage } from '../../../src/contract/usage-reports.ts'
import { createTollgate } from '../../../src/engine/create-tollgate.ts'
import { etagOf } from '../../../src/engine/reports/etag.ts'
import { createHandler } from '../../../src/server.ts'
import type { Database } from '../../../src/storage/database.ts'
import { type TestClock, testClock } from '../../../src/testing/index.ts'
import { eventually } from '../../setup/eventually.ts'
import { held } from '../../setup/held.ts'
import { describeByForm, describeOnPostgres } from '../../setup/substrates.ts'

const ADMIN_KEY = 'the-platform-admin-key-of-the-tests'
const NOW = '2026-03-10T12:00:05Z'
const CALL = { eventType: 'chat_message', userId: 'ann', endpoint: '/chat' } as const

/** A database that counts what is asked of it. */
const counted = (db: Database) => {
  const asked: string[] = []
  const counting = (one: Pick<Database, 'query' | 'transaction'>) => ({
    query: ((text, values) => {
      asked.push(text)
      return one.query(text, values)
    }) as Database['query'],
    transaction: ((work, opening) => {
      asked.push('begin')
      return one.transaction(work, opening)
    }) as Database['transaction'],
  })
  const { reads } = db
  return {
    ...db,
    ...counting(db),
    ...(reads && { reads: { ...reads, ...counting(reads) } }),
    /** How often, of all or of what has these words in it. */
    asked: (words = '') => asked.filter((text) => text.includes(words)).length,
  }
}

/** An engine that is asked and one that writes, on one database, and what they have in common. */
const twoEngines = async (open: () => Promise<Database>) => {
  const clock = testClock(NOW)
  const db = counted(await open())
  const reader = await createTollgate({ database: db, clock })
  const writer = await createTollgate({ database: await open(), clock })
  const third = await open()
  /** The dashboard, once the reader is known to have it cached. */
  const cached = async (id: string): Promise<UsageDashboard> =>
    eventually(async () => {
      const before = db.asked()
      const answer = await reader.usage.dashboard({ organizationId: id })
      expect(db.asked() - before).toBe(1)
      return answer
    })
  /** As one says who has nothing cached. */
  const fresh = async (id: string): Promise<UsageDashboard> => {
    const other = await createTollgate({ database: third, clock })
    return other.usage.dashboard({ organizationId: id })
  }
  return { clock, db, reader, writer, cached, fresh }
}

let made = 0
const organization = async (tollgate: TollgateEngine, plan: string): Promise<string> => {
  made += 1
  const id = `cached-${made}`
  await tollgate.organizations.create({ id, name: id, plan, startsAt: '2026-02-01T00:00:00Z' })
  await tollgate.record({ organizationId: id, ...CALL, timestamp: '2026-03-09T08:00:00Z' })
  return id
}

describeByForm('a dashboard that is cached', (open) => {
  let engines: Awaited<ReturnType<typeof twoEngines>>
  beforeAll(async () => {
    engines = await twoEngines(open)
  }, 60_000)

  /** What another engine writes is in the next answer, which is that of one who has nothing cached. */
  const isSeen = async (
    plan: string,
    write: (id: string, clock: TestClock) => Promise<unknown>,
    before: (id: string) => Promise<unknown> = async () => {},
  ) => {
    const { writer, reader, clock, cached, fresh } = engines
    const id = await organization(writer, plan)
    await before(id)
    const { at: _, ...old } = await cached(id)
    await write(id, clock)
    const { at, ...now } = await reader.usage.dashboard({ organizationId: id })
    expect(now).not.toEqual(old)
    expect({ at, ...now }).toEqual(await fresh(id))
  }

  it('costs one look at the organization until something is written', async () => {
    const id = await organization(engines.writer, 'ai-workspace/starter')
    const first = await engines.cached(id)
    expect(await engines.cached(id)).toEqual(first)
    expect(await engines.fresh(id)).toEqual(first)
  })

  it('is known by its ETag at the cost of that look, as long as nothing is written', async () => {
    const { db, reader, writer, clock, cached } = engines
    const handler = createHandler(reader, { adminKey: ADMIN_KEY, now: clock.now })
    const id = await organization(writer, 'ai-workspace/starter')
    const send = (headers: Readonly<Record<string, string>> = {}) =>
      handler(
        new Request(`http://tollgate.test/api/organizations/${id}/usage/dashboard`, {
          headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
        }),
      )
    const etag = (await send()).headers.get('etag') ?? ''
    await cached(id)
    const before = db.asked()
    const again = await send({ 'if-none-match': etag })
    expect([again.status, again.headers.get('etag'), db.asked() - before]).toEqual([304, etag, 1])
    await writer.track({ organizationId: id, ...CALL })
    const changed = await send({ 'if-none-match': etag })
    expect(changed.status).toBe(200)
    const { dashboard } = (await changed.json()) as UsageDashboard
    expect(dashboard.events.total).toBe(2)
    await clock.advance(60_000)
    const later = { 'if-none-match': changed.headers.get('etag') ?? '' }
    expect((await send(later)).status).toBe(304)
  })

  it.each([
    ['that is used up', 10_000, null],
    ['that is expected to be used up today', 9_500, '2026-03-10'],
  ])('has the same ETag in each process and minute, with a limit %s', async (_, today, runsOut) => {
    const { writer, clock, fresh } = engines
    const id = await organization(writer, 'rag-chatbot/trial')
    const use = (timestamp: string, tokens: number) =>
      writer.record({ organizationId: id, ...CALL, timestamp, quantities: { tokens } })
    for (let day = 1; day <= 9; day += 1) await use(`2026-03-0${day}T09:00:00Z`, 8_000)
    await use('2026-03-10T09:00:00Z', today)
    const first = await fresh(id)
    await clock.advance(90_000)
    const second = await fresh(id)
    const tokens = second.dashboard.limits.find(({ limit }) => limit === 'tokens/day')
    expect(tokens?.remaining).toBe(10_000 - today)
    expect(tokens?.runsOutAt?.slice(0, 10) ?? null).toBe(runsOut)
    expect(Date.parse(tokens?.runsOutAt ?? '2100-01-01')).toBeGreaterThan(clock.now().getTime())
    expect(etagOf(second)).toBe(etagOf(first))
  })

  it('has a call that another engine tracked, an event that is late, and one taken back', async () => {
    await isSeen('ai-workspace/starter', (id) =>
      engines.writer.track({ organizationId: id, ...CALL }),
    )
    await isSeen('ai-workspace/starter', (id) =>
      engines.writer.record([
        { organizationId: id, ...CALL, timestamp: '2026-02-11T10:00:00Z', status: 500 },
      ]),
    )
    await isSeen(
      'ai-workspace/starter',
      (id) => engines.writer.reverse({ organizationId: id, eventId: 'one', reason: 'a test' }),
      (id) => engines.writer.track({ organizationId: id, ...CALL, id: 'one' }),
    )
  })

  it('has what is reserved, and what is released', async () => {
    let reservationId = ''
    const reserve = async (id: string) => {
      const answer = await engines.writer.reserve({ organizationId: id, ...CALL })
      reservationId = held(answer).reservationId
    }
    await isSeen('ai-workspace/starter', reserve)
    await isSeen(
      'ai-workspace/starter',
      (id) => engines.writer.release({ organizationId: id, reservationId }),
      reserve,
    )
  })

  it('has another plan, name of a limit, threshold and time zone', async () => {
    const { organizations, usage, limits } = engines.writer
    await isSeen('ai-workspace/starter', (id) =>
      organizations.update({ organizationId: id, plan: 'ai-workspace/professional' }),
    )
    await isSeen('ai-workspace/starter', (id) =>
      usage.manage({ organizationId: id, timezone: 'Asia/Tokyo' }),
    )
    const override = { meter: 'credits', window: 'period', max: 77, behavior: 'hard' } as const
    await isSeen('ai-workspace/starter', (id) =>
      limits.override({ organizationId: id, ...override, reason: 'a test' }),
    )
  })

  it('has what the books are set right to', async () => {
    const spoil = (id: string) =>
      engines.db.query(
        `update tollgate.rollups set events = events + 5
         where organization_id = $1 and dimension = 'user'`,
        [id],
      )
    await isSeen(
      'ai-workspace/starter',
      () => engines.writer.admin.aggregate({ repair: true }),
      spoil,
    )
  })

  it('goes on after the organization is closed as one who has nothing cached says', async () => {
    const { writer, reader, cached, fresh } = engines
    const id = await organization(writer, 'ai-workspace/starter')
    await cached(id)
    await writer.organizations.close({ organizationId: id })
    expect(await reader.usage.dashboard({ organizationId: id })).toEqual(await fresh(id))
  })

  it('is of each organization its own, though their books are alike', async () => {
    const ids = [
      await organization(engines.writer, 'ai-workspace/starter'),
      await organization(engines.writer, 'ai-workspace/starter'),
    ]
    for (const id of [...ids, ...ids]) {
      expect((await engines.cached(id)).organizationId).toBe(id)
    }
    await engines.writer.track({ organizationId: ids[0] ?? '', ...CALL, userId: 'only-hers' })
    const names = async (id = '') =>
      (await engines.reader.usage.dashboard({ organizationId: id })).dashboard.users.top.map(
        ({ userId }) => userId,
      )
    expect(await names(ids[0])).toContain('only-hers')
    expect(await names(ids[1])).not.toContain('only-hers')
  })

  it('is another in each time zone that is asked for', async () => {
    const id = await organization(engines.writer, 'ai-workspace/starter')
    const zoneOf = async (timezone?: string) =>
      (
        await engines.reader.usage.dashboard({
          organizationId: id,
          ...(timezone ? { timezone } : {}),
        })
      ).timezone
    for (const zone of ['UTC', 'Asia/Tokyo', 'UTC', 'Europe/Berlin', 'Asia/Tokyo']) {
      expect(await zoneOf(zone)).toBe(zone)
    }
  })

  it('tells of a rate as of the moment, however little has passed', async () => {
    const { writer, reader, clock } = engines
    const id = await organization(writer, 'rag-chatbot/starter')
    for (let n = 0; n < 5; n++) await writer.track({ organizationId: id, eventType: 'api_call' })
    const used = async () =>
      (await reader.usage.dashboard({ organizationId: id })).dashboard.limits.find(
        ({ limit }) => limit === 'api_calls/minute',
      )?.used
    const first = await used()
    await clock.advance(2_000)
    expect(await used()).toBe((first ?? 0) - 2)
  })

  it('ends with a hold or an override that expires within the minute, and with the minute', async () => {
    const { writer, reader, clock, cached, fresh } = engines
    const id = await organization(writer, 'ai-workspace/starter')
    await clock.set('2026-03-10T13:00:05Z')
    await writer.reserve({ organizationId: id, ...CALL, expiresInMs: 10_000 })
    const max = { meter: 'credits', window: 'period', max: 900, behavior: 'hard' } as const
    const expiresAt = '2026-03-10T13:00:30Z'
    await writer.limits.override({ organizationId: id, ...max, reason: 'a test', expiresAt })
    const overview = async () => (await cached(id)).dashboard.overview
    const held = (await overview()).heldCredits
    expect(held).toBeGreaterThan(0)
    await clock.set('2026-03-10T13:00:15Z')
    expect(await reader.usage.dashboard({ organizationId: id })).toEqual(await fresh(id))
    expect(await overview()).toMatchObject({ heldCredits: 0, totalCredits: 900 })
    await clock.set(expiresAt)
    expect(
      (await reader.usage.dashboard({ organizationId: id })).dashboard.overview.totalCredits,
    ).toBe(10_000)
    expect((await cached(id)).at).toBe('2026-03-10T13:00:30.000Z')
    await clock.set('2026-03-10T13:01:00Z')
    expect((await reader.usage.dashboard({ organizationId: id })).at).toBe(
      '2026-03-10T13:01:00.000Z',
    )
  })
})

describeByForm('live figures', (open) => {
  it('cost one look a second until something is written, wherever it is', async () => {
    const { db, reader, writer, clock } = await twoEngines(open)
    const id = await organization(writer, 'ai-workspace/starter')
    const feed = (await reader.usage.live({ organizationId: id }))[Symbol.asyncIterator]()
    await feed.next()
    const told = feed.next()
    const readings = () => db.asked('lock_and_catch_up')
    /** A second, or some where the one before was not over: until there was a look again. */
    const look = async () => {
      const looks = db.asked('o.xmax')
      await eventually(async () => {
        await clock.advance(1_000)
        expect(db.asked('o.xmax')).toBeGreaterThan(looks)
      })
    }
    await eventually(async () => {
      const before = readings()
      for (let n = 0; n < 3; n++) await look()
      expect(readings()).toBe(before)
    })
    const before = readings()
    await writer.track({ organizationId: id, ...CALL })
    for (let n = 0; n < 2; n++) await look()
    const { figures } = (await told).value as LiveUsage
    expect(figures.month.events).toBe(2)
    expect(readings()).toBeGreaterThan(before)
    await feed.return?.()
  })
})

describeOnPostgres('a dashboard that is cached, beside writers', (open) => {
  it('has what was being written while it was worked out', async () => {
    const { writer, reader, cached } = await twoEngines(open)
    const id = await organization(writer, 'ai-workspace/starter')
    const used = (answer: UsageDashboard) => answer.dashboard.overview.usedCredits
    const before = used(await cached(id))
    const other = await open()
    await other.transaction(async (tx) => {
      await tx.query('select tollgate.lock_organizations($1::text[])', [[id]])
      // The revision is there now, and what it announces is not.
      for (let n = 0; n < 3; n++)
        expect(used(await reader.usage.dashboard({ organizationId: id }))).toBe(before)
      await tx.query(
        `update tollgate.buckets set used = used + 1000000
         where organization_id = $1 and meter = 'credits'`,
        [id],
      )
      expect(used(await reader.usage.dashboard({ organizationId: id }))).toBe(before)
    })
    expect(used(await reader.usage.dashboard({ organizationId: id }))).toBe(before + 1)
    expect(used(await cached(id))).toBe(before + 1)
  })

  it('has what is on lease, and what of it is spent', async () => {
    const { clock, reader, cached, fresh } = await twoEngines(open)
    const leased = await createTollgate({ database: await open(), clock, decide: 'leased' })
    const id = await organization(leased, 'ai-workspace/enterprise')
    await leased.flush()
    await cached(id)
    for (let n = 0; n < 20; n++) await leased.track({ organizationId: id, ...CALL })
    expect(await reader.usage.dashboard({ organizationId: id })).toEqual(await fresh(id))
    await cached(id)
    await leased.flush()
    const { dashboard } = await reader.usage.dashboard({ organizationId: id })
    expect(dashboard.events.total).toBe(21)
    expect(await reader.usage.dashboard({ organizationId: id })).toEqual(await fresh(id))
  })

  it('leaves the operator’s overview and customers as one who has nothing cached says', async () => {
    const { clock, writer, reader } = await twoEngines(open)
    const third = await open()
    const id = await organization(writer, 'ai-workspace/professional')
    for (let n = 0; n < 3; n++) {
      for (const tollgate of [reader, reader]) {
        const { calls } = await tollgate.analytics.overview()
        const { items } = await tollgate.analytics.customers({ search: id })
        const other = await createTollgate({ database: third, clock })
        expect(calls).toBe((await other.analytics.overview()).calls)
        expect(items).toEqual((await other.analytics.customers({ search: id })).items)
        expect(items[0]?.calls).toBe(n + 1)
      }
      await writer.track({ organizationId: id, ...CALL })
    }
  })
})
