import { describe, expect, inject, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { describeEngine, type EngineSubject } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

const HARD = { meter: 'calls', max: 2, behavior: 'hard', reason: 'test' } as const
const LIMITS = (['minute', 'concurrent'] as const).flatMap((window) =>
  (['user', 'api_key'] as const).map((per) => [window, per] as const),
)

const promises = (subject: () => EngineSubject) => {
  const limited = async (limit: Partial<LimitOverrideInput>) => {
    const organizationId = await subject().organization('free')
    const input = { organizationId, ...HARD, window: 'minute' as const, ...limit }
    await subject().tollgate.limits.override(input as never)
    const call = { organizationId, eventType: 'work' }
    return limit.window === 'concurrent'
      ? () => subject().tollgate.reserve(call)
      : () => subject().tollgate.track(call)
  }

  it.each(LIMITS)('is refused by a hard limit: window %s, per %s', async (window, per) => {
    const ask = await limited({ window, per })
    const answer = await ask()
    expect(answer).toMatchObject({
      allowed: false,
      reason: 'subject_missing',
      degraded: false,
      limits: [{ limit: `calls/${window}/${per}`, per, used: 0, refused: true }],
    })
    // No retry time would help: the call must name its subject.
    expect(answer).not.toHaveProperty('retryAfter')
  })

  it.each(LIMITS)('is allowed by a limit that says so: window %s, per %s', async (window, per) => {
    const ask = await limited({ window, per, anonymous: 'allow' })
    for (let calls = 0; calls < 5; calls += 1) expect((await ask()).allowed).toBe(true)
  })

  it('is allowed by a soft limit and by a limit without a maximum', async () => {
    const soft = await limited({ per: 'user', behavior: 'soft' })
    expect((await soft()).allowed).toBe(true)
    const unlimited = await limited({ per: 'user', max: null })
    expect((await unlimited()).allowed).toBe(true)
  })

  it('uses nothing when refused, and named calls continue', async () => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('free')
    await tollgate.limits.override({ organizationId, ...HARD, window: 'minute', per: 'user' })
    await tollgate.limits.override({ organizationId, ...HARD, max: 100, window: 'day' })
    const call = { organizationId, eventType: 'work' }
    for (let calls = 0; calls < 3; calls += 1) {
      expect(await tollgate.check(call)).toMatchObject({ reason: 'subject_missing' })
      expect(await tollgate.track(call)).toMatchObject({ reason: 'subject_missing' })
    }
    const named = () => tollgate.track({ ...call, userId: 'ada' })
    expect([(await named()).allowed, (await named()).allowed]).toEqual([true, true])
    expect(await named()).toMatchObject({ reason: 'rate_limited' })
    const { limits } = await tollgate.usage.current({ organizationId })
    expect(limits.find(({ window }) => window === 'day')?.used).toBe(2)
  })
}

describeEngine('a call without a subject', metersOnly, (subject) => {
  promises(subject)

  it('can be allowed only by the platform', async () => {
    const { tollgate } = subject()
    const { limits } = await tollgate.catalog.plans.get({ key: 'meters/small' })
    expect(limits.every((limit) => limit.anonymous === undefined)).toBe(true)
    const minute = { meter: 'calls', window: 'minute', per: 'user', max: 5, behavior: 'hard' }
    const key = 'meters/free'
    await tollgate.catalog.plans.update({ key, limits: [minute as never] })
    const organizationId = await subject().organization('free')
    const own = { role: 'owner', actor: 'user:ada' } as const
    const wanted = { organizationId, ...HARD, window: 'minute', per: 'user' } as const
    await expect(
      tollgate.limits.override({ ...wanted, anonymous: 'allow' }, own),
    ).rejects.toMatchObject({ code: 'forbidden', faults: [{ field: 'anonymous' }] })
    await tollgate.limits.override(wanted, own)
    await tollgate.catalog.plans.update({ key, limits: [] })
  })

  it.each([
    ['a limit of the organization', { anonymous: 'refuse' }],
    ['a soft limit that would refuse', { per: 'user', behavior: 'soft', anonymous: 'refuse' }],
  ] as const)('cannot be configured for %s', async (_, limit) => {
    const organizationId = await subject().organization('free')
    const wanted = { organizationId, ...HARD, window: 'minute' as const, ...limit }
    await expect(subject().tollgate.limits.override(wanted)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'anonymous' }],
    })
  })
})

describeEngine('a call without a subject, on leases', { ...metersOnly, decide: 'leased' }, promises)

const redisUrl = inject('redisUrl') ?? ''
describe.skipIf(redisUrl === '')('with Redis', () => {
  const options = { ...metersOnly, redis: { url: redisUrl } }
  describeEngine('a call without a subject', options, promises)
})
