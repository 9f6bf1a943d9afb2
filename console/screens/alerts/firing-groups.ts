import type { AlertFiring } from '../../../src/client/index.ts'
import { grouped } from '../../../src/core/grouped.ts'

/** What fired of one thing: its newest level, and those that it went through before. */
export interface FiringGroup {
  readonly newest: AlertFiring
  readonly before: readonly AlertFiring[]
}

/**
 * Firings of one limit in one window, or of one rule on one thing, stand together, each group where
 * the newest of it stands. They come the latest first, and of one instant the highest level first.
 */
export const firingGroups = (firings: readonly AlertFiring[]): readonly FiringGroup[] =>
  [...grouped(firings, ofOneThing).values()].map((all) => {
    const [newest, ...before] = [...all].sort(byNews) as [AlertFiring, ...AlertFiring[]]
    return { newest, before }
  })

const ofOneThing = ({ organizationId, alertId, rule, subject, windowStart }: AlertFiring): string =>
  // Two rules on one limit tell of the same thing.
  JSON.stringify([organizationId, rule === 'limit_share' ? rule : alertId, subject, windowStart])

const byNews = (one: AlertFiring, other: AlertFiring): number =>
  other.decidedAt.localeCompare(one.decidedAt) || levelOf(other) - levelOf(one)

/** What falls is the worse the lower its line is. */
const levelOf = ({ rule, threshold }: AlertFiring): number =>
  Number(threshold ?? 0) * (rule === 'credits_below' ? -1 : 1)
