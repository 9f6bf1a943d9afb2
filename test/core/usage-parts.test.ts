import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partFaults, partsOf, tokenPools } from '../../src/core/usage-parts.ts'

describe("the parts of a call's tokens", () => {
  it('are refused by name if one exceeds its whole', () => {
    const fields = (amounts: Parameters<typeof partFaults>[0]) =>
      partFaults(amounts).map(({ field }) => field)
    expect(fields({ inputTokens: 10, cacheWriteTokens: 11 })).toEqual(['cacheWriteTokens'])
    expect(fields({ inputTokens: 10, cacheWrite1hTokens: 1 })).toEqual(['cacheWrite1hTokens'])
    expect(fields({ inputTokens: 10, inputAudioTokens: 5, cachedAudioTokens: 5 })).toEqual([
      'cachedAudioTokens',
    ])
    expect(fields({ outputTokens: 3, outputAudioTokens: 4 })).toEqual(['outputAudioTokens'])
    expect(fields({ annotatedPages: 1 })).toEqual(['annotatedPages'])
    // Each fits alone, but not both: 6 read from the cache and 6 written, of 10.
    expect(fields({ inputTokens: 10, cachedInputTokens: 6, cacheWriteTokens: 6 })).toEqual([
      'inputTokens',
    ])
    expect(fields({ outputTokens: 10, reasoningTokens: 6, outputAudioTokens: 6 })).toEqual([
      'outputTokens',
    ])
  })

  it('are stored only if they were reported, in one order', () => {
    expect(partsOf({ inputTokens: 5, outputTokens: 2 })).toBeUndefined()
    expect(partsOf({ pages: undefined, requests: null })).toBeUndefined()
    const parts = partsOf({ pages: 2, inputTokens: 5, requests: 0, cacheWriteTokens: 1 })
    expect(JSON.stringify(parts)).toBe('{"cacheWriteTokens":1,"requests":0,"pages":2}')
  })

  it('separate into pools that sum to the input and the output', () => {
    const count = fc.integer({ min: 0, max: 1_000 })
    const amounts = fc.record({
      inputTokens: count,
      cachedInputTokens: count,
      cacheWriteTokens: count,
      cacheWrite1hTokens: count,
      inputAudioTokens: count,
      cachedAudioTokens: count,
      inputImageTokens: count,
      cachedImageTokens: count,
      inputVideoTokens: count,
      outputTokens: count,
      reasoningTokens: count,
      outputAudioTokens: count,
    })
    fc.assert(
      fc.property(amounts, (call) => {
        const pools = tokenPools(call)
        const isNegative = Object.values(pools).some((tokens) => tokens < 0)
        expect(partFaults(call).length > 0).toBe(isNegative)
        const { output, reasoning, outputAudio, outputImage, outputVideo, citation, ...input } =
          pools
        const sum = (parts: object) => Object.values(parts).reduce((a, b) => a + b, 0)
        expect(sum(input)).toBe(call.inputTokens)
        expect(output + reasoning + outputAudio + outputImage + outputVideo + citation).toBe(
          call.outputTokens,
        )
      }),
    )
  })
})
