import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BucketLevel, pourOne, waitMs } from '../../src/core/leaky-bucket.ts'
import { RateModel } from '../authority/rate-model.ts'

describe('a leaky bucket', () => {
  it("allows exactly what the gate's rates allow, with the same times", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 200 }),
        (perMinute, burst, pausesMs) => {
          const rule = { max: perMinute, windowMs: 60_000, burst }
          const model = new RateModel(0, 3_000)
          let level: BucketLevel | undefined
          let nowMs = 0
          for (const pauseMs of pausesMs) {
            nowMs += pauseMs
            const before = waitMs(level, { perMinute, burst }, nowMs)
            const expected = model.take(1, rule, 1, nowMs)
            const poured = pourOne(level, { perMinute, burst }, nowMs)
            expect(poured.fits).toBe(expected.taken)
            expect(before).toBe(expected.taken ? 0 : expected.refused[0]?.retryAfterMs)
            level = poured.level
          }
        },
      ),
    )
  })

  it('allows one more exactly at its given time', () => {
    const rate = { perMinute: 7, burst: 2 }
    let level: BucketLevel | undefined
    for (const expected of [true, true, false]) {
      const poured = pourOne(level, rate, 1_000)
      expect(poured.fits).toBe(expected)
      level = poured.level
    }
    const wait = waitMs(level, rate, 1_000)
    expect(pourOne(level, rate, 1_000 + wait - 1).fits).toBe(false)
    expect(pourOne(level, rate, 1_000 + wait).fits).toBe(true)
  })

  it('leaks nothing while the clock goes back, nor twice afterwards', () => {
    const rate = { perMinute: 1, burst: 1 }
    let { level } = pourOne(undefined, rate, 60_000)
    for (const nowMs of [0, 60_000, 30_000, 119_999]) {
      const poured = pourOne(level, rate, nowMs)
      expect(poured.fits).toBe(false)
      level = poured.level
    }
    expect(pourOne(level, rate, 120_000).fits).toBe(true)
  })
})
