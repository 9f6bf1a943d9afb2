import { MINUTE_TERMS } from './alert-kinds.ts'

/** One closed minute of calls. */
export interface MinuteOfCalls {
  readonly minuteMs: number
  /** How many calls its value is made of. */
  readonly calls: number
  readonly value: number
}

export interface MinuteTerms {
  readonly minimumCalls?: number | undefined
  readonly badMinutes?: number | undefined
  readonly ofMinutes?: number | undefined
  readonly goodMinutes?: number | undefined
}

/** How a level stands by the minutes up to one that is over. */
export interface MinuteVerdict {
  readonly isBad: boolean
  readonly isGood: boolean
  /** The worst that counts; undefined: too few calls to say. */
  readonly worst: number | undefined
}

const MINUTE_MS = 60_000

/** The longest stretch of minutes that a verdict looks at. */
export const minutesLookedAt = (terms: MinuteTerms): number => {
  const { ofMinutes, goodMinutes } = { ...MINUTE_TERMS, ...terms }
  return Math.max(ofMinutes, goodMinutes)
}

/**
 * A level is bad when so many of the last minutes came to it that had calls enough, and good when so
 * many in a row did not. A minute with too few calls says nothing bad. Only minutes that are over
 * count: `endMs` is the end of the last.
 */
export const judgeMinutes = (
  minutes: readonly MinuteOfCalls[],
  level: number,
  endMs: number,
  terms: MinuteTerms,
): MinuteVerdict => {
  const { minimumCalls, badMinutes, ofMinutes, goodMinutes } = { ...MINUTE_TERMS, ...terms }
  const counting = minutes.filter(({ calls }) => calls >= minimumCalls)
  const within = (count: number) =>
    counting.filter(({ minuteMs }) => minuteMs < endMs && minuteMs >= endMs - count * MINUTE_MS)
  const bad = within(ofMinutes).filter(({ value }) => value >= level)
  const values = within(ofMinutes).map(({ value }) => value)
  return {
    isBad: bad.length >= badMinutes,
    isGood: within(goodMinutes).every(({ value }) => value < level),
    worst: values.length > 0 ? Math.max(...values) : undefined,
  }
}
