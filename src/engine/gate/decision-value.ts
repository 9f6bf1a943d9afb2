import type {
  Allowed,
  Decision,
  DecisionReason,
  LimitState,
  Refused,
  UsageBlock,
  Warning,
} from '../../contract/decision.ts'
import { MICRO_CREDIT_SCALE, numberFromUnits } from '../../core/amounts.ts'
import { budgetRefusal, budgetStanding, type SeenBudget } from '../../core/budget.ts'
import {
  bindingLimit,
  isAnonymous,
  type LimitStanding,
  limitToWarnOf,
  refusalReason,
  remainingCredits,
  type SeenLimit,
  secondsUntil,
  standingAfter,
} from '../../core/decision.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { CatalogBook } from '../catalog/catalog-book.ts'

/** The data from which a decision is built. A stored decision can be rebuilt from it. */
export interface DecisionFacts {
  readonly decisionId: string
  readonly decidedAtMs: number
  readonly allowed: boolean
  readonly microCredits: bigint
  readonly limits: readonly SeenLimit[]
  readonly warnPercent: number
  /** The id of the recorded event. Undefined: nothing was recorded. */
  readonly eventId: string | undefined
  /** True if a limit could not be checked, and its policy allowed the call. */
  readonly degraded?: boolean
  /** The ceilings of the named budget and of its parents. */
  readonly budgets?: readonly SeenBudget[] | undefined
}

/** The decision as callers see it. */
export const decisionValue = (
  facts: DecisionFacts,
  organization: OrganizationRow,
  book: CatalogBook,
): Decision =>
  facts.allowed
    ? allowedValue(facts, levelsAfter(facts.limits, true, organization, book), organization, book)
    : limitedValue(facts, organization, book)

/** The value of an allowed call. `levels` are those of its limits. */
export const allowedValue = (
  facts: Omit<DecisionFacts, 'allowed' | 'limits'>,
  levels: LevelsAfter,
  organization: OrganizationRow,
  book: CatalogBook,
): Allowed => decidedOf(facts, levels, true, organization, book).decided as Allowed

/** The value of a refusal by limits. */
const limitedValue = (
  facts: DecisionFacts,
  organization: OrganizationRow,
  book: CatalogBook,
): Refused => {
  const levels = levelsAfter(facts.limits, false, organization, book)
  const { decided, binding } = decidedOf(facts, levels, false, organization, book)
  const ofBudget = facts.budgets && budgetRefusal(facts.budgets)
  if (ofBudget) {
    // Neither a wait nor a larger plan raises the ceiling of a budget.
    decided.reason = ofBudget
    return decided as Refused
  }
  decided.reason = binding ? refusalReason(binding) : 'limit_exceeded'
  const upgrade = upgradesOf(organization)
  const endsAtMs = organization.ends_at?.getTime() ?? Number.POSITIVE_INFINITY
  // After the end of the subscription nothing is allowed, so no retry time is given.
  if (binding?.retryAtMs !== undefined && binding.retryAtMs < endsAtMs) {
    decided.retryAfter = secondsUntil(binding.retryAtMs, facts.decidedAtMs)
  }
  if (upgrade.length > 0) decided.upgrade = upgrade
  return decided as Refused
}

/** The limits after a decision, and how callers see each of them. */
export interface LevelsAfter {
  readonly standings: readonly LimitStanding[]
  readonly limits: readonly LimitState[]
}

/** Headers need no more than this of a decision. */
export const levelsAfter = (
  seen: readonly SeenLimit[],
  allowed: boolean,
  organization: OrganizationRow,
  book: CatalogBook,
): LevelsAfter => {
  const standings = standingsOf(seen, allowed, organization, book)
  return { standings, limits: standings.map((standing) => limitState(standing, book)) }
}

/** A decision under construction. */
type Decided = {
  -readonly [Key in keyof Refused]: Key extends 'allowed'
    ? boolean
    : Key extends 'reason'
      ? Refused[Key] | null
      : Refused[Key]
}

/**
 * The fields that every decision has, and the binding limit. It creates one object and copies none,
 * because it runs for every call.
 */
const decidedOf = (
  facts: Omit<DecisionFacts, 'allowed' | 'limits'>,
  { standings, limits }: LevelsAfter,
  allowed: boolean,
  organization: OrganizationRow,
  book: CatalogBook,
) => {
  const binding = bindingLimit(standings)
  const bindingState = binding && limits[standings.indexOf(binding)]
  const credits = numberFromUnits(facts.microCredits, MICRO_CREDIT_SCALE)
  const decided: Decided = {
    allowed,
    reason: null,
    credits,
    remaining: bindingState?.remaining ?? null,
    resetAt: bindingState?.resetAt ?? null,
    limits,
    degraded: facts.degraded ?? false,
    decisionId: facts.decisionId,
    usage: usageOf(
      standings,
      facts.eventId === undefined ? 0 : credits,
      facts.eventId ?? null,
      warningOf(standings, facts.warnPercent, organization),
    ),
  }
  if (facts.budgets) addBudget(decided, facts.budgets, allowed, facts.warnPercent, book)
  if (decided.usage.warning) decided.warning = decided.usage.warning
  return { decided, binding }
}

/** Adds the budget. It warns if the budget is nearer to its ceiling than every limit. */
const addBudget = (
  decided: Decided,
  seen: readonly SeenBudget[],
  allowed: boolean,
  warnPercent: number,
  book: CatalogBook,
): void => {
  const [first] = seen
  if (!first) return
  const { which, remaining, percentUsed } = budgetStanding(seen, allowed)
  const left = remaining.map(
    ([meter, units]) => [meter, inUnits(units, { meter }, book) ?? 0] as const,
  )
  decided.budget = { id: first.budget, which: which ?? null, remaining: Object.fromEntries(left) }
  const { usage } = decided
  if (percentUsed === undefined || percentUsed < warnPercent) return
  if (usage.warning && usage.warning.percentageUsed >= percentUsed) return
  const rest = left.map(([meter, amount]) => `${amount} ${meter}`).join(', ')
  decided.usage = {
    ...usage,
    warning: {
      percentageUsed: percentUsed,
      isNearLimit: true,
      recommendedAction: `Finish: the budget ${which} has ${rest} left.`,
    },
  }
}

/** The usage block of an answer: credits used, credits left, and a warning if one is due. */
const usageOf = (
  standings: readonly LimitStanding[],
  creditsConsumed: number,
  usageEventId: string | null,
  warning: Warning | undefined,
): UsageBlock => {
  const block = {
    creditsConsumed,
    remainingCredits: remainingCredits(standings, MICRO_CREDIT_SCALE),
    usageEventId,
  }
  return warning ? { ...block, warning } : block
}

/** A refusal that needed no check of a limit. */
export const refusalValue = (reason: DecisionReason, decisionId: string): Refused => ({
  allowed: false,
  reason,
  credits: 0,
  remaining: null,
  resetAt: null,
  limits: [],
  degraded: false,
  decisionId,
  usage: { creditsConsumed: 0, remainingCredits: null, usageEventId: null },
})

/** The usage block of a reservation that has ended. */
export const settledUsage = (
  settlement: { microCredits: bigint; limits: readonly SeenLimit[]; eventId: string | null },
  organization: OrganizationRow,
  book: CatalogBook,
): UsageBlock => {
  const standings = standingsOf(settlement.limits, true, organization, book)
  return usageOf(
    standings,
    numberFromUnits(settlement.microCredits, MICRO_CREDIT_SCALE),
    settlement.eventId,
    warningOf(standings, organization.warn_percent, organization),
  )
}

const standingsOf = (
  limits: readonly SeenLimit[],
  allowed: boolean,
  organization: OrganizationRow,
  book: CatalogBook,
): LimitStanding[] =>
  inOrder(limits).map((limit) =>
    standingAfter(
      limit,
      allowed,
      book.meter(limit.meter)?.aggregation ?? 'sum',
      organization.starts_at.getTime(),
    ),
  )

/** Stores return limits in any order. Answers have them by name, as the reports do. */
const inOrder = (limits: readonly SeenLimit[]): readonly SeenLimit[] =>
  limits.length < 2 ? limits : [...limits].sort(byName)

const byName = (one: SeenLimit, other: SeenLimit): number =>
  compared(one.meter, other.meter) ||
  compared(one.window, other.window) ||
  compared(one.per, other.per) ||
  compared(one.subject, other.subject)

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** The name of a limit: `tokens/day`, `api_calls/minute/user:ada`. */
const limitName = (limit: SeenLimit): string => {
  const { meter, window, per, subject } = limit
  if (per === 'organization') return `${meter}/${window}`
  return isAnonymous(limit) ? `${meter}/${window}/${per}` : `${meter}/${window}/${per}:${subject}`
}

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString()

const limitState = (standing: LimitStanding, book: CatalogBook): LimitState => {
  const state: LimitState = {
    limit: limitName(standing),
    meter: standing.meter,
    window: standing.window,
    per: standing.per,
    behavior: standing.behavior,
    max: inUnits(standing.max, standing, book),
    used: inUnits(standing.used, standing, book) ?? 0,
    remaining: inUnits(standing.remaining, standing, book),
    overage: inUnits(standing.overage, standing, book) ?? 0,
    resetAt: isoOf(standing.endMs),
    refused: standing.refused,
  }
  if (standing.burst !== undefined) state.burst = inUnits(standing.burst, standing, book) ?? 0
  return state
}

const inUnits = (
  units: bigint | undefined,
  { meter }: { meter: string },
  book: CatalogBook,
): number | null =>
  units === undefined ? null : numberFromUnits(units, book.meter(meter)?.scale ?? 0)

const warningOf = (
  standings: readonly LimitStanding[],
  warnPercent: number,
  organization: OrganizationRow,
): Warning | undefined => {
  const limit = limitToWarnOf(standings, warnPercent)
  if (!limit) return undefined
  return {
    percentageUsed: limit.percentUsed ?? 0,
    isNearLimit: true,
    recommendedAction: recommendation(limit, organization),
  }
}

const recommendation = (limit: LimitStanding, organization: OrganizationRow): string => {
  const resets =
    limit.endMs === undefined
      ? `${limitName(limit)} frees as calls end`
      : `${limitName(limit)} resets at ${isoOf(limit.endMs)}`
  const [upgrade] = upgradesOf(organization)
  return upgrade ? `Upgrade to ${upgrade}: ${resets}.` : `Slow down: ${resets}.`
}

const upgradesOf = (organization: OrganizationRow): string[] => {
  const { upgradesTo } = organization.plan_document
  return Array.isArray(upgradesTo)
    ? upgradesTo.map((plan) => `${organization.catalog}/${String(plan)}`)
    : []
}
