import type { MicroCredits } from '../amounts.ts'
import {
  applyMovements,
  type CreditUse,
  type GrantBook,
  type GrantStep,
  isOver,
  least,
  type Movement,
  usableGrants,
} from './grants.ts'

/**
 * Uses of credits. What a use cannot take from grants is a debt, which the next credits to come
 * pay before anyone else may use them: every verb pays debts before and after what it does, so
 * that it leaves none beside credits that could be used at its instant. A verb that was done
 * before moves nothing at all.
 */

interface UseOfCredits {
  readonly useId: string
  readonly microCredits: MicroCredits
  readonly atMs: number
}

/** A use takes its credits, in the order of consumption. The same use again takes nothing. */
export const consume = (book: GrantBook, use: UseOfCredits): GrantStep => {
  checkAmount(use.microCredits)
  if (useOf(book, use.useId)) return { book, movements: [] }
  return afterDebts(book, use.atMs, (paid) => takeMovements(paid, use))
}

/**
 * A use turns out to be of another amount than it took: it takes the rest, or gives back what is
 * too much. A use of which nothing is known takes all of it. Settling again at the same amount
 * moves nothing.
 */
export const settle = (book: GrantBook, use: UseOfCredits): GrantStep => {
  checkAmount(use.microCredits)
  const before = useOf(book, use.useId)
  const more = use.microCredits - (before ? takenBy(before) : 0n)
  return afterDebts(book, use.atMs, (paid) => {
    if (more > 0n) return takeMovements(paid, { ...use, microCredits: more })
    return giveBackMovements(paid, { ...use, microCredits: -more })
  })
}

/**
 * A use is undone. Its debt is forgiven, then its credits go back to the grants that they came
 * from, the last taken first. What came from a grant that is over by now is lost (`lapse`): a
 * grant ends when it says, and to make up for it is to give a new one.
 */
export const reverse = (
  book: GrantBook,
  { useId, atMs }: { useId: string; atMs: number },
): GrantStep => settle(book, { useId, microCredits: 0n, atMs })

/** Pays the debts with what can be used at an instant; also when a grant begins later than issued. */
export const payDebts = (book: GrantBook, atMs: number): GrantStep => {
  const movements: Movement[] = []
  const free = usableGrants(book, atMs).map(({ id, left }) => ({ id, left }))
  for (const { id: useId, debt } of book.uses) {
    let owed = debt
    for (const grant of free) {
      const microCredits = least(owed, grant.left)
      if (microCredits === 0n) continue
      grant.left -= microCredits
      owed -= microCredits
      movements.push({ kind: 'repay', grantId: grant.id, useId, microCredits })
    }
  }
  return { book: applyMovements(book, movements), movements }
}

/** Debts are paid, then the verb looks at the book, then what it freed pays what debts are left. */
export const afterDebts = (
  book: GrantBook,
  atMs: number,
  decide: (paid: GrantBook) => readonly Movement[],
): GrantStep => {
  const paid = payDebts(book, atMs)
  const movements = decide(paid.book)
  const last = payDebts(applyMovements(paid.book, movements), atMs)
  return {
    book: last.book,
    movements: [...paid.movements, ...movements, ...last.movements],
  }
}

const takeMovements = (book: GrantBook, use: UseOfCredits): Movement[] => {
  const { useId, atMs } = use
  const movements: Movement[] = []
  let wanted = use.microCredits
  for (const { id, left } of usableGrants(book, atMs)) {
    const microCredits = least(wanted, left)
    if (microCredits === 0n) break
    movements.push({ kind: 'consume', grantId: id, useId, microCredits })
    wanted -= microCredits
  }
  if (wanted > 0n) movements.push({ kind: 'owe', useId, microCredits: wanted })
  return movements
}

const giveBackMovements = (book: GrantBook, use: UseOfCredits): Movement[] => {
  const { useId, atMs } = use
  const known = useOf(book, useId)
  if (!known) return []
  const movements: Movement[] = []
  let tooMuch = use.microCredits
  const forgiven = least(tooMuch, known.debt)
  if (forgiven > 0n) movements.push({ kind: 'forgive', useId, microCredits: forgiven })
  tooMuch -= forgiven
  for (const take of [...known.takes].reverse()) {
    const microCredits = least(tooMuch, take.microCredits)
    if (microCredits === 0n) break
    const grant = book.grants.find(({ id }) => id === take.grantId)
    if (!grant) throw new RangeError(`there is no grant ${take.grantId}`)
    const kind = isOver(grant, atMs) ? 'lapse' : 'return'
    movements.push({ kind, grantId: take.grantId, useId, microCredits })
    tooMuch -= microCredits
  }
  return movements
}

const useOf = (book: GrantBook, useId: string): CreditUse | undefined =>
  book.uses.find(({ id }) => id === useId)

const takenBy = ({ takes, debt }: CreditUse): MicroCredits =>
  takes.reduce((sum, { microCredits }) => sum + microCredits, debt)

const checkAmount = (microCredits: MicroCredits): void => {
  if (microCredits < 0n) throw new RangeError('a use of credits cannot be below zero')
}
