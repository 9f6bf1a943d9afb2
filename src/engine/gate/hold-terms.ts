import type { HoldTerms } from '../../contract/decision.ts'

/** The terms of a decision that holds nothing. */
export const NOTHING_HELD: HoldTerms = { reservationId: null, expiresAt: null, expiresInMs: null }

/** The terms of a hold. For a replay, `expiresInMs` is the time that is left now. */
export const holdTerms = (
  reservationId: string,
  expiresAtMs: number,
  fromMs: number,
): HoldTerms => ({
  reservationId,
  expiresAt: new Date(expiresAtMs).toISOString(),
  expiresInMs: Math.max(0, expiresAtMs - fromMs),
})
