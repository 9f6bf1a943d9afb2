import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatFraction,
  fraction,
  fractionOf,
  multiplyFractions,
  parsePrice,
  roundFraction,
  sumFractions,
} from '../../../src/core/billing/fraction.ts'
import {
  billingPeriod,
  billingPeriodAt,
  type SubscriptionTerm,
  secondsOf,
} from '../../../src/core/billing/periods.ts'
import {
  cycleAfterChange,
  defaultTiming,
  effectiveAt,
  type PricedPeriod,
  type ProrationPart,
  periodCharge,
  prorateChange,
  prorateTerm,
} from '../../../src/core/billing/proration.ts'

const ms = (text: string) => Date.parse(text)
const cycle = { anchorMs: ms('2026-06-01T00:00:00Z'), months: 1 }
const term: SubscriptionTerm = { cycle, startMs: cycle.anchorMs }
/** 30 days: 2,592,000 seconds. */
const june = billingPeriod(cycle, 0)
const free: PricedPeriod = { plan: 'free', price: '0', period: june }
const pro: PricedPeriod = { plan: 'pro', price: '49', period: june }
const enterprise: PricedPeriod = { plan: 'enterprise', price: '500', period: june }
const texts = (parts: readonly ProrationPart[]) =>
  parts.map(({ plan, amount }) => `${plan} ${formatFraction(amount)}`)
const sum = (parts: readonly ProrationPart[]) => sumFractions(parts.map(({ amount }) => amount))

describe('a change of plan', () => {
  it('half way through June from $49 to $500 credits $24.50 and charges $250.00', () => {
    // 15 of 30 days are left: 49 × 1,296,000 / 2,592,000 = 24.50; 500 × the same = 250.
    const atMs = ms('2026-06-16T00:00:00Z')
    const parts = prorateChange({ term, atMs, from: pro, to: enterprise })
    expect(texts(parts)).toEqual(['pro -24.5', 'enterprise 250'])
    expect(parts.map(({ seconds, ofSeconds }) => [seconds, ofSeconds])).toEqual([
      [-1_296_000n, 2_592_000n],
      [1_296_000n, 2_592_000n],
    ])
    expect(formatFraction(sum(parts))).toBe('225.5')
  })

  it('counts seconds: one second before the end there is 49 / 2,592,000 left', () => {
    const atMs = june.endMs - 1_000
    const [credit] = prorateChange({ term, atMs, from: pro, to: free })
    expect(credit?.amount).toEqual(fraction(-49n, 2_592_000n))
    expect(prorateChange({ term, atMs: atMs + 999, from: pro, to: free })[0]).toEqual(credit)
  })

  it('at the end of the period or later moves nothing of that period', () => {
    expect(prorateChange({ term, atMs: june.endMs, from: pro, to: enterprise })).toEqual([])
  })

  it('in the trial moves nothing, as nothing has been charged yet', () => {
    const trial = { ...term, trialEndMs: ms('2026-06-15T12:00:00Z') }
    const change = { term: trial, from: pro, to: enterprise }
    expect(prorateChange({ ...change, atMs: ms('2026-06-15T11:59:59Z') })).toEqual([])
    expect(texts(prorateChange({ ...change, atMs: ms('2026-06-16T00:00:00Z') }))).toEqual([
      'pro -24.5',
      'enterprise 250',
    ])
  })

  it('does not count time for which nothing is paid', () => {
    const pauses = [{ startMs: ms('2026-06-16T00:00:00Z'), endMs: ms('2026-06-22T00:00:00Z') }]
    const atMs = ms('2026-06-16T00:00:00Z')
    // 9 of 30 days are left to be had: 49 × 9 / 30 = 14.70, 500 × 9 / 30 = 150.
    expect(
      texts(prorateChange({ term: { ...term, pauses }, atMs, from: pro, to: enterprise })),
    ).toEqual(['pro -14.7', 'enterprise 150'])
  })

  it('from months to years credits the month and charges the year from the change on', () => {
    const atMs = ms('2026-06-16T12:00:00Z')
    const yearly = cycleAfterChange(cycle, 12, atMs)
    const period = billingPeriodAt(yearly, atMs)
    const annual = { plan: 'pro-annual', price: '490', period }
    const [credit, charge] = prorateChange({ term, atMs, from: pro, to: annual })
    expect(credit?.amount).toEqual(
      multiplyFractions(fraction(-49n, 1n), fraction(14n * 86_400n + 43_200n, 2_592_000n)),
    )
    // The half day before the change was the old plan's.
    expect(charge?.seconds).toBe(365n * 86_400n - 43_200n)
    expect(charge?.ofSeconds).toBe(365n * 86_400n)
    expect(cycleAfterChange(cycle, 1, atMs)).toBe(cycle)
  })

  it('and its reverse at the same instant cancel out, exactly and in rounded lines', () => {
    const price = fc.bigInt(0n, 10n ** 9n).map((cents) => String(Number(cents) / 100))
    const instant = fc.integer({ min: june.startMs - 86_400_000, max: june.endMs + 86_400_000 })
    fc.assert(
      fc.property(price, price, instant, fc.boolean(), (a, b, atMs, toYears) => {
        const yearly = cycleAfterChange(cycle, toYears ? 12 : 1, atMs)
        const period = billingPeriodAt(yearly, atMs)
        const from = { plan: 'a', price: a, period: billingPeriodAt(cycle, atMs) }
        const to = { plan: 'b', price: b, period }
        const there = prorateChange({ term, atMs, from, to })
        const back = prorateChange({ term: { ...term, cycle: yearly }, atMs, from: to, to: from })
        expect(sum([...there, ...back])).toEqual(fraction(0n, 1n))
        const cents = [...there, ...back].map(({ amount }) => roundFraction(amount, 2))
        expect(cents.reduce((total, line) => total + line, 0n)).toBe(0n)
      }),
      { numRuns: 500 },
    )
  })

  it('in any chain charges each plan for exactly the seconds that it was in force', () => {
    const plan = fc.record({
      plan: fc.constantFrom('a', 'b', 'c'),
      atMs: fc.integer({ min: june.startMs, max: june.endMs - 1 }),
    })
    const prices: Record<string, string> = { a: '49', b: '500', c: '0.01' }
    const priced = (name: string) => ({ plan: name, price: prices[name] ?? '', period: june })
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 20 }), (drawn) => {
        const changes = [...drawn].sort((x, y) => x.atMs - y.atMs)
        let inForce = 'a'
        const parts = [periodCharge(term, priced('a'))]
        const expected = []
        let sinceMs = june.startMs
        for (const { plan: next, atMs } of changes) {
          parts.push(...prorateChange({ term, atMs, from: priced(inForce), to: priced(next) }))
          expected.push({ plan: inForce, seconds: secondsOf({ startMs: sinceMs, endMs: atMs }) })
          inForce = next
          sinceMs = atMs
        }
        expected.push({
          plan: inForce,
          seconds: secondsOf({ startMs: sinceMs, endMs: june.endMs }),
        })
        const exact = expected.map(({ plan: of, seconds }) =>
          multiplyFractions(
            fractionOf(parsePrice(prices[of] ?? '', of)),
            fraction(seconds, secondsOf(june)),
          ),
        )
        expect(sum(parts)).toEqual(sumFractions(exact))
      }),
      { numRuns: 500 },
    )
  })
})

describe('when a change takes effect', () => {
  it('is now for what costs more by the month or as much, and later for what costs less', () => {
    const monthly = (price: string) => ({ price, months: 1 })
    expect(defaultTiming(monthly('49'), monthly('500'))).toBe('now')
    expect(defaultTiming(monthly('49'), monthly('49.00'))).toBe('now')
    expect(defaultTiming(monthly('500'), monthly('49'))).toBe('period_end')
    expect(defaultTiming(monthly('49'), { price: '490', months: 12 })).toBe('period_end')
    expect(defaultTiming({ price: '490', months: 12 }, monthly('49'))).toBe('now')
  })

  it('is the second of the asking, or the end of the period', () => {
    const askedMs = ms('2026-06-16T10:00:00.999Z')
    expect(effectiveAt('now', cycle, askedMs)).toBe(ms('2026-06-16T10:00:00Z'))
    expect(effectiveAt('period_end', cycle, askedMs)).toBe(ms('2026-07-01T00:00:00Z'))
  })
})

describe('a change of the time that is paid for', () => {
  const atMs = ms('2026-06-16T00:00:00Z')

  it('by an end in the middle credits the rest', () => {
    const part = prorateTerm({ priced: pro, atMs, before: term, after: { ...term, endMs: atMs } })
    expect(texts(part ? [part] : [])).toEqual(['pro -24.5'])
  })

  it('by a pause and then its end at the same instant moves nothing altogether', () => {
    const paused = { ...term, pauses: [{ startMs: atMs }] }
    const pause = prorateTerm({ priced: pro, atMs, before: term, after: paused })
    const resumed = { ...term, pauses: [{ startMs: atMs, endMs: atMs }] }
    const resumption = prorateTerm({ priced: pro, atMs, before: paused, after: resumed })
    expect(texts([pause, resumption].filter((part) => part !== undefined))).toEqual([
      'pro -24.5',
      'pro 24.5',
    ])
  })

  it('that has not been charged yet moves nothing', () => {
    const trial = { ...term, trialEndMs: ms('2026-06-20T00:00:00Z') }
    const longer = { ...term, trialEndMs: ms('2026-06-25T00:00:00Z') }
    expect(prorateTerm({ priced: pro, atMs, before: trial, after: longer })).toBeUndefined()
    const july = { ...pro, period: billingPeriod(cycle, 1) }
    const ended = { ...term, endMs: atMs }
    expect(prorateTerm({ priced: july, atMs, before: term, after: ended })).toBeUndefined()
    expect(formatFraction(periodCharge(longer, pro).amount)).toBe('9.8') // 49 × 6 / 30
  })
})
