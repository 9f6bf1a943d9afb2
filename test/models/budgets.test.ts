import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { ChatAnthropic } from '@langchain/anthropic'
import { ChatOpenAI } from '@langchain/openai'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'
import { createOpenAI as createOpenAI3 } from 'ai-sdk-openai-3'
import OpenAI from 'openai'
import OpenAI6 from 'openai-6'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { tollgateMiddleware } from '../../src/ai.ts'
import { meterAnthropic } from '../../src/anthropic.ts'
import { meterChatModel } from '../../src/langchain.ts'
import type { ModelGate, ModelMeterOptions } from '../../src/models/meter-options.ts'
import { meterOpenAI, TollgateRefusal } from '../../src/openai.ts'
import { messageAnswer } from './anthropic-wire.ts'
import { openMeteredModels, wordsOf } from './metered.ts'
import { chatAnswer, chatStream, chatToolStream } from './openai-wire.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

/** The usage of each provider answer. */
const STEP = 60

/** A new organization with a budget, and a gate that counts its calls. */
const start = async (tokens: number) => {
  const { organizationId } = await organizationOf(100_000)
  const ceiling = { tokens }
  const run = await tollgate.budgets.open({ organizationId, ceiling, finalShare: 0 })
  const seen = { asked: 0 }
  const gate: ModelGate = {
    run: (call, work, options) => {
      seen.asked += 1
      return tollgate.run(call, work, options)
    },
  }
  const report = () => tollgate.budgets.get({ organizationId, budgetId: run.id })
  const options = { eventType: 'chat', outputTokens: 30 }
  return { run, seen, gate, report, options, organizationId }
}

type Metering = [gate: ModelGate, options: ModelMeterOptions]
type Ask = () => Promise<unknown>

const prompt = 'Say something.'
const messages = [{ role: 'user' as const, content: prompt }]
const openaiOf = (Client: typeof OpenAI, [gate, options]: Metering): OpenAI => {
  const client = new Client({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 3 })
  return meterOpenAI(client, gate, options)
}
const aiOf = (
  ai: typeof ai7,
  createProvider: typeof createOpenAI,
  [gate, options]: Metering,
): ai7.LanguageModel => {
  const openai = createProvider({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` })
  const middleware = tollgateMiddleware(gate, options)
  return ai.wrapLanguageModel({ model: openai.chat('gpt-4o'), middleware } as never)
}

/** Every SDK with its default retries. */
const SDKS: readonly [string, typeof chatAnswer, (metering: Metering) => Ask][] = [
  ...([OpenAI, OpenAI6 as unknown as typeof OpenAI] as const).map(
    (Client, at): [string, typeof chatAnswer, (metering: Metering) => Ask] => [
      `openai ${7 - at}`,
      chatAnswer,
      (metering) => () =>
        openaiOf(Client, metering).chat.completions.create({ model: 'gpt-4o', messages }),
    ],
  ),
  [
    '@anthropic-ai/sdk',
    messageAnswer as typeof chatAnswer,
    ([gate, options]) => {
      const client = new Anthropic({ apiKey: 'sk-test', baseURL: provider.url, maxRetries: 3 })
      const claude = meterAnthropic(client, gate, options)
      return () => claude.messages.create({ model: 'claude-opus-4-6', max_tokens: 30, messages })
    },
  ],
  [
    'AI SDK 7',
    chatAnswer,
    (metering) => () => ai7.generateText({ model: aiOf(ai7, createOpenAI, metering), prompt }),
  ],
  [
    'AI SDK 6',
    chatAnswer,
    (metering) => {
      const ai = ai6 as unknown as typeof ai7
      const model = aiOf(ai, createOpenAI3 as unknown as typeof createOpenAI, metering)
      return () => ai.generateText({ model, prompt })
    },
  ],
  [
    'LangChain, ChatOpenAI',
    chatAnswer,
    ([gate, options]) => {
      const configuration = { baseURL: `${provider.url}/v1` }
      const given = new ChatOpenAI({ model: 'gpt-4o', apiKey: 'sk-test', configuration })
      const model = meterChatModel(given, gate, options)
      return () => model.invoke(prompt)
    },
  ],
  [
    'LangChain, ChatAnthropic',
    messageAnswer as typeof chatAnswer,
    ([gate, options]) => {
      const given = new ChatAnthropic({
        model: 'claude-opus-4-6',
        apiKey: 'sk-test',
        maxTokens: 30,
        anthropicApiUrl: provider.url,
      })
      const model = meterChatModel(given, gate, options)
      return () => model.invoke(prompt)
    },
  ],
]

describe.each(SDKS)('a budget with %s', (_, answer, askOf) => {
  it('refuses the call past its end once, without a retry', async () => {
    const { run, seen, gate, options, report } = await start(STEP)
    provider.answer(answer('Hello!'))
    const ask = askOf([gate, options])
    await run.do(ask)
    expect(seen.asked).toBe(1)
    const refusal = await run.do(ask).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TollgateRefusal)
    expect(refusal).toMatchObject({
      status: 402,
      headers: { 'x-should-retry': 'false' },
      decision: { reason: 'budget_exceeded', budget: { id: run.id, remaining: { tokens: 0 } } },
    })
    expect(seen.asked).toBe(2)
    expect(provider.calls).toHaveLength(1)
    expect(await report()).toMatchObject({
      steps: 1,
      refusals: 1,
      meters: { tokens: { used: STEP, held: 0 } },
    })
  })
})

describe("a run's budget", () => {
  it("limits a model's output to its rest, if the rest allows an answer", async () => {
    const { run, gate, options, report } = await start(300)
    const openai = openaiOf(OpenAI, [gate, { ...options, outputTokens: 1_000 }])
    provider.answer(chatAnswer('Hello!'))
    await run.do(() => openai.chat.completions.create({ model: 'gpt-4o', messages }))
    const [call] = provider.calls
    const most = Number(call?.body.max_completion_tokens ?? call?.body.max_tokens)
    expect(most).toBeGreaterThan(250)
    expect(most).toBeLessThan(300)
    expect((await report()).meters.tokens).toMatchObject({ used: STEP, held: 0 })
  })

  it("ends an exhausted stream with its protocol's own ending", async () => {
    const { run, gate, options, report } = await start(100)
    const openai = openaiOf(OpenAI, [gate, options])
    provider.answer(chatStream(wordsOf(300)))
    const finish = await run.do(async () => {
      const asked = { model: 'gpt-4o', messages, stream: true } as const
      const reasons: unknown[] = []
      for await (const chunk of await openai.chat.completions.create(asked)) {
        reasons.push(...chunk.choices.flatMap(({ finish_reason: reason }) => reason ?? []))
      }
      return reasons
    })
    expect(finish).toEqual(['length'])
    const { used, held } = (await report()).meters.tokens ?? {}
    expect(held).toBe(0)
    expect(used).toBeLessThanOrEqual(100)
    expect(used).toBeGreaterThan(70)
  })

  it('gets back the hold of a failed attempt without usage', async () => {
    const { run, seen, gate, options, report } = await start(STEP)
    const openai = openaiOf(OpenAI, [gate, options])
    const busy = () => ({ status: 503, json: {}, headers: { 'retry-after-ms': '1' } })
    provider.answer(busy, busy, chatAnswer('Hello!'))
    await run.do(() => openai.chat.completions.create({ model: 'gpt-4o', messages }))
    expect(seen.asked).toBe(3)
    expect(await report()).toMatchObject({ steps: 1, meters: { tokens: { used: STEP, held: 0 } } })
  })

  it('stops an AI SDK agent within one step of its end, with the refusal itself', async () => {
    const { run, gate, options, report } = await start(4 * STEP)
    const model = aiOf(ai7, createOpenAI, [gate, options])
    const weather = ai7.tool({
      inputSchema: z.object({ city: z.string() }),
      execute: async () => 'sunny',
    })
    provider.answer(chatToolStream('weather', ['{"city":', '"Paris"}']))
    const errors: unknown[] = []
    const result = run.do(() =>
      ai7.streamText({
        model,
        prompt,
        tools: { weather },
        stopWhen: ai7.stepCountIs(20),
        onError: ({ error }) => void errors.push(error),
      }),
    )
    await result.consumeStream()
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ decision: { reason: 'budget_exceeded' } })
    const { used = 0 } = (await report()).meters.tokens ?? {}
    expect(used).toBeLessThanOrEqual(4 * STEP)
    expect(used).toBeGreaterThan(3 * STEP - 1)
  })

  it('counts the calls inside the run, and no others', async () => {
    const { run, gate, options, report, organizationId } = await start(10 * STEP)
    const openai = openaiOf(OpenAI, [gate, { ...options, organizationId }])
    const ask = () => openai.chat.completions.create({ model: 'gpt-4o', messages })
    provider.answer(chatAnswer('Hello!'))
    const within = run.id
    const inner = await tollgate.budgets.open({ organizationId, within, ceiling: { tokens: 90 } })
    await Promise.all([ask(), run.do(ask), run.do(() => inner.do(ask))])
    expect(await report()).toMatchObject({ steps: 2, meters: { tokens: { used: 2 * STEP } } })
    const { steps } = await tollgate.budgets.get({ organizationId, budgetId: inner.id })
    expect(steps).toBe(1)
  })

  it('can be named outside a run', async () => {
    const { run, gate, options, report, organizationId } = await start(10 * STEP)
    const openai = openaiOf(OpenAI, [gate, { ...options, organizationId, budget: () => run.id }])
    provider.answer(chatAnswer('Hello!'))
    await openai.chat.completions.create({ model: 'gpt-4o', messages })
    expect((await report()).steps).toBe(1)
  })

  it('opens its reserved share for the final call', async () => {
    const { organizationId } = await organizationOf(100_000)
    const ceiling = { tokens: 100 }
    const run = await tollgate.budgets.open({ organizationId, ceiling, finalShare: 0.5 })
    const openai = openaiOf(OpenAI, [tollgate, { eventType: 'chat', outputTokens: 30 }])
    const ask = () => openai.chat.completions.create({ model: 'gpt-4o', messages })
    provider.answer(chatAnswer('Hello!'))
    await run.do(ask)
    await expect(run.do(ask)).rejects.toMatchObject({ status: 402 })
    await run.do(ask, { final: true })
    expect(provider.calls).toHaveLength(2)
  })
})
