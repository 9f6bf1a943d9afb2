import type { Decision } from '../contract/decision.ts'
import { isOfBudget } from '../core/budget.ts'
import { rateLimitHeaders } from '../core/rate-limit-headers.ts'

/**
 * A decision as headers: `RateLimit-Policy` and `RateLimit` (IETF
 * draft-ietf-httpapi-ratelimit-headers), the older `X-RateLimit-…`, and `Retry-After`. The names
 * are in lower case, the values text. A refusal by a budget says as well that no SDK is to send the
 * call again: a run that is at its end stays so.
 */
export const decisionHeaders = (
  decision: Decision,
  now: Date = new Date(),
): Record<string, string> => ({
  ...rateLimitHeaders(decision, now.getTime()),
  ...(!decision.allowed && isOfBudget(decision.reason) && { 'x-should-retry': 'false' }),
})
