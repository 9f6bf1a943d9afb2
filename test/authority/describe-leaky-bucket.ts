import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Counter } from '../../src/engine/counters/authority/authority.ts'
import { times } from '../setup/form.ts'
import {
  leasedIn,
  levelOf,
  newOrganization,
  type OpenStore,
  takeOne,
  want,
  withNodes,
} from './authority-store.ts'
import { RateModel, type RateRule } from './rate-model.ts'

const RUNS = times('TOLLGATE_RATE_RUNS', { short: 75, long: 500 })
/** The maximum; 50 on average. */
const STEPS = 100

const windowMs = fc.constantFrom(1, 1_000, 60_000, 3_600_000, 86_400_000)

/** Small numbers, where rounding matters, and the largest numbers that are still exact. */
const rule: fc.Arbitrary<RateRule> = windowMs.chain((windowMs) => {
  const largest = Math.floor(Number.MAX_SAFE_INTEGER / windowMs)
  const size = (most: number) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: Math.min(most, 60) }) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: Math.min(most, 2_000) }) },
      { weight: 1, arbitrary: fc.integer({ min: Math.floor(most * 0.9), max: most }) },
    )
  return fc.record({
    max: size(Number.MAX_SAFE_INTEGER),
    windowMs: fc.constant(windowMs),
    burst: size(largest),
  })
})

/** Shares of the available amount, in thousandths; some slightly exceed it. */
const part = fc.oneof(fc.integer({ min: 0, max: 1_050 }), fc.constantFrom(0, 1, 1_000))

const step = fc.record({
  do: fc.constantFrom('take', 'take', 'take', 'few', 'few', 'unused', 'spent', 'undone', 'limit'),
  node: fc.nat({ max: 2 }),
  part,
  few: fc.integer({ min: 0, max: 9 }),
  block: fc.constantFrom(0, 0, 3, 1_000_000),
  /** In thousandths of the window, or of the time until everything has leaked. */
  wait: fc.oneof(fc.constantFrom(0, 0, 0, 0, 1, 7), fc.integer({ min: 0, max: 1_200 })),
  limits: fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 2_000 })),
})

type Step = typeof step extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** For an authority that leaks used units as soon as they are taken. */
export const describeLeakyBucket = (openStore: OpenStore): void => {
  describe('the leaky bucket', () => {
    const opened = withNodes(openStore, 3)

    it('matches the model exactly, to the unit and the millisecond, through leases and limit changes', async () => {
      const { nodes, store } = opened()
      const play = async (first: RateRule, steps: readonly Step[]) => {
        const organizationId = newOrganization()
        const model = new RateModel(store.nowMs(), store.leaseTtlMs)
        let now = first
        for (const each of steps) {
          store.advance(Math.floor((now.windowMs * each.wait) / 1_000))
          const nowMs = store.nowMs()
          const node = nodes[each.node]!
          const counter: Counter = { key: 'calls', rule: { kind: 'rate', ...now } }
          if (each.do === 'limit') {
            const [max, burst] = each.limits
            const most = Math.floor(Number.MAX_SAFE_INTEGER / now.windowMs)
            now = { ...now, max, burst: Math.min(burst, most) }
          } else if (each.do === 'take' || each.do === 'few') {
            const share = Math.floor((now.burst / 1_000) * each.part)
            const units = each.do === 'few' ? each.few : Math.min(share, Number.MAX_SAFE_INTEGER)
            const real = await takeOne(node, organizationId, want(counter, units, each.block))
            const wanted = model.take(each.node, now, units, nowMs)
            const leased = leasedIn(real) || 0
            model.leased(each.node, leased, nowMs)
            expect(leased).toBeLessThanOrEqual(each.block)
            expect(real).toEqual(
              wanted.taken
                ? { taken: true, grants: [{ leased, level: model.level(now) }] }
                : wanted,
            )
            if (leased > 0) {
              expect(model.level(now)).toBeLessThanOrEqual(now.burst)
              expect(Number(model.leasedUnits())).toBeLessThanOrEqual(now.burst / 100)
            }
          } else {
            const held = each.do === 'undone' ? each.few : model.leaseOf(each.node)
            const units = Math.min(held, Math.ceil((held / 1_000) * each.part))
            await node.give([{ organizationId, counter, units, as: each.do }])
            model.give(each.node, now, units, each.do, nowMs)
          }
        }
      }
      await fc.assert(
        fc.asyncProperty(
          rule,
          fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' }),
          play,
        ),
        { numRuns: RUNS },
      )
    }, 240_000)

    it('allows a call again exactly at the time it gave', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter: Counter = {
        key: 'calls',
        rule: { kind: 'rate', max: 7, windowMs: 60_000, burst: 7 },
      }
      await takeOne(nodes[0]!, organizationId, want(counter, 7))
      const refused = await takeOne(nodes[1]!, organizationId, want(counter, 1))
      // A seventh of a minute is 8,571.4 ms.
      expect(refused).toMatchObject({ refused: [{ level: 7, retryAfterMs: 8_572 }] })
      store.advance(8_571)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 1))).taken).toBe(false)
      store.advance(1)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 1))).taken).toBe(true)
    })

    it('leaks leased units only once they are used', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter: Counter = {
        key: 'calls',
        rule: { kind: 'rate', max: 1_000, windowMs: 1_000, burst: 1_000 },
      }
      const node = nodes[0]!
      expect(leasedIn(await takeOne(node, organizationId, want(counter, 100, 10)))).toBe(10)
      store.advance(500)
      expect(await levelOf(node, organizationId, counter)).toBe(10)
      await node.give([{ organizationId, counter, units: 10, as: 'spent' }])
      expect(await levelOf(node, organizationId, counter)).toBe(10)
      store.advance(10)
      expect(await levelOf(node, organizationId, counter)).toBe(0)
    })
  })
}
