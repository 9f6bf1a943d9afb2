import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  billingPeriod,
  billingPeriodAt,
  dueFrom,
  paidSeconds,
  paidStretches,
  type SubscriptionTerm,
  secondsOf,
  subscriptionStateAt,
} from '../../../src/core/billing/periods.ts'
import { windowEnd, windowStart } from '../../../src/core/windows.ts'

const ms = (text: string) => Date.parse(text)
const day = (value: number) => new Date(value).toISOString().slice(0, 10)
const DAY_SECONDS = 86_400n

const anchor = fc
  .record({
    year: fc.integer({ min: 1990, max: 2099 }),
    month: fc.integer({ min: 0, max: 11 }),
    day: fc.integer({ min: 1, max: 31 }),
    timeMs: fc.integer({ min: 0, max: 86_399_999 }),
  })
  .map(({ year, month, day: of, timeMs }) => Date.UTC(year, month, of) + timeMs)
const months = fc.constantFrom(1, 2, 3, 6, 12)
const index = fc.integer({ min: -1_300, max: 1_300 })

/** Independent of the code: month lengths come from a table, leap years from the rule. */
const expectedStart = (anchorMs: number, monthsOn: number): number => {
  const at = new Date(anchorMs)
  const total = at.getUTCFullYear() * 12 + at.getUTCMonth() + monthsOn
  const [year, month] = [Math.floor(total / 12), ((total % 12) + 12) % 12]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return Date.UTC(year, month, Math.min(at.getUTCDate(), lengths[month] ?? 0))
}

describe('billing periods', () => {
  it.each([
    ['2026-01-31', 1, ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']],
    ['2024-02-29', 12, ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29']],
    ['2024-01-30', 1, ['2024-01-30', '2024-02-29', '2024-03-30']],
    ['2025-11-30', 3, ['2025-11-30', '2026-02-28', '2026-05-30', '2026-08-30']],
  ])(
    'anchored at %s, of %i months, clamp each boundary from the anchor itself',
    (from, of, days) => {
      const cycle = { anchorMs: ms(`${from}T18:30:00Z`), months: of }
      expect(days.map((_, k) => day(billingPeriod(cycle, k).startMs))).toEqual(days)
    },
  )

  it('are as long as their months: 28, 29, 30 or 31 days', () => {
    const days = (from: string, k: number) =>
      secondsOf(billingPeriod({ anchorMs: ms(from), months: 1 }, k)) / DAY_SECONDS
    expect(days('2026-01-31', 0)).toBe(28n)
    expect(days('2026-01-31', 1)).toBe(31n)
    expect(days('2024-01-31', 0)).toBe(29n)
    expect(days('2026-06-15', 0)).toBe(30n)
  })

  it('tile time for every anchor and length: each instant is in exactly one period', () => {
    fc.assert(
      fc.property(anchor, months, index, (anchorMs, of, k) => {
        const cycle = { anchorMs, months: of }
        const period = billingPeriod(cycle, k)
        expect(period.startMs).toBe(expectedStart(anchorMs, of * k))
        expect(period.endMs).toBe(billingPeriod(cycle, k + 1).startMs)
        expect(period.endMs).toBeGreaterThan(period.startMs)
        expect(billingPeriodAt(cycle, period.startMs)).toEqual(period)
        expect(billingPeriodAt(cycle, period.endMs - 1)).toEqual(period)
        expect(billingPeriodAt(cycle, period.startMs - 1).index).toBe(k - 1)
        expect(billingPeriodAt(cycle, period.endMs).index).toBe(k + 1)
        expect(billingPeriodAt(cycle, anchorMs).index).toBe(0)
      }),
      { numRuns: 3_000 },
    )
  })

  it("of one month equal the gate's windows", () => {
    fc.assert(
      fc.property(anchor, anchor, (anchorMs, atMs) => {
        const { startMs, endMs } = billingPeriodAt({ anchorMs, months: 1 }, atMs)
        expect(startMs).toBe(windowStart('period', atMs, anchorMs))
        expect(endMs).toBe(windowEnd('period', atMs, anchorMs))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([0, -1, 1.5, Number.NaN])('cannot have %s months', (of) => {
    expect(() => billingPeriod({ anchorMs: 0, months: of }, 1)).toThrow(RangeError)
  })
})

describe('the paid time of a period', () => {
  const cycle = { anchorMs: ms('2026-05-15T18:00:00Z'), months: 1 }
  const may = billingPeriod(cycle, 0)
  const term = (more: Partial<SubscriptionTerm> = {}): SubscriptionTerm => ({
    cycle,
    startMs: cycle.anchorMs,
    ...more,
  })

  it('is the whole first period, although it begins at midnight and the subscription at 18:00', () => {
    expect(paidSeconds(term(), may)).toBe(31n * DAY_SECONDS)
  })

  it('begins at the end of a trial, exact to the second', () => {
    const trial = term({ trialEndMs: ms('2026-05-29T18:00:00Z') })
    expect(paidSeconds(trial, may)).toBe(16n * DAY_SECONDS + 6n * 3_600n)
  })

  it("is the whole first period if the trial's end is the anchor", () => {
    const trialEndMs = ms('2026-05-29T18:00:00Z')
    const anchored = { anchorMs: trialEndMs, months: 1 }
    const trial = { cycle: anchored, startMs: ms('2026-05-15T18:00:00Z'), trialEndMs }
    const [before, first] = [billingPeriod(anchored, -1), billingPeriod(anchored, 0)]
    expect(paidSeconds(trial, before)).toBe(0n)
    expect(paidSeconds(trial, first)).toBe(31n * DAY_SECONDS)
    expect(day(dueFrom(trial))).toBe('2026-05-29')
  })

  it('begins at the start if the anchor is another day', () => {
    const late = term({ startMs: ms('2026-06-01T12:00:00Z') })
    expect(paidSeconds(late, may)).toBe(13n * DAY_SECONDS + 43_200n)
  })

  it('excludes pauses, counts overlapping ones once, and ends with the subscription', () => {
    const pauses = [
      { startMs: ms('2026-05-24T00:00:00Z'), endMs: ms('2026-05-26T00:00:00Z') },
      { startMs: ms('2026-05-20T00:00:00Z'), endMs: ms('2026-05-25T00:00:00Z') },
    ]
    const paused = term({ pauses, endMs: ms('2026-06-10T00:00:00Z') })
    expect(
      paidStretches(paused, may).map(({ startMs, endMs }) => [day(startMs), day(endMs)]),
    ).toEqual([
      ['2026-05-15', '2026-05-20'],
      ['2026-05-26', '2026-06-10'],
    ])
    expect(paidSeconds(paused, may)).toBe(20n * DAY_SECONDS)
  })

  it('is empty within a pause without end', () => {
    const paused = term({ pauses: [{ startMs: ms('2026-06-01T00:00:00Z') }] })
    expect(paidSeconds(paused, may)).toBe(17n * DAY_SECONDS)
    expect(paidSeconds(paused, billingPeriod(cycle, 1))).toBe(0n)
  })

  it('agrees with a check second by second, wherever the period is cut', () => {
    const second = fc.integer({ min: -20, max: 120 })
    const stretch = fc.record({ startMs: second, endMs: fc.option(second, { nil: undefined }) })
    const at = (s: number) => may.startMs + s * 1_000
    const model = fc.record({
      startMs: second,
      trialEndMs: fc.option(second, { nil: undefined }),
      endMs: fc.option(second, { nil: undefined }),
      pauses: fc.array(stretch, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(model, fc.integer({ min: 0, max: 100 }), (drawn, cut) => {
        const optional = (s: number | undefined) => (s === undefined ? undefined : at(s))
        const random = term({
          startMs: at(drawn.startMs),
          trialEndMs: optional(drawn.trialEndMs),
          endMs: optional(drawn.endMs),
          pauses: drawn.pauses.map((p) => ({ startMs: at(p.startMs), endMs: optional(p.endMs) })),
        })
        const from = dueFrom(random)
        const paid = Array.from({ length: 100 }, (_, s) => at(s)).filter(
          (t) =>
            t >= from &&
            (random.endMs === undefined || t < random.endMs) &&
            !(random.pauses ?? []).some(
              (p) => p.startMs <= t && (p.endMs === undefined || t < p.endMs),
            ),
        )
        const whole = { startMs: at(0), endMs: at(100) }
        expect(paidSeconds(random, whole)).toBe(BigInt(paid.length))
        expect(
          paidSeconds(random, { ...whole, endMs: at(cut) }) +
            paidSeconds(random, { ...whole, startMs: at(cut) }),
        ).toBe(BigInt(paid.length))
      }),
      { numRuns: 500 },
    )
  })

  it('follows the state of the subscription', () => {
    const all = term({
      trialEndMs: ms('2026-05-20T00:00:00Z'),
      pauses: [{ startMs: ms('2026-06-01T00:00:00Z'), endMs: ms('2026-06-03T00:00:00Z') }],
      endMs: ms('2026-07-01T00:00:00Z'),
    })
    const stateOn = (text: string) => subscriptionStateAt(all, ms(`${text}T00:00:00Z`))
    expect(
      ['2026-05-01', '2026-05-19', '2026-05-20', '2026-06-01', '2026-06-03', '2026-07-01'].map(
        stateOn,
      ),
    ).toEqual(['not_started', 'trial', 'active', 'paused', 'active', 'ended'])
  })
})
