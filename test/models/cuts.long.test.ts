import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { meterAnthropic } from '../../src/anthropic.ts'
import type { ReservationState } from '../../src/contract/decision.ts'
import type { ModelGate } from '../../src/models/meter-options.ts'
import { meterOpenAI } from '../../src/openai.ts'
import { isLong } from '../setup/form.ts'
import { messageStream } from './anthropic-wire.ts'
import { answerUpTo, expectSettledOnce, WORDS } from './cut-stream.ts'
import { listeningTo, type MeteredOrganization, openMeteredModels, wordsOf } from './metered.ts'
import { chatStream, responsesStream } from './openai-wire.ts'

/** The short form cuts at the first words, in the middle and before the end. */
const PLACES = isLong ? Array.from({ length: WORDS - 1 }, (_, at) => at + 1) : [1, 17, WORDS - 1]

const { provider, tollgate, organizationOf } = await openMeteredModels()

interface Streaming {
  readonly stream: AsyncIterable<unknown>
  readonly abort: () => void
}
type Ask = (gate: ModelGate, organization: MeteredOrganization) => Promise<Streaming>

const WIRES: readonly (readonly [string, Ask, typeof chatStream])[] = [
  [
    'chat completions',
    async (gate, { options }) => {
      const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 0 })
      const openai = meterOpenAI(client, gate, { ...options, outputTokens: 10 })
      const messages = [{ role: 'user' as const, content: 'Say something.' }]
      const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true })
      return { stream, abort: () => stream.controller.abort() }
    },
    chatStream,
  ],
  [
    'responses',
    async (gate, { options }) => {
      const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 0 })
      const openai = meterOpenAI(client, gate, { ...options, outputTokens: 10 })
      const stream = await openai.responses.create({ model: 'm', input: 'Say it.', stream: true })
      return { stream, abort: () => stream.controller.abort() }
    },
    responsesStream as unknown as typeof chatStream,
  ],
  [
    'messages',
    async (gate, { options }) => {
      const client = new Anthropic({ apiKey: 'sk-test', baseURL: provider.url, maxRetries: 0 })
      const claude = meterAnthropic(client, gate, { ...options, outputTokens: 10 })
      const messages = [{ role: 'user' as const, content: 'Say something.' }]
      const stream = await claude.messages.create({
        model: 'm',
        max_tokens: 4_000,
        messages,
        stream: true,
      })
      return { stream, abort: () => stream.controller.abort() }
    },
    messageStream as unknown as typeof chatStream,
  ],
]

/** The way a stream is cut after this many words, and what its reader then sees. */
const MANNERS = {
  break: async ({ stream }: Streaming, words: number) => {
    let read = 0
    for await (const event of stream) {
      if (JSON.stringify(event).includes(' word')) read += 1
      if (read === words) break
    }
  },
  abort: async ({ stream, abort }: Streaming, words: number) => {
    let read = 0
    try {
      for await (const event of stream) {
        if (JSON.stringify(event).includes(' word')) read += 1
        if (read === words) abort()
      }
    } catch (error) {
      // Some versions end the loop silently, others throw an abort error.
      expect(String(error)).toMatch(/abort/i)
    }
  },
  socket: async ({ stream }: Streaming) => {
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow()
  },
}

describe.each(WIRES)('an interrupted stream of %s', (_, ask, answer) => {
  const cases = PLACES.flatMap((words) =>
    (['break', 'abort', 'socket'] as const).map((manner) => [manner, words] as const),
  )
  it.each(cases)('by %s after %i words is settled once, within the hold', async (manner, words) => {
    const organization = await organizationOf(100_000)
    const settled: ReservationState[] = []
    answerUpTo(provider, answer, manner, words)
    await MANNERS[manner](await ask(listeningTo(tollgate, settled), organization), words)
    await expectSettledOnce(provider, organization, settled, { manner, words })
  })
})

describe('a stream split at any byte', () => {
  it('is passed on unchanged, and counted the same', { timeout: 60_000 }, async () => {
    const organization = await organizationOf(100_000)
    const { events } = chatStream(['Grüße', ' 😀', ' end'])({
      stream_options: { include_usage: true },
    })
    const bytes = new TextEncoder().encode(events.join(''))
    const step = isLong ? 2 : 11
    for (let at = 1; at < bytes.length; at += step) {
      const pieces = [bytes.slice(0, at), bytes.slice(at, at + 1), bytes.slice(at + 1)]
      const client = new OpenAI({
        apiKey: 'sk-test',
        fetch: async () =>
          new Response(ReadableStream.from(pieces) as ReadableStream<Uint8Array>, {
            headers: { 'content-type': 'text/event-stream' },
          }),
      })
      const openai = meterOpenAI(client, tollgate, organization.options)
      const messages = [{ role: 'user' as const, content: 'x' }]
      const stream = openai.chat.completions.stream({ model: 'm', messages })
      const final = await stream.finalChatCompletion()
      expect(final.choices[0]?.message.content).toBe('Grüße 😀 end')
    }
    const { used, held } = await organization.tokens()
    expect([used % 60, held]).toEqual([0, 0])
  })
})

describe('a stream at its cap', () => {
  it('reads one piece past its output, and cancels its source', async () => {
    const organization = await organizationOf(100)
    const { events } = chatStream(wordsOf(200))({})
    let pulled = 0
    let cancelledAt: number | undefined
    const source = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          // A provider takes time for each token, and the hold is extended meanwhile.
          await tollgate.check({ ...organization.options })
          controller.enqueue(new TextEncoder().encode(events[pulled]))
          pulled += 1
        },
        cancel: () => {
          cancelledAt = pulled
        },
      },
      { highWaterMark: 0 },
    )
    const client = new OpenAI({
      apiKey: 'sk-test',
      fetch: async () => new Response(source, { headers: { 'content-type': 'text/event-stream' } }),
    })
    const openai = meterOpenAI(client, tollgate, { ...organization.options, outputTokens: 20 })
    const messages = [{ role: 'user' as const, content: 'x' }]
    const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true })
    let words = 0
    let finish: string | null | undefined
    for await (const { choices } of stream) {
      if (choices[0]?.delta?.content) words += 1
      finish = choices[0]?.finish_reason ?? finish
    }
    expect(finish).toBe('length')
    // The first event has no text, and the last one read is the one past the cap.
    expect(cancelledAt).toBe(1 + words + 1)
    const { used } = await organization.tokens()
    expect(used).toBeGreaterThan(95)
    expect(used).toBeLessThanOrEqual(100)
  })
})
