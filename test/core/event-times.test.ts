import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { billingPeriodAt } from '../../src/core/billing/periods.ts'
import { CLOCK_TOLERANCE_MS, timestampFault } from '../../src/core/event-times.ts'

const DAY_MS = 86_400_000
const instant = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2040, 0, 1) })

describe("an event's time", () => {
  it('is accepted only within a billing period of the subscription', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: -60 * DAY_MS, max: CLOCK_TOLERANCE_MS * 3 }),
        fc.nat(400 * DAY_MS),
        fc.constantFrom('now' as const, 'happened' as const, 'backfill' as const),
        (startsAtMs, offsetMs, ageMs, rule) => {
          const nowMs = startsAtMs + ageMs
          const atMs = Math.min(nowMs, startsAtMs + offsetMs)
          if (timestampFault(atMs, { nowMs, startsAtMs, rule }) !== undefined) return
          const first = billingPeriodAt({ anchorMs: startsAtMs, months: 1 }, startsAtMs)
          expect(atMs).toBeGreaterThanOrEqual(first.startMs)
          if (rule === 'now') expect(nowMs - atMs).toBeLessThanOrEqual(CLOCK_TOLERANCE_MS)
        },
      ),
    )
  })
})
