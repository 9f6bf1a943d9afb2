import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { meterAnthropic, TollgateRefusal } from '../../src/anthropic.ts'
import { messageAnswer, messageStream, toolUseStream } from './anthropic-wire.ts'
import { openMeteredModels, wordsOf } from './metered.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

const asked = {
  model: 'claude-opus-4-6',
  max_tokens: 4_000,
  messages: [{ role: 'user' as const, content: 'Say something.' }],
}

describe('@anthropic-ai/sdk', () => {
  const start = async (max = 100_000, more: { outputTokens?: number } = {}) => {
    const organization = await organizationOf(max)
    const client = new Anthropic({ apiKey: 'sk-test', baseURL: provider.url, maxRetries: 2 })
    const claude = meterAnthropic(client, tollgate, { ...organization.options, ...more })
    return { claude, ...organization }
  }

  it("settles the answer's usage, with cache tokens in the input", async () => {
    const { claude, tokens, events } = await start()
    provider.answer(messageAnswer('Hello!'))
    const answer = await claude.messages.create(asked)
    expect(answer.content).toMatchObject([{ type: 'text', text: 'Hello!' }])
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect((await events())[0]).toMatchObject({
      provider: 'anthropic',
      model: 'claude-opus-4-6',
      inputTokens: 20,
      cachedInputTokens: 3,
      outputTokens: 40,
      cacheWriteTokens: 5,
      cacheWrite1hTokens: 2,
    })
  })

  it('settles the totals of a stream', async () => {
    const { claude, tokens, events } = await start()
    provider.answer(messageStream(wordsOf(10)))
    const final = await claude.messages.stream(asked).finalMessage()
    expect(final).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: 40 } })
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect((await events())[0]?.properties ?? {}).not.toHaveProperty('estimated')
  })

  it('ends with `max_tokens` at the end of the allowance, with its blocks closed', async () => {
    const { claude, tokens, events } = await start(100, { outputTokens: 30 })
    provider.answer(() => ({ ...messageStream(wordsOf(300))(), everyMs: 8 }))
    const final = await claude.messages.stream(asked).finalMessage()
    expect(final.stop_reason).toBe('max_tokens')
    const [block] = final.content
    const given = block?.type === 'text' ? block.text.split(' word').length - 1 : 0
    expect(given).toBeGreaterThan(0)
    const [call] = provider.calls
    await call?.over
    expect(call?.isCutOff).toBe(true)
    expect(call?.sent).toBeLessThan(given + 30)
    const { used, held } = await tokens()
    expect(held).toBe(0)
    expect(used).toBeGreaterThan(90)
    expect(used).toBeLessThanOrEqual(100)
    expect(final.usage.output_tokens).toBe(used - 20)
    expect(await events()).toMatchObject([{ inputTokens: 20, properties: { estimated: true } }])
  })

  it('omits a partial tool call at the cap, and keeps a complete one', async () => {
    const pieces = ['{"city":', '"Paris","note":"', ...wordsOf(100), '"}']
    const cut = await start(80, { outputTokens: 20 })
    provider.answer(toolUseStream('weather', pieces))
    const half = await cut.claude.messages.stream(asked).finalMessage()
    expect(half).toMatchObject({ stop_reason: 'max_tokens', content: [] })
    const { claude } = await start()
    provider.answer(toolUseStream('weather', pieces))
    const whole = await claude.messages.stream(asked).finalMessage()
    expect(whole.content).toMatchObject([{ type: 'tool_use', input: { city: 'Paris' } }])
  })

  it("settles the provider's reported input when the reader leaves", async () => {
    const { claude, tokens, events } = await start()
    provider.answer(() => ({ ...messageStream(wordsOf(50))(), pauseAfter: 8 }))
    const stream = await claude.messages.create({ ...asked, stream: true })
    let seen = 0
    for await (const event of stream) {
      if (event.type === 'content_block_delta') seen += 1
      if (seen === 5) break
    }
    await expect.poll(async () => (await tokens()).held, { interval: 5 }).toBe(0)
    const [event] = await events()
    expect(event).toMatchObject({
      inputTokens: 20,
      cachedInputTokens: 3,
      properties: { estimated: true },
    })
    expect(Number(event?.outputTokens)).toBeGreaterThanOrEqual(5)
    expect(Number(event?.outputTokens)).toBeLessThanOrEqual(10)
  })

  it('throws the refusal itself, and does not retry it', async () => {
    const { claude, tokens } = await start(5)
    provider.answer(messageAnswer('never'))
    await expect(claude.messages.create(asked)).rejects.toBeInstanceOf(TollgateRefusal)
    await expect(claude.messages.stream(asked).finalMessage()).rejects.toMatchObject({
      message: expect.stringContaining('limit_exceeded'),
    })
    expect(provider.calls).toHaveLength(0)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
  })

  it("limits the model's output to its hold", async () => {
    const { claude } = await start(500)
    provider.answer(messageAnswer('Hello!'))
    await claude.messages.create(asked)
    const sent = Number(provider.calls[0]?.body.max_tokens)
    expect(sent).toBeGreaterThan(450)
    expect(sent).toBeLessThan(500)
  })
})
