import type { Refused } from '../contract/decision.ts'
import { decisionHeaders } from './headers.ts'
import { decisionStatus, REFUSAL_TITLES } from './status.ts'

/** A refusal as a problem document (RFC 9457). */
export interface RefusalProblem {
  /** The same for every refusal with this reason: `urn:tollgate:refusal:limit-exceeded`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly reason: Refused['reason']
  /** Seconds. */
  readonly retryAfter?: number
  /** The plans to which the organization's plan can be upgraded. */
  readonly upgrade?: readonly string[]
  readonly usage?: Refused['usage']
  readonly budget?: Refused['budget']
}

/** Builds the part of a refusal that the host's caller may see. Faults of the host are left out. */
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
 * Builds the host's answer to a refused call: problem+json, with rate limit headers.
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
