import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AuditSampler, type DatedAct } from '../../src/core/audit-sampling.ts'

const start = Date.UTC(2026, 2, 10, 12)
const act = (organizationId: string, action = 'refused', subject = 'x') =>
  ({ organizationId, category: 'limits', action, actor: 'me', subject }) as const

const spokenFor = (kept: readonly DatedAct[]): number =>
  kept.reduce((sum, { act: { sampled } }) => sum + 1 + (sampled?.passedOver ?? 0), 0)

describe('sampling of audit entries', () => {
  it('stores the first 20 a minute, then every 100th, and marks each', () => {
    const sampler = new AuditSampler()
    const kept = Array.from({ length: 250 }, (_, n) =>
      sampler.take(act('a', 'refused', `call:${n + 1}`), new Date(start + n)),
    ).flat()
    expect(kept.map(({ act: { subject } }) => subject)).toEqual([
      ...Array.from({ length: 20 }, (_, n) => `call:${n + 1}`),
      ...['call:120', 'call:220'],
    ])
    expect(kept[0]?.act.sampled).toEqual({ oneIn: 1, passedOver: 0 })
    expect(kept[20]?.act.sampled).toEqual({ oneIn: 100, passedOver: 99 })
    expect(sampler.isOwing).toBe(true)
    expect(sampler.endWindow(new Date(start + 59_999))).toEqual([])
    const owed = sampler.endWindow(new Date(start + 60_000))
    expect(owed).toMatchObject([
      { act: { subject: 'call:250', sampled: { oneIn: 100, passedOver: 29 } } },
    ])
    expect(owed[0]?.at).toEqual(new Date(start + 249))
    expect(sampler.isOwing).toBe(false)
  })

  it('restarts every minute, separately for each organization and action', () => {
    const sampler = new AuditSampler()
    for (let n = 0; n < 20; n += 1) sampler.take(act('a'), new Date(start))
    expect(sampler.take(act('a'), new Date(start))).toEqual([])
    expect(sampler.take(act('b'), new Date(start))).toHaveLength(1)
    expect(sampler.take(act('a', 'failed'), new Date(start))).toHaveLength(1)
    // The count sampled away in the minute before, and the first of this minute.
    expect(sampler.take(act('a'), new Date(start + 60_000))).toHaveLength(2)
  })

  it('accounts for every act exactly once, in any order', () => {
    const acts = fc.array(
      fc.record({
        organizationId: fc.constantFrom('a', 'b'),
        action: fc.constantFrom('x', 'y'),
        times: fc.integer({ min: 1, max: 130 }),
        afterMs: fc.integer({ min: 0, max: 50_000 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(acts, (asked) => {
        const sampler = new AuditSampler()
        let nowMs = start
        let count = 0
        const kept: DatedAct[] = []
        for (const { organizationId, action, times, afterMs } of asked) {
          nowMs += afterMs
          for (let n = 0; n < times; n += 1) {
            kept.push(...sampler.take(act(organizationId, action), new Date(nowMs)))
          }
          count += times
        }
        kept.push(...sampler.endWindow())
        expect(spokenFor(kept)).toBe(count)
      }),
    )
  })
})
