const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The waits before the second and later tries. Together they take a little over three days. */
const WAITS_MS: readonly number[] = [
  ...[5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
]
const JITTER = 0.1
/** The time without a success after which an endpoint may be disabled. */
const HOPELESS_AFTER_MS = 120 * HOUR_MS
/** The failed deliveries in that time after which it may be. Both conditions must hold. */
const HOPELESS_DELIVERIES = 10

/**
 * When a failed delivery is tried again; undefined after the last try. `spread` (0 to 1) shifts the
 * wait by up to a tenth either way, so that deliveries that failed together are spread out.
 */
export const nextTryAt = (
  failures: number,
  at: Date,
  {
    spread,
    retryAfterMs = 0,
  }: { readonly spread: number; readonly retryAfterMs?: number | undefined },
): Date | undefined => {
  const waitMs = WAITS_MS[failures - 1]
  if (waitMs === undefined) return undefined
  const varied = waitMs * (1 + JITTER * (2 * spread - 1))
  return new Date(at.getTime() + Math.round(Math.max(varied, retryAfterMs)))
}

/**
 * True when an endpoint must be disabled: no success for five days, and at least ten failed
 * deliveries in that time. Pending deliveries do not count.
 */
export const isHopeless = (failingSince: Date, failedDeliveries: number, at: Date): boolean =>
  at.getTime() - failingSince.getTime() >= HOPELESS_AFTER_MS &&
  failedDeliveries >= HOPELESS_DELIVERIES
