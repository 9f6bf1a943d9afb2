import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { meterAnthropic } from '../../src/anthropic.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { meterOpenAI } from '../../src/openai.ts'
import { type MeteredOrganization, openMeteredTollgate } from './metered.ts'

/** OpenAI's published prices: US dollars per million of input, cached input and output. */
const OPENAI: readonly (readonly [model: string, ...prices: string[]])[] = [
  ['gpt-4o', '2.5', '1.25', '10'],
  ['gpt-4o-mini', '0.15', '0.075', '0.6'],
  ['gpt-4.1', '2', '0.5', '8'],
  ['gpt-4.1-mini', '0.4', '0.1', '1.6'],
  ['gpt-4.1-nano', '0.1', '0.025', '0.4'],
  ['gpt-5', '1.25', '0.125', '10'],
  ['gpt-5-mini', '0.25', '0.025', '2'],
  ['gpt-5-nano', '0.05', '0.005', '0.4'],
  ['gpt-5.1', '1.25', '0.125', '10'],
  ['gpt-5.2', '1.75', '0.175', '14'],
  ['gpt-5.4', '2.5', '0.25', '15'],
  ['gpt-5.5', '5', '0.5', '30'],
  ['o1', '15', '7.5', '60'],
  ['o3', '2', '0.5', '8'],
  ['o3-mini', '1.1', '0.55', '4.4'],
  ['o4-mini', '1.1', '0.275', '4.4'],
]
/** The models with search prices: 10 dollars per thousand, 2.5 for file searches. */
const SEARCHES = new Set(['gpt-4o', 'gpt-4.1', 'gpt-5', 'gpt-5.4', 'o3', 'o4-mini'])
/** Input, cache writes for five minutes and for an hour, cache reads, and output. */
const ANTHROPIC: readonly (readonly [model: string, ...prices: string[]])[] = [
  ['claude-3-haiku-20240307', '0.25', '0.3', '0.5', '0.03', '1.25'],
  ['claude-3-5-haiku-latest', '0.8', '1', '1.6', '0.08', '4'],
  ['claude-3-5-sonnet-latest', '3', '3.75', '6', '0.3', '15'],
  ['claude-3-7-sonnet-latest', '3', '3.75', '6', '0.3', '15'],
  ['claude-opus-4-0', '15', '18.75', '30', '1.5', '75'],
  ['claude-opus-4-1', '15', '18.75', '30', '1.5', '75'],
  ['claude-sonnet-4-0', '3', '3.75', '6', '0.3', '15'],
  ['claude-sonnet-4-5', '3', '3.75', '6', '0.3', '15'],
  ['claude-haiku-4-5', '1', '1.25', '2', '0.1', '5'],
  ['claude-opus-4-5', '5', '6.25', '10', '0.5', '25'],
  ['claude-opus-4-6', '5', '6.25', '10', '0.5', '25'],
  ['claude-opus-4-7', '5', '6.25', '10', '0.5', '25'],
]

/** A sum of exact fractions, over a power of ten. */
const DIGITS = 24
const exact = (decimal: string): bigint => {
  const [whole = '0', part = ''] = decimal.split('.')
  return BigInt(whole + part.padEnd(DIGITS, '0'))
}
type Term = readonly [count: number, dollars: string, per: number]
/** The sum as decimal text, without trailing zeros. */
const dollarsOf = (terms: readonly Term[]): string => {
  const units = terms.reduce(
    (sum, [count, dollars, per]) => sum + (BigInt(count) * exact(dollars)) / BigInt(per),
    0n,
  )
  const text = units.toString().padStart(DIGITS + 1, '0')
  return `${text.slice(0, -DIGITS)}.${text.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}
const MILLION = 1_000_000
const THOUSAND = 1_000

let tollgate: TollgateEngine
let organization: MeteredOrganization
let another: MeteredOrganization
beforeAll(async () => {
  const opened = await openMeteredTollgate()
  tollgate = opened.tollgate
  organization = await opened.organizationOf(1_000_000_000)
  another = await opened.organizationOf(1_000_000_000)
})
afterAll(() => tollgate?.close())

/** A provider's answer, without a network. */
const answering = (json: object) => async () =>
  new Response(JSON.stringify(json), { headers: { 'content-type': 'application/json' } })

/** An answer of OpenAI's responses API, with 12,347 tokens of output. */
const responseOf = (
  model: string,
  { input, cached }: { readonly input: number; readonly cached: number },
  output: readonly object[] = [],
) => ({
  id: 'resp_1',
  object: 'response',
  model,
  status: 'completed',
  output,
  usage: {
    input_tokens: input,
    output_tokens: 12_347,
    input_tokens_details: { cached_tokens: cached },
    output_tokens_details: { reasoning_tokens: 2_345 },
  },
})

/** OpenAI's SDK, metered for the organization. Each call gets this answer. */
const openAIWith = (json: object, { options }: MeteredOrganization) =>
  meterOpenAI(new OpenAI({ apiKey: 'sk-test', fetch: answering(json) }), tollgate, options)

/** The same of Anthropic's SDK. */
const anthropicWith = (json: object, { options }: MeteredOrganization) =>
  meterAnthropic(new Anthropic({ apiKey: 'sk-test', fetch: answering(json) }), tollgate, options)

const costOf = async (model: string, of = organization): Promise<string> => {
  const events = await of.events()
  const event = events.find((one) => one.model === model)
  return String(event?.costUsd).replace(/\.?0+$/, '')
}

describe('the cost of a metered call is exact to the last digit', () => {
  it.each(OPENAI)('for %s, by responses', async (model, input = '', cached = '', output = '') => {
    const isSearching = SEARCHES.has(model)
    const search = { type: 'web_search_call', action: { type: 'search' } }
    const searches = isSearching ? [search, search, search, { type: 'file_search_call' }] : []
    const json = responseOf(model, { input: 100_003, cached: 30_001 }, searches)
    const openai = openAIWith(json, organization)
    await openai.responses.create({ model, input: 'x' })
    const searched: Term[] = [
      [3, '10', THOUSAND],
      [1, '2.5', THOUSAND],
    ]
    expect(await costOf(model)).toBe(
      dollarsOf([
        [100_003 - 30_001, input, MILLION],
        [30_001, cached, MILLION],
        [12_347, output, MILLION],
        ...(isSearching ? searched : []),
      ]),
    )
  })

  it.each(ANTHROPIC)(
    'for %s',
    async (model, input = '', write = '', hour = '', read = '', output = '') => {
      const hasSearch = model !== 'claude-3-haiku-20240307'
      const json = {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: 'end_turn',
        usage: {
          input_tokens: 50_007,
          output_tokens: 7_777,
          cache_creation_input_tokens: 20_003,
          cache_read_input_tokens: 30_001,
          cache_creation: { ephemeral_5m_input_tokens: 15_002, ephemeral_1h_input_tokens: 5_001 },
          ...(hasSearch && { server_tool_use: { web_search_requests: 3 } }),
        },
      }
      const claude = anthropicWith(json, organization)
      const messages = [{ role: 'user' as const, content: 'x' }]
      await claude.messages.create({ model, max_tokens: 10, messages })
      expect(await costOf(model)).toBe(
        dollarsOf([
          [50_007, input, MILLION],
          [15_002, write, MILLION],
          [5_001, hour, MILLION],
          [30_001, read, MILLION],
          [7_777, output, MILLION],
          ...(hasSearch ? [[3, '10', THOUSAND] as const] : []),
        ]),
      )
    },
  )

  it('for gpt-audio, by its audio input and output', async () => {
    const json = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-audio',
      choices: [],
      usage: {
        prompt_tokens: 9_001,
        completion_tokens: 5_003,
        prompt_tokens_details: { audio_tokens: 8_000, cached_tokens: 0 },
        completion_tokens_details: { audio_tokens: 4_000, reasoning_tokens: 0 },
      },
    }
    const openai = openAIWith(json, organization)
    const messages = [{ role: 'user' as const, content: 'x' }]
    await openai.chat.completions.create({ model: 'gpt-audio', messages })
    expect(await costOf('gpt-audio')).toBe(
      dollarsOf([
        [1_001, '2.5', MILLION],
        [8_000, '32', MILLION],
        [1_003, '10', MILLION],
        [4_000, '64', MILLION],
      ]),
    )
  })

  it('for text-embedding-3-large, which has no output', async () => {
    const model = 'text-embedding-3-large'
    const json = {
      object: 'list',
      model,
      data: [],
      usage: { prompt_tokens: 12_345, total_tokens: 12_345 },
    }
    const openai = openAIWith(json, organization)
    await openai.embeddings.create({ model, input: 'x', encoding_format: 'float' })
    expect(await costOf(model)).toBe(dollarsOf([[12_345, '0.13', MILLION]]))
  })

  it('for gpt-5.4 with a long context, whose every part costs more', async () => {
    const json = responseOf('gpt-5.4', { input: 300_001, cached: 40_003 })
    const openai = openAIWith(json, another)
    await openai.responses.create({ model: 'gpt-5.4', input: 'x' })
    expect(await costOf('gpt-5.4', another)).toBe(
      dollarsOf([
        [300_001 - 40_003, '5', MILLION],
        [40_003, '0.5', MILLION],
        [12_347, '22.5', MILLION],
      ]),
    )
  })

  it('for claude-sonnet-4-5 with a long context, of which the cache is a part', async () => {
    const model = 'claude-sonnet-4-5'
    const json = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 150_007,
        output_tokens: 7_777,
        cache_creation_input_tokens: 20_003,
        cache_read_input_tokens: 60_001,
        cache_creation: { ephemeral_5m_input_tokens: 15_002, ephemeral_1h_input_tokens: 5_001 },
      },
    }
    const claude = anthropicWith(json, another)
    const messages = [{ role: 'user' as const, content: 'x' }]
    await claude.messages.create({ model, max_tokens: 10, messages })
    expect(await costOf(model, another)).toBe(
      dollarsOf([
        [150_007, '6', MILLION],
        [15_002, '7.5', MILLION],
        [5_001, '12', MILLION],
        [60_001, '0.6', MILLION],
        [7_777, '22.5', MILLION],
      ]),
    )
  })

  it('for gpt-image-1, by its text and image tokens', async () => {
    const json = {
      created: 1,
      data: [{ b64_json: '' }],
      usage: {
        input_tokens: 1_234,
        input_tokens_details: { text_tokens: 234, image_tokens: 1_000 },
        output_tokens: 4_160,
        total_tokens: 5_394,
      },
    }
    const openai = openAIWith(json, another)
    await openai.images.generate({ model: 'gpt-image-1', prompt: 'x' })
    expect(await costOf('gpt-image-1', another)).toBe(
      dollarsOf([
        [234, '5', MILLION],
        [1_000, '10', MILLION],
        [4_160, '40', MILLION],
      ]),
    )
  })
})
