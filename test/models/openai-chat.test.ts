import OpenAI from 'openai'
import OpenAI6 from 'openai-6'
import { describe, expect, it } from 'vitest'
import { meterOpenAI, TollgateRefusal } from '../../src/openai.ts'
import { openMeteredModels, wordsOf } from './metered.ts'
import { CHAT_USAGE, chatAnswer, chatStream, chatToolStream } from './openai-wire.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

const messages = [{ role: 'user' as const, content: 'Say something.' }]
const asked = { model: 'gpt-4o', messages }

describe.each([
  ['7', OpenAI],
  ['6', OpenAI6 as unknown as typeof OpenAI],
])('openai %s, chat', (_, Client) => {
  const start = async (max = 100_000, more: { outputTokens?: number } = {}) => {
    const organization = await organizationOf(max)
    const client = new Client({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 2 })
    const openai = meterOpenAI(client, tollgate, { ...organization.options, ...more })
    return { openai, ...organization }
  }
  const textOf = async (stream: AsyncIterable<OpenAI.ChatCompletionChunk>) => {
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const one of stream) chunks.push(one)
    const text = chunks.map((one) => one.choices[0]?.delta?.content ?? '').join('')
    const finish = chunks.flatMap((one) => one.choices[0]?.finish_reason ?? [])
    return { chunks, text, finish, usage: chunks.at(-1)?.usage }
  }

  it("settles the answer's usage, at the price of the model that answered", async () => {
    const { openai, tokens, events } = await start()
    provider.answer(chatAnswer('Hello!', CHAT_USAGE, { service_tier: 'flex' }))
    const answer = await openai.chat.completions.create({ ...asked, max_tokens: 100 })
    expect(answer.choices[0]?.message.content).toBe('Hello!')
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect((await events())[0]).toMatchObject({
      provider: 'openai',
      model: 'gpt-4o-2024-08-06',
      inputTokens: 20,
      outputTokens: 40,
      cachedInputTokens: 8,
      reasoningTokens: 5,
      properties: { tier: 'flex' },
    })
  })

  it('settles the usage of a stream, which the caller sees only on request', async () => {
    const { openai, tokens, events } = await start()
    provider.answer(chatStream(wordsOf(10)))
    const plain = await textOf(await openai.chat.completions.create({ ...asked, stream: true }))
    expect(plain.text).toBe(wordsOf(10).join(''))
    expect(plain.finish).toEqual(['stop'])
    expect(plain.chunks.every(({ choices }) => choices.length === 1)).toBe(true)
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    const stream_options = { include_usage: true }
    const told = await textOf(
      await openai.chat.completions.create({ ...asked, stream: true, stream_options }),
    )
    expect(told.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 40 })
    expect(await tokens()).toEqual({ used: 120, held: 0 })
    for (const event of await events())
      expect(event.properties ?? {}).not.toHaveProperty('estimated')
  })

  it('settles the estimate, marked as one, if the provider reports no usage', async () => {
    const { openai, tokens, events } = await start()
    provider.answer((body) => ({ ...chatStream(wordsOf(10))({ ...body, stream_options: {} }) }))
    await textOf(await openai.chat.completions.create({ ...asked, stream: true }))
    const { used, held } = await tokens()
    expect(held).toBe(0)
    expect(used).toBeGreaterThanOrEqual(20)
    expect((await events())[0]).toMatchObject({ properties: { estimated: true } })
  })

  it('extends its hold with the stream, without a gap', async () => {
    const { openai, tokens } = await start(100_000, { outputTokens: 50 })
    const usage = { prompt_tokens: 20, completion_tokens: 400 }
    provider.answer(chatStream(wordsOf(200), usage))
    const { finish } = await textOf(
      await openai.chat.completions.create({ ...asked, stream: true }),
    )
    expect(finish).toEqual(['stop'])
    expect(await tokens()).toEqual({ used: 420, held: 0 })
  })

  it('ends with `length` at the end of the allowance, and disconnects the provider', async () => {
    const { openai, tokens, events } = await start(100, { outputTokens: 30 })
    provider.answer((body) => ({ ...chatStream(wordsOf(300))(body), everyMs: 8 }))
    const stream_options = { include_usage: true }
    const stream = await openai.chat.completions.create({ ...asked, stream: true, stream_options })
    const { text, finish, usage } = await textOf(stream)
    expect(finish).toEqual(['length'])
    expect(text.length).toBeGreaterThan(0)
    const [call] = provider.calls
    await call?.over
    const given = text.split(' word').length - 1
    expect(call?.isCutOff).toBe(true)
    expect(call?.sent).toBeLessThan(given + 30)
    const { used, held } = await tokens()
    expect(held).toBe(0)
    expect(used).toBeLessThanOrEqual(100)
    expect(used).toBeGreaterThan(90)
    expect(usage?.total_tokens).toBe(used)
    expect(await events()).toHaveLength(1)
    expect(call?.body).toMatchObject({ max_tokens: expect.any(Number) })
  })

  it("resolves the SDK's stream at the cap", async () => {
    const { openai } = await start(80, { outputTokens: 20 })
    provider.answer(chatStream(wordsOf(300)))
    const final = await openai.chat.completions.stream(asked).finalChatCompletion()
    expect(final.choices[0]?.finish_reason).toBe('length')
    expect(final.choices[0]?.message.content).toContain(' word1')
  })

  it('omits a partial tool call at the cap, and keeps a complete one', async () => {
    const pieces = ['{"city":', '"Paris","note":"', ...wordsOf(100), '"}']
    const cut = await start(80, { outputTokens: 20 })
    provider.answer(chatToolStream('weather', pieces))
    const half = await cut.openai.chat.completions.stream(asked).finalChatCompletion()
    expect(half.choices[0]?.finish_reason).toBe('length')
    expect(half.choices[0]?.message.tool_calls ?? []).toEqual([])
    const { used } = await cut.tokens()
    expect(used).toBeGreaterThan(60)
    expect(used).toBeLessThanOrEqual(80)
    const { openai } = await start()
    provider.answer(chatToolStream('weather', pieces))
    const whole = await openai.chat.completions.stream(asked).finalChatCompletion()
    const [call] = whole.choices[0]?.message.tool_calls ?? []
    expect(call).toMatchObject({ function: { name: 'weather', arguments: pieces.join('') } })
  })

  it('throws the refusal itself, and does not retry it', async () => {
    const { openai, tokens } = await start(5)
    provider.answer(chatAnswer('never'))
    const refusal = await openai.chat.completions.create(asked).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TollgateRefusal)
    expect(refusal).toMatchObject({ status: 429, decision: { reason: 'limit_exceeded' } })
    const streamed = openai.withOptions({ timeout: 5_000 }).chat.completions
    await expect(streamed.create({ ...asked, stream: true })).rejects.toBeInstanceOf(
      TollgateRefusal,
    )
    expect(provider.calls).toHaveLength(0)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
  })

  it('holds for each attempt, and releases failed ones without usage', async () => {
    const { openai, tokens, events } = await start()
    const busy = () => ({
      status: 503,
      json: { error: { message: 'busy' } },
      headers: { 'retry-after-ms': '1' },
    })
    provider.answer(busy, busy, chatAnswer('Hello!'))
    await openai.chat.completions.create(asked)
    expect(provider.calls).toHaveLength(3)
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect(await events()).toHaveLength(1)
    provider.answer(() => ({ status: 400, json: { error: { message: 'wrong' } } }))
    await expect(openai.chat.completions.create(asked)).rejects.toThrow('wrong')
    expect(await tokens()).toEqual({ used: 60, held: 0 })
  })

  it("limits the model's output to the rest of the quota", async () => {
    const { openai } = await start(500)
    provider.answer(chatAnswer('Hello!'))
    await openai.chat.completions.create({ ...asked, max_completion_tokens: 4_000 })
    const sent = Number(provider.calls[0]?.body.max_completion_tokens)
    expect(sent).toBeGreaterThan(400)
    expect(sent).toBeLessThan(500)
    await openai.chat.completions.create({ ...asked, max_tokens: 7 })
    expect(provider.calls[1]?.body.max_tokens).toBe(7)
  })
})
