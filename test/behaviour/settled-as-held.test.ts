import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('a settlement', (subject) => {
  const reserved = async (organizationId: string, more: object = {}) =>
    held(
      await subject().tollgate.reserve({
        organizationId,
        eventType: 'chat_message',
        quantities: { tokens: 1_500 },
        ...more,
      }),
    )
  const onlyEvent = async (organizationId: string) => {
    const { events: items } = await subject().tollgate.usage.history({ organizationId })
    expect(items).toHaveLength(1)
    return items[0]
  }

  it('without an amount records the held amount, marked as an estimate', async () => {
    const id = await subject().organization('rag-chatbot/trial')
    const hold = await reserved(id)
    const { settled, overshoot } = await hold.settle()
    expect({ settled, overshoot }).toEqual({
      settled: { tokens: 1_500, api_calls: 1, chat_messages: 1 },
      overshoot: {},
    })
    expect(await onlyEvent(id)).toMatchObject({ properties: { estimated: true } })
    expect(await hold.settle({ quantities: { tokens: 7 } })).toMatchObject({
      replayed: true,
      settled: { tokens: 1_500 },
    })
  })

  it('of a call held in model tokens costs the price of those tokens', async () => {
    const id = await subject().organization('rag-chatbot/trial')
    const tokens = { quantities: undefined, inputTokens: 1_000, outputTokens: 500 }
    const hold = await reserved(id, { ...tokens, model: 'gpt-4o', provider: 'openai' })
    await hold.settle({ status: 200 })
    expect(await onlyEvent(id)).toMatchObject({
      inputTokens: 1_000,
      outputTokens: 500,
      status: 200,
    })
  })

  it('records the hold with its extensions, whichever process extended it', async () => {
    const id = await subject().organization('rag-chatbot/trial')
    const { reservationId } = await reserved(id)
    await subject().tollgate.extend({
      organizationId: id,
      reservationId,
      quantities: { tokens: 500 },
    })
    const settled = await subject().tollgate.settle({ organizationId: id, reservationId })
    expect(settled).toMatchObject({ settled: { tokens: 2_000 }, overshoot: {} })
  })

  it.each([
    ['as a quantity', { quantities: { tokens: 0 } }],
    ['in tokens', { inputTokens: 0, outputTokens: 0 }],
  ])('can report zero use %s', async (_, used) => {
    const id = await subject().organization('rag-chatbot/trial')
    const { settled } = await (await reserved(id)).settle(used)
    expect(settled).toEqual({ api_calls: 1, chat_messages: 1 })
    expect((await onlyEvent(id))?.properties ?? null).toBeNull()
  })

  it('of an event type with a fixed amount is no estimate', async () => {
    const id = await subject().organization('api-platform/free')
    const hold = await reserved(id, { eventType: 'api_call', quantities: undefined })
    expect((await hold.settle()).settled).toEqual({ api_calls: 1 })
    expect((await onlyEvent(id))?.properties ?? null).toBeNull()
  })

  it('bills the model that answered, at its own price', async () => {
    const prices = { inputTokens: 1_000_000, outputTokens: 100_000 }
    const costOf = async (
      used: object,
      asked: object = { model: 'gpt-4o', provider: 'openai' },
    ) => {
      const id = await subject().organization('rag-chatbot/enterprise')
      await (await reserved(id, asked)).settle({ ...prices, ...used })
      const event = await onlyEvent(id)
      return [
        event?.model,
        event?.provider,
        event?.costUsd === null ? null : Number(event?.costUsd),
      ]
    }
    // $2.50 and $10.00 a million; the smaller model costs $0.15 and $0.60.
    expect(await costOf({})).toEqual(['gpt-4o', 'openai', 3.5])
    expect(await costOf({ model: 'gpt-4o-mini' })).toEqual([...['gpt-4o-mini', 'openai', 0.21]])
    // A fallback to another provider's model: $3.00 and $15.00.
    const fallback = { model: 'claude-3-7-sonnet-20250219' }
    expect(await costOf(fallback)).toEqual([fallback.model, null, 4.5])
    const said = { ...fallback, provider: 'anthropic' }
    expect(await costOf(said)).toEqual([fallback.model, 'anthropic', 4.5])
    const nobodys = { model: 'no-such-model' }
    expect((await costOf(nobodys))[2]).toBeNull()
  })
})
