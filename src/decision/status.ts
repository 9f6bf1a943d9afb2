import type { Decision, DecisionReason } from '../contract/decision.ts'

export type RefusalStatus = 402 | 403 | 429 | 500 | 503

/**
 * The HTTP status for each reason. `429`: wait. `402`: pay. `403`: the plan does not include it.
 * `503`: the store was unreachable and the limit is closed then. `500`: the host named something
 * that does not exist, which is the host's fault and not its caller's.
 */
const STATUSES: Readonly<Record<DecisionReason, RefusalStatus>> = {
  rate_limited: 429,
  limit_exceeded: 429,
  too_many_concurrent: 429,
  credits_exhausted: 402,
  spend_cap_reached: 402,
  subscription_paused: 402,
  subscription_ended: 402,
  budget_exceeded: 402,
  budget_closed: 402,
  unknown_budget: 403,
  feature_not_included: 403,
  subject_missing: 403,
  closed_organization: 403,
  unavailable: 503,
  unknown_organization: 500,
  unknown_event_type: 500,
  inactive_event_type: 500,
}

/**
 * Returns the HTTP status for a host's own answer. Tollgate's own HTTP answers 200 with the
 * decision.
 *
 * @example
 * ```ts
 * const decision = await tollgate.track({ organizationId: 'acme', eventType: 'api_call' })
 * if (!decision.allowed) return new Response(null, { status: decisionStatus(decision) })
 * ```
 */
export const decisionStatus = (decision: Decision): 200 | RefusalStatus =>
  decision.allowed ? 200 : STATUSES[decision.reason]

/** A title for each reason, for callers who do not know Tollgate. */
export const REFUSAL_TITLES: Readonly<Record<DecisionReason, string>> = {
  rate_limited: 'Too many calls in a short time',
  limit_exceeded: 'A quota is used up',
  too_many_concurrent: 'Too many calls at the same time',
  subject_missing: 'The call does not say who it is for',
  credits_exhausted: 'The credits are used up',
  spend_cap_reached: 'The spend cap is reached',
  subscription_paused: 'The subscription is paused',
  subscription_ended: 'The subscription has ended',
  budget_exceeded: 'The budget of this run is used up',
  budget_closed: 'This run has ended',
  unknown_budget: 'There is no such run',
  feature_not_included: 'The plan does not include this',
  closed_organization: 'The organization is closed',
  unavailable: 'The limits cannot be checked now',
  unknown_organization: 'The service is not set up for this organization',
  unknown_event_type: 'The service is not set up for this call',
  inactive_event_type: 'The service does not offer this call any more',
}
