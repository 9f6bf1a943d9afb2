import type { Refused } from '../contract/decision.ts'
import { decisionHeaders } from './headers.ts'
import { decisionStatus, REFUSAL_TITLES } from './status.ts'

/** A refusal as a problem document (RFC 9457). */
export interface RefusalProblem {
  /** The same for the same reason: `urn:tollgate:refusal:limit-exceeded`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly reason: Refused['reason']
  /** Seconds. */
  readonly retryAfter?: number
  /** Plans that the organization's plan may be upgraded to. */
  readonly upgrade?: readonly string[]
  readonly usage?: Refused['usage']
  readonly budget?: Refused['budget']
}

/** What a host's own caller may know of a refusal; nothing of the host's own faults. */
export const refusalProblem = (refused: Refused): RefusalProblem => {
  const status = decisionStatus(refused)
  const { reason, retryAfter, upgrade, usage, budget } = refused
  return {
    type: `urn:tollgate:refusal:${reason.replaceAll('_', '-')}`,
    title: REFUSAL_TITLES[reason],
    status,
    reason,
    ...(status < 500 && { retryAfter, upgrade, usage, budget }),
  }
}

/**
 * The answer of a host to its own caller: problem+json, with the headers of the limits.
 *
 * @example
 * ```ts
 * const decision = await tollgate.track({ organizationId: 'acme', eventType: 'api_call' })
 * if (!decision.allowed) return decisionResponse(decision)
 * ```
 */
export const decisionResponse = (refused: Refused, now: Date = new Date()): Response =>
  new Response(JSON.stringify(refusalProblem(refused)), {
    status: decisionStatus(refused),
    headers: { ...decisionHeaders(refused, now), 'content-type': 'application/problem+json' },
  })
