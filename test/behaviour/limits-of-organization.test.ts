import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

const TOKENS = { meter: 'tokens', window: 'day', behavior: 'hard', reason: 'test' } as const

describeTollgate('the limits of an organization', (subject) => {
  const limitOf = async (id: string, limit = 'tokens/day') =>
    (await subject().tollgate.limits.list({ organizationId: id })).find(
      (one) => one.limit === limit,
    )

  it('are listed as in force, with the values of the plan and of an override', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    const plan = { max: 500_000, behavior: 'hard', burst: null, cap: null }
    expect((await tollgate.limits.list({ organizationId: id })).map(({ limit }) => limit)).toEqual([
      ...['api_calls/minute', 'chat_messages/day', 'embeddings/day', 'tokens/day'],
    ])
    const before = await limitOf(id)
    expect(before).toMatchObject({ ...plan, per: 'organization', plan, override: null })
    expect(before).toMatchObject({ onFailure: 'closed', decide: null, durable: false })
    const made = await tollgate.limits.override({ organizationId: id, ...TOKENS, max: 7 })
    expect(await limitOf(id)).toMatchObject({
      max: 7,
      plan,
      override: { id: made.id, max: 7, setBy: 'platform', reason: 'test', expiresAt: null },
    })
    const extra = await tollgate.limits.override({
      organizationId: id,
      ...TOKENS,
      window: 'hour',
      max: 3,
    })
    expect(await limitOf(id, 'tokens/hour')).toMatchObject({
      max: 3,
      plan: null,
      override: { id: extra.id },
    })
  })

  it('follow the plan again after an override is removed or expires', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('rag-chatbot/trial')
    const fits = async (tokens: number) =>
      (
        await tollgate.check({
          organizationId: id,
          eventType: 'chat_message',
          quantities: { tokens },
        })
      ).allowed
    const made = await tollgate.limits.override({ organizationId: id, ...TOKENS, max: 7 })
    expect([await fits(7), await fits(8)]).toEqual([true, false])
    const removed = await tollgate.limits.remove({ organizationId: id, overrideId: made.id })
    expect(removed).toEqual({
      id: made.id,
      organizationId: id,
      meter: 'tokens',
      window: 'day',
      per: 'organization',
      removedAt: clock.now().toISOString(),
    })
    expect([await fits(10_000), await fits(10_001)]).toEqual([true, false])
    await expect(
      tollgate.limits.remove({ organizationId: id, overrideId: made.id }),
    ).rejects.toMatchObject({ code: 'not_found' })
    const expiresAt = new Date(clock.now().getTime() + 1_000).toISOString()
    const short = await tollgate.limits.override({
      organizationId: id,
      ...TOKENS,
      max: 7,
      expiresAt,
    })
    expect(await limitOf(id)).toMatchObject({ max: 7, override: { expiresAt } })
    await clock.advance(1_000)
    expect(await limitOf(id)).toMatchObject({ max: 10_000, override: null })
    await expect(
      tollgate.limits.remove({ organizationId: id, overrideId: short.id }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  it('of another organization cannot be removed', async () => {
    const { tollgate, organization } = subject()
    const [mine, theirs] = [
      await organization('rag-chatbot/trial'),
      await organization('rag-chatbot/trial'),
    ]
    const { id } = await tollgate.limits.override({ organizationId: theirs, ...TOKENS, max: 7 })
    for (const guess of [id, crypto.randomUUID(), 'x', '']) {
      const removing = tollgate.limits.remove({ organizationId: mine, overrideId: guess })
      await expect(removing).rejects.toMatchObject({ code: 'not_found' })
    }
    expect(await limitOf(theirs)).toMatchObject({ max: 7 })
  })

  it('accept concurrent overrides one after the other', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const maxima = [1, 2, 3, 4, 5, 6]
    const made = await Promise.all(
      maxima.map((max) => tollgate.limits.override({ organizationId: id, ...TOKENS, max })),
    )
    expect(made.map(({ max }) => max)).toEqual(maxima)
    const inForce = await limitOf(id)
    expect(made.map((one) => one.id)).toContain(inForce?.override?.id)
  })
})

describeEngine("an organization's own limit", { catalogs: ['rag-chatbot'] }, (subject) => {
  const owner = { role: 'owner', actor: 'user:ada' } as const
  const override = async (limit: Partial<LimitOverrideInput>, id?: string) => {
    const { tollgate, organization } = subject()
    const organizationId = id ?? (await organization('pro'))
    return tollgate.limits.override({ organizationId, ...TOKENS, max: 5, ...limit }, owner)
  }

  it.each<Partial<LimitOverrideInput>>([
    { max: 500_000 },
    { max: 0 },
    { max: 499_999.0 },
    { window: 'hour', max: 1e9 },
    { window: 'month', max: null, behavior: 'soft' },
    { meter: 'api_calls', window: 'minute', max: 60 },
    { meter: 'api_calls', window: 'minute', max: 120, burst: 10, onFailure: 'closed' },
    { expiresAt: '2026-03-11T00:00:00Z' },
  ])('can be as tight as they like: %j', async (limit) => {
    const made = await override(limit)
    const [listed] = (
      await subject().tollgate.limits.list({ organizationId: made.organizationId })
    ).filter((one) => one.override?.id === made.id)
    expect(listed?.override?.setBy).toBe('organization')
  })

  it.each<[string, Partial<LimitOverrideInput>]>([
    ['max', { max: 500_001 }],
    ['max', { max: null }],
    ['behavior', { behavior: 'soft', onFailure: 'closed' }],
    ['behavior', { behavior: 'overage', onFailure: 'closed' }],
    ['onFailure', { onFailure: 'open' }],
    ['burst', { meter: 'api_calls', window: 'minute', max: 100, burst: 121 }],
  ])('is refused by its field %s if it allows more than the plan: %j', async (field, limit) => {
    await expect(override(limit)).rejects.toMatchObject({
      code: 'forbidden',
      faults: [{ field }],
    })
  })

  it("never overrides the platform's, and the organization cannot change the platform's", async () => {
    const { tollgate, organization } = subject()
    const id = await organization('pro')
    const own = await override({ max: 100 }, id)
    await tollgate.limits.remove({ organizationId: id, overrideId: own.id }, owner)
    const platforms = await tollgate.limits.override({ organizationId: id, ...TOKENS, max: 50 })
    const refused = { code: 'forbidden' }
    await expect(override({ max: 10 }, id)).rejects.toMatchObject({
      ...refused,
      faults: [{ field: 'meter' }],
    })
    await expect(
      tollgate.limits.remove({ organizationId: id, overrideId: platforms.id }, owner),
    ).rejects.toMatchObject({
      ...refused,
      faults: [{ field: 'overrideId' }],
    })
    await override({ meter: 'embeddings', max: 10 }, id)
    await tollgate.limits.override({
      organizationId: id,
      ...TOKENS,
      meter: 'embeddings',
      max: 1e6,
    })
    const listed = await tollgate.limits.list({ organizationId: id })
    expect(listed.find(({ meter }) => meter === 'embeddings')).toMatchObject({
      max: 1e6,
      override: { setBy: 'platform' },
    })
  })
})
