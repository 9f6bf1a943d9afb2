import type { Decision } from '../contract/decision.ts'
import { rateLimitHeaders } from '../core/rate-limit-headers.ts'

/**
 * A decision as headers: `RateLimit-Policy` and `RateLimit` (IETF
 * draft-ietf-httpapi-ratelimit-headers), the older `X-RateLimit-…`, and `Retry-After`. The names
 * are in lower case, the values text.
 */
export const decisionHeaders = (
  decision: Decision,
  now: Date = new Date(),
): Record<string, string> => ({ ...rateLimitHeaders(decision, now.getTime()) })
