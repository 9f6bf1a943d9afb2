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
import {
  bindingLimit,
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

/** Everything that a decision says follows from this; so a kept decision can be said again. */
export interface DecisionFacts {
  readonly decisionId: string
  readonly decidedAtMs: number
  readonly allowed: boolean
  readonly microCredits: bigint
  readonly limits: readonly SeenLimit[]
  readonly warnPercent: number
  /** The event that was recorded; undefined when nothing was. */
  readonly eventId: string | undefined
  /** A limit could not be looked at, and let the call through for that. */
  readonly degraded?: boolean
}

/** The decision as callers see it. */
export const decisionValue = (
  facts: DecisionFacts,
  organization: OrganizationRow,
  book: CatalogBook,
): Decision =>
  facts.allowed ? allowedValue(facts, organization, book) : limitedValue(facts, organization, book)

/** A decision that lets through. */
export const allowedValue = (
  facts: Omit<DecisionFacts, 'allowed'>,
  organization: OrganizationRow,
  book: CatalogBook,
): Allowed => ({
  allowed: true,
  reason: null,
  ...decidedOf({ ...facts, allowed: true }, organization, book).decided,
})

/** A refusal by limits that were looked at. */
const limitedValue = (
  facts: DecisionFacts,
  organization: OrganizationRow,
  book: CatalogBook,
): Refused => {
  const { decided, binding } = decidedOf(facts, organization, book)
  const upgrade = upgradesOf(organization)
  return {
    allowed: false,
    reason: binding ? refusalReason(binding) : 'limit_exceeded',
    ...decided,
    ...(binding?.retryAtMs !== undefined && {
      retryAfter: secondsUntil(binding.retryAtMs, facts.decidedAtMs),
    }),
    ...(upgrade.length > 0 && { upgrade }),
  }
}

/** What a decision says whether it lets through or not, and the limit that binds most. */
const decidedOf = (facts: DecisionFacts, organization: OrganizationRow, book: CatalogBook) => {
  const standings = standingsOf(facts.limits, facts.allowed, organization, book)
  const binding = bindingLimit(standings)
  const warning = warningOf(standings, facts.warnPercent, organization)
  const credits = numberFromUnits(facts.microCredits, MICRO_CREDIT_SCALE)
  const decided = {
    credits,
    remaining: binding ? inUnits(binding.remaining, binding, book) : null,
    resetAt: isoOf(binding?.endMs),
    limits: standings.map((standing) => limitState(standing, book)),
    ...(warning && { warning }),
    degraded: facts.degraded ?? false,
    decisionId: facts.decisionId,
    usage: {
      creditsConsumed: facts.eventId === undefined ? 0 : credits,
      remainingCredits: remainingCredits(standings, MICRO_CREDIT_SCALE),
      usageEventId: facts.eventId ?? null,
      ...(warning && { warning }),
    },
  }
  return { decided, binding }
}

/** A refusal for which no limit had to be looked at. */
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

/** The usage block of a reservation that was settled. */
export const settledUsage = (
  settlement: { microCredits: bigint; limits: readonly SeenLimit[]; eventId: string },
  organization: OrganizationRow,
  book: CatalogBook,
): UsageBlock => {
  const standings = standingsOf(settlement.limits, true, organization, book)
  const warning = warningOf(standings, organization.warn_percent, organization)
  return {
    creditsConsumed: numberFromUnits(settlement.microCredits, MICRO_CREDIT_SCALE),
    remainingCredits: remainingCredits(standings, MICRO_CREDIT_SCALE),
    usageEventId: settlement.eventId,
    ...(warning && { warning }),
  }
}

const standingsOf = (
  limits: readonly SeenLimit[],
  allowed: boolean,
  organization: OrganizationRow,
  book: CatalogBook,
): LimitStanding[] =>
  limits.map((limit) =>
    standingAfter(
      limit,
      allowed,
      book.meter(limit.meter)?.aggregation ?? 'sum',
      organization.starts_at.getTime(),
    ),
  )

/** What a limit is called: `tokens/day`, `api_calls/minute/user:ada`. */
const limitName = ({ meter, window, per, subject }: SeenLimit): string =>
  per === 'organization' ? `${meter}/${window}` : `${meter}/${window}/${per}:${subject}`

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString()

const limitState = (standing: LimitStanding, book: CatalogBook): LimitState => ({
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
})

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
