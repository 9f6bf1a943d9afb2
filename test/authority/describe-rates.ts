import { describe, expect, it } from 'vitest'
import type { Counter } from '../../src/engine/counters/authority/authority.ts'
import { leasedIn, levelOf, type OpenStore, takeOne, want, withNodes } from './authority-store.ts'

const A_MINUTE_MS = 60_000
const rate = (max: number): Counter => ({
  key: 'calls/minute',
  rule: { kind: 'rate', max, windowMs: A_MINUTE_MS, burst: max },
})

export const describeRates = (openStore: OpenStore): void => {
  describe('rates', () => {
    const opened = withNodes(openStore, 3)

    it('do not leak leased units', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = rate(1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 0, 10)))
      expect(leased).toBeGreaterThan(0)
      store.advance(A_MINUTE_MS / 2)
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(leased)
      await nodes[0]!.give([{ organizationId, counter, units: leased, as: 'unused' }])
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(0)
    })

    it('eventually leak the lease of a dead process', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = rate(1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 0, 10)))
      expect(leased).toBeGreaterThan(0)
      store.advance(A_MINUTE_MS + store.leaseTtlMs - 1)
      expect(await levelOf(nodes[1]!, organizationId, counter)).toBe(leased)
      store.advance(2)
      await takeOne(nodes[1]!, organizationId, want(counter, 1))
      const debt = await levelOf(nodes[1]!, organizationId, counter)
      expect(debt).toBe(leased + 1)
      // A thousand a minute: one every 60 ms.
      store.advance(debt * 60)
      expect(await levelOf(nodes[2]!, organizationId, counter)).toBe(nodes[2]!.leasesAll ? 1 : 0)
    })
  })
}
