import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../src/core/insight/daily-totals.ts'
import { forecastPeriod } from '../../../src/core/insight/forecast.ts'
import { forecastRunOut } from '../../../src/core/insight/run-out.ts'
import { madeSeries } from './made-series.ts'

const FIRST = Date.UTC(2026, 0, 5)
const dayMs = (day: number): number => FIRST + day * DAY_MS
const period = { startMs: dayMs(60), endMs: dayMs(90) }
const steady = Array.from({ length: 70 }, () => 100)
const runOut = (totals: readonly number[], limit: number, used = 0) =>
  forecastRunOut(
    { firstDayMs: FIRST, totals, today: { used, elapsedShare: used > 0 ? 0.5 : 0 } },
    period,
    limit,
  )

describe('the day on which a limit runs out', () => {
  it('is the one on which the expected use reaches it', () => {
    expect(runOut(steady, 2_050)).toEqual({
      ...{ basis: 'weekly', dayMs: dayMs(80), earliestMs: dayMs(80), latestMs: dayMs(80) },
    })
  })

  it('is none when the period ends before', () => {
    expect(runOut(steady, 3_500)).toEqual({
      ...{ basis: 'weekly', dayMs: undefined, earliestMs: undefined, latestMs: undefined },
    })
  })

  it('is the day itself when it has happened, today included, in a period over or not', () => {
    expect(runOut(steady, 450).dayMs).toBe(dayMs(64))
    expect(runOut(steady, 1_050, 60)).toMatchObject({ dayMs: dayMs(70), latestMs: dayMs(70) })
    const longAfter = Array.from({ length: 120 }, () => 100)
    expect(runOut(longAfter, 450).dayMs).toBe(dayMs(64))
    expect(runOut(longAfter, 3_001).dayMs).toBeUndefined()
  })

  it('is the first day of the period for a limit of zero, used or not', () => {
    expect(runOut(steady, 0).dayMs).toBe(period.startMs)
  })

  it('is not known from an empty history', () => {
    const usage = { firstDayMs: dayMs(60), totals: [] }
    expect(forecastRunOut(usage, period, 10)).toEqual({
      ...{ basis: 'none', dayMs: undefined, earliestMs: undefined, latestMs: undefined },
    })
  })

  it('lies within its band, and agrees with the forecast of the period', () => {
    const totals = madeSeries('no trend', 4, 70)
    const { total, low, high } = forecastPeriod({ firstDayMs: FIRST, totals }, period)
    const { dayMs: day = 0, earliestMs = 0, latestMs = 0 } = runOut(totals, 0.9 * low)
    expect(earliestMs).toBeLessThanOrEqual(day)
    expect(day).toBeLessThanOrEqual(latestMs)
    expect(earliestMs).toBeLessThan(latestMs)
    expect(runOut(totals, total + 1).dayMs).toBeUndefined()
    expect(runOut(totals, total + 1).earliestMs).toBeDefined()
    expect(runOut(totals, total - 1).dayMs).toBe(dayMs(89))
    expect(runOut(totals, high + 1).earliestMs).toBeUndefined()
  })
})
