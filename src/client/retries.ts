import type { TollgateError } from '../contract/errors.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** The client does not wait for longer than this: the caller gets the error. */
const LONGEST_ASKED_MS = 60_000

/** Statuses after which the same may succeed, as servers and what stands before them use them. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * How long to wait before a call is sent again; `undefined` where that would not help. As long as
 * `Retry-After` says (RFC 9110, 10.2.3), otherwise twice as long each time, with up to a quarter
 * less at random, so that many clients do not come back at once.
 */
export const waitMs = (
  error: TollgateError,
  response: Response | undefined,
  retries: number,
): number | undefined => {
  const mayPass = !response || PASSING.has(response.status) || error.code === 'in_flight'
  if (!mayPass) return undefined
  if (error.retryAfterSeconds !== undefined) {
    const askedMs = error.retryAfterSeconds * 1_000
    return askedMs > LONGEST_ASKED_MS ? undefined : askedMs
  }
  const longestMs = Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS)
  return longestMs * (1 - Math.random() / 4)
}
