import { describe, expect, it } from 'vitest'
import { levelOf, type OpenStore, takeOne, want, windowOf, withNodes } from './authority-store.ts'

export const describeWindows = (openStore: OpenStore): void => {
  describe('windows', () => {
    const opened = withNodes(openStore, 4)

    it('allow exactly the limit when 64 callers on 4 nodes ask for twice as much together', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const limit = store.calls / 2
      const counter = windowOf(store, limit)
      let asked = 0
      let admitted = 0
      const caller = async (i: number) => {
        while (asked < store.calls) {
          asked += 1
          const taken = await takeOne(nodes[i % 4]!, organizationId, want(counter, 1))
          if (taken.taken) admitted += 1
        }
      }
      await Promise.all(Array.from({ length: 64 }, (_, i) => caller(i)))
      expect(asked).toBe(store.calls)
      expect(admitted).toBe(limit)
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(limit)
    }, 60_000)

    it('take all of an ask or nothing, and name each refused want', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const wide = windowOf(store, 100, 'wide/hour')
      const narrow = windowOf(store, 5, 'narrow/hour')
      const rate = {
        key: 'rate/minute',
        rule: { kind: 'rate', max: 3, windowMs: 60_000, burst: 3 },
      } as const
      const node = nodes[0]!
      const refused = await takeOne(
        node,
        organizationId,
        want(wide, 10),
        want(narrow, 6),
        want(rate, 4),
      )
      expect(refused).toEqual({
        taken: false,
        refused: [
          { want: 1, level: 0, recallable: false, retryAfterMs: undefined },
          { want: 2, level: 0, recallable: false, retryAfterMs: undefined },
        ],
      })
      expect(await levelOf(node, organizationId, wide)).toBe(0)
      const taken = await takeOne(
        node,
        organizationId,
        want(wide, 10),
        want(narrow, 5),
        want(rate, 3),
      )
      expect(taken).toEqual({
        taken: true,
        grants: [
          { leased: 0, level: 10 },
          { leased: 0, level: 5 },
          { leased: 0, level: 3 },
        ],
      })
    })

    it('prefer earlier asks and answer in their order, however many there are', async () => {
      const { nodes, store } = opened()
      const [one, other] = [await store.organization(), await store.organization()]
      const counter = windowOf(store, 400)
      const asks = Array.from({ length: 1_001 }, (_, i) => ({
        organizationId: i % 2 === 0 ? one : other,
        wants: [want(counter, 1)],
      }))
      const taken = await nodes[0]!.take(asks)
      expect(taken).toEqual(
        asks.map((_, i) => {
          const level = Math.floor(i / 2) + 1
          return level <= 400
            ? { taken: true, grants: [{ leased: 0, level }] }
            : {
                taken: false,
                refused: [{ want: 0, level: 400, recallable: false, retryAfterMs: 3_600_000 }],
              }
        }),
      )
    })

    it('say when they end, unless the ask exceeds the whole limit', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, 10)
      await takeOne(nodes[0]!, organizationId, want(counter, 8))
      store.advance(600_000)
      expect(await takeOne(nodes[1]!, organizationId, want(counter, 3))).toMatchObject({
        refused: [{ level: 8, retryAfterMs: 3_000_000 }],
      })
      expect(await takeOne(nodes[1]!, organizationId, want(counter, 11))).toMatchObject({
        refused: [{ retryAfterMs: undefined }],
      })
    })

    it('follow the limit of each ask, even if it was lowered or raised', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const at = (max: number) => windowOf(store, max)
      await takeOne(nodes[0]!, organizationId, want(at(100), 60))
      expect(await takeOne(nodes[1]!, organizationId, want(at(50), 1))).toMatchObject({
        taken: false,
        refused: [{ level: 60 }],
      })
      expect(await takeOne(nodes[2]!, organizationId, want(at(200), 140))).toMatchObject({
        taken: true,
        grants: [{ level: 200 }],
      })
    })

    it('keep the largest amounts exact', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, Number.MAX_SAFE_INTEGER)
      const most = Number.MAX_SAFE_INTEGER - 1
      expect(await takeOne(nodes[0]!, organizationId, want(counter, most))).toMatchObject({
        grants: [{ level: most }],
      })
      expect((await takeOne(nodes[0]!, organizationId, want(counter, 2))).taken).toBe(false)
      expect(await takeOne(nodes[0]!, organizationId, want(counter, 1))).toMatchObject({
        grants: [{ level: Number.MAX_SAFE_INTEGER }],
      })
    })
  })
}
