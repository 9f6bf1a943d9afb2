import type { HoldTerms } from '../../contract/decision.ts'

/** The terms of a decision that holds nothing. */
export const NOTHING_HELD: HoldTerms = { reservationId: null, expiresAt: null, expiresInMs: null }

/**
 * The terms of a hold. An answer that is given again says the time that is left from then.
 */
export const holdTerms = (
  reservationId: string,
  expiresAtMs: number,
  fromMs: number,
): HoldTerms => ({
  reservationId,
  expiresAt: new Date(expiresAtMs).toISOString(),
  expiresInMs: Math.max(0, expiresAtMs - fromMs),
})
