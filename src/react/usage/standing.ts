import type { UsageWarning } from '../../contract/insight.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { LimitStanding } from '../words/messages.ts'

export type Limit = CurrentUsage['limits'][number]

/** What follows for the customer where all of a limit is used. */
const PAST = { hard: 'reached', soft: 'soft', overage: 'overage' } as const

/** As Tollgate says it: by its warnings, and by what is left. Never by a rounded percentage. */
export const standingOf = (limit: Limit, warnings?: readonly UsageWarning[]): LimitStanding => {
  if (limit.max === null) return 'unlimited'
  const level = warnings?.find((warning) => warning.limit === limit.limit)?.level
  if (level === 'reached' || limit.remaining === 0) return PAST[limit.behavior]
  return level === 'near' ? 'near' : 'ok'
}

/** The limit that binds first: what is used up, then the most used; undefined where none can. */
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
