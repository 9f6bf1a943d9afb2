/**
 * Latencies as histograms that can be added. Bucket b holds the calls that took `2^((b-1)/4) < ms
 * <= 2^(b/4)`; bucket 0 holds those up to 1 ms (see `tollgate.latency_bucket`). Percentiles are
 * accurate to 10 %.
 */

/**
 * Calls by bucket. Reversals are subtracted, so a bucket of a partial histogram may be negative.
 */
export type LatencyHistogram = ReadonlyMap<number, number>

/** Durations in milliseconds; null when no call was timed. */
export interface LatencyFigures {
  readonly timed: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** Adds histograms. */
export const mergeHistograms = (
  parts: Iterable<{ readonly buckets: readonly number[]; readonly calls: readonly bigint[] }>,
): LatencyHistogram => {
  const merged = new Map<number, number>()
  for (const { buckets, calls } of parts) {
    for (const [place, bucket] of buckets.entries()) {
      merged.set(bucket, (merged.get(bucket) ?? 0) + Number(calls[place] ?? 0n))
    }
  }
  return merged
}

/**
 * The duration that this percentage of the calls did not exceed (nearest rank); null without calls.
 */
export const percentileMs = (histogram: LatencyHistogram, percent: number): number | null => {
  const buckets = [...histogram].filter(([, calls]) => calls > 0).sort(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, calls]) => sum + calls, 0)
  const rank = Math.max(1, Math.ceil((percent / 100) * total))
  let passed = 0
  for (const [bucket, calls] of buckets) {
    passed += calls
    if (passed >= rank) return durationOf(bucket)
  }
  return null
}

/** The reported figures of a histogram. */
export const latencyFigures = (histogram: LatencyHistogram): LatencyFigures => ({
  timed: [...histogram.values()].reduce((sum, calls) => sum + Math.max(calls, 0), 0),
  p50Ms: percentileMs(histogram, 50),
  p95Ms: percentileMs(histogram, 95),
  p99Ms: percentileMs(histogram, 99),
})

/**
 * The duration that stands for a bucket: the geometric middle, at most 9.05 % (2^(1/8)) off.
 * Rounded to hundredths, which is finer than any bucket.
 */
const durationOf = (bucket: number): number =>
  bucket <= 0 ? 1 : Math.round(2 ** ((bucket - 0.5) / 4) * 100) / 100
