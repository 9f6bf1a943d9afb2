import { describe, expect, it } from 'vitest'
import {
  leasedIn,
  levelOf,
  newOrganization,
  type OpenStore,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

/** For an authority that counts a use when it is taken, and learns the outcome later. */
export const describeOwnBooks = (openStore: OpenStore): void => {
  describe("an authority's own books", () => {
    const opened = withNodes(openStore, 4)

    it('add up two wants of one ask on the same counter', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 10)
      const over = await takeOne(nodes[0]!, organizationId, want(counter, 6), want(counter, 5))
      expect(over).toMatchObject({ taken: false, refused: [{ want: 1, level: 6 }] })
      const whole = await takeOne(nodes[0]!, organizationId, want(counter, 6), want(counter, 4))
      expect(whole).toMatchObject({ taken: true, grants: [{ level: 6 }, { level: 10 }] })
    })

    it('subtract undone use, add spent use, and never fall below zero', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 100)
      const node = nodes[0]!
      await takeOne(node, organizationId, want(counter, 40))
      await node.give([
        { organizationId, counter, units: 15, as: 'undone' },
        { organizationId, counter, units: 5, as: 'spent' },
      ])
      expect(await levelOf(node, organizationId, counter)).toBe(30)
      await node.give([{ organizationId, counter, units: 99, as: 'undone' }])
      expect(await levelOf(node, organizationId, counter)).toBe(0)
    })

    it('refuse inexact amounts, and name the counter', async () => {
      const { nodes, store } = opened()
      const wrong = [
        want(windowOf(store, 2 ** 53), 1),
        want(windowOf(store, 10), 0.5),
        want(windowOf(store, 10), -1),
        want(windowOf(store, 10), 1, Number.NaN),
        want({ key: 'calls', rule: { kind: 'rate', max: 1, windowMs: 0, burst: 1 } }, 1),
        want(
          { key: 'calls', rule: { kind: 'rate', max: 1, windowMs: 2 ** 30, burst: 2 ** 30 } },
          1,
        ),
      ]
      for (const each of wrong) {
        await expect(takeOne(nodes[0]!, 'org', each)).rejects.toThrow(/^calls.*exactly|no window/)
      }
    })

    it('lease at most a share of half the rest, and none of the last units', async () => {
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

    it('never refuse a later ask of the same call because of a lease', async () => {
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

    it('lease nothing of an ended window', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      store.advance(3_600_000)
      expect(leasedIn(await takeOne(nodes[0]!, organizationId, want(counter, 1, 10)))).toBe(0)
    })

    it('end a lease by its spent and its unused part', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      await takeOne(nodes[0]!, organizationId, want(counter, 500, 10))
      await nodes[0]!.give([
        { organizationId, counter, units: 4, as: 'spent' },
        { organizationId, counter, units: 6, as: 'unused' },
      ])
      expect(await levelOf(nodes[1]!, organizationId, counter)).toBe(504)
    })

    it('accept no larger return than the process has leased', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      await takeOne(nodes[0]!, organizationId, want(counter, 10, 5))
      await takeOne(nodes[1]!, organizationId, want(counter, 10, 3))
      await nodes[1]!.give([{ organizationId, counter, units: 500, as: 'unused' }])
      expect(await levelOf(nodes[2]!, organizationId, counter)).toBe(25)
    })
  })
}
