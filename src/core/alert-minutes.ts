import { MINUTE_TERMS } from './alert-kinds.ts'

/** One closed minute of calls. */
export interface MinuteOfCalls {
  readonly minuteMs: number
  /** The number of calls behind `value`. */
  readonly calls: number
  readonly value: number
}

export interface MinuteTerms {
  readonly minimumCalls?: number | undefined
  readonly badMinutes?: number | undefined
  readonly ofMinutes?: number | undefined
  readonly goodMinutes?: number | undefined
}

/** Whether a level is exceeded, judged by the minutes that are over. */
export interface MinuteVerdict {
  readonly isBad: boolean
  readonly isGood: boolean
  /** The worst value among the minutes with enough calls; undefined when there is none. */
  readonly worst: number | undefined
}

const MINUTE_MS = 60_000

/** The number of recent minutes that a verdict needs. */
export const minutesLookedAt = (terms: MinuteTerms): number => {
  const { ofMinutes, goodMinutes } = { ...MINUTE_TERMS, ...terms }
  return Math.max(ofMinutes, goodMinutes)
}

/**
 * Judges a level by the minutes that are over; `endMs` is the end of the last one. A level is bad
 * when at least `badMinutes` of the last `ofMinutes` reached it with enough calls. It is good when
 * none of the last `goodMinutes` did. A minute with too few calls never reaches it.
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
