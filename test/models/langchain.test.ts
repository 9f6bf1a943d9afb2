import { ChatAnthropic } from '@langchain/anthropic'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { UsageBlock } from '../../src/contract/decision.ts'
import { meterChatModel, TollgateRefusal } from '../../src/langchain.ts'
import { messageAnswer, messageStream, toolUseStream } from './anthropic-wire.ts'
import { openMeteredModels, wordsOf } from './metered.ts'
import { chatAnswer, chatStream, chatToolStream } from './openai-wire.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

const openaiOf = () =>
  new ChatOpenAI({
    model: 'gpt-4o',
    apiKey: 'sk-test',
    maxRetries: 0,
    configuration: { baseURL: `${provider.url}/v1` },
  })
const anthropicOf = () =>
  new ChatAnthropic({
    model: 'claude-opus-4-6',
    apiKey: 'sk-test',
    maxRetries: 0,
    maxTokens: 4_000,
    anthropicApiUrl: provider.url,
  })

const MODELS = [
  ['ChatOpenAI', openaiOf, chatAnswer, chatStream, chatToolStream],
  ['ChatAnthropic', anthropicOf, messageAnswer, messageStream, toolUseStream],
] as const

describe.each(MODELS)('LangChain, %s', (name, modelOf, answerOf, streamOf, toolStreamOf) => {
  const start = async (max = 100_000, more: { outputTokens?: number } = {}) => {
    const organization = await organizationOf(max)
    const given = modelOf() as ChatOpenAI
    const model = meterChatModel(given, tollgate, { ...organization.options, ...more })
    return { model, given, ...organization }
  }
  const weather = tool(async () => 'sunny', {
    name: 'weather',
    description: 'Tells the weather',
    schema: z.object({ city: z.string(), note: z.string() }),
  })

  it("settles the answer's usage", async () => {
    const { model, given, tokens, events } = await start()
    provider.answer(answerOf('Hello!'))
    const { text } = await model.invoke('Say something.')
    expect(text).toBe('Hello!')
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect((await events())[0]).toMatchObject(
      name === 'ChatOpenAI'
        ? { provider: 'openai', model: 'gpt-4o-2024-08-06', cachedInputTokens: 8 }
        : { provider: 'anthropic', cacheWriteTokens: 5, cacheWrite1hTokens: 2 },
    )
    await given.invoke('Not metered.')
    expect(await tokens()).toEqual({ used: 60, held: 0 })
  })

  it('settles a call before its answer is returned', async () => {
    const { options, events } = await organizationOf(100_000)
    const usages: UsageBlock[] = []
    const onUsage = (usage: UsageBlock) => usages.push(usage)
    const model = meterChatModel(modelOf() as ChatOpenAI, tollgate, { ...options, onUsage })
    provider.answer(answerOf('Hello!'))
    await model.invoke('Say something.')
    expect(usages.map(({ usageEventId }) => usageEventId)).toEqual([(await events())[0]?.id])
    provider.answer(streamOf(wordsOf(3)))
    for await (const _chunk of await model.stream('Say something.'));
    expect(usages).toHaveLength(2)
  })

  it('settles at the end of a stream', async () => {
    const { model, tokens, events } = await start()
    provider.answer(streamOf(wordsOf(10)))
    let text = ''
    for await (const chunk of await model.stream('Say something.')) text += chunk.text
    expect(text).toBe(wordsOf(10).join(''))
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    const [event] = await events()
    expect(event?.properties ?? {}).not.toHaveProperty('estimated')
    if (name === 'ChatAnthropic') expect(event).toMatchObject({ cacheWrite1hTokens: 2 })
  })

  it("ends with the provider's own reason at the end of the allowance", async () => {
    const { model, tokens, events } = await start(100, { outputTokens: 30 })
    provider.answer((body) => ({ ...streamOf(wordsOf(300))(body), everyMs: 8 }))
    const chunks = []
    for await (const chunk of await model.stream('Say something.')) chunks.push(chunk)
    const all = chunks.reduce((sum, chunk) => sum.concat(chunk))
    expect(all.response_metadata).toMatchObject(
      name === 'ChatOpenAI' ? { finish_reason: 'length' } : { stop_reason: 'max_tokens' },
    )
    const [call] = provider.calls
    await call?.over
    expect(call?.isCutOff).toBe(true)
    const { used, held } = await tokens()
    expect(held).toBe(0)
    expect(used).toBeGreaterThan(85)
    expect(used).toBeLessThanOrEqual(100)
    expect(all.usage_metadata?.total_tokens).toBe(used)
    expect(await events()).toHaveLength(1)
  })

  it('omits a partial tool call at the cap, and keeps a complete one', async () => {
    const pieces = ['{"city":"Paris","note":"', ...wordsOf(100), '"}']
    const cut = await start(150, { outputTokens: 20 })
    provider.answer(toolStreamOf('weather', pieces))
    const halves = []
    const bound = cut.model.bindTools([weather])
    for await (const chunk of await bound.stream('Weather?')) halves.push(chunk)
    const half = halves.reduce((sum, chunk) => sum.concat(chunk))
    expect([half.tool_calls, half.invalid_tool_calls]).toEqual([[], []])
    const { used } = await cut.tokens()
    expect(used).toBeGreaterThan(0)
    expect(used).toBeLessThanOrEqual(150)
    const { model, tokens } = await start()
    const wholes = []
    for await (const chunk of await model.bindTools([weather]).stream('Weather?')) {
      wholes.push(chunk)
    }
    const whole = wholes.reduce((sum, chunk) => sum.concat(chunk))
    expect(whole.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }])
    expect(await tokens()).toEqual({ used: 60, held: 0 })
  })

  it('settles the produced amount when a stream is left, by `break` or by a signal', async () => {
    const { model, tokens, events } = await start()
    provider.answer((body) => ({ ...streamOf(wordsOf(50))(body), pauseAfter: 20 }))
    let read = 0
    for await (const chunk of await model.stream('Say something.')) {
      if (chunk.text !== '') read += 1
      if (read === 5) break
    }
    await provider.calls[0]?.over
    expect(provider.calls[0]?.isCutOff).toBe(true)
    await expect.poll(tokens, { interval: 5 }).toMatchObject({ held: 0 })
    const abort = new AbortController()
    const { signal } = abort
    const aborted = async () => {
      for await (const chunk of await model.stream('Say something.', { signal })) {
        if (chunk.text !== '') abort.abort()
      }
    }
    await expect(aborted()).rejects.toThrow()
    await provider.calls[1]?.over
    await expect.poll(tokens, { interval: 5 }).toMatchObject({ held: 0 })
    const kept = await events()
    expect(kept).toHaveLength(2)
    for (const event of kept) {
      expect(event).toMatchObject({ properties: { estimated: true } })
      expect(Number(event.outputTokens)).toBeGreaterThan(0)
    }
  })

  it('throws the refusal itself', async () => {
    const { model, tokens } = await start(5)
    provider.answer(answerOf('never'))
    await expect(model.invoke('Say something.')).rejects.toBeInstanceOf(TollgateRefusal)
    await expect(model.stream('Say something.')).rejects.toBeInstanceOf(TollgateRefusal)
    expect(provider.calls).toHaveLength(0)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
  })

  it("limits the model's output to the rest of the quota", async () => {
    const { model } = await start(500)
    provider.answer(answerOf('Hello!'))
    await model.invoke('Say something.')
    const { max_tokens, max_completion_tokens } = provider.calls[0]?.body ?? {}
    const sent = Number(max_tokens ?? max_completion_tokens)
    expect(sent).toBeGreaterThan(400)
    expect(sent).toBeLessThan(500)
  })
})
