import { calcPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelPriceSchema } from '../../src/contract/catalog.ts'
import { formatUnits, PICO_USD_SCALE } from '../../src/core/amounts.ts'
import { costOfTokens, type TokenUsage } from '../../src/core/model-cost.ts'
import { libraryPrice } from '../../src/engine/catalog/price-library.ts'

const at = new Date('2026-01-15T12:00:00Z')

const listed: { provider: string; model: string }[] = []

beforeAll(async () => {
  const providers: Provider[] = (await waitForUpdate()) ?? []
  for (const provider of providers) {
    for (const model of provider.models) listed.push({ provider: provider.id, model: model.id })
  }
})

/** What the library itself makes of a call, in binary floating point. */
const libraryTotal = (provider: string, model: string, usage: TokenUsage, when: Date) =>
  calcPrice(
    {
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cachedInputTokens,
      output_tokens: usage.outputTokens,
      output_reasoning_tokens: usage.reasoningTokens,
    },
    model,
    { providerId: provider, timestamp: when },
  )

const expectSameCost = (provider: string, model: string, usage: TokenUsage, when: Date) => {
  const theirs = libraryTotal(provider, model, usage, when)
  const price = libraryPrice(provider, model, when)
  if (price === undefined) {
    expect(theirs?.model_price.input_mtok).toBeUndefined()
    return
  }
  const ours = Number(formatUnits(costOfTokens(price, usage), PICO_USD_SCALE))
  const total = theirs?.total_price ?? Number.NaN
  // Half a pico-dollar is what rounding to one may take from a call that costs next to nothing.
  const allowed = 1e-9 * total + 0.5e-12
  expect(
    Math.abs(ours - total),
    `${provider} ${model}: ${ours}, library ${total}`,
  ).toBeLessThanOrEqual(allowed)
}

describe('libraryPrice', () => {
  it('gives the unit prices of a model as decimal text, named as the library names it', () => {
    expect(libraryPrice('openai', 'gpt-4o-2024-08-06', at)).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
      inputUsdPerMillion: '2.5',
      cachedInputUsdPerMillion: '1.25',
      outputUsdPerMillion: '10',
    })
  })

  it('finds the provider by the model where none is given', () => {
    expect(libraryPrice(undefined, 'gpt-4o', at)).toEqual(libraryPrice('openai', 'gpt-4o', at))
  })

  it('keeps the tiers of a model that has them', () => {
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

  it('keeps the fee of a request and the price of reasoning', () => {
    expect(libraryPrice('perplexity', 'sonar-pro', at)?.requestUsdPerThousand).toBe('14')
    expect(libraryPrice('perplexity', 'sonar-deep-research', at)?.reasoningUsdPerMillion).toBe('3')
  })

  it('takes output of a model that only reads as free', () => {
    expect(libraryPrice('openai', 'text-embedding-3-small', at)?.outputUsdPerMillion).toBe('0')
  })

  it('does not know a model, or a provider, that the library does not list', () => {
    expect(libraryPrice('openai', 'no-such-model', at)).toBeUndefined()
    expect(libraryPrice('no-such-provider', 'gpt-4o', at)).toBeUndefined()
    expect(libraryPrice(undefined, 'no-such-model', at)).toBeUndefined()
    expect(libraryPrice(undefined, '', at)).toBeUndefined()
    expect(libraryPrice('openai', 'gpt-4o'.repeat(100_000), at)).toBeUndefined()
    expect(libraryPrice('__proto__', 'constructor', at)).toBeUndefined()
  })

  it('does not pass a model off as free for which the library lists no price of tokens', () => {
    expect(calcPrice({}, 'whisper-1', { providerId: 'openai' })?.total_price).toBe(0)
    expect(libraryPrice('openai', 'whisper-1', at)).toBeUndefined()
    expect(libraryPrice('cerebras', 'qwen-3-coder-480b', at)).toBeUndefined()
  })

  it('gives prices that a catalog takes as its own', () => {
    for (const { provider, model } of listed) {
      const price = libraryPrice(provider, model, at)
      if (price) expect(modelPriceSchema.parse(price)).toEqual(price)
    }
  })
})

describe('our cost and the library', () => {
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
})
