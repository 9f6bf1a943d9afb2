import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consume, payDebts, reverse, settle } from '../../../src/core/billing/consumption.ts'
import {
  debtOf,
  EMPTY_BOOK,
  type GrantBook,
  type GrantStep,
  usableGrants,
} from '../../../src/core/billing/grants.ts'
import {
  ACCOUNTS,
  balanceOf,
  creditBalance,
  entriesOf,
  type Transaction,
  transactionOf,
  transactionOfMovements,
} from '../../../src/core/billing/journal.ts'
import {
  changeAllowance,
  expire,
  issue,
  rollOver,
  withdraw,
} from '../../../src/core/billing/renewal.ts'

const grant = (id: string, microCredits: bigint) => ({
  id,
  microCredits,
  priority: 1,
  startsAtMs: 0,
})
const journal = (steps: readonly GrantStep[]): Transaction[] =>
  steps.flatMap(({ movements }, i) => transactionOfMovements(`t${i}`, i, movements) ?? [])

describe('a transaction', () => {
  it('sums to zero, or is refused', () => {
    const entries = [
      { account: 'granted', microCredits: -28n },
      { account: 'available', grantId: 'plan', microCredits: 28n },
    ] as const
    expect(transactionOf('t', 1, entries)).toEqual({ id: 't', atMs: 1, entries })
    expect(() => transactionOf('t', 1, entries.slice(1))).toThrow(/sum to 28, not to 0/)
    expect(() => transactionOf('t', 1, [])).toThrow(/no entries/)
  })

  it('is not made of nothing', () => {
    expect(transactionOfMovements('t', 1, [])).toBeUndefined()
  })
})

describe('the journal of a call of 28 on grants of 10 and 100', () => {
  const given = issue(EMPTY_BOOK, { ...grant('promotion', 10n), priority: 0, expiresAtMs: 99 }, 1)
  const both = issue(given.book, grant('plan', 100n), 1)
  const called = consume(both.book, { useId: 'call', microCredits: 28n, atMs: 2 })
  const steps = [given, both, called]

  it('takes 10 and 18 out of what is available and puts 28 into what is consumed', () => {
    expect(called.movements.flatMap(entriesOf)).toEqual([
      { account: 'available', grantId: 'promotion', microCredits: -10n },
      { account: 'consumed', microCredits: 10n },
      { account: 'available', grantId: 'plan', microCredits: -18n },
      { account: 'consumed', microCredits: 18n },
    ])
  })

  it('has balances that are the sums of its entries', () => {
    const entries = journal(steps)
    expect(ACCOUNTS.map((account) => balanceOf(entries, account))).toEqual([
      -110n,
      82n,
      28n,
      0n,
      0n,
    ])
    expect(balanceOf(entries, 'available', 'plan')).toBe(82n)
    expect(creditBalance(entries)).toBe(82n)
  })

  it('counts as expired what comes back too late', () => {
    const late = journal([...steps, reverse(called.book, { useId: 'call', atMs: 99 })])
    expect(ACCOUNTS.map((account) => balanceOf(late, account))).toEqual([-110n, 100n, 0n, 10n, 0n])
  })

  it('shows a debt as less than nothing', () => {
    const over = consume(called.book, { useId: 'next', microCredits: 90n, atMs: 3 })
    expect(creditBalance(journal([...steps, over]))).toBe(-8n)
    const reversed = reverse(over.book, { useId: 'next', atMs: 4 })
    expect(creditBalance(journal([...steps, over, reversed]))).toBe(82n)
  })
})

type Operation =
  | { verb: 'issue'; n: bigint; priority: number; lifeMs: number | undefined; delayMs: number }
  | { verb: 'consume' | 'settle'; use: number; n: bigint; lateMs: number }
  | { verb: 'reverse'; use: number }
  | { verb: 'expire' | 'pay' }
  | { verb: 'roll'; cap: bigint }
  | { verb: 'withdraw'; which: number; n: bigint }
  | { verb: 'plan'; n: bigint }

const n = fc.bigInt(0n, 60n)
const operation: fc.Arbitrary<Operation & { waitMs: number }> = fc
  .tuple(
    fc.oneof<fc.Arbitrary<Operation>[]>(
      fc.record({
        verb: fc.constant('issue'),
        n: fc.bigInt(1n, 60n),
        priority: fc.integer({ min: 0, max: 2 }),
        lifeMs: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        delayMs: fc.integer({ min: 0, max: 10 }),
      }),
      fc.record({
        verb: fc.constantFrom('consume', 'settle'),
        use: fc.integer({ min: 0, max: 9 }),
        n,
        lateMs: fc.constantFrom(0, 0, 0, 7),
      }),
      fc.record({ verb: fc.constant('reverse'), use: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ verb: fc.constantFrom('expire', 'pay') }),
      fc.record({ verb: fc.constant('roll'), cap: n }),
      fc.record({ verb: fc.constant('withdraw'), which: fc.nat(), n }),
      fc.record({ verb: fc.constant('plan'), n: fc.bigInt(0n, 100n) }),
    ),
    fc.integer({ min: 0, max: 8 }),
  )
  .map(([of, waitMs]) => ({ ...of, waitMs }))

/** What was asked for, kept without grants, movements or entries. */
interface Expectation {
  readonly usedBy: Map<number, bigint>
}

const perform = (
  book: GrantBook,
  of: Operation,
  { atMs, serial, expected }: { atMs: number; serial: number; expected: Expectation },
): GrantStep & { atMs: number } => {
  const known = (use: number) => expected.usedBy.has(use)
  switch (of.verb) {
    case 'issue': {
      const startsAtMs = atMs + of.delayMs
      const expiresAtMs = of.lifeMs === undefined ? undefined : startsAtMs + of.lifeMs
      const { n: microCredits, priority } = of
      const given = { id: `g${serial}`, microCredits, priority, startsAtMs, expiresAtMs }
      return { ...issue(book, given, atMs), atMs }
    }
    case 'consume':
    case 'settle': {
      const when = atMs - of.lateMs
      const isRepeated = of.verb === 'consume' && known(of.use)
      if (!isRepeated && (of.n > 0n || known(of.use))) expected.usedBy.set(of.use, of.n)
      const use = { useId: `u${of.use}`, microCredits: of.n, atMs: when }
      return { ...(of.verb === 'consume' ? consume(book, use) : settle(book, use)), atMs: when }
    }
    case 'reverse':
      if (known(of.use)) expected.usedBy.set(of.use, 0n)
      return { ...reverse(book, { useId: `u${of.use}`, atMs }), atMs }
    case 'expire':
      return { ...expire(book, atMs), atMs }
    case 'pay':
      return { ...payDebts(book, atMs), atMs }
    case 'roll': {
      const over = book.grants.filter((g) => g.expiresAtMs !== undefined && g.expiresAtMs <= atMs)
      const into = { id: `r${serial}`, priority: 1, startsAtMs: atMs, expiresAtMs: atMs + 20 }
      const grantIds = over.map(({ id }) => id)
      return { ...rollOver(book, { grantIds, cap: of.cap, into, atMs }), atMs }
    }
    case 'withdraw': {
      const { id } = book.grants[of.which % Math.max(book.grants.length, 1)] ?? { id: undefined }
      if (id === undefined) return { book, movements: [], atMs }
      return { ...withdraw(book, { grantId: id, microCredits: of.n, atMs }), atMs }
    }
    case 'plan': {
      const grantIds = book.grants.map(({ id }) => id).filter((id) => id.startsWith('p'))
      const more = { id: `p${serial}`, priority: 2, startsAtMs: atMs }
      return { ...changeAllowance(book, { grantIds, microCredits: of.n, more, atMs }), atMs }
    }
  }
}

describe('any order of grants, uses, settlements, reversals, expiries and plan changes', () => {
  it('keeps every balance the sum of its entries, and no grant below zero', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 50 }), (operations) => {
        const expected: Expectation = { usedBy: new Map() }
        const transactions: Transaction[] = []
        let book = EMPTY_BOOK
        let nowMs = 100
        for (const [serial, of] of operations.entries()) {
          nowMs += of.waitMs
          const step = perform(book, of, { atMs: nowMs, serial, expected })
          const made = transactionOfMovements(`t${serial}`, step.atMs, step.movements)
          if (made) transactions.push(made)
          book = step.book

          const balance = (account: (typeof ACCOUNTS)[number], id?: string) =>
            balanceOf(transactions, account, id)
          expect(ACCOUNTS.reduce((sum, account) => sum + balance(account), 0n)).toBe(0n)
          for (const { id, left, microCredits } of book.grants) {
            expect(balance('available', id)).toBe(left)
            expect(left >= 0n && left <= microCredits).toBe(true)
          }
          expect(balance('debt')).toBe(-debtOf(book))
          const used = [...expected.usedBy.values()].reduce((sum, units) => sum + units, 0n)
          expect(balance('consumed')).toBe(used)
          expect(balance('expired') >= 0n).toBe(true)
          const isReplay = of.verb === 'consume' && step.movements.length === 0
          if (debtOf(book) > 0n && !isReplay) expect(usableGrants(book, step.atMs)).toEqual([])
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('moves nothing when a verb is done again', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        let book = EMPTY_BOOK
        let nowMs = 100
        for (const [serial, of] of operations.entries()) {
          nowMs += of.waitMs
          const at = () => ({ atMs: nowMs, serial, expected: { usedBy: new Map() } })
          const step = perform(book, of, at())
          const isOnce = of.verb !== 'withdraw'
          if (isOnce) expect(perform(step.book, of, at()).movements).toEqual([])
          book = step.book
        }
      }),
      { numRuns: 400 },
    )
  })
})
