/**
 * Latencies as histograms that add up: bucket b holds the calls that took
 * `2^((b-1)/4) < ms <= 2^(b/4)`, and bucket 0 all up to 1 ms, as `tollgate.latency_bucket` has it.
 * So a percentile that is read back is within 10 % of the true one.
 */

/** Calls by bucket. What was reversed is taken off, so a bucket of a part may be below zero. */
export type LatencyHistogram = ReadonlyMap<number, number>

/** Durations in milliseconds; null where no call was timed. */
export interface LatencyFigures {
  readonly timed: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** The histogram of the calls of all of them. */
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

/** The duration that so many percent of the calls did not exceed (nearest rank); null: no calls. */
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

/** What is told of a histogram. */
export const latencyFigures = (histogram: LatencyHistogram): LatencyFigures => ({
  timed: [...histogram.values()].reduce((sum, calls) => sum + Math.max(calls, 0), 0),
  p50Ms: percentileMs(histogram, 50),
  p95Ms: percentileMs(histogram, 95),
  p99Ms: percentileMs(histogram, 99),
})

/**
 * A duration that stands for all of a bucket: the middle between its ends by ratio, which is off by
 * 2^(1/8), or 9.05 %, at most. Rounded to hundredths; a bucket is never narrower than that.
 */
const durationOf = (bucket: number): number =>
  bucket <= 0 ? 1 : Math.round(2 ** ((bucket - 0.5) / 4) * 100) / 100
