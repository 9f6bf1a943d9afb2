import { amountOf, maximumOf } from './amounts.ts'
import { percent } from './percent.ts'
import { BEHAVIOR_TEXT, limitText, sentence } from './words.ts'

/** The status of a limit. */
export type Standing = 'ok' | 'near' | 'reached' | 'overage' | 'soft' | 'unlimited'

export interface StandingLimit {
  readonly meter: string
  readonly window: string
  readonly behavior: 'hard' | 'soft' | 'overage'
  readonly max: number | null
  readonly used: number
  readonly held?: number
  readonly percentageUsed: number | null
}

const REACHED = 100
const DEFAULT_WARN_PERCENT = 80

export const standingOf = (
  { max, behavior, percentageUsed }: Pick<StandingLimit, 'max' | 'behavior' | 'percentageUsed'>,
  warnPercent = DEFAULT_WARN_PERCENT,
): Standing => {
  if (max === null) return 'unlimited'
  if (percentageUsed === null) return 'ok'
  if (percentageUsed >= REACHED) return PAST[behavior]
  return percentageUsed >= warnPercent ? 'near' : 'ok'
}

/** The status of a limit whose level the API already decided. */
export const standingAt = (
  standing: 'ok' | 'near' | 'reached',
  behavior: StandingLimit['behavior'],
): Standing => (standing === 'reached' ? PAST[behavior] : standing)

const PAST = { hard: 'reached', soft: 'soft', overage: 'overage' } as const

/** The effect of each status, in a few words. */
export const STANDING_TEXT: Readonly<Record<Standing, string>> = {
  ok: 'within',
  near: 'near its limit',
  reached: 'refusing',
  overage: 'billing overage',
  soft: 'past, only warns',
  unlimited: 'unlimited',
}

/** Sorts limits by percentage used, highest first; unlimited ones come last. */
export const byPressure = (one: StandingLimit, other: StandingLimit): number =>
  (other.percentageUsed ?? -1) - (one.percentageUsed ?? -1)

/** The whole state of a limit as one sentence, for screen readers. */
export const limitSentence = (limit: StandingLimit): string => {
  const { meter, window, behavior, max, used, held = 0, percentageUsed } = limit
  const name = sentence(limitText(meter, window))
  if (max === null) return `${name}: ${amountOf(meter, used)} used, unlimited.`
  const part = percentageUsed === null ? '' : `, ${percent(percentageUsed)}`
  const holding = held > 0 ? `, ${amountOf(meter, held)} held` : ''
  const of = `${amountOf(meter, used)} of ${maximumOf(meter, max)}`
  return `${name}: ${of} used${part}${holding}; past it, it ${BEHAVIOR_TEXT[behavior]}.`
}
