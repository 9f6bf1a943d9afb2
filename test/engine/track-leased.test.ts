import { expect, it } from 'vitest'
import type { CompiledEventType } from '../../src/engine/catalog/compiled-catalog.ts'
import type { Context } from '../../src/engine/context.ts'
import type { Account } from '../../src/engine/counters/account.ts'
import type { Need } from '../../src/engine/counters/needs.ts'
import type { PlainCalls } from '../../src/engine/gate/plain-calls.ts'
import { trackAtOnce } from '../../src/engine/gate/track-leased.ts'

/** A context in which a call of one unit is debited from a slot with ten, and then put. */
const contextOf = (put: () => boolean | Promise<boolean>) => {
  const slot = { available: 10, level: 0, limit: { isPosted: true } }
  const type = {} as CompiledEventType
  const limit = {
    row: { meter: 'calls', per: 'organization', window_name: 'day' },
    isLeased: true,
  }
  const account = {
    organization: { catalog: 'c' },
    mayDecideAt: () => true,
    slot: () => slot,
  } as unknown as Account
  const calls = {
    type,
    parts: [{ meter: 'calls', units: 1, isTokens: false, isPrice: false }],
    limits: [limit],
    microCredits: 0n,
    beginning: '',
  } as unknown as PlainCalls
  const ctx = {
    clock: { now: () => new Date(0) },
    accounts: { known: () => account },
    catalog: { eventType: () => type },
    plainCalls: new WeakMap([[account, new Map([['call', { type, calls }]])]]),
    counters: { leasedAllowed: 0 },
    recorder: { put },
    leases: {
      debit: (_: Account, [need]: readonly Need[]) => {
        slot.available -= need?.units ?? 0
        return true
      },
      credit: (_: Account, [need]: readonly Need[]) => {
        slot.available += need?.units ?? 0
      },
    },
  } as unknown as Context
  return { ctx, slot }
}

const elsewhere = async () => 'elsewhere' as never
const call = { organizationId: 'acme', eventType: 'call' }

it('keeps off the lease what it lets through', async () => {
  for (const put of [() => true, async () => true]) {
    const { ctx, slot } = contextOf(put)
    expect(await trackAtOnce(ctx, call, {}, elsewhere)).toMatchObject({ allowed: true })
    expect(slot.available).toBe(9)
    expect(ctx.counters.leasedAllowed).toBe(1)
  }
})

it('puts back on the lease what is not recorded, and leaves the call to others', async () => {
  for (const put of [() => false, async () => false]) {
    const { ctx, slot } = contextOf(put)
    expect(await trackAtOnce(ctx, call, {}, elsewhere)).toBe('elsewhere')
    expect(slot.available).toBe(10)
    expect(ctx.counters.leasedAllowed).toBe(0)
  }
})

it('puts it back as well where the recorder takes nothing more', () => {
  const { ctx, slot } = contextOf(() => {
    throw new Error('Tollgate is closing')
  })
  expect(() => trackAtOnce(ctx, call, {}, elsewhere)).toThrow('closing')
  expect(slot.available).toBe(10)
})
