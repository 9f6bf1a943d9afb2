import { describe, expect, it } from 'vitest'
import type { Authority, Counter } from '../../src/engine/counters/authority/authority.ts'
import {
  leasedIn,
  levelOf,
  type OpenStore,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

/** A process that stores its leases and decides on them locally. */
const leasingTaker = (node: Authority, organizationId: string, counter: Counter) => {
  let held = 0
  let spent = 0
  return {
    take: async (units: number, block: number): Promise<boolean> => {
      if (held >= units) {
        held -= units
        spent += units
        return true
      }
      const ask = { ...want(counter, units, block), have: held }
      const taken = await takeOne(node, organizationId, ask)
      if (taken.taken) held += leasedIn(taken)
      return taken.taken
    },
    giveAll: async () => {
      const returns = [
        { organizationId, counter, units: spent, as: 'spent' as const },
        { organizationId, counter, units: held, as: 'unused' as const },
      ]
      held = 0
      spent = 0
      // If all units stay leased until posted, another process posts the used ones.
      await node.give(returns.filter(({ as }) => !node.leasesAll || as === 'unused'))
    },
  }
}

export const describeLeases = (openStore: OpenStore): void => {
  describe('leases', () => {
    const opened = withNodes(openStore, 4)

    it('allow exactly the limit over 4 nodes that decide locally and return the rest', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const limit = store.calls / 2
      const counter = windowOf(store, limit)
      const takers = nodes.map((node) => leasingTaker(node, organizationId, counter))
      let admitted = 0
      const caller = async (i: number, asks: number) => {
        for (let ask = 0; ask < asks; ask++) {
          if (await takers[i % 4]!.take(1 + (ask % 3), 20)) admitted += 1 + (ask % 3)
        }
      }
      await Promise.all(Array.from({ length: 64 }, (_, i) => caller(i, store.calls / 128)))
      expect(admitted).toBeLessThanOrEqual(limit)
      await Promise.all(takers.map((taker) => taker.giveAll()))
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(admitted)
      while (await takers[0]!.take(1, 0)) admitted += 1
      expect(admitted).toBe(limit)
    }, 60_000)

    it('hold at most 1 % of the limit, over all holders', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, 10_050)
      // All holders count as alive from their first lease on.
      for (const node of nodes) await levelOf(node, organizationId, counter)
      const leased = nodes.map(() => 0)
      const sum = () => leased.reduce((a, b) => a + b)
      for (let i = 0; i < 40; i++) {
        const have = leased[i % 4]!
        const ask = { ...want(counter, 1, 30), have }
        leased[i % 4] = have + leasedIn(await takeOne(nodes[i % 4]!, organizationId, ask))
        expect(sum()).toBeLessThanOrEqual(100)
      }
      expect(sum()).toBe(100)
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(140)
    })

    it('are returned when unused, for others to use', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, 1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 500, 10)))
      expect(leased).toBeGreaterThan(1)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 501 - leased))).taken).toBe(
        false,
      )
      await nodes[0]!.give([{ organizationId, counter, units: leased - 1, as: 'unused' }])
      expect(await levelOf(nodes[1]!, organizationId, counter)).toBe(501)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 499))).taken).toBe(true)
    })

    it('are never returned on behalf of another process', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, 1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 10, 5)))
      expect(leased).toBeGreaterThan(0)
      await takeOne(nodes[1]!, organizationId, want(counter, 0, 3))
      await nodes[1]!.give([{ organizationId, counter, units: 500, as: 'unused' }])
      expect(await levelOf(nodes[2]!, organizationId, counter)).toBeGreaterThanOrEqual(10 + leased)
    })

    it('of other processes are reported as returnable, and asked for', async () => {
      const { nodes, store } = opened()
      const [holder, asker] = [nodes[0]!, nodes[1]!]
      const organizationId = await store.organization()
      const counter = windowOf(store, 1_000)
      const heard = await listenTo(holder)
      const heardByAsker = await listenTo(asker)
      expect([await heard.next(), await heardByAsker.next()]).toEqual([undefined, undefined])

      const units = leasedIn(await takeOne(holder, organizationId, want(counter, 980, 10)))
      expect(units).toBeGreaterThan(0)
      expect(await takeOne(asker, organizationId, want(counter, 20))).toMatchObject({
        refused: [{ level: 980 + units, recallable: true }],
      })
      await asker.recall(organizationId)
      expect(await heard.next()).toBe(organizationId)
      await holder.give([{ organizationId, counter, units, as: 'unused' }])
      expect((await takeOne(asker, organizationId, want(counter, 20))).taken).toBe(true)
      // A process does not receive its own request.
      const other = await store.organization()
      await holder.recall(other)
      expect(await heardByAsker.next()).toBe(other)
    })

    it('of a dead process are never granted again nor asked for', async () => {
      const { nodes, store } = opened()
      const organizationId = await store.organization()
      const counter = windowOf(store, 1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 980, 10)))
      expect(leased).toBeGreaterThan(0)
      store.advance(store.leaseTtlMs + 1)
      const left = 20 - leased
      expect(await takeOne(nodes[1]!, organizationId, want(counter, left + 1))).toMatchObject({
        refused: [{ level: 980 + leased, recallable: false }],
      })
      expect((await takeOne(nodes[1]!, organizationId, want(counter, left))).taken).toBe(true)
    })
  })
}

/** The requests that a node receives, in order. */
const listenTo = async (node: Authority) => {
  const heard: unknown[] = []
  let wake = (): void => undefined
  await node.onRecall((organizationId) => {
    heard.push(organizationId)
    wake()
  })
  return {
    next: async (): Promise<unknown> => {
      while (heard.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return heard.shift()
    },
  }
}
