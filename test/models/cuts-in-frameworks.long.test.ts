import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { ChatAnthropic } from '@langchain/anthropic'
import { ChatOpenAI } from '@langchain/openai'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'
import { createAnthropic as createAnthropic3 } from 'ai-sdk-anthropic-3'
import { createOpenAI as createOpenAI3 } from 'ai-sdk-openai-3'
import { describe, expect, it } from 'vitest'
import { tollgateMiddleware } from '../../src/ai.ts'
import type { ReservationState } from '../../src/contract/decision.ts'
import { meterChatModel } from '../../src/langchain.ts'
import type { ModelGate, ModelMeterOptions } from '../../src/models/meter-options.ts'
import { messageStream } from './anthropic-wire.ts'
import { answerUpTo, expectSettledOnce } from './cut-stream.ts'
import { listeningTo, openMeteredModels } from './metered.ts'
import { chatStream, responsesStream } from './openai-wire.ts'

/** Every place is tried through the SDKs below these, in `cuts.long.test.ts`; here some of them. */
const PLACES = Array.from({ length: 10 }, (_, at) => 1 + at * 4)

const { provider, tollgate, organizationOf } = await openMeteredModels()

/** A stream that is aborted by the signal, or whose loop is left. */
type Stream = (
  gate: ModelGate,
  options: ModelMeterOptions,
  signal: AbortSignal,
) => Promise<AsyncIterable<unknown>>

const ofAiSdk =
  (ai: typeof ai7, model: () => unknown): Stream =>
  async (gate, options, abortSignal) => {
    const middleware = tollgateMiddleware(gate, options)
    const wrapped = ai.wrapLanguageModel({ model: model() as never, middleware } as never)
    const asked = { model: wrapped, prompt: 'Say something.', abortSignal, onError: () => {} }
    return ai.streamText(asked).fullStream
  }
const ofLangChain =
  (model: () => unknown): Stream =>
  async (gate, options, signal) =>
    meterChatModel(model() as ChatOpenAI, gate, options).stream('Say something.', { signal })

const ofOpenAI = (create: typeof createOpenAI) =>
  create({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` })
const ofAnthropic = (create: typeof createAnthropic) =>
  create({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` })('claude-opus-4-6')
const sixth = ai6 as unknown as typeof ai7
const key = { apiKey: 'sk-test', maxRetries: 0 }

type Answer = typeof chatStream
const CASES: readonly (readonly [string, Stream, Answer])[] = [
  ['AI SDK 7, chat', ofAiSdk(ai7, () => ofOpenAI(createOpenAI).chat('m')), chatStream],
  [
    'AI SDK 7, responses',
    ofAiSdk(ai7, () => ofOpenAI(createOpenAI).responses('m')),
    responsesStream as unknown as Answer,
  ],
  [
    'AI SDK 7, Claude',
    ofAiSdk(ai7, () => ofAnthropic(createAnthropic)),
    messageStream as unknown as Answer,
  ],
  ['AI SDK 6, chat', ofAiSdk(sixth, () => ofOpenAI(createOpenAI3 as never).chat('m')), chatStream],
  [
    'AI SDK 6, Claude',
    ofAiSdk(sixth, () => ofAnthropic(createAnthropic3 as never)),
    messageStream as unknown as Answer,
  ],
  [
    'LangChain, ChatOpenAI',
    ofLangChain(
      () =>
        new ChatOpenAI({ ...key, model: 'm', configuration: { baseURL: `${provider.url}/v1` } }),
    ),
    chatStream,
  ],
  [
    'LangChain, ChatAnthropic',
    ofLangChain(
      () =>
        new ChatAnthropic({ ...key, model: 'm', maxTokens: 4_000, anthropicApiUrl: provider.url }),
    ),
    messageStream as unknown as Answer,
  ],
]

/** Reads until it is over. An error that the reader gets is part of it. */
const readTo = async (stream: AsyncIterable<unknown>, words: number, cut: () => boolean) => {
  let read = 0
  try {
    for await (const event of stream) {
      if (JSON.stringify(event).includes(' word')) read += 1
      if (read === words && cut()) break
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
  }
}

describe.each(CASES)('an interrupted stream of %s', (name, streamOf, answer) => {
  // Where an AI SDK's stream is left, it reads on by itself, or ends once it is idle: see its test.
  const manners = name.startsWith('LangChain')
    ? (['break', 'abort', 'socket'] as const)
    : (['abort', 'socket'] as const)
  const cases = PLACES.flatMap((words) => manners.map((manner) => [manner, words] as const))

  it.each(cases)('by %s after %i words is settled once, within the hold', async (manner, words) => {
    const organization = await organizationOf(100_000)
    const settled: ReservationState[] = []
    answerUpTo(provider, answer, manner, words)
    const aborting = new AbortController()
    const options = { ...organization.options, outputTokens: 10 }
    const stream = await streamOf(listeningTo(tollgate, settled), options, aborting.signal)
    await readTo(stream, words, () => {
      if (manner === 'abort') aborting.abort()
      return manner === 'break'
    })
    await expectSettledOnce(provider, organization, settled, { manner, words })
    expect(provider.calls).toHaveLength(1)
  })
})
