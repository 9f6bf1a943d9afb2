import { expect, it } from 'vitest'
import { type Account, Slot } from '../../src/engine/counters/account.ts'
import type { Ask, Authority, Want } from '../../src/engine/counters/authority/authority.ts'
import { Refills } from '../../src/engine/counters/refills.ts'
import { StoreGuard } from '../../src/engine/group-commit/store-guard.ts'
import { testClock } from '../../src/testing/test-clock.ts'

const START = new Date('2026-01-01T00:00:00Z')

/** Refills of one slot, whose authority grants every block. */
const oneSlot = () => {
  const clock = testClock(START)
  const wants: Want[] = []
  const authority = {
    take: async (asks: readonly Ask[]) =>
      asks.map((ask) => {
        wants.push(...ask.wants)
        return { taken: true, grants: ask.wants.map(({ block }) => ({ leased: block, level: 0 })) }
      }),
    give: async () => {},
  } as unknown as Authority
  const limit = { authority, isPosted: true } as Slot['limit']
  const counter = { key: 'calls/day@0', rule: { kind: 'window', max: 1e9, endMs: 86_400_000 } }
  const slot = new Slot(limit, counter as Slot['counter'], 'acme', Number.POSITIVE_INFINITY)
  const account = { organization: { id: 'acme' } } as Account
  const refills = new Refills({
    clock,
    guards: new Map([[authority, new StoreGuard(clock, 1_000)]]),
    locks: undefined,
  })
  /** Uses what is leased down to the low water, which takes this long, and leases ahead. */
  const usedIn = async (ms: number): Promise<number> => {
    slot.available = slot.lowWater - 1
    await clock.advance(ms)
    await refills.lease(account, [{ slot, units: 0 }])
    return slot.block
  }
  return { refills, account, slot, wants, usedIn }
}

it('begins with 16 times the units of a call', async () => {
  const { refills, account, slot, wants } = oneSlot()
  await refills.lease(account, [{ slot, units: 3 }])
  expect(wants).toMatchObject([{ units: 3, block: 48 }])
})

it('leases four times as much ahead when half of a block lasted less than 250 ms', async () => {
  const { refills, account, slot, usedIn } = oneSlot()
  await refills.lease(account, [{ slot, units: 1 }])
  expect(await usedIn(249)).toBe(64)
  expect(await usedIn(100)).toBe(256)
})

it('leases as much again when it lasted longer, and half as much after more than a second', async () => {
  const { refills, account, slot, usedIn } = oneSlot()
  await refills.lease(account, [{ slot, units: 1 }])
  expect(await usedIn(250)).toBe(16)
  expect(await usedIn(1_000)).toBe(16)
  expect(await usedIn(1_001)).toBe(8)
})

it('leases four times as much when a call had to wait within a second', async () => {
  const { refills, account, slot, usedIn } = oneSlot()
  await refills.lease(account, [{ slot, units: 1 }])
  expect(await usedIn(900)).toBe(16)
  await refills.lease(account, [{ slot, units: 1 }])
  expect(slot.block).toBe(64)
})
