import type { TollgateError } from '../contract/errors.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** The longest wait before a retry. If the server asks for more, the caller gets the error. */
const LONGEST_ASKED_MS = 60_000

/** Statuses that servers and proxies use for temporary failures. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504]

/**
 * Returns how long to wait before a retry; `undefined` when a retry would not help. Follows
 * `Retry-After` (RFC 9110, 10.2.3). Otherwise the wait doubles each time, minus up to a quarter at
 * random, so that clients do not retry in step.
 */
export const waitMs = (
  error: TollgateError,
  response: Response | undefined,
  retries: number,
): number | undefined => {
  const mayPass = !response || PASSING.includes(response.status) || error.code === 'in_flight'
  if (!mayPass) return undefined
  if (error.retryAfterSeconds !== undefined) {
    const askedMs = error.retryAfterSeconds * 1_000
    return askedMs > LONGEST_ASKED_MS ? undefined : askedMs
  }
  const longestMs = Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS)
  return longestMs * (1 - Math.random() / 4)
}
