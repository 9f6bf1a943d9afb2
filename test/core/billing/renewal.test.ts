import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consume } from '../../../src/core/billing/consumption.ts'
import { EMPTY_BOOK, type GrantBook, netCredits } from '../../../src/core/billing/grants.ts'
import {
  type Allowance,
  allowanceGrant,
  changeAllowance,
  dueAllowances,
  expire,
  issue,
  rollOver,
  topUpDue,
  withdraw,
} from '../../../src/core/billing/renewal.ts'
import { bookOf, credits, grant, leftOf, plan, promotion, told, use } from './credit-book.ts'

const ms = (text: string) => Date.parse(text)

describe('a grant', () => {
  it('is given once, however often its payment is reported and in whatever order', () => {
    const payments = [grant('evt-1', 5), grant('evt-2', 7), grant('evt-3', 11)]
    const deliveries = fc
      .array(fc.constantFrom(...payments), { maxLength: 40 })
      .map((extra) => [...extra, ...payments])
    fc.assert(
      fc.property(deliveries, (delivered) => {
        const owing = consume(EMPTY_BOOK, use('call', 3)).book
        const book = delivered.reduce((at, payment) => issue(at, payment, 20).book, owing)
        expect(netCredits(book, 20)).toBe(credits(5 + 7 + 11 - 3))
      }),
    )
  })

  it('with the id of another and other terms is refused', () => {
    expect(() => issue(bookOf(plan), grant('plan', 101), 1)).toThrow(/other terms/)
    expect(() => issue(bookOf(plan), { ...plan, priority: 1 }, 1)).toThrow(/other terms/)
    expect(() => issue(EMPTY_BOOK, grant('nothing', 0), 1)).toThrow(RangeError)
  })

  it('loses at its expiry what is left of it, once', () => {
    const used = consume(bookOf(plan, promotion), use('call', 4)).book
    expect(expire(used, 999).movements).toEqual([])
    const over = expire(used, 1_000)
    expect(told(over)).toEqual(['expire promotion 6'])
    expect(expire(over.book, 2_000).movements).toEqual([])
  })

  it('is withdrawn as far as it is left', () => {
    const used = consume(bookOf(plan), use('call', 28)).book
    const back = withdraw(used, { grantId: 'plan', microCredits: credits(100), atMs: 20 })
    expect(told(back)).toEqual(['withdraw plan 72'])
    expect(() => withdraw(used, { grantId: 'no', microCredits: 1n, atMs: 20 })).toThrow(/no grant/)
  })
})

describe('a roll-over', () => {
  const may = grant('may', 100, { expiresAtMs: 1_000 })
  const carried = { id: 'carried', priority: 5, startsAtMs: 1_000, expiresAtMs: 2_000 }

  it('carries up to the cap and lets the rest expire', () => {
    const used = consume(bookOf(may), use('call', 40)).book
    const roll = { grantIds: ['may'], cap: credits(25), into: carried, atMs: 1_000 }
    const rolled = rollOver(used, roll)
    expect(told(rolled)).toEqual(['roll_over may 25', 'expire may 35']) // 100 − 40 = 60 = 25 + 35
    expect(leftOf(rolled.book)).toEqual({ may: 0, carried: 25 })
    expect(rollOver(rolled.book, roll).movements).toEqual([])
    expect(told(rollOver(used, { ...roll, cap: credits(80) }))).toEqual(['roll_over may 60'])
    expect(told(rollOver(used, { ...roll, cap: 0n }))).toEqual(['expire may 60'])
  })

  it('never carries more than the cap, from however many periods it was collected', () => {
    const june = grant('june', 100, { startsAtMs: 1_000, expiresAtMs: 2_000 })
    const first = rollOver(bookOf(may), {
      ...{ grantIds: ['may'], cap: credits(25), into: carried, atMs: 1_000 },
    })
    const second = rollOver(issue(first.book, june, 1_000).book, {
      grantIds: ['may', 'june', 'carried'],
      cap: credits(25),
      into: { id: 'again', priority: 5, startsAtMs: 2_000, expiresAtMs: 3_000 },
      atMs: 2_000,
    })
    expect(told(second)).toEqual(['roll_over carried 25', 'expire june 100'])
    expect(netCredits(second.book, 2_000)).toBe(credits(25))
  })

  it('from several grants makes one', () => {
    const book = bookOf(may, grant('bonus', 5, { expiresAtMs: 900 }))
    const rolled = rollOver(book, {
      ...{ grantIds: ['may', 'bonus'], cap: credits(60), into: carried, atMs: 1_000 },
    })
    expect(told(rolled)).toEqual(['roll_over bonus 5', 'roll_over may 55', 'expire may 45'])
    expect(leftOf(rolled.book)).toEqual({ may: 0, bonus: 0, carried: 60 })
  })

  it('of a grant that is not over is refused', () => {
    const roll = { grantIds: ['may'], cap: credits(25), into: carried, atMs: 999 }
    expect(() => rollOver(bookOf(may), roll)).toThrow(/over/)
  })
})

describe('an allowance', () => {
  const anchorMs = ms('2024-02-29T18:00:00Z')
  const monthly: Allowance = {
    cycle: { anchorMs, months: 1 },
    ...{ microCredits: credits(100), priority: 20, name: 'plan' },
  }

  it('comes every month on a plan that is paid by the year, on the anchor day or the last', () => {
    const year = { afterMs: anchorMs, untilMs: ms('2025-02-28T00:00:00Z'), limit: 100 }
    const due = dueAllowances(monthly, year)
    expect(due).toHaveLength(12)
    expect(due.slice(0, 2).map(({ id }) => id)).toEqual(['plan:2024-03-29', 'plan:2024-04-29'])
    expect(due.at(-1)?.id).toBe('plan:2025-02-28')
    const all = [allowanceGrant(monthly, anchorMs), ...due]
    for (const [i, next] of all.slice(1).entries()) {
      expect(next.startsAtMs).toBe(all[i]?.expiresAtMs)
    }
  })

  it('is due at most as often as is asked for, and not again', () => {
    const away = { afterMs: anchorMs, untilMs: ms('2030-01-01T00:00:00Z'), limit: 3 }
    expect(dueAllowances(monthly, away)).toHaveLength(3)
    expect(dueAllowances(monthly, { ...away, untilMs: anchorMs + 1 })).toEqual([])
  })

  it('that grows gives the difference, and one that shrinks takes it back as far as it is left', () => {
    const more = { id: 'more', priority: 10, startsAtMs: 10 }
    const change = { grantIds: ['plan'], more, atMs: 10 }
    const grown = changeAllowance(bookOf(plan), { ...change, microCredits: credits(150) })
    expect(told(grown)).toEqual(['issue more 50'])
    const again = changeAllowance(grown.book, { ...change, microCredits: credits(150) })
    expect(again.movements).toEqual([])
    const back = changeAllowance(grown.book, { ...change, microCredits: credits(100) })
    expect(told(back)).toEqual(['withdraw more 50'])
    const used = consume(bookOf(plan), use('call', 90)).book
    expect(told(changeAllowance(used, { ...change, microCredits: credits(50) }))).toEqual([
      'withdraw plan 10',
    ])
  })

  it('that changes and changes back at the same instant leaves as much as there was', () => {
    const amount = fc.integer({ min: 0, max: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), amount, (n, to) => {
        const before = consume(bookOf(plan), use('call', n)).book
        const change = (at: GrantBook, id: string, microCredits: bigint) =>
          changeAllowance(at, {
            ...{ grantIds: ['plan', 'there'], microCredits, atMs: 10 },
            more: { id, priority: 10, startsAtMs: 10 },
          }).book
        const after = change(change(before, 'there', credits(to)), 'back', credits(100))
        expect(netCredits(after, 10)).toBe(netCredits(before, 10))
      }),
    )
  })
})

describe('a top-up', () => {
  const rule = { threshold: credits(20), microCredits: credits(50), pending: 0n, atMs: 10 }

  it('is due below the threshold, not at it, and not while one is on its way', () => {
    const used = (n: number) => consume(bookOf(plan), use('call', n)).book
    expect(topUpDue(used(80), rule)).toBe(0n)
    expect(topUpDue(used(81), rule)).toBe(credits(50))
    expect(topUpDue(used(81), { ...rule, pending: credits(50) })).toBe(0n)
  })

  it('covers a debt as well', () => {
    const owing = consume(bookOf(plan), use('call', 140)).book
    expect(topUpDue(owing, rule)).toBe(credits(100)) // 20 + 40 = 60 are missing: two of 50
    expect(() => topUpDue(owing, { ...rule, microCredits: 0n })).toThrow(RangeError)
  })
})
