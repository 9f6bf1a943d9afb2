import { expect, it } from 'vitest'
import type { GrantCreateInput } from '../../src/contract/grants.ts'
import { held } from '../setup/held.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeOnEverySubstrate, type Subject } from './describe-tollgate.ts'

/** Uses credits: each call costs the amount it names. */
const use = async ({ tollgate }: Subject, organizationId: string, credits: number) =>
  await tollgate.track({
    organizationId,
    eventType: 'spend',
    properties: { credits },
  })

const give = async (
  { tollgate }: Subject,
  organizationId: string,
  credits: number,
  more: Partial<GrantCreateInput> = {},
) => await tollgate.grants.create({ organizationId, credits, reason: 'test', ...more })

const left = async ({ tollgate }: Subject, organizationId: string) => {
  const { available, debt, allowance, grants } = await tollgate.grants.balance({ organizationId })
  return {
    available,
    debt,
    allowance: allowance?.remaining,
    grants: grants.map(({ remaining }) => remaining),
  }
}

describeOnEverySubstrate(
  'granted credits',
  (subject) => {
    it("pay 10 of a call of 28 from an expiring promotion, and the rest from the plan's 100", async () => {
      const id = await subject().organization('hundred')
      await give(subject(), id, 10, { expiresAt: '2026-03-17T00:00:00Z' })
      const decision = await use(subject(), id, 28)
      // 10 + 100 − 28 = 82: nothing is left of the promotion, and 100 − 18 of the plan.
      expect(decision.usage.remainingCredits).toBe(82)
      expect(await left(subject(), id)).toEqual({
        available: 82,
        debt: 0,
        allowance: 82,
        grants: [],
      })
      const { items } = await subject().tollgate.grants.movements({ organizationId: id })
      expect(items[0]).toMatchObject({ kind: 'draw' })
      expect(items[0]?.entries.map(({ account, credits }) => [account, credits])).toEqual([
        ['grant', -10],
        ['plan', -18],
        ['used', 28],
      ])
    })

    it('are used by priority, then expiry, then age; the plan has priority 100', async () => {
      const id = await subject().organization('hundred')
      await give(subject(), id, 5, { reason: 'last: it never expires' })
      await give(subject(), id, 5, { priority: 200, expiresAt: '2026-03-11T00:00:00Z' })
      await give(subject(), id, 5, { priority: 1 })
      await give(subject(), id, 5, { expiresAt: '2026-03-20T00:00:00Z' })
      const standing = async () => (await left(subject(), id)).grants
      expect(await standing()).toEqual([5, 5, 5, 5])
      await use(subject(), id, 5)
      expect(await standing()).toEqual([5, 5, 5])
      await use(subject(), id, 3)
      expect(await standing()).toEqual([2, 5, 5])
      await use(subject(), id, 102)
      expect(await left(subject(), id)).toMatchObject({
        available: 10,
        allowance: 0,
        grants: [5, 5],
      })
      await use(subject(), id, 6)
      expect(await standing()).toEqual([4])
      expect((await use(subject(), id, 5)).reason).toBe('credits_exhausted')
      expect((await use(subject(), id, 4)).allowed).toBe(true)
      expect(await left(subject(), id)).toMatchObject({ available: 0, grants: [] })
    })

    it('allow exactly the allowance plus grants, even under concurrent calls', async () => {
      const id = await subject().organization('hundred')
      await give(subject(), id, 50)
      const answers = await Promise.all(Array.from({ length: 40 }, () => use(subject(), id, 10)))
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(15)
      expect(await left(subject(), id)).toMatchObject({ available: 0, debt: 0 })
    })

    it('support an organization with prepaid credits only, across periods', async () => {
      const { clock } = subject()
      await clock.set('2026-03-10T12:00:00Z')
      const id = await subject().organization('prepaid', '2026-02-15T00:00:00Z')
      expect((await use(subject(), id, 1)).reason).toBe('credits_exhausted')
      await give(subject(), id, 30)
      expect((await use(subject(), id, 20)).allowed).toBe(true)
      await clock.set('2026-03-15T00:00:00Z')
      expect((await use(subject(), id, 11)).allowed).toBe(false)
      expect((await use(subject(), id, 10)).usage.remainingCredits).toBe(0)
      await clock.set('2026-03-10T12:00:00Z')
    })

    it('expire at their exact instant, and still cover earlier holds', async () => {
      const { clock, tollgate } = subject()
      await clock.set('2026-03-10T12:00:00Z')
      const id = await subject().organization('prepaid', '2026-03-01T00:00:00Z')
      await give(subject(), id, 30, { expiresAt: '2026-03-10T12:05:00Z' })
      const hold = held(
        await tollgate.reserve({
          organizationId: id,
          eventType: 'spend',
          properties: { credits: 12 },
          expiresInMs: 600_000,
        }),
      )
      await clock.set('2026-03-10T12:04:59.999Z')
      expect(await left(subject(), id)).toMatchObject({ available: 18 })
      await clock.set('2026-03-10T12:05:00Z')
      expect((await use(subject(), id, 1)).reason).toBe('credits_exhausted')
      await tollgate.settle({
        organizationId: id,
        reservationId: hold.reservationId,
        properties: { credits: 10 },
      })
      // Two too many were held, because the grant behind them has expired.
      expect(await left(subject(), id)).toEqual({ available: 0, debt: 0, allowance: 0, grants: [] })
      const [back, expired] = (await tollgate.grants.movements({ organizationId: id })).items
      expect(back).toMatchObject({ kind: 'return' })
      expect(back?.entries).toMatchObject([
        { account: 'expired', credits: 2 },
        { account: 'used', credits: -2 },
      ])
      expect(expired).toMatchObject({ kind: 'expire', at: '2026-03-10T12:05:00.000Z' })
      await clock.set('2026-03-10T12:00:00Z')
    })

    it('become a debt if a settlement exceeds everything; the next grant pays it first', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('prepaid')
      await give(subject(), id, 10)
      const hold = held(
        await tollgate.reserve({
          organizationId: id,
          eventType: 'spend',
          properties: { credits: 10 },
        }),
      )
      await tollgate.settle({
        organizationId: id,
        reservationId: hold.reservationId,
        properties: { credits: 25 },
      })
      expect(await left(subject(), id)).toMatchObject({ available: -15, debt: 15 })
      expect((await use(subject(), id, 1)).allowed).toBe(false)
      await give(subject(), id, 20)
      expect(await left(subject(), id)).toEqual({
        available: 5,
        debt: 0,
        allowance: 0,
        grants: [5],
      })
      const [repaid] = (await tollgate.grants.movements({ organizationId: id })).items
      expect(repaid?.entries).toMatchObject([
        { account: 'grant', credits: -15 },
        { account: 'owed', credits: 15 },
      ])
      expect((await use(subject(), id, 5)).allowed).toBe(true)
    })

    it('come back after a release or reversal, the last used first', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('hundred')
      await give(subject(), id, 10, { priority: 1 })
      await give(subject(), id, 50)
      const hold = held(
        await tollgate.reserve({
          organizationId: id,
          eventType: 'spend',
          properties: { credits: 130 },
        }),
      )
      expect(await left(subject(), id)).toMatchObject({ allowance: 0, grants: [30] })
      await tollgate.release({
        organizationId: id,
        reservationId: hold.reservationId,
      })
      expect(await left(subject(), id)).toMatchObject({ allowance: 100, grants: [10, 50] })
      await tollgate.track({
        organizationId: id,
        id: 'to-undo',
        eventType: 'spend',
        properties: { credits: 115 },
      })
      expect(await left(subject(), id)).toMatchObject({ allowance: 0, grants: [45] })
      await tollgate.reverse({ organizationId: id, eventId: 'to-undo', reason: 'test' })
      expect(await left(subject(), id)).toMatchObject({ available: 160, grants: [10, 50] })
    })

    it('leave as overage only what neither the plan nor grants cover', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('charging')
      await give(subject(), id, 40)
      await use(subject(), id, 150)
      expect(await left(subject(), id)).toMatchObject({ allowance: 0, grants: [] })
      const { allowance } = await tollgate.grants.balance({ organizationId: id })
      expect(allowance).toMatchObject({ used: 100, overage: 10 })
      // 10 × $0.05
      const { lines } = await tollgate.invoices.preview({ organizationId: id })
      expect(lines.find(({ kind }) => kind === 'overage')).toMatchObject({
        units: '10',
        amount: '0.50',
      })
    })

    it('leave use from before the first grant to the plan', async () => {
      const id = await subject().organization('hundred')
      await use(subject(), id, 60)
      await give(subject(), id, 10, { priority: 1 })
      expect(await left(subject(), id)).toMatchObject({ allowance: 40, grants: [10] })
    })

    it('are granted once per id, and refused with other terms under it', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('prepaid')
      const order = { id: 'order-1', credits: 10, reason: 'a pack' }
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => tollgate.grants.create({ organizationId: id, ...order })),
      )
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
      expect(new Set(answers.map(({ grant }) => grant?.id)).size).toBe(1)
      await expect(
        tollgate.grants.create({ organizationId: id, ...order, credits: 11 }),
      ).rejects.toMatchObject({
        code: 'idempotency_conflict',
      })
      expect(await left(subject(), id)).toMatchObject({ available: 10, grants: [10] })
    })

    it('can be ended by hand: the rest is gone, and used credits stay used', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('prepaid')
      const { grant } = await give(subject(), id, 10)
      await use(subject(), id, 4)
      expect(
        await tollgate.grants.end({ organizationId: id, grantId: grant?.id as string }),
      ).toMatchObject({ taken: 6 })
      expect(
        await tollgate.grants.end({ organizationId: id, grantId: grant?.id as string }),
      ).toMatchObject({ taken: 0 })
      expect((await use(subject(), id, 1)).allowed).toBe(false)
      const { items } = await tollgate.grants.list({ organizationId: id })
      expect(items).toMatchObject([{ state: 'ended', credits: 10, remaining: 0 }])
    })

    it('recur at their instant, and carry over up to the cap', async () => {
      const { clock, tollgate } = subject()
      await clock.set('2026-01-31T10:00:00Z')
      const id = await subject().organization('prepaid', '2026-01-01T00:00:00Z')
      const { series } = await give(subject(), id, 100, { everyMonths: 1, rolloverMax: 25 })
      expect(series?.nextAt).toBe('2026-02-28T10:00:00.000Z')
      await use(subject(), id, 40)
      await clock.set('2026-02-28T09:59:59.999Z')
      expect(await left(subject(), id)).toMatchObject({ available: 60 })
      await clock.set('2026-02-28T10:00:00Z')
      // 60 were left: 25 carry over, 35 expire.
      expect((await use(subject(), id, 125)).allowed).toBe(true)
      expect((await use(subject(), id, 1)).allowed).toBe(false)
      await clock.set('2026-05-31T10:00:00Z')
      // March's and April's credits went unused: no more than the cap carries over.
      expect((await use(subject(), id, 126)).allowed).toBe(false)
      expect((await use(subject(), id, 125)).allowed).toBe(true)
      await tollgate.grants.end({ organizationId: id, grantId: series?.id as string })
      await clock.set('2026-06-30T10:00:00Z')
      expect((await use(subject(), id, 1)).allowed).toBe(false)
      await clock.set('2026-03-10T12:00:00Z')
    })

    it('agree with their journal', async () => {
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    })

    it('are refused with the name of the wrong field', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('prepaid')
      const wrong = async (input: object, field: string) => {
        const given = tollgate.grants.create({
          organizationId: id,
          credits: 1,
          reason: 'test',
          ...input,
        })
        await expect(given).rejects.toMatchObject({ faults: [{ field }] })
      }
      await wrong({ credits: 0 }, 'credits')
      await wrong({ credits: 0.000_000_1 }, 'credits')
      await wrong({ credits: 2e9 }, 'credits')
      await wrong({ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt')
      await wrong({ rolloverMax: 5 }, 'rolloverMax')
      await wrong({ everyMonths: 13 }, 'everyMonths')
      await wrong({ priority: -1 }, 'priority')
      await wrong({ reason: '' }, 'reason')
      await expect(
        tollgate.grants.end({ organizationId: id, grantId: 'nothing' }),
      ).rejects.toMatchObject({ code: 'not_found' })
    })
  },
  creditsOnly,
)
