import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeEngine } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

describeEngine('a refusal that no retry can change', metersOnly, (subject) => {
  const refusedBy = async (
    limit: Partial<LimitOverrideInput>,
    quantities: object,
    verb = 'track',
  ) => {
    const organizationId = await subject().organization('free')
    const defaults = { meter: 'tokens', max: 100, behavior: 'hard', reason: 'test' }
    await subject().tollgate.limits.override({
      ...({ organizationId, ...defaults, ...limit } as LimitOverrideInput),
    })
    const call = { organizationId, eventType: 'work', quantities: quantities as never }
    const decision = await subject().tollgate[verb as 'track'](call)
    expect(decision.allowed).toBe(false)
    return decision
  }

  it.each([
    ['a window that is too small', { window: 'day' }, { tokens: 101 }],
    ['a window with a maximum of 0', { window: 'month', max: 0 }, { tokens: 1 }],
    ['a cap that is too low', { window: 'period', behavior: 'overage', cap: 200 }, { tokens: 201 }],
    ['a rate with too small a burst', { window: 'minute', burst: 50 }, { tokens: 51 }],
    ['a rate with a maximum of 0', { window: 'minute', max: 0 }, { tokens: 1 }],
  ] as const)('by %s has no retryAfter', async (_, limit, quantities) => {
    expect(await refusedBy(limit, quantities)).not.toHaveProperty('retryAfter')
  })

  it('by concurrent holds has no retryAfter', async () => {
    const limit = { window: 'concurrent', max: 1 } as const
    expect(await refusedBy(limit, { tokens: 2 }, 'reserve')).not.toHaveProperty('retryAfter')
  })

  it('has a retryAfter if the next window has room', async () => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('free')
    const limit = { meter: 'tokens', window: 'day', max: 100, behavior: 'hard' } as const
    await tollgate.limits.override({ organizationId, ...limit, reason: 'test' })
    const call = { organizationId, eventType: 'work', quantities: { tokens: 100 } }
    expect((await tollgate.track(call)).allowed).toBe(true)
    expect(await tollgate.track(call)).toMatchObject({ retryAfter: 12 * 3_600 })
    // But not if the subscription ends before that window.
    await tollgate.subscriptions.cancel({ organizationId, when: 'period_end' })
    const period = { ...limit, window: 'period' } as const
    await tollgate.limits.override({ organizationId, ...period, reason: 'test' })
    const refused = await tollgate.track(call)
    expect(refused.limits.filter(({ refused: is }) => is)).toHaveLength(2)
    expect(refused).not.toHaveProperty('retryAfter')
  })
})

describeEngine('a refusal for missing credits', creditsOnly, (subject) => {
  it('has no retryAfter if only a purchase helps', async () => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('prepaid')
    const spend = (credits: number) =>
      tollgate.track({ organizationId, eventType: 'spend', properties: { credits } })
    const exhausted = { allowed: false, reason: 'credits_exhausted' }
    const never = await spend(5)
    expect(never).toMatchObject(exhausted)
    expect(never).not.toHaveProperty('retryAfter')
    // Purchased credits, once used, do not return in the next period.
    await tollgate.grants.create({ organizationId, credits: 10, reason: 'bought' })
    expect((await spend(8)).allowed).toBe(true)
    const again = await spend(8)
    expect(again).toMatchObject(exhausted)
    expect(again).not.toHaveProperty('retryAfter')
  })

  it('has a retryAfter if the plan includes enough in every period', async () => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('hundred')
    const spend = (credits: number) =>
      tollgate.track({ organizationId, eventType: 'spend', properties: { credits } })
    expect((await spend(100)).allowed).toBe(true)
    expect(await spend(100)).toMatchObject({ retryAfter: expect.any(Number) })
    expect(await spend(101)).not.toHaveProperty('retryAfter')
  })
})
