import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatUnits, PICO_USD_SCALE } from '../../src/core/amounts.ts'
import { costOfCall, type ModelPrice } from '../../src/core/model-cost.ts'
import type { CallAmounts } from '../../src/core/usage-parts.ts'

const gpt4o: ModelPrice = {
  provider: 'openai',
  model: 'gpt-4o',
  inputUsdPerMillion: '2.50',
  cachedInputUsdPerMillion: '1.25',
  outputUsdPerMillion: '10.00',
}
const costOfTokens = (price: ModelPrice, usage: CallAmounts): bigint => {
  const cost = costOfCall(price, usage)
  if ('unpriced' in cost) throw new Error(`unpriced: ${cost.unpriced}`)
  return cost.picoUsd
}
const usd = (price: ModelPrice, usage: CallAmounts) =>
  formatUnits(costOfTokens(price, usage), PICO_USD_SCALE)

describe('costOfCall', () => {
  it('prices 18,059,974 input at $2.50 and 245,896 output at $10.00 at $47.608895', () => {
    expect(usd(gpt4o, { inputTokens: 18_059_974, outputTokens: 245_896 })).toBe('47.608895')
  })

  it('charges nothing for zero tokens', () => {
    expect(costOfTokens(gpt4o, { inputTokens: 0, outputTokens: 0 })).toBe(0n)
  })

  it('prices cached input separately from the other input', () => {
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 0 }
    expect(usd(gpt4o, usage)).toBe('2')
    expect(usd({ ...gpt4o, cachedInputUsdPerMillion: '0' }, usage)).toBe('1.5')
  })

  it('prices cached input as input if it has no own price', () => {
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 0 }
    expect(usd({ ...gpt4o, cachedInputUsdPerMillion: undefined }, usage)).toBe('2.5')
  })

  it('prices reasoning separately from the other output, or as output without an own price', () => {
    const usage = { inputTokens: 0, outputTokens: 1_000_000, reasoningTokens: 250_000 }
    expect(usd(gpt4o, usage)).toBe('10')
    expect(usd({ ...gpt4o, reasoningUsdPerMillion: '2' }, usage)).toBe('8')
  })

  it('is exact for one token at $0.01875 per million, which nano-dollars cannot represent', () => {
    const price = { ...gpt4o, inputUsdPerMillion: '0.01875' }
    expect(costOfTokens(price, { inputTokens: 1, outputTokens: 0 })).toBe(18_750n)
  })

  it('rounds a price with more than six decimals once per call, half up', () => {
    const price = { ...gpt4o, inputUsdPerMillion: '0.0000005', outputUsdPerMillion: '0.0000005' }
    expect(costOfTokens(price, { inputTokens: 1, outputTokens: 0 })).toBe(1n)
    expect(costOfTokens(price, { inputTokens: 1, outputTokens: 1 })).toBe(1n)
    expect(costOfTokens(price, { inputTokens: 3, outputTokens: 2 })).toBe(3n)
  })

  it('adds the request fee, with or without tokens', () => {
    const price = { ...gpt4o, requestUsdPerThousand: '12' }
    expect(usd(price, { inputTokens: 0, outputTokens: 0 })).toBe('0.012')
    expect(usd(price, { inputTokens: 1_000_000, outputTokens: 0 })).toBe('2.512')
  })

  const tiered: ModelPrice = {
    ...gpt4o,
    tiers: [
      { aboveInputTokens: 100, inputUsdPerMillion: '4', outputUsdPerMillion: '20' },
      { aboveInputTokens: 1_000, inputUsdPerMillion: '6', outputUsdPerMillion: '30' },
    ],
  }

  it('prices all tokens of a call by the highest tier that its input exceeds', () => {
    expect(usd(tiered, { inputTokens: 100, outputTokens: 10 })).toBe('0.00035')
    expect(usd(tiered, { inputTokens: 101, outputTokens: 10 })).toBe('0.000604')
    expect(usd(tiered, { inputTokens: 1_000, outputTokens: 10 })).toBe('0.0042')
    expect(usd(tiered, { inputTokens: 1_001, outputTokens: 10 })).toBe('0.006306')
  })

  it('finds the tier in any order', () => {
    const reversed = { ...tiered, tiers: [...(tiered.tiers ?? [])].reverse() }
    const usage = { inputTokens: 1_001, outputTokens: 10 }
    expect(costOfTokens(reversed, usage)).toBe(costOfTokens(tiered, usage))
  })

  it("uses the tier's own price for cached input", () => {
    const usage = { inputTokens: 200, cachedInputTokens: 200, outputTokens: 0 }
    expect(usd(tiered, usage)).toBe('0.0008')
  })

  it.each([
    { inputTokens: 1.5, outputTokens: 0 },
    { inputTokens: -1, outputTokens: 0 },
    { inputTokens: NaN, outputTokens: 0 },
    { inputTokens: 2 ** 53, outputTokens: 0 },
    { inputTokens: 1, cachedInputTokens: 2, outputTokens: 0 },
    { inputTokens: 0, outputTokens: 1, reasoningTokens: 2 },
    { inputTokens: 0, outputTokens: 1, reasoningTokens: -1 },
  ])('throws for counts that no validated event has: %o', (usage) => {
    expect(() => costOfTokens(gpt4o, usage)).toThrow(RangeError)
  })

  it('equals tokens times pico-dollars per token, for any parts', () => {
    const micro = fc.integer({ min: 0, max: 200_000_000 })
    const tokens = fc.integer({ min: 0, max: 100_000_000 })
    const model = fc.record({ prices: fc.array(micro, { minLength: 4, maxLength: 4 }) })
    fc.assert(
      fc.property(
        model,
        tokens,
        tokens,
        tokens,
        tokens,
        ({ prices }, plain, cached, out, think) => {
          const [input = 0, cachedInput = 0, output = 0, reasoning = 0] = prices
          const price: ModelPrice = {
            provider: 'p',
            model: 'm',
            inputUsdPerMillion: formatUnits(BigInt(input), 6),
            cachedInputUsdPerMillion: formatUnits(BigInt(cachedInput), 6),
            outputUsdPerMillion: formatUnits(BigInt(output), 6),
            reasoningUsdPerMillion: formatUnits(BigInt(reasoning), 6),
          }
          const expected =
            BigInt(input) * BigInt(plain) +
            BigInt(cachedInput) * BigInt(cached) +
            BigInt(output) * BigInt(out) +
            BigInt(reasoning) * BigInt(think)
          const usage = {
            inputTokens: plain + cached,
            cachedInputTokens: cached,
            outputTokens: out + think,
            reasoningTokens: think,
          }
          expect(costOfTokens(price, usage)).toBe(expected)
        },
      ),
    )
  })

  const claude: ModelPrice = {
    provider: 'anthropic',
    model: 'claude-3-7-sonnet',
    inputUsdPerMillion: '3',
    cachedInputUsdPerMillion: '0.3',
    cacheWriteUsdPerMillion: '3.75',
    cacheWrite1hUsdPerMillion: '6',
    outputUsdPerMillion: '15',
    webSearchUsdPerThousand: '10',
  }

  it('prices cache writes by their lifetime, and searches by the piece', () => {
    const usage = { inputTokens: 12_307, cacheWriteTokens: 12_304, outputTokens: 550 }
    expect(usd(claude, usage)).toBe('0.054399')
    // 3 plain, 10,000 for five minutes and 2,304 for an hour, and three searches.
    const other = { ...usage, cacheWrite1hTokens: 2_304, webSearches: 3 }
    expect(usd(claude, other)).toBe('0.089583')
  })

  const realtime: ModelPrice = {
    provider: 'openai',
    model: 'gpt-realtime',
    inputUsdPerMillion: '4',
    cachedInputUsdPerMillion: '0.4',
    inputAudioUsdPerMillion: '32',
    cachedAudioUsdPerMillion: '0.5',
    inputImageUsdPerMillion: '5',
    cachedImageUsdPerMillion: '0.6',
    outputUsdPerMillion: '16',
    outputAudioUsdPerMillion: '64',
  }

  it('counts every token in exactly one pool: text, audio or images, cached or not', () => {
    const usage = {
      inputTokens: 1_000,
      cachedInputTokens: 300,
      inputAudioTokens: 500,
      cachedAudioTokens: 200,
      inputImageTokens: 100,
      cachedImageTokens: 50,
      outputTokens: 400,
      outputAudioTokens: 350,
    }
    // 350 text, 50 cached; 300 audio, 200 cached; 50 image, 50 cached; 50 and 350 of output.
    const microUsd =
      350 * 4 + 50 * 0.4 + 300 * 32 + 200 * 0.5 + 50 * 5 + 50 * 0.6 + 50 * 16 + 350 * 64
    expect(usd(realtime, usage)).toBe(String(microUsd / 1e6))
  })

  it('leaves the output of a speech model unpriced until the call reports its audio', () => {
    const usage = { inputTokens: 100, outputTokens: 400 }
    expect(costOfCall(realtime, usage)).toEqual({ unpriced: 'untold' })
    expect(usd(realtime, { ...usage, outputAudioTokens: 0 })).toBe('0.0068')
  })

  it('reports input priced as text if other kinds have prices and none was reported', () => {
    const usage = { inputTokens: 100, outputTokens: 0 }
    expect(costOfCall(realtime, usage)).toMatchObject({ asText: true })
    expect(costOfCall(realtime, { ...usage, inputAudioTokens: 0 })).toMatchObject({ asText: false })
    expect(costOfCall(gpt4o, usage)).toMatchObject({ asText: false })
  })

  it('prices hours of audio and pages without any tokens', () => {
    const names = { provider: 'p', model: 'm' }
    expect(usd({ ...names, audioUsdPerHour: '0.36' }, { audioSeconds: 61.5 })).toBe('0.00615')
    const ocr = { ...names, pageUsdPerThousand: '1', annotatedPageUsdPerThousand: '3' }
    expect(usd(ocr, { pages: 10, annotatedPages: 4 })).toBe('0.018')
    expect(
      usd({ ...ocr, annotatedPageUsdPerThousand: undefined }, { pages: 10, annotatedPages: 4 }),
    ).toBe('0.01')
  })

  it('counts the reported requests of a combined call, and one by default', () => {
    const price = { ...gpt4o, requestUsdPerThousand: '12' }
    expect(usd(price, { inputTokens: 0, requests: 5 })).toBe('0.06')
    expect(usd({ provider: 'p', model: 'm', requestUsdPerThousand: '12' }, {})).toBe('0.012')
  })

  it('is unpriced if no priced amount was reported, or if a part has no price', () => {
    expect(costOfCall(gpt4o, {})).toEqual({ unpriced: 'nothing_told' })
    expect(costOfCall(gpt4o, { audioSeconds: 3 })).toEqual({ unpriced: 'nothing_told' })
    expect(costOfCall({ ...gpt4o, requestUsdPerThousand: '1' }, {})).toEqual({
      unpriced: 'nothing_told',
    })
    expect(costOfCall(gpt4o, { inputTokens: 1, webSearches: 1 })).toEqual({ unpriced: 'no_price' })
    expect(usd(gpt4o, { inputTokens: 1, webSearches: 0 })).toBe('0.0000025')
  })

  it('charges nothing for a model with only zero prices', () => {
    const free = {
      ...gpt4o,
      inputUsdPerMillion: '0',
      cachedInputUsdPerMillion: '0',
      outputUsdPerMillion: '0',
    }
    expect(usd(free, {})).toBe('0')
  })
})
