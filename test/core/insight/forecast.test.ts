import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../src/core/insight/daily-totals.ts'
import { type Forecast, forecastByDay, forecastPeriod } from '../../../src/core/insight/forecast.ts'
import { sum } from '../../../src/core/insight/robust-statistics.ts'
import { madeSeries } from './made-series.ts'

const FIRST = Date.UTC(2026, 0, 5)
const dayMs = (day: number): number => FIRST + day * DAY_MS
const days = (start: number, end: number) => ({ startMs: dayMs(start), endMs: dayMs(end) })
const forecast = (
  totals: readonly number[],
  period: { startMs: number; endMs: number },
  today?: { used: number; elapsedShare: number },
): Forecast => forecastPeriod({ firstDayMs: FIRST, totals, today }, period)

describe('a forecast', () => {
  it('of an empty history equals current use, and states that it has no basis', () => {
    expect(forecast([], days(0, 30))).toEqual({ basis: 'none', used: 0, total: 0, low: 0, high: 0 })
    expect(forecast([], days(0, 30), { used: 70, elapsedShare: 0.5 })).toEqual({
      basis: 'none',
      used: 70,
      total: 70,
      low: 70,
      high: 70,
    })
  })

  it('from one day continues at its rate, with a band as wide as the whole', () => {
    const { basis, used, total, low, high } = forecast([100], days(0, 30))
    expect({ basis, used }).toEqual({ basis: 'few_days', used: 100 })
    expect(total).toBeCloseTo(3_000)
    expect(low).toBe(100)
    expect(high).toBeGreaterThan(6_000)
  })

  it('from eight days says so, and is less certain than from two hundred similar days', () => {
    const totals = madeSeries('no trend', 1, 200)
    const early = forecast(totals.slice(0, 8), days(0, 30))
    const late = forecast(totals, days(192, 222))
    expect(early.basis).toBe('few_days')
    expect(late.basis).toBe('weekly')
    expect(early.high - early.low).toBeGreaterThan(2 * (late.high - late.low))
  })

  it('counts the leap day', () => {
    const firstDayMs = Date.UTC(2027, 11, 1)
    const untilFebruary = Array.from({ length: 31 + 31 + 10 }, () => 10)
    const february = { startMs: Date.UTC(2028, 1, 1), endMs: Date.UTC(2028, 2, 1) }
    const { used, total } = forecastPeriod({ firstDayMs, totals: untilFebruary }, february)
    expect(used).toBe(100)
    expect(total).toBeCloseTo(290)
  })

  it('of zeros is zero', () => {
    expect(
      forecast(
        Array.from({ length: 60 }, () => 0),
        days(45, 75),
      ),
    ).toEqual({ basis: 'weekly', used: 0, total: 0, low: 0, high: 0 })
  })

  it('treats a single burst as an outlier, not as a new level', () => {
    const quiet = Array.from({ length: 60 }, (_, day) => 100 + (day % 3))
    const burst = quiet.with(55, 5_000)
    const calm = forecast(quiet, days(50, 80))
    const { total, used } = forecast(burst, days(50, 80))
    expect(used - calm.used).toBeCloseTo(4_900, -2)
    expect(total - used).toBeLessThan(1.1 * (calm.total - calm.used))
  })

  it('treats a step as a new level after a week', () => {
    const totals = Array.from({ length: 70 }, (_, day) => (day < 60 ? 100 : 400) + (day % 3))
    const { total, used } = forecast(totals, days(60, 90))
    expect((total - used) / 20).toBeCloseTo(401, -1)
  })

  it('of an ended period is its exact total, whatever came later', () => {
    const totals = Array.from({ length: 60 }, (_, day) => day)
    const exact = sum(totals.slice(10, 40))
    expect(forecast(totals, days(10, 40), { used: 999, elapsedShare: 0.1 })).toEqual({
      basis: 'weekly',
      used: exact,
      total: exact,
      low: exact,
      high: exact,
    })
  })

  it('of a period that begins today uses earlier days', () => {
    const totals = Array.from({ length: 60 }, (_, day) => (day % 7 < 5 ? 100 : 0))
    const { used, total } = forecast(totals, days(60, 90), { used: 40, elapsedShare: 0.4 })
    expect(used).toBe(40)
    const weekdays = Array.from({ length: 30 }, (_, day) => (60 + day) % 7 < 5).filter(Boolean)
    expect(total).toBeCloseTo(100 * weekdays.length, -2)
  })

  it('of a later period excludes the days before it', () => {
    const totals = Array.from({ length: 60 }, () => 100)
    const { used, total } = forecast(totals, days(65, 75), { used: 40, elapsedShare: 0.4 })
    expect(used).toBe(0)
    expect(total).toBeCloseTo(1_000)
  })

  it('expects only the rest of today', () => {
    const totals = Array.from({ length: 60 }, () => 100)
    const { total } = forecast(totals, days(50, 61), { used: 170, elapsedShare: 0.75 })
    expect(total).toBeCloseTo(1_000 + 170 + 25)
  })

  it('ignores the days before an organization joined', () => {
    const idle = Array.from({ length: 80 }, () => 0)
    const totals = madeSeries('no trend', 2, 12)
    const came = forecastPeriod(
      { firstDayMs: FIRST - 80 * DAY_MS, totals: [...idle, ...totals] },
      days(0, 30),
    )
    expect(came).toEqual(forecast(totals, days(0, 30)))
  })

  it('does not change with the unit', () => {
    const totals = madeSeries('bursts', 3, 100)
    const period = days(90, 120)
    const inThousandths = forecast(
      totals.map((total) => total * 1_000),
      period,
    )
    const { total, low, high } = forecast(totals, period)
    expect(inThousandths.total / 1_000).toBeCloseTo(total, 3)
    expect(inThousandths.low / 1_000).toBeCloseTo(low, 3)
    expect(inThousandths.high / 1_000).toBeCloseTo(high, 3)
  })

  it('is finite, within its band, and never below current use, for any history', () => {
    const total = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(total, { maxLength: 90 }),
        fc.integer({ min: -10, max: 95 }),
        fc.integer({ min: 1, max: 40 }),
        fc.record({ used: total, elapsedShare: fc.double({ min: 0, max: 1, noNaN: true }) }),
        (totals, start, length, today) => {
          const usage = { firstDayMs: FIRST, totals, today }
          const period = days(start, start + length)
          const { used, total: expected, low, high } = forecastPeriod(usage, period)
          const inOrder = used >= 0 && used <= low && low <= expected && expected <= high
          const path = forecastByDay(usage, period)
          const rises = path.every(
            (day, index) =>
              index === 0 ||
              (day.total >= (path[index - 1]?.total ?? 0) &&
                day.high >= (path[index - 1]?.high ?? 0)),
          )
          return inOrder && Number.isFinite(high) && rises
        },
      ),
      { numRuns: 60 },
    )
  })
})
