const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The waits before the second try and those after it: three days and a bit in all. */
const WAITS_MS: readonly number[] = [
  ...[5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
]
const JITTER = 0.1
/** For so long nothing came through before an endpoint is disabled. */
const HOPELESS_AFTER_MS = 120 * HOUR_MS
/** And so many deliveries failed. */
const HOPELESS_DELIVERIES = 10

/**
 * When a delivery is tried again that has failed so often; undefined: no more. `spread` is from 0 to
 * 1: a tenth less or more, so that what failed together is not tried together.
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
 * Whether an endpoint is given up: nothing came through for five days, in which ten deliveries or
 * more failed. What still waits counts for neither.
 */
export const isHopeless = (failingSince: Date, failedDeliveries: number, at: Date): boolean =>
  at.getTime() - failingSince.getTime() >= HOPELESS_AFTER_MS &&
  failedDeliveries >= HOPELESS_DELIVERIES
