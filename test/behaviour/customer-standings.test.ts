import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const limit = (meter: string, window: 'minute' | 'hour' | 'day' | 'month', max: number) => ({
  meter,
  window,
  max,
  behavior: 'hard' as const,
})
const CATALOG: CatalogInput = {
  key: 'standing',
  name: 'Limits to stand at',
  meters: [
    { key: 'calls', unit: 'call', aggregation: 'sum' },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
  ],
  eventTypes: [
    {
      key: 'call',
      name: 'Call',
      category: 'api',
      baseCredits: 0,
      meters: { calls: 1, tokens: 'quantity' },
    },
  ],
  plans: [
    {
      key: 'small',
      name: 'Small',
      monthlyPriceUsd: 5,
      limits: [limit('calls', 'day', 40), limit('tokens', 'month', 3_000)],
    },
    {
      key: 'rated',
      name: 'Rated',
      monthlyPriceUsd: 5,
      limits: [limit('calls', 'minute', 10), limit('calls', 'day', 1_000)],
    },
    {
      key: 'billed',
      name: 'Billed',
      monthlyPriceUsd: 5,
      overageRates: { tokens: 1 },
      limits: [
        limit('calls', 'day', 4),
        { meter: 'tokens', window: 'month', max: 100, behavior: 'overage' },
      ],
    },
    { key: 'open', name: 'Open', monthlyPriceUsd: 5, limits: [] },
  ],
}

describeTollgate(
  'the status of customers at their limits',
  (subject) => {
    const used = async (plan: string, calls: number, tokens = 0) => {
      const id = await subject().organization(`standing/${plan}`)
      for (let call = 0; call < calls; call += 1) {
        const quantities = { tokens: call === 0 ? tokens : 0 }
        await subject().tollgate.record({ organizationId: id, eventType: 'call', quantities })
      }
      return id
    }
    const customer = async (id: string) =>
      (await subject().tollgate.analytics.customers({ search: id, limit: 200 })).items.find(
        ({ organizationId }) => organizationId === id,
      )
    const idsOf = async (status: 'near' | 'reached' | 'active' | 'closed', plan: string) =>
      (await subject().tollgate.analytics.customers({ status, plan, sort: 'id' })).items.map(
        ({ organizationId }) => organizationId,
      )

    it('follows their fullest window, as in usage.current', async () => {
      const id = await used('small', 9, 2_550)
      // 9 of 40 calls are 22.5 %, 2,550 of 3,000 tokens 85 %.
      expect(await customer(id)).toMatchObject({
        status: 'active',
        state: 'active',
        standing: 'near',
        percentageUsed: 85,
        tightestLimit: {
          limit: 'tokens/month',
          behavior: 'hard',
          used: 2_550,
          max: 3_000,
          resetAt: '2026-04-01T00:00:00.000Z',
        },
      })
      const { limits } = await subject().tollgate.usage.current({ organizationId: id })
      const most = Math.max(...limits.map(({ percentageUsed }) => percentageUsed ?? 0))
      expect(most).toBe(85)
    })

    it('never shows 100 % before the limit is used up', async () => {
      const id = await used('small', 1, 2_999)
      expect(await customer(id)).toMatchObject({ standing: 'near', percentageUsed: 99.96 })
      const event = { organizationId: id, eventType: 'call', quantities: { tokens: 1 } }
      await subject().tollgate.record(event)
      expect(await customer(id)).toMatchObject({ standing: 'reached', percentageUsed: 100 })
    })

    it('is "near" from their own threshold on', async () => {
      const id = await used('small', 20)
      expect(await customer(id)).toMatchObject({ standing: 'ok', percentageUsed: 50 })
      await subject().tollgate.organizations.update({ organizationId: id, warnPercent: 50 })
      expect(await customer(id)).toMatchObject({ standing: 'near', percentageUsed: 50 })
    })

    it('counts holds and overrides, and resets in the next window', async () => {
      const { tollgate, clock } = subject()
      const id = await used('small', 10)
      const hold = await tollgate.reserve({
        organizationId: id,
        eventType: 'call',
        quantities: { tokens: 2_400 },
      })
      expect(await customer(id)).toMatchObject({
        standing: 'near',
        percentageUsed: 80,
        tightestLimit: { used: 2_400 },
      })
      if (hold.allowed) await hold.release()
      expect(await customer(id)).toMatchObject({ standing: 'ok', percentageUsed: 25 })
      await tollgate.limits.override({
        organizationId: id,
        meter: 'calls',
        window: 'day',
        max: 10,
        behavior: 'hard',
        reason: 'a test',
      })
      expect(await customer(id)).toMatchObject({
        standing: 'reached',
        tightestLimit: { limit: 'calls/day', max: 10 },
      })
      await clock.advance(86_400_000)
      expect(await customer(id)).toMatchObject({ standing: 'ok', percentageUsed: 0 })
    })

    it('ignores rates, which are full and free within moments', async () => {
      const id = await used('rated', 10)
      expect(await customer(id)).toMatchObject({
        standing: 'ok',
        percentageUsed: 1,
        tightestLimit: { limit: 'calls/day' },
      })
    })

    it('prefers limits that refuse to limits that bill', async () => {
      const billed = await used('billed', 1, 250)
      expect(await customer(billed)).toMatchObject({
        standing: 'reached',
        percentageUsed: 250,
        tightestLimit: { limit: 'tokens/month', behavior: 'overage', used: 250, max: 100 },
      })
      const refused = await used('billed', 4, 250)
      expect(await customer(refused)).toMatchObject({
        standing: 'reached',
        percentageUsed: 100,
        tightestLimit: { limit: 'calls/day' },
      })
    })

    it('filters, sorts and counts customers, and the counts include all others', async () => {
      const { tollgate } = subject()
      const plan = 'standing/open'
      const free = await used('open', 3)
      const [near, reached, closed] = [
        await used('open', 17),
        await used('open', 20),
        await used('open', 20),
      ]
      for (const organizationId of [near, reached, closed]) {
        await tollgate.limits.override({
          organizationId,
          meter: 'calls',
          window: 'month',
          max: 20,
          behavior: 'hard',
          reason: 'a test',
        })
      }
      await tollgate.organizations.close({ organizationId: closed })
      expect(await idsOf('near', plan)).toEqual([near])
      expect(await idsOf('reached', plan)).toEqual([reached])
      expect(await idsOf('closed', plan)).toEqual([closed])
      expect(await idsOf('active', plan)).toEqual([free, near, reached].sort())
      const page = await tollgate.analytics.customers({ plan, status: 'near' })
      expect(page.total).toBe(1)
      expect(page.counts).toEqual({
        byStatus: { active: 3, closed: 1 },
        byState: { trial: 0, active: 3, paused: 0, ended: 1 },
        byStanding: { ok: 1, near: 1, reached: 1 },
      })
      const { items } = await tollgate.analytics.customers({ plan, sort: '-percentageUsed' })
      expect(items.map(({ percentageUsed }) => percentageUsed).slice(0, 2)).toEqual([100, 85])
      expect(items.slice(2).map(({ percentageUsed }) => percentageUsed)).toEqual([null, null])
      expect(await customer(closed)).toMatchObject({
        standing: null,
        percentageUsed: null,
        tightestLimit: null,
      })
    })
  },
  { catalogs: [CATALOG] },
)
