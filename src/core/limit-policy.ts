import {
  type AnonymousPolicy,
  CREDITS_METER,
  type FailurePolicy,
  type LimitBehavior,
  type LimitWindow,
} from './catalog-words.ts'
import { isQuota } from './limit-kind.ts'

/** What the rules below look at; amounts of any kind will do. */
interface LimitWords {
  readonly meter: string
  readonly window: LimitWindow
  readonly behavior: LimitBehavior
  readonly cap?: unknown
  readonly onFailure?: FailurePolicy | undefined
  readonly durable?: boolean | undefined
}

/**
 * What becomes of a call when the limit cannot be looked at. Unless the limit says so itself,
 * rates and what never refuses let the call through; quotas, credits and caps on spending do not.
 */
export const onFailureOf = (limit: LimitWords): FailurePolicy => {
  if (limit.onFailure) return limit.onFailure
  if (isMomentary(limit.window)) return 'open'
  return limit.behavior !== 'hard' && !hasCap(limit) ? 'open' : 'closed'
}

/**
 * What becomes of a call that names no user, or came with no API key, on a limit of each of those.
 * Unless the limit says so itself, one that refuses is not to be got around by saying nothing.
 */
export const anonymousPolicyOf = (limit: {
  readonly behavior: LimitBehavior
  readonly anonymous?: AnonymousPolicy | null | undefined
}): AnonymousPolicy => limit.anonymous ?? (limit.behavior === 'hard' ? 'refuse' : 'allow')

/** Whether only PostgreSQL may decide the limit: one of money, or one that was marked so. */
export const mustBeDurable = (limit: LimitWords): boolean =>
  limit.durable === true || limit.meter === CREDITS_METER || hasCap(limit)

const hasCap = ({ cap }: LimitWords): boolean => cap !== undefined && cap !== null

/** Whether a limit is on the pace of calls, and not on what they add up to. */
export const isMomentary = (window: string | undefined): boolean =>
  window !== undefined && !isQuota(window)
