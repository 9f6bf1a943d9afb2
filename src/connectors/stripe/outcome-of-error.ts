import Stripe from 'stripe'
import type { ChargeOutcome } from '../../contract/collector.ts'

type Failure = Exclude<ChargeOutcome, { kind: 'made' }>

const CONFLICT = 409

/**
 * Tells from an error of Stripe whether the request took effect.
 *
 * It is unknown whether the request was executed after a time-out, a lost connection, a conflict
 * with another request or an error of Stripe's own. After a definite refusal it is known. The
 * replay of an earlier answer is final too: Stripe would replay it under this key for a day.
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

/** For a look-up, which creates nothing and uses up no idempotency key. */
export const unknownOfError = (error: unknown): Failure => ({
  ...outcomeOfError(error),
  kind: 'unknown',
})

/** For a request for one object: true if there is none. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.statusCode === 404

/** A definite refusal: the request did nothing, whatever its key. */
export const isInvalid = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError
