import { describe, expect, it } from 'vitest'
import { applyMovements, byConsumption, type Movement } from '../../../src/core/billing/grants.ts'
import { bookOf, credits, plan } from './credit-book.ts'

describe('a book', () => {
  it.each<[string, Movement]>([
    [
      'more than is left',
      { kind: 'consume', grantId: 'plan', useId: 'a', microCredits: credits(101) },
    ],
    ['more than was given', { kind: 'return', grantId: 'plan', useId: 'a', microCredits: 1n }],
    ['a grant that is not there', { kind: 'expire', grantId: 'no', microCredits: 1n }],
    ['a grant that is there', { kind: 'issue', grant: plan, microCredits: 1n }],
    ['a debt that is not there', { kind: 'forgive', useId: 'a', microCredits: 1n }],
    ['a take that was not', { kind: 'lapse', grantId: 'plan', useId: 'a', microCredits: 1n }],
    ['nothing', { kind: 'owe', useId: 'a', microCredits: 0n }],
  ])('refuses a movement of %s', (_, movement) => {
    expect(() => applyMovements(bookOf(plan), [movement])).toThrow(RangeError)
  })

  it('never has more left in a grant than was given and not withdrawn', () => {
    const held = { ...plan, left: credits(30), withdrawn: credits(70) }
    const takes = [{ grantId: 'plan', microCredits: 1n }]
    const book = { grants: [held], uses: [{ id: 'a', takes, debt: 0n }] }
    const back = { kind: 'return', grantId: 'plan', useId: 'a', microCredits: 1n } as const
    expect(() => applyMovements(book, [back])).toThrow(/plan does not have as much/)
  })

  it('orders its grants totally: no two of them are the same in the order', () => {
    expect(byConsumption(plan, { ...plan, id: 'plan-2' })).toBeLessThan(0)
    expect(byConsumption(plan, plan)).toBe(0)
  })
})
