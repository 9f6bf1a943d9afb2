import {
  type AnonymousPolicy,
  CREDITS_METER,
  type FailurePolicy,
  type LimitBehavior,
  type LimitWindow,
} from './catalog-words.ts'
import { isQuota } from './limit-kind.ts'

/** The settings that the rules below need. Amounts may be of any type. */
interface LimitWords {
  readonly meter: string
  readonly window: LimitWindow
  readonly behavior: LimitBehavior
  readonly cap?: unknown
  readonly onFailure?: FailurePolicy | undefined
  readonly durable?: boolean | undefined
}

/**
 * Whether a call is allowed while the limit's counter is unreachable. By default, rates and limits
 * that never refuse allow it. Quotas, credits and spending caps refuse it.
 */
export const onFailureOf = (limit: LimitWords): FailurePolicy => {
  if (limit.onFailure) return limit.onFailure
  if (isMomentary(limit.window)) return 'open'
  return limit.behavior !== 'hard' && !hasCap(limit) ? 'open' : 'closed'
}

/**
 * Whether a limit per user or API key allows a call that names none. By default, a hard limit
 * refuses it. Otherwise a caller could avoid the limit by leaving the name out.
 */
export const anonymousPolicyOf = (limit: {
  readonly behavior: LimitBehavior
  readonly anonymous?: AnonymousPolicy | null | undefined
}): AnonymousPolicy => limit.anonymous ?? (limit.behavior === 'hard' ? 'refuse' : 'allow')

/** True when only PostgreSQL may decide the limit: it concerns money, or is marked `durable`. */
export const mustBeDurable = (limit: LimitWords): boolean =>
  limit.durable === true || limit.meter === CREDITS_METER || hasCap(limit)

const hasCap = ({ cap }: LimitWords): boolean => cap !== undefined && cap !== null

/** True when a limit bounds the pace of calls and not their sum. */
export const isMomentary = (window: string | undefined): boolean =>
  window !== undefined && !isQuota(window)
