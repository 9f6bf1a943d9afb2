import { describe, expect, it } from 'vitest'
import { judgeMinutes, minutesLookedAt } from '../../src/core/alert-minutes.ts'

const MINUTE_MS = 60_000
const END_MS = 100 * MINUTE_MS
/** The last minutes, the oldest first; undefined: one with too few calls. */
const last = (...values: (number | undefined)[]) =>
  values.map((value, place) => ({
    minuteMs: END_MS - (values.length - place) * MINUTE_MS,
    calls: value === undefined ? 19 : 20,
    value: value ?? 100,
  }))
const judged = (...values: (number | undefined)[]) => judgeMinutes(last(...values), 5, END_MS, {})

describe('minutes of calls', () => {
  it('are bad when three of the last five came to the level, exactly at it too', () => {
    expect(judged(5, 0, 7, 0, 5)).toMatchObject({ isBad: true, isGood: false, worst: 7 })
    expect(judged(5, 0, 0, 0, 5)).toMatchObject({ isBad: false, isGood: false })
    expect(judged(9, 5, 0, 0, 0, 5)).toMatchObject({ isBad: false })
  })

  it('say nothing bad with too few calls, and are good when none was bad', () => {
    expect(judged(undefined, undefined, undefined, undefined, undefined)).toEqual({
      isBad: false,
      isGood: true,
      worst: undefined,
    })
    expect(judged(9, 4, 4, 4, 4, 4)).toMatchObject({ isBad: false, isGood: true })
  })

  it('count only when they are over', () => {
    const open = { minuteMs: END_MS, calls: 100, value: 100 }
    expect(judgeMinutes([...last(5, 5), open], 5, END_MS, {})).toMatchObject({ isBad: false })
  })

  it('are looked at as far back as either verdict needs', () => {
    expect(minutesLookedAt({})).toBe(5)
    expect(minutesLookedAt({ ofMinutes: 3, goodMinutes: 9 })).toBe(9)
  })
})
