import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatFraction,
  fraction,
  roundFraction,
  sumFractions,
} from '../../../src/core/billing/fraction.ts'
import { billingPeriod, type SubscriptionTerm } from '../../../src/core/billing/periods.ts'
import {
  defaultTiming,
  type ProrationPart,
  prorateChange,
} from '../../../src/core/billing/proration.ts'
import { paidSpells, planSpells, subscriptionAmount } from '../../../src/core/plan-spells.ts'

const ms = (text: string) => Date.parse(text)
const cycle = { anchorMs: ms('2026-06-01T00:00:00Z'), months: 1 }
const term: SubscriptionTerm = { cycle, startMs: cycle.anchorMs }
/** 30 days: 2,592,000 seconds. */
const june = billingPeriod(cycle, 0)
const free = { plan: 'free', price: '0' }
const pro = { plan: 'pro', price: '49' }
const enterprise = { plan: 'enterprise', price: '500' }
const texts = (parts: readonly ProrationPart[]) =>
  parts.map(({ plan, amount }) => `${plan} ${formatFraction(amount)}`)
const sum = (parts: readonly ProrationPart[]) => sumFractions(parts.map(({ amount }) => amount))
const change = (atMs: number, from = pro, to = enterprise, of = term) =>
  prorateChange({ term: of, period: june, atMs, from, to })

describe('the proration of a change', () => {
  it('half way through June from $49 to $500 credits $24.50 and charges $250.00', () => {
    // 15 of 30 days are left: 49 × 1,296,000 / 2,592,000 = 24.50; 500 × the same = 250.
    const parts = change(ms('2026-06-16T00:00:00Z'))
    expect(texts(parts)).toEqual(['pro -24.5', 'enterprise 250'])
    expect(parts.map(({ seconds, ofSeconds }) => [seconds, ofSeconds])).toEqual([
      [-1_296_000n, 2_592_000n],
      [1_296_000n, 2_592_000n],
    ])
    expect(formatFraction(sum(parts))).toBe('225.5')
  })

  it('counts seconds, and a partial second from its start', () => {
    const atMs = june.endMs - 1_000
    const [credit] = change(atMs, pro, free)
    expect(credit?.amount).toEqual(fraction(-49n, 2_592_000n))
    expect(change(atMs + 999, pro, free)[0]).toEqual(credit)
  })

  it('changes nothing in a period without the change', () => {
    expect(change(june.endMs)).toEqual([])
    expect(change(june.startMs - 1)).toEqual([])
  })

  it('changes nothing during the trial, because nothing has been charged yet', () => {
    const trial = { ...term, trialEndMs: ms('2026-06-15T12:00:00Z') }
    expect(change(ms('2026-06-15T11:59:59Z'), pro, enterprise, trial)).toEqual([])
    const after = change(ms('2026-06-16T00:00:00Z'), pro, enterprise, trial)
    expect(texts(after)).toEqual(['pro -24.5', 'enterprise 250'])
  })

  it('excludes unpaid time', () => {
    const atMs = ms('2026-06-16T00:00:00Z')
    const paused = { ...term, pauses: [{ startMs: atMs, endMs: ms('2026-06-22T00:00:00Z') }] }
    // 9 of 30 days are left: 49 × 9 / 30 = 14.70, 500 × 9 / 30 = 150.
    expect(texts(change(atMs, pro, enterprise, paused))).toEqual(['pro -14.7', 'enterprise 150'])
  })

  const instant = fc.integer({ min: june.startMs - 86_400_000, max: june.endMs + 86_400_000 })
  const price = fc.bigInt(0n, 10n ** 9n).map((cents) => String(Number(cents) / 100))

  it('and its reverse at the same instant cancel out, exactly and in rounded lines', () => {
    fc.assert(
      fc.property(price, price, instant, (a, b, atMs) => {
        const [from, to] = [
          { plan: 'a', price: a },
          { plan: 'b', price: b },
        ]
        const both = [...change(atMs, from, to), ...change(atMs, to, from)]
        expect(sum(both)).toEqual(fraction(0n, 1n))
        const cents = both.map(({ amount }) => roundFraction(amount, 2))
        expect(cents.reduce((total, line) => total + line, 0n)).toBe(0n)
      }),
      { numRuns: 500 },
    )
  })

  it("equals the difference of the period's invoices, for any chain of changes and pauses", () => {
    const step = fc.record({
      plan: fc.constantFrom('a', 'b', 'c'),
      atMs: fc.integer({ min: june.startMs, max: june.endMs - 1 }),
    })
    const stretch = fc.record({
      startMs: fc.integer({ min: june.startMs, max: june.endMs }),
      endMs: fc.integer({ min: june.startMs, max: june.endMs }),
    })
    const prices: Record<string, string> = { a: '49', b: '500', c: '0.01' }
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.array(stretch, { maxLength: 2 }),
        (drawn, pauses) => {
          const paid = { ...term, pauses }
          const steps = drawn.sort((x, y) => x.atMs - y.atMs)
          const invoiceAfter = (count: number) => {
            const made = steps.slice(0, count)
            const plans = ['a', ...made.map(({ plan }) => plan)]
            const changes = made.map(({ atMs }, index) => ({
              atMs,
              oldPlan: plans[index] as string,
              oldVersion: 1,
            }))
            const spells = planSpells({ plan: plans.at(-1) as string, version: 1 }, changes, june)
            const priced = paidSpells(spells, paid).map((spell) => ({
              ...spell,
              price: prices[spell.plan] as string,
            }))
            return subscriptionAmount(priced, june)
          }
          let amount = invoiceAfter(0)
          let plan = 'a'
          for (const [index, next] of steps.entries()) {
            const priced = (name: string) => ({ plan: name, price: prices[name] as string })
            const parts = change(next.atMs, priced(plan), priced(next.plan), paid)
            amount = sumFractions([amount, sum(parts)])
            expect(invoiceAfter(index + 1)).toEqual(amount)
            plan = next.plan
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('the time of a change', () => {
  it('is now for the same or a higher price, and later for a lower price', () => {
    expect(defaultTiming('49', '500')).toBe('now')
    expect(defaultTiming('49', '49.00')).toBe('now')
    expect(defaultTiming('500', '49')).toBe('period_end')
    expect(defaultTiming('9.5', '10')).toBe('now')
  })

  it('is now for a price by agreement, which may be higher', () => {
    expect([defaultTiming(null, '49'), defaultTiming('49', null)]).toEqual(['now', 'now'])
  })
})
