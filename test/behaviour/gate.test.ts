import { describe, expect, it } from 'vitest'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

describeOnEverySubstrate('the gate', (subject) => {
  describe('pricing', () => {
    it('prices base 10, complexity 2, echo +5 and traceback +3 at 28 credits', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('ai-workspace/professional')
      const decision = await tollgate.track({
        organizationId,
        eventType: 'structuring_diagnose',
        properties: { complexity: 2.0, echo: true, traceback: true },
      })
      expect(decision).toMatchObject({ allowed: true, reason: null, credits: 28, degraded: false })
      expect(decision.usage.creditsConsumed).toBe(28)
      expect(decision.usage.usageEventId).toBeTypeOf('string')
      const credits = decision.limits.find((limit) => limit.meter === 'credits')
      expect(decision.usage.remainingCredits).toBe((credits?.max ?? 0) - 28)
    })
  })

  describe('hard limits', () => {
    it('allow exactly what fits, refuse the rest, and use nothing for a refusal', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('rag-chatbot/trial')
      const ask = (tokens: number) =>
        tollgate.track({ organizationId, eventType: 'chat_message', quantities: { tokens } })
      expect((await ask(9_000)).allowed).toBe(true)
      const refused = await ask(1_001)
      expect(refused).toMatchObject({
        allowed: false,
        reason: 'limit_exceeded',
        remaining: 1_000,
        resetAt: '2026-03-11T00:00:00.000Z',
        retryAfter: 12 * 3_600,
      })
      expect(refused.limits.filter((limit) => limit.refused).map((limit) => limit.limit)).toEqual([
        'tokens/day',
      ])
      expect(refused.usage).toMatchObject({ creditsConsumed: 0, usageEventId: null })
      const fits = await ask(1_000)
      expect(fits.allowed).toBe(true)
      expect(fits.limits.find((limit) => limit.limit === 'chat_messages/day')?.used).toBe(2)
      expect(fits.limits.find((limit) => limit.limit === 'api_calls/minute')?.used).toBe(2)
    })

    it('decide concurrent calls exactly: 30 of 100 a minute', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('rag-chatbot/trial')
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          tollgate.track({ organizationId, eventType: 'api_call' }),
        ),
      )
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(30)
      const refused = answers.find(({ allowed }) => !allowed)
      expect(refused).toMatchObject({ reason: 'rate_limited' })
    })

    it.each([
      ['hour', '2026-03-10T12:00:00Z', 3_600],
      ['day', '2026-03-11T00:00:00Z', 12 * 3_600 + 3_600],
    ] as const)('open the next %s exactly at its start', async (window, opensAt, retryAfter) => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('rag-chatbot/enterprise')
      await clock.set('2026-03-10T11:00:00Z')
      await tollgate.limits.override({
        organizationId,
        meter: 'api_calls',
        window,
        max: 3,
        behavior: 'hard',
        reason: 'test',
      })
      const call = () => tollgate.track({ organizationId, eventType: 'api_call' })
      for (let i = 0; i < 3; i++) expect((await call()).allowed).toBe(true)
      const resetAt = new Date(opensAt).toISOString()
      expect(await call()).toMatchObject({ allowed: false, retryAfter, resetAt })
      await clock.set(new Date(Date.parse(opensAt) - 1))
      expect(await call()).toMatchObject({ allowed: false, retryAfter: 1 })
      await clock.advance(1)
      expect((await call()).allowed).toBe(true)
      await clock.set('2026-03-10T12:05:00Z')
    })
  })

  it('returns the first answer for a known id, even if the limit is full by then', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const ask = { organizationId, eventType: 'chat_message', quantities: { tokens: 10_000 } }
    const first = await tollgate.track({ ...ask, id: 'full' })
    expect((await tollgate.track({ ...ask, id: 'more' })).allowed).toBe(false)
    expect(await tollgate.track({ ...ask, id: 'full' })).toEqual({ ...first, replayed: true })
    const both = await Promise.all(['more', 'full'].map((id) => tollgate.track({ ...ask, id })))
    expect(both.map(({ allowed, replayed }) => [allowed, replayed])).toEqual([
      [false, false],
      [true, true],
    ])
  })

  it('allows overage and reports how far it went', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('api-platform/pro')
    const decision = await tollgate.track({
      organizationId,
      eventType: 'api_call',
      quantities: { api_calls: 105_000 },
    })
    expect(decision.allowed).toBe(true)
    expect(decision.limits[0]).toMatchObject({ max: 100_000, used: 105_000, overage: 5_000 })
    expect(decision.warning).toMatchObject({ isNearLimit: true, percentageUsed: 105 })
  })

  it('warns from 80 % of a limit, and recommends an action', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const ask = (tokens: number) =>
      tollgate.track({ organizationId, eventType: 'chat_message', quantities: { tokens } })
    expect((await ask(7_999)).warning).toBeUndefined()
    const warned = await ask(1)
    expect(warned.warning).toMatchObject({ isNearLimit: true, percentageUsed: 80 })
    expect(warned.warning?.recommendedAction).toMatch(/rag-chatbot\/starter/)
  })

  it('refuses an unknown organization, an unknown or inactive event type, with the reason', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const ask = async (input: { organizationId: string; eventType: string }) =>
      await tollgate.track(input)
    expect(await ask({ organizationId: 'nobody', eventType: 'api_call' })).toMatchObject({
      allowed: false,
      reason: 'unknown_organization',
    })
    expect(await ask({ organizationId, eventType: 'nothing' })).toMatchObject({
      allowed: false,
      reason: 'unknown_event_type',
    })
    await tollgate.eventRegistry.deactivate('rag-chatbot/error')
    expect(await ask({ organizationId, eventType: 'error' })).toMatchObject({
      allowed: false,
      reason: 'inactive_event_type',
    })
    await tollgate.eventRegistry.updateEventDefinition('rag-chatbot/error', { active: true })
  })

  it('explains a refusal: the call, the limit, and the catalog version', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const event = { organizationId, eventType: 'chat_message', quantities: { tokens: 10_001 } }
    const decision = await tollgate.track(event)
    const told = await tollgate.explain({ organizationId, decisionId: decision.decisionId })
    expect({ ...told.decision, replayed: false }).toEqual(decision)
    expect(told).toMatchObject({
      verb: 'track',
      eventType: 'chat_message',
      asked: { tokens: 10_001, chat_messages: 1, api_calls: 1 },
      catalog: { key: 'rag-chatbot' },
    })
    expect(told.story.join(' ')).toMatch(
      /tokens\/day \(hard\) stood at 0 of 10,000 tokens: 10,001 more/,
    )
    const other = await organization('rag-chatbot/trial')
    await expect(
      tollgate.explain({ organizationId: other, decisionId: decision.decisionId }),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('checks without using anything', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const event = { organizationId, eventType: 'chat_message', quantities: { tokens: 10_000 } }
    for (let i = 0; i < 3; i++) {
      expect(await tollgate.check(event)).toMatchObject({ allowed: true, remaining: 0 })
    }
    expect((await tollgate.track(event)).allowed).toBe(true)
    expect(await tollgate.check(event)).toMatchObject({ allowed: false })
  })

  it('applies an override from its creation until its expiry', async () => {
    const { tollgate, organization, clock } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    const event = { organizationId, eventType: 'chat_message', quantities: { tokens: 20_000 } }
    expect((await tollgate.track(event)).allowed).toBe(false)
    const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString()
    await tollgate.limits.override({
      organizationId,
      meter: 'tokens',
      window: 'day',
      max: 50_000,
      behavior: 'hard',
      reason: 'a big customer tries it out',
      expiresAt,
    })
    expect(await tollgate.track(event)).toMatchObject({ allowed: true, remaining: 30_000 })
    await clock.advance(3_600_000)
    expect((await tollgate.check(event)).allowed).toBe(false)
    await clock.set('2026-03-10T14:00:00Z')
  })

  it('counts earlier use when a limit is set within a period', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/enterprise', '2026-02-20T08:00:00Z')
    await tollgate.record({
      organizationId,
      eventType: 'chat_message',
      quantities: { tokens: 700 },
    })
    await tollgate.limits.override({
      organizationId,
      meter: 'tokens',
      window: 'period',
      max: 1_000,
      behavior: 'hard',
      reason: 'test',
    })
    const ask = (tokens: number) =>
      tollgate.track({ organizationId, eventType: 'chat_message', quantities: { tokens } })
    expect((await ask(301)).allowed).toBe(false)
    expect(await ask(300)).toMatchObject({ allowed: true })
    expect((await ask(1)).resetAt).toBe('2026-03-20T00:00:00.000Z')
  })
})
