import { describe, expect, it } from 'vitest'
import { judgeMinutes, minutesLookedAt } from '../../src/core/alert-minutes.ts'

const MINUTE_MS = 60_000
const END_MS = 100 * MINUTE_MS
/** The last minutes, oldest first; undefined means too few calls. */
const last = (...values: (number | undefined)[]) =>
  values.map((value, place) => ({
    minuteMs: END_MS - (values.length - place) * MINUTE_MS,
    calls: value === undefined ? 19 : 20,
    value: value ?? 100,
  }))
const judged = (...values: (number | undefined)[]) => judgeMinutes(last(...values), 5, END_MS, {})

describe('minutes of calls', () => {
  it('are bad if three of the last five reach the level, including exactly', () => {
    expect(judged(5, 0, 7, 0, 5)).toMatchObject({ isBad: true, isGood: false, worst: 7 })
    expect(judged(5, 0, 0, 0, 5)).toMatchObject({ isBad: false, isGood: false })
    expect(judged(9, 5, 0, 0, 0, 5)).toMatchObject({ isBad: false })
  })

  it('are never bad with too few calls, and good if none was bad', () => {
    expect(judged(undefined, undefined, undefined, undefined, undefined)).toEqual({
      isBad: false,
      isGood: true,
      worst: undefined,
    })
    expect(judged(9, 4, 4, 4, 4, 4)).toMatchObject({ isBad: false, isGood: true })
  })

  it('count only once they have ended', () => {
    const open = { minuteMs: END_MS, calls: 100, value: 100 }
    expect(judgeMinutes([...last(5, 5), open], 5, END_MS, {})).toMatchObject({ isBad: false })
  })

  it('reach back as far as either verdict needs', () => {
    expect(minutesLookedAt({})).toBe(5)
    expect(minutesLookedAt({ ofMinutes: 3, goodMinutes: 9 })).toBe(9)
  })
})
