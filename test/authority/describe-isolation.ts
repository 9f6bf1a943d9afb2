import { describe, expect, it } from 'vitest'
import {
  levelOf,
  newOrganization,
  type OpenStore,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

const ODD_IDS = [
  '{',
  '}',
  '{}',
  '%7b',
  '%7d',
  'a}b{c',
  '}{a}',
  'a:b',
  'a',
  'A',
  'a ',
  ' a',
  'a\n',
  'a\0b',
  'é',
  'e\u0301',
  '日本',
  '👩‍🚀',
  // Lone surrogates, which no encoding can write.
  '\ud83d',
  '\ud83e',
  '\udc69',
  '\ufffd',
  '__proto__',
  'constructor',
  '*',
  '$(x)',
  "';--",
  'x'.repeat(1_000),
]

export const describeIsolation = (openStore: OpenStore): void => {
  describe('organizations', () => {
    const opened = withNodes(openStore, 2)

    it('never affect each other, whatever characters their ids contain', async () => {
      const { nodes, store } = opened()
      const counter = windowOf(store, 1_000)
      const rate = {
        key: 'r',
        rule: { kind: 'rate', max: 1_000, windowMs: 1_000, burst: 1_000 },
      } as const
      const asks = ODD_IDS.map((organizationId, i) => ({
        organizationId,
        wants: [want(counter, i + 1), want(rate, i + 1)],
      }))
      const taken = await nodes[0]!.take(asks)
      const own = asks.map((_, i) => ({
        taken: true,
        grants: [
          { leased: 0, level: i + 1 },
          { leased: 0, level: i + 1 },
        ],
      }))
      expect(taken).toEqual(own)
      for (const [i, organizationId] of ODD_IDS.entries()) {
        expect(await levelOf(nodes[1]!, organizationId, counter)).toBe(i + 1)
      }
    })

    it('never let one counter affect another, whatever characters their keys contain', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const wants = ODD_IDS.map((key, i) => want(windowOf(store, 1_000, key), i + 1))
      const taken = await takeOne(nodes[0]!, organizationId, ...wants)
      expect(taken).toEqual({
        taken: true,
        grants: ODD_IDS.map((_, i) => ({ leased: 0, level: i + 1 })),
      })
    })

    it('never let counters of different kinds with one key affect each other', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const taken = await takeOne(
        nodes[0]!,
        organizationId,
        want(windowOf(store, 10, 'same'), 1),
        want({ key: 'same', rule: { kind: 'rate', max: 10, windowMs: 10, burst: 10 } }, 2),
      )
      expect(taken).toMatchObject({
        taken: true,
        grants: [{ level: 1 }, { level: 2 }],
      })
    })

    it('must have a name', async () => {
      const { nodes, store } = opened()
      const asked = takeOne(nodes[0]!, '', want(windowOf(store, 10), 1))
      await expect(asked).rejects.toThrow(/organizationId is empty/)
    })
  })
}
