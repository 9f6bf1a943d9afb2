import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latencyFigures, mergeHistograms, percentileMs } from '../../src/core/latency.ts'

/** As in `tollgate.latency_bucket`. */
const bucketOf = (ms: number): number =>
  ms <= 1 ? 0 : Math.ceil((4 * Math.log(ms)) / Math.log(2) - 1e-9)

const histogramOf = (durations: readonly number[]) =>
  mergeHistograms(durations.map((ms) => ({ buckets: [bucketOf(ms)], calls: [1n] })))

describe('a percentile of merged histograms', () => {
  it('is within 10 % of the true one, for any durations', () => {
    const duration = fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 2_147_483_647 }),
    )
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(50, 95, 99, 100),
        (durations, percent) => {
          const sorted = [...durations].sort((a, b) => a - b)
          const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
          const truth = sorted[rank - 1] as number
          const read = percentileMs(histogramOf(durations), percent) as number
          expect(Math.abs(read - truth) / truth).toBeLessThanOrEqual(0.1)
        },
      ),
    )
  })

  it('is the same for merged parts and for all calls together', () => {
    const [a, b] = [
      [3, 3, 80, 900],
      [3, 17, 900, 40_000],
    ]
    const parts = [a, b].map((durations) => {
      const histogram = [...histogramOf(durations as number[])]
      return {
        buckets: histogram.map(([bucket]) => bucket),
        calls: histogram.map(([, calls]) => BigInt(calls)),
      }
    })
    expect(new Map([...mergeHistograms(parts)].sort())).toEqual(
      new Map([...histogramOf([...(a as number[]), ...(b as number[])])].sort()),
    )
  })

  it('excludes reversed calls, and is null without calls', () => {
    const left = mergeHistograms([
      { buckets: [8, 20], calls: [2n, 1n] },
      { buckets: [20], calls: [-1n] },
    ])
    expect(latencyFigures(left)).toMatchObject({ timed: 2, p99Ms: latencyFigures(left).p50Ms })
    expect(latencyFigures(mergeHistograms([]))).toEqual({
      timed: 0,
      p50Ms: null,
      p95Ms: null,
      p99Ms: null,
    })
  })
})
