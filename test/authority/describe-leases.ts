import { describe, expect, it } from 'vitest'
import type { Authority, Counter } from '../../src/authority/authority.ts'
import {
  type AuthorityStore,
  leasedIn,
  levelOf,
  newOrganization,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

/** A process that keeps what it was leased and decides on it without asking. */
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
      const taken = await takeOne(node, organizationId, want(counter, units, block))
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
      await node.give(returns)
    },
  }
}

export const describeLeases = (openStore: () => AuthorityStore): void => {
  describe('leases', () => {
    const opened = withNodes(openStore, 4)

    it('admits exactly the limit over 4 nodes that decide on leases and return the rest', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 10_000)
      const takers = nodes.map((node) => leasingTaker(node, organizationId, counter))
      let admitted = 0
      const caller = async (i: number, asks: number) => {
        for (let ask = 0; ask < asks; ask++) {
          if (await takers[i % 4]!.take(1 + (ask % 3), 20)) admitted += 1 + (ask % 3)
        }
      }
      await Promise.all(Array.from({ length: 64 }, (_, i) => caller(i, 150)))
      expect(admitted).toBeLessThanOrEqual(10_000)
      await Promise.all(takers.map((taker) => taker.giveAll()))
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(admitted)
      while (await takers[0]!.take(1, 0)) admitted += 1
      expect(admitted).toBe(10_000)
    })

    it('holds no more than 1 % of the limit in leases, whoever holds them', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 10_050)
      let leased = 0
      for (let i = 0; i < 40; i++) {
        leased += leasedIn(await takeOne(nodes[i % 4]!, organizationId, want(counter, 1, 30)))
        expect(leased).toBeLessThanOrEqual(100)
      }
      expect(leased).toBe(100)
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(140)
    })

    it('leases no more than a share of half of what is left, and nothing of the last', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 10_000)
      const first = await takeOne(nodes[0]!, organizationId, want(counter, 9_940, 1_000))
      expect(first).toEqual({ taken: true, grants: [{ leased: 30, level: 9_970 }] })
      const second = await takeOne(nodes[1]!, organizationId, want(counter, 2, 1_000))
      expect(second).toEqual({ taken: true, grants: [{ leased: 7, level: 9_979 }] })
      expect(leasedIn(await takeOne(nodes[1]!, organizationId, want(counter, 21, 1_000)))).toBe(0)
      expect(await levelOf(nodes[2]!, organizationId, counter)).toBe(10_000)
    })

    it('never lets a lease refuse a later ask of the same call', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      const asks = Array.from({ length: 1_000 / 4 }, () => ({
        organizationId,
        wants: [want(counter, 4, 10)],
      }))
      const taken = await nodes[0]!.take(asks)
      expect(taken.filter((answer) => !answer.taken)).toEqual([])
    })

    it('takes unused units back, and lets others have them', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      const leased = leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 500, 10)))
      expect(leased).toBe(10)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 491))).taken).toBe(false)
      await nodes[0]!.give([
        { organizationId, counter, units: 4, as: 'spent' },
        { organizationId, counter, units: 6, as: 'unused' },
      ])
      expect(await levelOf(nodes[1]!, organizationId, counter)).toBe(504)
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 496))).taken).toBe(true)
    })

    it('takes back no more than the process has on lease', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      await takeOne(nodes[0]!, organizationId, want(counter, 10, 5))
      await takeOne(nodes[1]!, organizationId, want(counter, 10, 3))
      await nodes[1]!.give([{ organizationId, counter, units: 500, as: 'unused' }])
      expect(await levelOf(nodes[2]!, organizationId, counter)).toBe(25)
    })

    it('says that others could return units, and asks them to', async () => {
      const { nodes, store } = opened()
      const [holder, asker] = [nodes[0]!, nodes[1]!]
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      const heard = listenTo(holder)
      const heardByAsker = listenTo(asker)
      await heard.next()
      await heardByAsker.next()

      await takeOne(holder, organizationId, want(counter, 980, 10))
      expect(await takeOne(asker, organizationId, want(counter, 15))).toMatchObject({
        refused: [{ level: 990, recallable: true }],
      })
      await asker.recall(organizationId, counter)
      expect(await heard.next()).toEqual({ organizationId, key: counter.key })
      expect(heardByAsker.waiting()).toBe(0)
      await holder.give([{ organizationId, counter, units: 10, as: 'unused' }])
      expect((await takeOne(asker, organizationId, want(counter, 15))).taken).toBe(true)
    })

    it('never sells the lease of a process that died, and does not ask it to return it', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      await takeOne(nodes[0]!, organizationId, want(counter, 980, 10))
      store.advance(store.leaseTtlMs + 1)
      expect(await takeOne(nodes[1]!, organizationId, want(counter, 11))).toMatchObject({
        refused: [{ level: 990, recallable: false }],
      })
      expect((await takeOne(nodes[1]!, organizationId, want(counter, 10))).taken).toBe(true)
    })

    it('leases nothing of a window that is over', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      store.advance(3_600_000)
      expect(leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 1, 10)))).toBe(0)
    })
  })
}

/** What a node hears, one by one. */
const listenTo = (node: Authority) => {
  const heard: unknown[] = []
  let wake = (): void => undefined
  node.onRecall((recall) => {
    heard.push(recall)
    wake()
  })
  return {
    waiting: () => heard.length,
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
