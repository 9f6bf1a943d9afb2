import type { AlertFiring } from '../../../src/client/index.ts'
import { grouped } from '../../../src/core/grouped.ts'

/** Firings with the same subject: the newest level, and the earlier levels. */
export interface FiringGroup {
  readonly newest: AlertFiring
  readonly before: readonly AlertFiring[]
}

/**
 * Groups firings of one limit and window, or of one rule and subject. A group has the position of
 * its newest firing. Inside it, the latest comes first; at the same instant, the highest level.
 */
export const firingGroups = (firings: readonly AlertFiring[]): readonly FiringGroup[] =>
  [...grouped(firings, ofOneThing).values()].map((all) => {
    const [newest, ...before] = [...all].sort(byNews) as [AlertFiring, ...AlertFiring[]]
    return { newest, before }
  })

const ofOneThing = ({ organizationId, alertId, rule, subject, windowStart }: AlertFiring): string =>
  // Several rules on one limit report the same subject.
  JSON.stringify([organizationId, rule === 'limit_share' ? rule : alertId, subject, windowStart])

const byNews = (one: AlertFiring, other: AlertFiring): number =>
  other.decidedAt.localeCompare(one.decidedAt) || levelOf(other) - levelOf(one)

/** For a falling value, a lower threshold is more severe. */
const levelOf = ({ rule, threshold }: AlertFiring): number =>
  Number(threshold ?? 0) * (rule === 'credits_below' ? -1 : 1)
