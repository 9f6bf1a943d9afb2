import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('a quota check', (subject) => {
  const tokens = (organizationId: string, amount: number) =>
    subject().tollgate.usage.quota({ organizationId, meter: 'tokens', amount })

  it('answers for one meter, whatever the event type, and uses nothing', async () => {
    const id = await subject().organization('rag-chatbot/trial')
    await subject().tollgate.track({
      organizationId: id,
      eventType: 'chat_message',
      inputTokens: 9_000,
    })
    const fits = await tokens(id, 1_000)
    expect(fits).toMatchObject({ allowed: true, reason: null, remaining: 1_000, amount: 1_000 })
    expect(fits.resetAt).toBe('2026-03-11T00:00:00.000Z')
    expect(fits.limits).toMatchObject([
      { limit: 'tokens/day', max: 10_000, used: 9_000, held: 0, allowed: true },
    ])
    expect(await tokens(id, 1_001)).toMatchObject({
      allowed: false,
      reason: 'limit_exceeded',
      remaining: 1_000,
    })
    // The gate agrees.
    const call = { organizationId: id, eventType: 'chat_message' }
    expect((await subject().tollgate.track({ ...call, inputTokens: 1_001 })).allowed).toBe(false)
    expect((await subject().tollgate.track({ ...call, inputTokens: 1_000 })).allowed).toBe(true)
    expect(await tokens(id, 0)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await tokens(id, 1)).toMatchObject({ allowed: false, remaining: 0 })
  })

  it('counts holds, and says when a rate has room again', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const call = { organizationId: id, eventType: 'chat_message' }
    const hold = await tollgate.reserve({ ...call, quantities: { tokens: 10_000 } })
    expect(await tokens(id, 1)).toMatchObject({ allowed: false, remaining: 0 })
    if (hold.allowed) await hold.release()
    expect(await tokens(id, 10_000)).toMatchObject({ allowed: true })
    const fast = await organization('rag-chatbot/trial')
    for (let calls = 0; calls < 29; calls += 1) {
      await tollgate.track({ organizationId: fast, eventType: 'api_call' })
    }
    const rate = { organizationId: fast, meter: 'api_calls' }
    expect(await tollgate.usage.quota(rate)).toMatchObject({ allowed: true, amount: 1 })
    expect(await tollgate.usage.quota({ ...rate, amount: 2 })).toMatchObject({
      allowed: false,
      reason: 'rate_limited',
      remaining: 1,
      resetAt: '2026-03-10T12:00:58.000Z',
    })
  })

  it('always allows an unlimited meter, and refuses a closed organization', async () => {
    const { tollgate, organization } = subject()
    const free = await organization('rag-chatbot/enterprise')
    expect(await tokens(free, 1e12)).toMatchObject({ allowed: true, remaining: null })
    const id = await organization('rag-chatbot/trial')
    await tollgate.organizations.close({ organizationId: id })
    expect(await tokens(id, 1)).toMatchObject({ allowed: false, reason: 'closed_organization' })
  })

  it('refuses an unknown meter or an invalid amount by its field', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const faults = async (meter: string, amount: number) => {
      const asked = tollgate.usage.quota({ organizationId: id, meter, amount })
      return asked.then(
        () => 'allowed',
        ({ code, faults }) => [code, faults[0]?.field],
      )
    }
    expect(await faults('toking', 1)).toEqual(['invalid_request', 'meter'])
    expect(await faults('tokens', -1)).toEqual(['invalid_request', 'amount'])
    expect(await faults('tokens', 0.5)).toEqual(['invalid_request', 'amount'])
    await expect(tokens('nobody', 1)).rejects.toMatchObject({ code: 'not_found' })
  })
})
