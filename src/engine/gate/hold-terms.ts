import type { HoldTerms } from '../../contract/decision.ts'

/** What a decision says that holds nothing. */
export const NOTHING_HELD: HoldTerms = { reservationId: null, expiresAt: null, expiresInMs: null }

/**
 * What a decision says of what is held. An answer that is given again says what is left of it: who
 * asked again counts from then.
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
