import type { Replayable } from '../contract/call.ts'
import type { Allowed, Decided, Refused } from '../contract/decision.ts'

const decided = (id: string): Omit<Decided, 'usage'> => ({
  decisionId: id,
  credits: 0,
  remaining: null,
  resetAt: null,
  limits: [],
  degraded: true,
})

/**
 * An allowed call while Tollgate is unreachable. The price is known only once the use is recorded.
 */
export const allowedAway = (id: string, usageEventId: string | null): Replayable<Allowed> => ({
  ...decided(id),
  allowed: true,
  reason: null,
  replayed: false,
  usage: { creditsConsumed: 0, remainingCredits: null, usageEventId },
})

/** A refused call while Tollgate is unreachable. */
export const refusedAway = (id: string, waitMs: number): Replayable<Refused> => ({
  ...decided(id),
  allowed: false,
  reason: 'unavailable',
  replayed: false,
  retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)),
  usage: { creditsConsumed: 0, remainingCredits: null, usageEventId: null },
})
