import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consume, payDebts, reverse, settle } from '../../../src/core/billing/consumption.ts'
import {
  debtOf,
  type GrantBook,
  netCredits,
  usableGrants,
} from '../../../src/core/billing/grants.ts'
import { issue } from '../../../src/core/billing/renewal.ts'
import { bookOf, credits, grant, leftOf, plan, promotion, told, use } from './credit-book.ts'

describe('consumption', () => {
  it('takes a call of 28 as 10 from the promotion that expires and 18 from the plan', () => {
    const step = consume(bookOf(plan, promotion), use('call', 28))
    expect(told(step)).toEqual(['consume promotion 10', 'consume plan 18'])
    expect(leftOf(step.book)).toEqual({ promotion: 0, plan: 82 })
  })

  it('goes by priority, then the earliest expiry, then age, then id', () => {
    const inOrder = [
      grant('z', 1, { priority: 1 }),
      grant('y', 1, { priority: 2, expiresAtMs: 50, startsAtMs: 9 }),
      grant('x', 1, { priority: 2, expiresAtMs: 60, startsAtMs: 5 }),
      grant('w', 1, { priority: 2, startsAtMs: 1 }),
      grant('u', 1, { priority: 2, startsAtMs: 2 }),
      grant('v', 1, { priority: 2, startsAtMs: 2 }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: 6 }), (shuffled) => {
        const step = consume(bookOf(...shuffled), use('call', 6))
        expect(told(step)).toEqual(inOrder.map(({ id }) => `consume ${id} 1`))
      }),
    )
  })

  it('agrees with taking one unit at a time from the best grant there is', () => {
    const drawn = fc.record({
      microCredits: fc.bigInt(1n, 20n),
      priority: fc.integer({ min: 0, max: 2 }),
      startsAtMs: fc.integer({ min: 0, max: 20 }),
      expiresAtMs: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    })
    const amounts = fc.array(fc.bigInt(0n, 25n), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 6 }), amounts, (given, uses) => {
        const grants = given.map((of, i) => ({ ...of, id: `g${i}`, left: of.microCredits }))
        let book: GrantBook = { grants: grants.map((g) => ({ ...g, withdrawn: 0n })), uses: [] }
        const atMs = 15
        for (const [i, microCredits] of uses.entries()) {
          book = consume(book, { useId: `u${i}`, microCredits, atMs }).book
          for (let n = 0n; n < microCredits; n += 1n) {
            const ofNow = grants.filter(
              (g) => g.left > 0n && g.startsAtMs <= atMs && (g.expiresAtMs ?? 99) > atMs,
            )
            const best = ofNow.sort(
              (a, b) =>
                a.priority - b.priority ||
                (a.expiresAtMs ?? 99) - (b.expiresAtMs ?? 99) ||
                a.startsAtMs - b.startsAtMs ||
                a.id.localeCompare(b.id),
            )[0]
            if (best) best.left -= 1n
          }
        }
        expect(book.grants.map(({ left }) => left)).toEqual(grants.map(({ left }) => left))
      }),
      { numRuns: 500 },
    )
  })

  it('takes nothing from a grant before it starts or from the instant of its expiry on', () => {
    const book = bookOf(grant('later', 5, { startsAtMs: 20 }), promotion)
    expect(usableGrants(book, 19).map(({ id }) => id)).toEqual(['promotion'])
    expect(netCredits(book, 20)).toBe(credits(15))
    expect(netCredits(book, 999)).toBe(credits(15))
    expect(netCredits(book, 1_000)).toBe(credits(5))
  })

  it('takes the same use once, however often it is told', () => {
    const first = consume(bookOf(plan), use('call', 28))
    expect(consume(first.book, use('call', 28))).toEqual({ book: first.book, movements: [] })
  })

  it('refuses an amount below zero', () => {
    expect(() => consume(bookOf(plan), use('call', -1))).toThrow(RangeError)
    expect(() => settle(bookOf(plan), use('call', -1))).toThrow(RangeError)
  })
})

describe('a debt', () => {
  const owing = consume(bookOf(promotion), use('call', 28))

  it('is what a use takes beyond all grants, which never go below zero', () => {
    expect(told(owing)).toEqual(['consume promotion 10', 'owe 18'])
    expect(debtOf(owing.book)).toBe(credits(18))
  })

  it('is paid by the next credits before they can be used', () => {
    const paid = issue(owing.book, grant('top-up', 50), 20)
    expect(told(paid)).toEqual(['issue top-up 50', 'repay top-up 18'])
    expect([debtOf(paid.book), netCredits(paid.book, 20)]).toEqual([0n, credits(32)])
  })

  it('is paid oldest first, as far as the credits go', () => {
    const twice = consume(owing.book, use('second', 7))
    const paid = issue(twice.book, grant('top-up', 20), 20)
    expect(paid.movements.filter(({ kind }) => kind === 'repay')).toMatchObject([
      { useId: 'call', microCredits: credits(18) },
      { useId: 'second', microCredits: credits(2) },
    ])
    expect(debtOf(paid.book)).toBe(credits(5))
  })

  it('is paid when a grant that was issued early begins', () => {
    const early = issue(owing.book, grant('july', 100, { startsAtMs: 500 }), 20)
    expect(told(early)).toEqual(['issue july 100'])
    expect(told(payDebts(early.book, 499))).toEqual([])
    expect(netCredits(early.book, 499)).toBe(credits(-18))
    expect(netCredits(early.book, 500)).toBe(credits(82))
    expect(told(payDebts(early.book, 500))).toEqual(['repay july 18'])
  })
})

describe('a reversal', () => {
  it('gives back to the grants it came from, the last taken first', () => {
    const before = bookOf(plan, promotion)
    const taken = consume(before, use('call', 28))
    const back = reverse(taken.book, { useId: 'call', atMs: 20 })
    expect(told(back)).toEqual(['return plan 18', 'return promotion 10'])
    expect(leftOf(back.book)).toEqual(leftOf(before))
    expect(reverse(back.book, { useId: 'call', atMs: 21 }).movements).toEqual([])
  })

  it('gives nothing back to a grant that is over: that part is lost', () => {
    const taken = consume(bookOf(plan, promotion), use('call', 28))
    const back = reverse(taken.book, { useId: 'call', atMs: 1_000 })
    expect(told(back)).toEqual(['return plan 18', 'lapse promotion 10'])
    expect(leftOf(back.book)).toEqual({ promotion: 0, plan: 100 })
  })

  it('forgives a debt, and gives back to the grant that has paid one', () => {
    const owing = consume(bookOf(promotion), use('call', 28))
    expect(told(reverse(owing.book, { useId: 'call', atMs: 20 }))).toEqual([
      'forgive 18',
      'return promotion 10',
    ])
    const paid = issue(owing.book, grant('top-up', 50), 20)
    const back = reverse(paid.book, { useId: 'call', atMs: 30 })
    expect(told(back)).toEqual(['return top-up 18', 'return promotion 10'])
  })

  it('pays the debts of others with what it gives back', () => {
    const first = consume(bookOf(plan), use('first', 100))
    const second = consume(first.book, use('second', 30))
    const back = reverse(second.book, { useId: 'first', atMs: 20 })
    expect(told(back)).toEqual(['return plan 100', 'repay plan 30'])
    expect(netCredits(back.book, 20)).toBe(credits(70))
  })

  it('of a use that is not known does nothing', () => {
    expect(reverse(bookOf(plan), { useId: 'unknown', atMs: 1 }).movements).toEqual([])
  })
})

describe('a settlement', () => {
  it('above what was taken takes the rest, below it gives back, and again moves nothing', () => {
    const held = consume(bookOf(plan, promotion), use('call', 20))
    const more = settle(held.book, use('call', 28))
    expect(told(more)).toEqual(['consume plan 8'])
    const less = settle(more.book, use('call', 5))
    expect(told(less)).toEqual(['return plan 8', 'return plan 10', 'return promotion 5'])
    expect(settle(less.book, use('call', 5)).movements).toEqual([])
  })

  it('leaves the same as if the right amount had been taken at once', () => {
    const amount = fc.integer({ min: 0, max: 150 })
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 4 }), amount, (first, then, last) => {
        const book = bookOf(plan, promotion)
        const settled = [...then, last].reduce(
          (at, n) => settle(at, use('call', n)).book,
          consume(book, use('call', first)).book,
        )
        const direct = consume(book, use('call', last)).book
        expect(leftOf(settled)).toEqual(leftOf(direct))
        expect(debtOf(settled)).toBe(debtOf(direct))
      }),
    )
  })
})
