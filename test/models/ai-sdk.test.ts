import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'
import { createAnthropic as createAnthropic3 } from 'ai-sdk-anthropic-3'
import { createOpenAI as createOpenAI3 } from 'ai-sdk-openai-3'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TollgateRefusal, tollgateMiddleware } from '../../src/ai.ts'
import { runInCall } from '../../src/guard/current-call.ts'
import { messageAnswer, messageStream, toolUseStream } from './anthropic-wire.ts'
import { openMeteredModels, wordsOf } from './metered.ts'
import { chatAnswer, chatStream, chatToolStream, responsesStream } from './openai-wire.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

const SDKS = [
  ['7', ai7, createOpenAI, createAnthropic],
  ['6', ai6 as unknown as typeof ai7, createOpenAI3, createAnthropic3],
] as const

describe.each(SDKS)('AI SDK %s', (version, ai, openaiOf, anthropicOf) => {
  const start = async (max = 100_000, more: { outputTokens?: number; idleMs?: number } = {}) => {
    const organization = await organizationOf(max)
    const openai = openaiOf({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` })
    const anthropic = anthropicOf({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` })
    const middleware = tollgateMiddleware(tollgate, { ...organization.options, ...more })
    const wrapped = (model: unknown) =>
      ai.wrapLanguageModel({ model: model as ai7.LanguageModel & object, middleware } as never)
    return {
      ...organization,
      chat: wrapped(openai.chat('gpt-4o')),
      responses: wrapped(openai.responses('gpt-4o')),
      claude: wrapped(anthropic('claude-opus-4-6')),
    }
  }

  it('settles the usage that the provider reports', async () => {
    const { chat, claude, tokens, events } = await start()
    provider.answer(chatAnswer('Hello!'))
    const { text } = await ai.generateText({ model: chat, prompt: 'Say something.' })
    expect(text).toBe('Hello!')
    expect((await events())[0]).toMatchObject({
      provider: 'openai.chat',
      model: 'gpt-4o-2024-08-06',
      inputTokens: 20,
      cachedInputTokens: 8,
      outputTokens: 40,
      reasoningTokens: 5,
    })
    provider.answer(messageAnswer('Hello!'))
    await ai.generateText({ model: claude, prompt: 'Say something.' })
    expect(await tokens()).toEqual({ used: 120, held: 0 })
    const ofClaude = (await events()).find(({ model }) => model === 'claude-opus-4-6')
    expect(ofClaude).toMatchObject({ cacheWriteTokens: 5, cacheWrite1hTokens: 2 })
  })

  it.each([
    ['chat', chatStream],
    ['responses', responsesStream],
    ['claude', messageStream],
  ] as const)('settles at the end of a stream of %s', async (name, answer) => {
    const { tokens, ...models } = await start()
    provider.answer(answer(wordsOf(10)))
    const result = ai.streamText({ model: models[name], prompt: 'Say something.' })
    expect(await result.text).toBe(wordsOf(10).join(''))
    expect(await tokens()).toEqual({ used: 60, held: 0 })
  })

  it.each([
    ['chat', chatStream],
    ['responses', responsesStream],
    ['claude', messageStream],
  ] as const)(
    'ends a stream of %s with `length` at the end of the allowance',
    async (name, answer) => {
      const { tokens, events, ...models } = await start(100, { outputTokens: 30 })
      provider.answer((body) => ({ ...answer(wordsOf(300))(body), everyMs: 8 }))
      let finished: unknown
      const result = ai.streamText({
        model: models[name],
        prompt: 'Say something.',
        onFinish: ({ finishReason }) => {
          finished = finishReason
        },
      })
      const parts: string[] = []
      for await (const { type } of result.fullStream) parts.push(type)
      expect(await result.finishReason).toBe('length')
      expect(finished).toBe('length')
      expect(parts.filter((type) => type !== 'text-delta').slice(-3)).toEqual([
        ...['text-end', 'finish-step', 'finish'],
      ])
      const [call] = provider.calls
      await call?.over
      const given = (await result.text).split(' word').length - 1
      expect(given).toBeGreaterThan(0)
      expect(call?.isCutOff).toBe(true)
      expect(call?.sent).toBeLessThan(given + 30)
      const { used, held } = await tokens()
      expect(held).toBe(0)
      expect(used).toBeGreaterThan(85)
      expect(used).toBeLessThanOrEqual(100)
      expect((await result.totalUsage).totalTokens).toBe(used)
      expect(await events()).toHaveLength(1)
    },
  )

  it.each([
    ['chat', chatToolStream],
    ['claude', toolUseStream],
  ] as const)(
    'runs no tool on a partial call of %s, and runs one on a complete call',
    async (name, answer) => {
      const pieces = ['{"city":"Paris","note":"', ...wordsOf(100), '"}']
      const ran: unknown[] = []
      const tools = {
        weather: ai.tool({
          inputSchema: z.object({ city: z.string(), note: z.string() }),
          execute: async ({ city }) => {
            ran.push(city)
            return 'sunny'
          },
        }),
      }
      const cut = await start(80, { outputTokens: 20 })
      provider.answer(answer('weather', pieces))
      const half = ai.streamText({
        model: cut[name],
        prompt: 'Weather?',
        tools,
        stopWhen: ai.stepCountIs(3),
      })
      const parts: string[] = []
      for await (const { type } of half.fullStream) parts.push(type)
      expect(await half.finishReason).toBe('length')
      expect(parts).not.toContain('tool-call')
      expect(parts).not.toContain('tool-error')
      expect(ran).toEqual([])
      expect(provider.calls).toHaveLength(1)
      const whole = await start()
      provider.answer(answer('weather', pieces), chatStream(['done']), messageStream(['done']))
      const result = ai.streamText({ model: whole[name], prompt: 'Weather?', tools })
      await result.consumeStream()
      expect(ran).toEqual(['Paris'])
    },
  )

  it('throws the refusal itself, once', async () => {
    const { chat, tokens } = await start(5)
    provider.answer(chatAnswer('never'))
    const asked = ai.generateText({ model: chat, prompt: 'Say something.' })
    await expect(asked).rejects.toBeInstanceOf(TollgateRefusal)
    expect(provider.calls).toHaveLength(0)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
  })

  it('holds for each attempt, and releases failed ones', async () => {
    const { chat, tokens, events } = await start()
    const busy = () => ({
      status: 503,
      json: { error: { message: 'busy' } },
      headers: { 'retry-after-ms': '1' },
    })
    provider.answer(busy, chatAnswer('Hello!'))
    await ai.generateText({ model: chat, prompt: 'Say something.' })
    expect(provider.calls).toHaveLength(2)
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect(await events()).toHaveLength(1)
  })

  it('aborts the provider when the request is aborted, even without a reader', async () => {
    const { chat, organizationId, tokens, events } = await start()
    provider.answer((body) => ({ ...chatStream(wordsOf(300))(body), everyMs: 5 }))
    const leaving = new AbortController()
    const { signal } = leaving
    const result = runInCall({ organizationId, signal }, () =>
      ai.streamText({ model: chat, prompt: 'Say something.' }),
    )
    let read = 0
    for await (const _part of result.textStream) {
      read += 1
      if (read === 5) break
    }
    leaving.abort()
    const [call] = provider.calls
    await call?.over
    expect(call?.isCutOff).toBe(true)
    expect(call?.sent).toBeLessThan(100)
    await expect.poll(tokens, { interval: 5 }).toMatchObject({ held: 0 })
    const [event] = await events()
    expect(event).toMatchObject({ properties: { estimated: true } })
    expect(Number(event?.outputTokens)).toBeGreaterThanOrEqual(5)
  })

  it('tells a remaining reader that the aborted request is over', async () => {
    const { chat, organizationId, tokens } = await start()
    provider.answer((body) => ({ ...chatStream(wordsOf(300))(body), pauseAfter: 10 }))
    const leaving = new AbortController()
    const finish = await runInCall({ organizationId, signal: leaving.signal }, async () => {
      const result = ai.streamText({ model: chat, prompt: 'Say something.' })
      let read = 0
      for await (const { type } of result.fullStream) {
        if (type === 'text-delta') read += 1
        if (read === 5) leaving.abort()
      }
      return result.finishReason
    })
    expect(finish).toBe('other')
    expect((await tokens()).held).toBe(0)
  })

  it('ends an abandoned stream', async () => {
    const { chat, tokens } = await start(100_000, { idleMs: 60 })
    provider.answer((body) => ({ ...chatStream(wordsOf(300))(body), everyMs: 5 }))
    const result = ai.streamText({ model: chat, prompt: 'Say something.' })
    let read = 0
    for await (const _part of result.textStream) {
      read += 1
      if (read === 5) break
    }
    const [call] = provider.calls
    await call?.over
    await expect.poll(tokens, { interval: 5 }).toMatchObject({ held: 0 })
    expect((await tokens()).used).toBeGreaterThan(0)
    // Version 6 reads on to the end by itself, and that is settled.
    expect(call?.isCutOff).toBe(version === '7')
  })

  it('settles the produced amount after an abort', async () => {
    const { chat, tokens, events } = await start()
    provider.answer((body) => ({ ...chatStream(wordsOf(300))(body), pauseAfter: 12 }))
    const abort = new AbortController()
    const result = ai.streamText({
      model: chat,
      prompt: 'Say something.',
      abortSignal: abort.signal,
      onError: () => {},
    })
    let read = 0
    for await (const { type } of result.fullStream) {
      if (type === 'text-delta') read += 1
      if (read === 8) abort.abort()
    }
    const [call] = provider.calls
    await call?.over
    expect(call?.isCutOff).toBe(true)
    await expect.poll(tokens, { interval: 5 }).toMatchObject({ held: 0 })
    expect(await events()).toMatchObject([{ properties: { estimated: true } }])
  })
})
