import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'
import { metersOnly } from './meters-catalog.ts'

type Limit = Omit<LimitOverrideInput, 'reason'>

/** One limit of each kind. A call of 10 tokens touches and fits all of them. */
const ROOMY = {
  rate: { meter: 'calls', window: 'minute', max: 5, behavior: 'hard' },
  inFlight: { meter: 'tokens', window: 'concurrent', max: 100, behavior: 'hard' },
  quota: { meter: 'tokens', window: 'day', max: 100, behavior: 'hard' },
  credits: { meter: 'credits', window: 'period', max: 7, behavior: 'hard' },
  cap: { meter: 'tokens', window: 'month', max: 5, cap: 100, behavior: 'overage' },
} as const satisfies Record<string, Limit>

type Kind = keyof typeof ROOMY

/** The same limits, so tight that the call does not fit. */
const TIGHT: Record<Kind, Limit> = {
  rate: { ...ROOMY.rate, max: 0 },
  inFlight: { ...ROOMY.inFlight, max: 9 },
  quota: { ...ROOMY.quota, max: 9 },
  credits: { ...ROOMY.credits, max: 0.6 },
  cap: { ...ROOMY.cap, cap: 9 },
}

const REASONS = [
  ['rate', 'rate_limited'],
  ['inFlight', 'too_many_concurrent'],
  ['quota', 'limit_exceeded'],
  ['credits', 'credits_exhausted'],
  ['cap', 'spend_cap_reached'],
] as const satisfies [Kind, string][]

describeOnEverySubstrate(
  'a decision on five kinds of limits',
  (subject) => {
    const set = async (id: string, limit: Limit) => {
      await subject().tollgate.limits.override({ organizationId: id, ...limit, reason: 'test' })
    }
    const limited = async () => {
      const id = await subject().organization('free')
      for (const limit of Object.values(ROOMY)) await set(id, limit)
      return id
    }
    const call = (organizationId: string, userId?: string) => ({
      organizationId,
      eventType: 'work',
      quantities: { tokens: 10 },
      userId,
    })
    const levels = async (id: string) => {
      const { limits, month } = await subject().tollgate.usage.current({ organizationId: id })
      const levelOf = Object.fromEntries(limits.map((one) => [one.limit, one.used + one.held]))
      return { levelOf, month }
    }

    it('raises all of them for an allowed call', async () => {
      const id = await limited()
      expect((await subject().tollgate.reserve(call(id))).limits).toHaveLength(5)
      expect((await levels(id)).levelOf).toEqual({
        'calls/minute': 1,
        'tokens/concurrent': 10,
        'tokens/day': 10,
        'tokens/month': 10,
        'credits/period': 0.7,
      })
    })

    it.each(REASONS)('raises none of them if the %s refuses: %s', async (kind, reason) => {
      const { tollgate } = subject()
      const id = await limited()
      const { reservationId } = held(await tollgate.reserve(call(id)))
      await tollgate.settle({ organizationId: id, reservationId, quantities: { tokens: 1 } })
      await tollgate.reserve({ ...call(id), quantities: { tokens: 1 } })
      await set(id, TIGHT[kind])
      const before = await levels(id)
      const refused = await tollgate.reserve(call(id))
      expect(refused).toMatchObject({ allowed: false, reason, reservationId: null })
      expect(refused.limits.filter((limit) => limit.refused)).toHaveLength(1)
      expect(refused.limits).toHaveLength(5)
      expect(await levels(id)).toEqual(before)
      await set(id, ROOMY[kind])
      expect((await tollgate.reserve(call(id))).allowed).toBe(true)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })

    it('shows each call only its own limits, even when decided in a batch', async () => {
      const { tollgate } = subject()
      const id = await limited()
      const { quantities, ...work } = call(id)
      const answers = await Promise.all([
        tollgate.track({ ...work, quantities }),
        tollgate.track({ ...work, id: 'no tokens' }),
      ])
      const touched = answers.map(({ limits }) => limits.map(({ limit }) => limit).sort())
      expect(touched).toEqual([
        ['calls/minute', 'credits/period', 'tokens/day', 'tokens/month'],
        ['calls/minute', 'credits/period'],
      ])
      const told = await tollgate.explain({ organizationId: id, decisionId: 'no tokens' })
      expect({ ...told.decision, replayed: false }).toEqual(answers[1])
    })

    it("raises no user's limit for a refused call, and allows all fitting calls of the batch", async () => {
      const { tollgate } = subject()
      const id = await limited()
      await set(id, { ...ROOMY.rate, per: 'user', max: 2 })
      await set(id, { ...ROOMY.quota, max: 29 })
      const users = ['ann', 'ann', 'ann', 'bob', 'bob']
      const answers = await Promise.all(users.map((user) => tollgate.reserve(call(id, user))))
      expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false, false, false])
      expect((await levels(id)).levelOf).toMatchObject({ 'calls/minute': 2, 'tokens/day': 20 })
      await set(id, ROOMY.quota)
      const bob = await Promise.all([1, 2, 3].map(() => tollgate.reserve(call(id, 'bob'))))
      expect(bob.map(({ allowed }) => allowed)).toEqual([true, true, false])
    })
  },
  metersOnly,
)
