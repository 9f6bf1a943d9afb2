import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { calcPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelPriceSchema } from '../../src/contract/catalog.ts'
import { formatUnits, PICO_USD_SCALE } from '../../src/core/amounts.ts'
import { costOfCall, type ModelPrice } from '../../src/core/model-cost.ts'
import type { CallAmounts } from '../../src/core/usage-parts.ts'
import {
  KNOWN_PRICES,
  libraryPrice,
  PRICE_LIBRARY,
} from '../../src/engine/catalog/price-library.ts'

const at = new Date('2026-01-15T12:00:00Z')

const listed: { provider: string; model: string }[] = []

beforeAll(async () => {
  const providers: Provider[] = (await waitForUpdate()) ?? []
  for (const provider of providers) {
    for (const model of provider.models) listed.push({ provider: provider.id, model: model.id })
  }
})

/** The library's own result for a call, in binary floating point. */
const libraryTotal = (provider: string, model: string, usage: CallAmounts, when: Date) =>
  calcPrice(
    Object.fromEntries(
      THEIR_NAMES.flatMap(([ours, theirs, times = 1]) => {
        const count = usage[ours]
        return count == null ? [] : [[theirs, count * times]]
      }),
    ),
    model,
    { providerId: provider, timestamp: when },
  )

const THEIR_NAMES: readonly (readonly [keyof CallAmounts, string, number?])[] = [
  ['inputTokens', 'input_tokens'],
  ['cachedInputTokens', 'cache_read_tokens'],
  ['cacheWriteTokens', 'cache_write_tokens'],
  ['cacheWrite1hTokens', 'cache_write_1h_tokens'],
  ['inputAudioTokens', 'input_audio_tokens'],
  ['cachedAudioTokens', 'cache_audio_read_tokens'],
  ['inputImageTokens', 'input_image_tokens'],
  ['cachedImageTokens', 'cache_image_read_tokens'],
  ['inputVideoTokens', 'input_video_tokens'],
  ['outputTokens', 'output_tokens'],
  ['reasoningTokens', 'output_reasoning_tokens'],
  ['outputAudioTokens', 'output_audio_tokens'],
  ['outputImageTokens', 'output_image_tokens'],
  ['outputVideoTokens', 'output_video_tokens'],
  ['citationTokens', 'output_citation_tokens'],
  ['webSearches', 'web_searches'],
  ['fileSearches', 'storage_searches'],
]

const expectSameCost = (provider: string, model: string, usage: CallAmounts, when: Date) => {
  const theirs = libraryTotal(provider, model, usage, when)
  const price = libraryPrice(provider, model, when)
  if (price?.inputUsdPerMillion === undefined) {
    expect(theirs?.model_price.input_mtok).toBeUndefined()
    return
  }
  // A speech model is told its audio amount, even if zero.
  const cost = costOfCall(price, { outputAudioTokens: 0, ...usage })
  if ('unpriced' in cost) throw new Error(`${provider} ${model}: ${cost.unpriced}`)
  const ours = Number(formatUnits(cost.picoUsd, PICO_USD_SCALE))
  const total = theirs?.total_price ?? Number.NaN
  // Rounding to a pico-dollar may change a tiny cost by half a pico-dollar.
  const allowed = 1e-9 * total + 0.5e-12
  expect(
    Math.abs(ours - total),
    `${provider} ${model}: ${ours}, library ${total}`,
  ).toBeLessThanOrEqual(allowed)
}

describe('libraryPrice', () => {
  it("returns a model's unit prices as decimal text, under the library's name", () => {
    expect(libraryPrice('openai', 'gpt-4o-2024-08-06', at)).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
      inputUsdPerMillion: '2.5',
      cachedInputUsdPerMillion: '1.25',
      outputUsdPerMillion: '10',
      webSearchUsdPerThousand: '10',
      fileSearchUsdPerThousand: '2.5',
    })
  })

  it('finds the provider by the model if none is given', () => {
    expect(libraryPrice(undefined, 'gpt-4o', at)).toEqual(libraryPrice('openai', 'gpt-4o', at))
  })

  it('includes the tiers of a model', () => {
    expect(libraryPrice('google', 'gemini-2.5-pro', at)).toEqual({
      provider: 'google',
      model: 'gemini-2.5-pro',
      inputUsdPerMillion: '1.25',
      cachedInputUsdPerMillion: '0.125',
      outputUsdPerMillion: '10',
      tiers: [
        {
          aboveInputTokens: 200_000,
          inputUsdPerMillion: '2.5',
          cachedInputUsdPerMillion: '0.25',
          outputUsdPerMillion: '15',
        },
      ],
    })
  })

  it('includes the request fee and the price of reasoning', () => {
    expect(libraryPrice('perplexity', 'sonar-pro', at)?.requestUsdPerThousand).toBe('14')
    expect(libraryPrice('perplexity', 'sonar-deep-research', at)?.reasoningUsdPerMillion).toBe('3')
  })

  it('treats output of an input-only model as free', () => {
    expect(libraryPrice('openai', 'text-embedding-3-small', at)?.outputUsdPerMillion).toBe('0')
  })

  it('does not know models and providers that the library does not list', () => {
    expect(libraryPrice('openai', 'no-such-model', at)).toBeUndefined()
    expect(libraryPrice('no-such-provider', 'gpt-4o', at)).toBeUndefined()
    expect(libraryPrice(undefined, 'no-such-model', at)).toBeUndefined()
    expect(libraryPrice(undefined, '', at)).toBeUndefined()
    expect(libraryPrice('openai', 'gpt-4o'.repeat(100_000), at)).toBeUndefined()
    expect(libraryPrice('__proto__', 'constructor', at)).toBeUndefined()
  })

  it('prices models billed by time or pages, and shows none of them as free', () => {
    expect(calcPrice({}, 'whisper-1', { providerId: 'openai' })?.total_price).toBe(0)
    expect(libraryPrice('openai', 'whisper-1', at)).toEqual({
      provider: 'openai',
      model: 'whisper-1',
      audioUsdPerHour: '0.36',
    })
    expect(libraryPrice('mistral', 'mistral-ocr-2505', at)).toMatchObject({
      pageUsdPerThousand: '1',
      annotatedPageUsdPerThousand: '3',
    })
    expect(libraryPrice('cerebras', 'qwen-3-coder-480b', at)).toBeUndefined()
  })

  it('includes every kind of price in the list', async () => {
    const providers: Provider[] = (await waitForUpdate()) ?? []
    const models = providers.flatMap((provider) => provider.models)
    const prices = models.flatMap(({ prices }) =>
      Array.isArray(prices) ? prices.map((one) => one.prices) : [prices],
    )
    const names = new Set(prices.flatMap((one) => Object.keys(one)))
    expect([...names].filter((name) => !KNOWN_PRICES.includes(name))).toEqual([])
  })

  it('returns prices that a catalog accepts', () => {
    for (const { provider, model } of listed) {
      const price = libraryPrice(provider, model, at)
      if (price) expect(modelPriceSchema.parse(price)).toEqual(price)
    }
  })
})

describe("our cost and the library's", () => {
  it('agree for every listed model, below and above every threshold', () => {
    expect(listed.length).toBeGreaterThan(1_000)
    for (const { provider, model } of listed) {
      const edges = libraryPrice(provider, model, at)?.tiers?.map((tier) => tier.aboveInputTokens)
      for (const inputTokens of [
        1,
        5_000_000,
        ...(edges ?? []).flatMap((edge) => [edge, edge + 1]),
      ]) {
        const cachedInputTokens = Math.floor(inputTokens / 3)
        const usage = { inputTokens, cachedInputTokens, outputTokens: 777, reasoningTokens: 77 }
        expectSameCost(provider, model, usage, at)
      }
    }
  })

  it('agree for any call, at any time of day, in any year', () => {
    const tokens = fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 1e8 }))
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const times = fc.date({
      min: new Date('2023-01-01T00:00:00Z'),
      max: new Date('2027-01-01T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(
        fc.nat(),
        tokens,
        share,
        tokens,
        share,
        times,
        (pick, input, c, output, r, when) => {
          const chosen = listed[pick % listed.length]
          if (!chosen) throw new Error('the library lists no models')
          const usage = {
            inputTokens: input,
            cachedInputTokens: Math.floor(input * c),
            outputTokens: output,
            reasoningTokens: Math.floor(output * r),
          }
          expectSameCost(chosen.provider, chosen.model, usage, when)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('agree for every priced part, of every model that prices it', () => {
    const usage = {
      inputTokens: 9_000,
      cachedInputTokens: 2_000,
      cacheWriteTokens: 1_500,
      cacheWrite1hTokens: 500,
      outputTokens: 4_000,
      reasoningTokens: 70,
    }
    const kinds = [
      {},
      { inputAudioTokens: 700, cachedAudioTokens: 300 },
      { inputImageTokens: 600, cachedImageTokens: 200 },
      { inputVideoTokens: 500 },
      { outputAudioTokens: 800 },
      { outputImageTokens: 900 },
      { outputVideoTokens: 90 },
      { citationTokens: 60 },
      { webSearches: 3 },
      { fileSearches: 2 },
    ]
    let compared = 0
    for (const { provider, model } of listed) {
      const price = libraryPrice(provider, model, at)
      if (price?.inputUsdPerMillion === undefined) continue
      for (const kind of kinds) {
        const [part] = Object.keys(kind)
        if (part !== undefined && !hasPrice(price, part)) continue
        expectSameCost(provider, model, { ...usage, ...kind }, at)
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(1_500)
  })
})

it("the library's version is the one with the known date", () => {
  const main = createRequire(import.meta.url).resolve('@pydantic/genai-prices')
  const manifest = readFileSync(join(dirname(main), '..', 'package.json'), 'utf8')
  expect(PRICE_LIBRARY.version).toBe(JSON.parse(manifest).version)
})

const PRICE_OF: Readonly<Record<string, keyof ModelPrice>> = {
  inputAudioTokens: 'inputAudioUsdPerMillion',
  inputImageTokens: 'inputImageUsdPerMillion',
  inputVideoTokens: 'inputVideoUsdPerMillion',
  outputAudioTokens: 'outputAudioUsdPerMillion',
  outputImageTokens: 'outputImageUsdPerMillion',
  outputVideoTokens: 'outputVideoUsdPerMillion',
  citationTokens: 'citationUsdPerMillion',
  webSearches: 'webSearchUsdPerThousand',
  fileSearches: 'fileSearchUsdPerThousand',
}
const hasPrice = (price: ModelPrice, part: string): boolean =>
  price[PRICE_OF[part] ?? 'model'] !== undefined
