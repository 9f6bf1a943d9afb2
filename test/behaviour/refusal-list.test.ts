import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { Refusal } from '../../src/contract/refusals.ts'
import { describeTollgate } from './describe-tollgate.ts'

const CATALOG: CatalogInput = {
  key: 'refusing',
  name: 'What refuses',
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
    {
      key: 'extra',
      name: 'Extra',
      category: 'api',
      baseCredits: 0,
      requires: 'extras',
      meters: { calls: 1 },
    },
  ],
  plans: [
    {
      key: 'tight',
      name: 'Tight',
      monthlyPriceUsd: 0,
      features: { extras: false },
      limits: [
        { meter: 'calls', window: 'minute', max: 4, behavior: 'hard' },
        { meter: 'tokens', window: 'day', max: 100, behavior: 'hard' },
      ],
    },
  ],
}

describeTollgate(
  'the list of refusals',
  (subject) => {
    const call = (organizationId: string, tokens: number, eventType = 'call') =>
      subject().tollgate.track({ organizationId, eventType, quantities: { tokens } })
    const listed = async (organizationId: string, more = {}): Promise<Refusal[]> => {
      const found: Refusal[] = []
      const pages = subject().tollgate.usage.refusals({ organizationId, ...more })
      for await (const refusal of pages) found.push(refusal)
      return found
    }

    it('contains each refused call once, and no allowed or checked call', async () => {
      const { tollgate, clock, organization } = subject()
      const id = await organization('refusing/tight')
      const refused: string[] = []
      for (let made = 0; made < 7; made += 1) {
        const { allowed, decisionId } = await call(id, made === 0 ? 90 : 30)
        if (!allowed) refused.push(decisionId)
        await clock.advance(20_000)
      }
      await tollgate.check({ organizationId: id, eventType: 'call', quantities: { tokens: 1e3 } })
      expect(refused).toHaveLength(6)
      const found = await listed(id)
      expect(found.map(({ decisionId }) => decisionId)).toEqual(refused.reverse())
      const [latest] = found
      const told = await tollgate.explain({
        organizationId: id,
        decisionId: latest?.decisionId ?? '',
      })
      expect(latest).toEqual({
        decisionId: told.decision.decisionId,
        decidedAt: told.decidedAt,
        verb: 'track',
        reason: 'limit_exceeded',
        eventType: 'call',
        eventId: told.eventId,
        credits: 0,
        refusedBy: told.decision.limits.filter((limit) => limit.refused),
        standsFor: 1,
        explained: true,
      })
      expect(latest?.refusedBy).toMatchObject([{ limit: 'tokens/day', used: 90, max: 100 }])
    })

    it('continues by page, and applies its filters', async () => {
      const { tollgate, clock, organization } = subject()
      const id = await organization('refusing/tight')
      for (let made = 0; made < 9; made += 1) await call(id, 0)
      const slow = clock.now()
      await clock.advance(60_000)
      await call(id, 200)
      const all = await listed(id)
      expect(all.map(({ reason }) => reason)).toEqual([
        'limit_exceeded',
        ...Array.from({ length: 5 }, () => 'rate_limited'),
      ])
      const first = await tollgate.usage.refusals({ organizationId: id, limit: 4 })
      const next = await tollgate.usage.refusals({
        organizationId: id,
        limit: 4,
        cursor: first.nextCursor ?? '',
      })
      expect([...first.items, ...next.items]).toEqual(all)
      expect(next.nextCursor).toBeNull()
      expect(await listed(id, { reason: 'rate_limited' })).toEqual(all.slice(1))
      expect(await listed(id, { refusedBy: 'tokens/day' })).toEqual(all.slice(0, 1))
      expect(await listed(id, { refusedBy: 'tokens/month' })).toEqual([])
      expect(await listed(id, { eventType: 'extra' })).toEqual([])
      const after = new Date(slow.getTime() + 1).toISOString()
      expect(await listed(id, { startDate: after })).toEqual(all.slice(0, 1))
      expect(await listed(id, { endDate: after })).toEqual(all.slice(1))
      expect(await listed(await organization('refusing/tight'))).toEqual([])
    })

    it('finds a call by each limit that refused it', async () => {
      const id = await subject().organization('refusing/tight')
      for (let made = 0; made < 4; made += 1) await call(id, 0)
      await call(id, 200)
      for (const reason of ['rate_limited', 'limit_exceeded']) {
        const found = await listed(id, { reason })
        expect(found.map(({ refusedBy }) => refusedBy.map(({ limit }) => limit).sort())).toEqual([
          ['calls/minute', 'tokens/day'],
        ])
      }
    })

    it('accounts for every call refused for another reason, sampled by reason', async () => {
      const { clock, organization } = subject()
      await clock.advance(60_000)
      const id = await organization('refusing/tight')
      for (let made = 0; made < 150; made += 1) await call(id, 0, 'extra')
      for (let made = 0; made < 130; made += 1)
        await call(id, 0, 'nothing-of-that-name').catch(() => {})
      for (let made = 0; made < 40; made += 1) await call(id, 500)
      await clock.advance(60_000)
      const found = await listed(id, { limit: 200 })
      const callsOf = (reason: string) =>
        found
          .filter((refusal) => refusal.reason === reason)
          .reduce((sum, { standsFor }) => sum + standsFor, 0)
      expect(callsOf('feature_not_included')).toBe(150)
      expect(callsOf('unknown_event_type')).toBe(130)
      expect(callsOf('limit_exceeded')).toBe(40)
      const extras = await listed(id, { reason: 'feature_not_included', limit: 7 })
      expect(extras.length).toBeLessThan(30)
      expect(extras.map(({ standsFor }) => standsFor)).toContain(100)
      expect(extras.every(({ eventType, explained }) => eventType === 'extra' && !explained)).toBe(
        true,
      )
      expect(await listed(id, { eventType: 'extra', limit: 200 })).toEqual(extras)
    })

    it.each([
      ['refusedBy', { refusedBy: 'tokens' }],
      ['cursor', { cursor: 'anything' }],
      ['reason', { reason: 'because' as 'unavailable' }],
      ['endDate', { startDate: '2026-03-02', endDate: '2026-03-01' }],
    ])('refuses an invalid value by its field %s', async (field, asked) => {
      const organizationId = await subject().organization('refusing/tight')
      await expect(
        subject().tollgate.usage.refusals({ organizationId, ...asked }),
      ).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field }] })
    })
  },
  { catalogs: [CATALOG] },
)
