import type { Decision } from '../contract/decision.ts'
import { isOfBudget } from '../core/budget.ts'
import { rateLimitHeaders } from '../core/rate-limit-headers.ts'

/**
 * Formats a decision as headers: `RateLimit-Policy` and `RateLimit` (IETF
 * draft-ietf-httpapi-ratelimit-headers), the older `X-RateLimit-…`, and `Retry-After`. Names are in
 * lower case. A refusal by a budget also tells SDKs not to retry, because the budget stays used up.
 */
export const decisionHeaders = (
  decision: Decision,
  now: Date = new Date(),
): Record<string, string> => {
  const headers = rateLimitHeaders(decision, now.getTime())
  if (decision.allowed || !isOfBudget(decision.reason)) return headers
  return { ...headers, 'x-should-retry': 'false' }
}
