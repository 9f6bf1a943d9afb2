import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fraction, fractionOf } from '../../src/core/billing/fraction.ts'
import { ratePeriod } from '../../src/core/billing/rating.ts'
import { planSpells } from '../../src/core/plan-spells.ts'

const period = { startMs: 0, endMs: 1_000 }
const PLANS = {
  free: { included: 10n, cents: 0n },
  pro: { included: 40n, cents: 3n },
  team: { included: 25n, cents: 2n },
} as const
type Plan = keyof typeof PLANS

/** Consecutive plans from the audit log: each change, with the plan before it. */
const chain = (first: Plan, steps: readonly { plan: Plan; atMs: number }[]) => {
  const plans = [first, ...steps.map(({ plan }) => plan)]
  const changes = steps.map(({ atMs }, index) => ({
    atMs,
    oldPlan: plans[index] as string,
    oldVersion: 1,
  }))
  return { now: { plan: plans.at(-1) as string, version: 1 }, changes }
}
const plan = fc.constantFrom<Plan>('free', 'pro', 'team')
const atMs = fc.integer({ min: 0, max: 999 })
const steps = fc
  .array(fc.record({ plan, atMs }), { maxLength: 8 })
  .map((drawn) => drawn.sort((a, b) => a.atMs - b.atMs))

describe('the plan spells of a period', () => {
  it('name the plan in force at each instant, for any chain', () => {
    fc.assert(
      fc.property(plan, steps, atMs, (first, drawn, t) => {
        const { now, changes } = chain(first, drawn)
        const at = planSpells(now, changes, period).find((s) => s.startMs <= t && t < s.endMs)
        expect(at?.plan).toBe(drawn.filter((step) => step.atMs <= t).at(-1)?.plan ?? first)
      }),
      { numRuns: 500 },
    )
  })

  it('ignore a change that was reverted at its own instant', () => {
    fc.assert(
      fc.property(plan, steps, plan, fc.nat(), (first, drawn, other, place) => {
        const index = drawn.length === 0 ? 0 : place % drawn.length
        const there = drawn[index]
        if (!there) return
        const back = { plan: (drawn[index - 1]?.plan ?? first) as Plan, atMs: there.atMs }
        const withBoth = [
          ...drawn.slice(0, index),
          { plan: other, atMs: there.atMs },
          back,
          ...drawn.slice(index),
        ]
        const spellsOf = (of: typeof drawn) => {
          const { now, changes } = chain(first, of)
          return planSpells(now, changes, period).filter((s) => s.startMs < s.endMs)
        }
        const joined = (spells: ReturnType<typeof spellsOf>) =>
          Array.from({ length: 1_000 }, (_, t) => spells.find((s) => t < s.endMs)?.plan)
        expect(joined(spellsOf(withBoth))).toEqual(joined(spellsOf(drawn)))
      }),
      { numRuns: 100 },
    )
  })

  it('price each unit once, by the plan in force at its use', () => {
    const uses = fc.array(atMs, { maxLength: 80 }).map((times) => times.sort((a, b) => a - b))
    fc.assert(
      fc.property(plan, steps, uses, (first, drawn, times) => {
        const { now, changes } = chain(first, drawn)
        const spells = planSpells(now, changes, period)
        const { amount } = ratePeriod(
          spells.map((spell) => {
            const { included, cents } = PLANS[spell.plan as Plan]
            return {
              price: {
                id: `${spell.plan}@1`,
                meterScale: 0,
                included,
                charge: { model: 'flat' as const, unitPrice: `0.0${cents}` },
              },
              usedUnits: BigInt(times.filter((t) => spell.startMs <= t && t < spell.endMs).length),
            }
          }),
        )
        // Unit by unit: the n-th unit of the period costs what its plan charges past the included
        // amount.
        const cents = times.reduce((total, t, index) => {
          const inForce = drawn.filter((step) => step.atMs <= t).at(-1)?.plan ?? first
          return BigInt(index) < PLANS[inForce].included ? total : total + PLANS[inForce].cents
        }, 0n)
        expect(fractionOf(amount)).toEqual(fraction(cents, 100n))
      }),
      { numRuns: 500 },
    )
  })
})
