import Stripe from 'stripe'
import type { ChargeOutcome } from '../../contract/collector.ts'

type Failure = Exclude<ChargeOutcome, { kind: 'made' }>

const CONFLICT = 409

/**
 * What an error says of the request that it answers. A time-out, a lost connection, a conflict
 * with a request under way and an error of Stripe's own leave open whether it was done. A definite
 * no does not, and neither does an answer that is the replay of an earlier one: that execution is
 * over, and Stripe would replay it under this key for a day.
 */
export const outcomeOfError = (error: unknown): Failure => {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
  const { statusCode: status, headers = {} } = error
  const reason = `Stripe: ${error.message}${status === undefined ? '' : ` (${status})`}`
  const isReplay = headers['idempotent-replayed'] === 'true'
  const isNo = status !== undefined && status >= 400 && status < 500 && status !== CONFLICT
  const seconds = Number(headers['retry-after'])
  return {
    kind: isNo || isReplay ? 'refused' : 'unknown',
    reason,
    ...(seconds > 0 && seconds <= 86_400 && { retryAfterMs: seconds * 1_000 }),
  }
}

/** Of a look-up, by which nothing was to be made: no idempotency key has been used up. */
export const unknownOfError = (error: unknown): Failure => ({
  ...outcomeOfError(error),
  kind: 'unknown',
})

/** Of a request for one thing: that there is none. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.statusCode === 404

/** A definite no to what was asked: the request did nothing, under whichever key. */
export const isInvalid = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError
