import { describe, expect, it } from 'vitest'
import type { Counter, Want } from '../../src/authority/authority.ts'
import {
  levelOf,
  newOrganization,
  type OpenStore,
  takeOne,
  want,
  windowOf,
  withNodes,
} from './authority-store.ts'

const TTL_MS = 60_000

const streams = (max: number): Counter => ({
  key: 'streams',
  rule: { kind: 'concurrent', max },
})

const place = (counter: Counter, id: string, units = 1): Want => ({
  counter,
  units,
  block: 0,
  place: { id, ttlMs: TTL_MS },
})

export const describePlaces = (openStore: OpenStore): void => {
  describe('places', () => {
    const opened = withNodes(openStore, 3)

    it('lets no more than the maximum in at a time, of all who ask at once', async () => {
      const { nodes } = opened()
      const organizationId = newOrganization()
      const counter = streams(10)
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          takeOne(nodes[i % 3]!, organizationId, place(counter, `call-${i}`)),
        ),
      )
      expect(answers.filter(({ taken }) => taken)).toHaveLength(10)
      expect(answers.find(({ taken }) => !taken)).toEqual({
        taken: false,
        refused: [{ want: 0, level: 10, recallable: false, retryAfterMs: undefined }],
      })
    })

    it('lets the next in when a place is freed, by any process, and frees it only once', async () => {
      const { nodes } = opened()
      const organizationId = newOrganization()
      const counter = streams(3)
      for (const id of ['a', 'b', 'c']) {
        await takeOne(nodes[0]!, organizationId, place(counter, id))
      }
      const done = { organizationId, counter, units: 1, as: 'undone', placeId: 'b' } as const
      await nodes[1]!.give([done, done])
      await nodes[2]!.give([done])
      expect(await takeOne(nodes[2]!, organizationId, place(counter, 'd'))).toMatchObject({
        taken: true,
        grants: [{ level: 3 }],
      })
      expect((await takeOne(nodes[2]!, organizationId, place(counter, 'e'))).taken).toBe(false)
    })

    it('renews the places of an id that has them, and takes nothing', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = streams(2)
      await takeOne(nodes[0]!, organizationId, place(counter, 'a', 2))
      store.advance(TTL_MS - 1)
      expect(await takeOne(nodes[1]!, organizationId, place(streams(1), 'a', 2))).toMatchObject({
        taken: true,
        grants: [{ level: 2 }],
      })
      store.advance(TTL_MS - 1)
      expect((await takeOne(nodes[1]!, organizationId, place(counter, 'b'))).taken).toBe(false)
    })

    it('frees the places of whoever does not renew them', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = streams(2)
      await takeOne(nodes[0]!, organizationId, place(counter, 'a'))
      store.advance(TTL_MS / 2)
      await takeOne(nodes[0]!, organizationId, place(counter, 'b'))
      store.advance(TTL_MS / 2 - 1)
      expect((await takeOne(nodes[1]!, organizationId, place(counter, 'c'))).taken).toBe(false)
      store.advance(1)
      expect((await takeOne(nodes[1]!, organizationId, place(counter, 'c'))).taken).toBe(true)
      expect((await takeOne(nodes[1]!, organizationId, place(counter, 'd'))).taken).toBe(false)
    })

    it('takes no place for an ask that something else refuses, and leases none', async () => {
      const { nodes, store } = opened()
      const organizationId = newOrganization()
      const counter = streams(1_000)
      const narrow = windowOf(store, 1)
      const node = nodes[0]!
      const refused = await takeOne(node, organizationId, place(counter, 'a'), want(narrow, 2))
      expect(refused.taken).toBe(false)
      const probe = { ...place(counter, 'b'), block: 50 }
      expect(await takeOne(node, organizationId, probe)).toEqual({
        taken: true,
        grants: [{ leased: 0, level: 1 }],
      })
    })

    it('needs to know whose the places are', async () => {
      const { nodes } = opened()
      await expect(levelOf(nodes[0]!, 'org', streams(1))).rejects.toThrow(/whose the places are/)
      await expect(takeOne(nodes[0]!, 'org', place(streams(10_000), 'a', 5_000))).rejects.toThrow(
        /more than 1000/,
      )
    })
  })
}
