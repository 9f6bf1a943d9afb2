import { describe, expect, it } from 'vitest'
import {
  burstiness,
  busiestHour,
  busiestWeekday,
  growth,
  topShare,
} from '../../../src/core/insight/patterns.ts'

/** A Wednesday. */
const FIRST = Date.UTC(2026, 3, 1)
const hours = (count: number, of: (hour: number, day: number) => number) => ({
  firstHourMs: FIRST,
  totals: Array.from({ length: count }, (_, index) => of(index % 24, Math.floor(index / 24))),
})

describe('the busiest weekday and hour', () => {
  it('are those with the largest mean, in UTC, Sunday and midnight being 0', () => {
    const atNine = hours(14 * 24, (hour, day) => (hour === 9 && day % 7 === 1 ? 60 : 1))
    expect(busiestWeekday(atNine)).toEqual({ slot: 4, mean: 83, share: 83 / (83 + 6 * 24) })
    expect(busiestHour(atNine)).toMatchObject({ slot: 9 })
    expect(busiestHour(atNine)?.mean).toBeCloseTo((2 * 60 + 12) / 14)
  })

  it('are not those that come up more often', () => {
    // Nine days: Wednesday and Thursday come twice; Friday, once, has most.
    const nine = hours(9 * 24, (_, day) => (day === 2 ? 3 : 2))
    expect(busiestWeekday(nine)?.slot).toBe(5)
  })

  it('take a series that begins in the middle of a day', () => {
    const late = { firstHourMs: FIRST + 22 * 3_600_000, totals: [0, 0, 0, 5] }
    expect(busiestHour(late)?.slot).toBe(1)
    expect(busiestWeekday(late)?.slot).toBe(4)
  })

  it('are not known without use', () => {
    expect(busiestWeekday(hours(48, () => 0))).toBeUndefined()
    expect(busiestHour(hours(0, () => 0))).toBeUndefined()
  })
})

describe('the share of the top user or event type', () => {
  it('is its part of all', () => {
    const totals = new Map([
      ['ada', 1],
      ['grace', 6],
      ['joan', 1],
    ])
    expect(topShare(totals)).toEqual({ key: 'grace', total: 6, share: 0.75 })
  })

  it('is the same whatever order they come in', () => {
    const equal: [string, number][] = [
      ['b', 2],
      ['a', 2],
    ]
    expect(topShare(new Map(equal))?.key).toBe('a')
    expect(topShare(new Map(equal.reverse()))?.key).toBe('a')
  })

  it('is not known without use', () => {
    expect(topShare(new Map())).toBeUndefined()
    expect(topShare(new Map([['ada', 0]]))).toBeUndefined()
  })
})

describe('burstiness', () => {
  it('is the busiest over the mean', () => {
    expect(burstiness([2, 2, 2])).toBe(1)
    expect(burstiness([0, 0, 0, 8])).toBe(4)
    expect(burstiness([0, 0])).toBeUndefined()
    expect(burstiness([])).toBeUndefined()
  })
})

describe('growth', () => {
  it('is against the period before, and not known from nothing', () => {
    expect(growth(125, 100)).toBe(0.25)
    expect(growth(0, 100)).toBe(-1)
    expect(growth(5, 0)).toBeUndefined()
  })
})
