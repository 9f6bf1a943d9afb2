import { describe, expect, it } from 'vitest'
import {
  levelOf,
  newOrganization,
  type OpenStore,
  type StoreBesideLedger,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

export const describeSeeding = (openStore: OpenStore<StoreBesideLedger>): void => {
  describe('unknown counters', () => {
    const opened = withNodes(openStore, 4)

    it("start at the ledger's level, which is the same for all racing callers", async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 1_000)
      // Each process finds another level, as if the ledger were being written to.
      store.ledger = async (node) => 900 + Number(node.slice(-1))
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          takeOne(nodes[i % 4]!, organizationId, want(counter, 1)),
        ),
      )
      const levels = answers.flatMap((taken) => (taken.taken ? [taken.grants[0]!.level] : []))
      const seed = Math.min(...levels) - 1
      expect([900, 901, 902, 903]).toContain(seed)
      expect(levels.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 64 }, (_, i) => seed + 1 + i),
      )
      // Once per process for all its callers, and once more for answers that arrived later.
      expect(store.ledgerCalls.get(`${organizationId} ${counter.key}`)).toBeLessThanOrEqual(8)
    })

    it('read the ledger once per window, even if all later calls are refused', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 10)
      store.ledger = async () => 25
      for (const node of nodes) {
        expect(await takeOne(node, organizationId, want(counter, 1))).toMatchObject({
          taken: false,
          refused: [{ level: 25 }],
        })
      }
      expect(store.ledgerCalls.get(`${organizationId} ${counter.key}`)).toBe(1)
    })

    it('take nothing from an ask while one of its windows is being read', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const known = windowOf(store, 10, 'known')
      const unknown = windowOf(store, 10, 'unknown')
      store.ledger = async () => 0
      await takeOne(nodes[0]!, organizationId, want(known, 1))
      store.ledger = async () => {
        throw new Error('the ledger is away')
      }
      const asked = takeOne(nodes[0]!, organizationId, want(known, 1), want(unknown, 1))
      await expect(asked).rejects.toThrow('the ledger is away')
      expect(await levelOf(nodes[0]!, organizationId, known)).toBe(1)
      store.ledger = async () => 7
      expect(
        await takeOne(nodes[0]!, organizationId, want(known, 1), want(unknown, 1)),
      ).toMatchObject({ taken: true, grants: [{ level: 2 }, { level: 8 }] })
    })

    it("add spent use to the ledger's level", async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = windowOf(store, 100)
      store.ledger = async () => 40
      await nodes[0]!.give([{ organizationId, counter, units: 5, as: 'spent' }])
      expect(await levelOf(nodes[0]!, organizationId, counter)).toBe(45)
    })

    it('of rates start at zero without a ledger read', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      store.ledger = async () => 1_000_000
      const taken = await takeOne(
        nodes[0]!,
        organizationId,
        want({ key: 'r', rule: { kind: 'rate', max: 5, windowMs: 1_000, burst: 5 } }, 5),
      )
      expect(taken).toMatchObject({ taken: true, grants: [{ level: 5 }] })
      expect([...store.ledgerCalls.keys()].filter((of) => of.startsWith(organizationId))).toEqual(
        [],
      )
    })

    it('refuse a ledger level that is not a whole number', async () => {
      const { nodes, store } = opened()
      store.ledger = async () => Number.NaN
      const asked = takeOne(nodes[0]!, newOrganization(), want(windowOf(store, 10), 1))
      await expect(asked).rejects.toThrow(/level to seed it with is NaN/)
    })
  })
}
