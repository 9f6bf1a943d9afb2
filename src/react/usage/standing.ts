import type { UsageWarning } from '../../contract/insight.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { LimitStanding } from '../words/messages.ts'

export type Limit = CurrentUsage['limits'][number]

/** The status of a used-up limit, by its behaviour. */
const PAST = { hard: 'reached', soft: 'soft', overage: 'overage' } as const

/** Uses Tollgate's warnings and the remaining amount, never a rounded percentage. */
export const standingOf = (limit: Limit, warnings?: readonly UsageWarning[]): LimitStanding => {
  if (limit.max === null) return 'unlimited'
  const level = warnings?.find((warning) => warning.limit === limit.limit)?.level
  if (level === 'reached' || limit.remaining === 0) return PAST[limit.behavior]
  return level === 'near' ? 'near' : 'ok'
}

/** The limit with the highest percentage used; undefined if none has a maximum. */
export const tightestOf = <Of extends Limit>(limits: readonly Of[]): Of | undefined =>
  limits
    .filter(({ max }) => max !== null)
    .reduce<Of | undefined>(
      (most, limit) =>
        most === undefined || (limit.percentageUsed ?? 0) > (most.percentageUsed ?? 0)
          ? limit
          : most,
      undefined,
    )
