import { describe, expect, it } from 'vitest'
import { findAnomalies } from '../../../src/core/insight/anomalies.ts'
import { DAY_MS } from '../../../src/core/insight/daily-totals.ts'
import { madeSeries } from './made-series.ts'
import { realDemand } from './real-demand.ts'

const FIRST = Date.UTC(2026, 0, 5)
const found = (totals: readonly number[]) =>
  findAnomalies({ firstDayMs: FIRST, totals }).map(({ dayMs, direction }) => ({
    day: (dayMs - FIRST) / DAY_MS,
    direction,
  }))

describe('anomalous days', () => {
  it('do not exist in an empty history, in eight days, in zeros or in equal days', () => {
    expect(found([])).toEqual([])
    expect(found([1, 1, 1, 900, 1, 1, 1, 1])).toEqual([])
    expect(found(Array.from({ length: 90 }, () => 0))).toEqual([])
    expect(found(Array.from({ length: 90 }, () => 50))).toEqual([])
  })

  it('include a single burst and a single outage, each on its day', () => {
    const totals = Array.from({ length: 90 }, (_, day) => (day % 7 < 5 ? 100 : 40) + (day % 3))
    expect(found(totals.with(50, 900).with(71, 0))).toEqual([
      { day: 50, direction: 'high' },
      { day: 71, direction: 'low' },
    ])
  })

  it('include a weekday as quiet as a Sunday, and a Sunday as busy as a weekday', () => {
    const totals = Array.from({ length: 90 }, (_, day) => (day % 7 < 6 ? 1_000 : 10) + (day % 3))
    expect(found(totals.with(59, 10).with(62, 1_000))).toEqual([
      { day: 59, direction: 'low' },
      { day: 62, direction: 'high' },
    ])
  })

  it('depend only on earlier days: later days change no verdict', () => {
    const totals = madeSeries('bursts', 5, 150)
    const all = found(totals)
    expect(all.length).toBeGreaterThan(0)
    for (const until of [40, 77, 121]) {
      expect(found(totals.slice(0, until))).toEqual(all.filter(({ day }) => day < until))
    }
  })

  it('are fewer than one in fifty for unchanged use, with or without a trend', () => {
    for (const kind of ['no trend', 'growth of 20 % a month'] as const) {
      const days = [1, 2, 3, 4, 5].flatMap((seed) => found(madeSeries(kind, seed, 215)))
      expect(days.length).toBeLessThan((5 * 215) / 50)
    }
  })

  it('include the first days of a step, until it becomes usual', () => {
    const days = found(madeSeries('a step to three times', 6, 215)).map(({ day }) => day)
    expect(days.slice(0, 5)).toEqual([103, 104, 105, 106, 107])
    expect(days.filter((day) => day > 103 + 28)).toEqual([])
  })

  it('are few if most days are zero, but include a burst', () => {
    const totals = madeSeries('mostly zeros', 7, 215)
    expect(found(totals).length).toBeLessThanOrEqual(3)
    expect(found(totals.with(200, 50_000))).toContainEqual({ day: 200, direction: 'high' })
  })
})

const real = realDemand()

describe.skipIf(!real)('anomalous days in real demand', () => {
  const dates = () =>
    findAnomalies(real ?? { firstDayMs: 0, totals: [] }).map(({ dayMs, direction }) => ({
      date: new Date(dayMs).toISOString().slice(0, 10),
      direction,
    }))

  it.each([
    ['Thanksgiving', ['2014-11-27']],
    ['Christmas', ['2014-12-25']],
    ['New Year', ['2014-12-30', '2014-12-31', '2015-01-01', '2015-01-02', '2015-01-03']],
    ['the first day of the snow storm', ['2015-01-26']],
    ['its second day', ['2015-01-27']],
  ])('include %s', (_, days) => {
    const low = dates().filter(({ direction }) => direction === 'low')
    expect(low.some(({ date }) => days.includes(date))).toBe(true)
  })

  it('are at most five outside these weeks', () => {
    const weeks = [
      ['2014-11-24', '2014-11-30'],
      ['2014-12-22', '2015-01-04'],
      ['2015-01-26', '2015-01-31'],
    ]
    const others = dates().filter(
      ({ date }) => !weeks.some(([from = '', to = '']) => date >= from && date <= to),
    )
    expect(others.length).toBeLessThanOrEqual(5)
  })
})
