import type { MicroCredits } from '../amounts.ts'

/**
 * Credits that were given, and what has become of them. A verb looks at a book and answers the
 * movements that follow; a book changes only by movements, so that what the journal keeps of them
 * is all there is to know. A book need not hold everything: the grants with something left, the
 * uses that are in debt, and those that the verb is about.
 */

/** Credits given to an organization. */
export interface Grant {
  readonly id: string
  /** What it came to. */
  readonly microCredits: MicroCredits
  /** Lower goes first. */
  readonly priority: number
  /** Its age, and the instant from which it may be used. */
  readonly startsAtMs: number
  /** From then on it cannot be used; undefined: never. */
  readonly expiresAtMs?: number | undefined
}

/** A grant as it stands. */
export interface GrantBalance extends Grant {
  /** What can still be used of it, or expires. */
  readonly left: MicroCredits
  /** What was taken back of it before it was used. */
  readonly withdrawn: MicroCredits
}

/** What a use took, from which grants in which order, and what of it nobody has paid for yet. */
export interface CreditUse {
  readonly id: string
  readonly takes: readonly { readonly grantId: string; readonly microCredits: MicroCredits }[]
  readonly debt: MicroCredits
}

/** Uses are in the order in which their debts are paid: the oldest first. */
export interface GrantBook {
  readonly grants: readonly GrantBalance[]
  readonly uses: readonly CreditUse[]
}

/** Something that happened to credits. All amounts are above zero. */
export type Movement = { readonly microCredits: MicroCredits } & (
  | { readonly kind: 'issue'; readonly grant: Grant }
  | { readonly kind: 'withdraw' | 'expire'; readonly grantId: string }
  /** Into a grant that comes to all that is carried into it at once. */
  | { readonly kind: 'roll_over'; readonly grantId: string; readonly into: Grant }
  /** Taken by a use, or for a debt that the use had left. */
  | { readonly kind: 'consume' | 'repay'; readonly grantId: string; readonly useId: string }
  /** Given back by a use: to the grant, or lost because the grant is over. */
  | { readonly kind: 'return' | 'lapse'; readonly grantId: string; readonly useId: string }
  /** Used with no grant to take it from, and that taken back. */
  | { readonly kind: 'owe' | 'forgive'; readonly useId: string }
)

/** The book after a verb, and the movements that made it so; none: it was done before. */
export interface GrantStep {
  readonly book: GrantBook
  readonly movements: readonly Movement[]
}

export const EMPTY_BOOK: GrantBook = { grants: [], uses: [] }

/**
 * The total order in which grants are used up: by priority, then the earliest expiry (none is
 * last), then age, then id, so that it never depends on how they were read.
 */
export const byConsumption = (a: Grant, b: Grant): number =>
  a.priority - b.priority ||
  byExpiry(a.expiresAtMs, b.expiresAtMs) ||
  a.startsAtMs - b.startsAtMs ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Whether a grant is over: a matter of time, and not of whether that has been written down. */
export const isOver = ({ expiresAtMs }: Grant, atMs: number): boolean =>
  expiresAtMs !== undefined && expiresAtMs <= atMs

/** The grants from which credits may be taken at an instant, in the order of consumption. */
export const usableGrants = ({ grants }: GrantBook, atMs: number): GrantBalance[] =>
  grants
    .filter((grant) => grant.left > 0n && grant.startsAtMs <= atMs && !isOver(grant, atMs))
    .sort(byConsumption)

/** What was used and nobody has paid for. */
export const debtOf = ({ uses }: GrantBook): MicroCredits =>
  uses.reduce((sum, { debt }) => sum + debt, 0n)

/** What may be used at an instant once the debts are paid; below zero: what is owed beyond it. */
export const netCredits = (book: GrantBook, atMs: number): MicroCredits =>
  usableGrants(book, atMs).reduce((sum, { left }) => sum + left, 0n) - debtOf(book)

/** The smaller of two amounts. */
export const least = (a: MicroCredits, b: MicroCredits): MicroCredits => (a < b ? a : b)

/** The book after some movements. Throws when one of them cannot have happened to it. */
export const applyMovements = (book: GrantBook, movements: readonly Movement[]): GrantBook =>
  movements.reduce(applyMovement, book)

const applyMovement = (book: GrantBook, movement: Movement): GrantBook => {
  const { microCredits } = movement
  if (microCredits <= 0n) throw new RangeError('a movement is of more than nothing')
  switch (movement.kind) {
    case 'issue':
      return withGrant(book, movement.grant, microCredits)
    case 'roll_over':
      return carryInto(
        changeLeft(book, movement.grantId, -microCredits),
        movement.into,
        microCredits,
      )
    case 'withdraw':
      return changeGrant(book, movement.grantId, (grant) => ({
        ...grant,
        withdrawn: grant.withdrawn + microCredits,
        left: grant.left - microCredits,
      }))
    case 'expire':
      return changeLeft(book, movement.grantId, -microCredits)
    case 'consume':
      return changeTake(changeLeft(book, movement.grantId, -microCredits), movement, microCredits)
    case 'repay':
      return changeDebt(
        changeTake(changeLeft(book, movement.grantId, -microCredits), movement, microCredits),
        movement.useId,
        -microCredits,
      )
    case 'return':
      return changeTake(changeLeft(book, movement.grantId, microCredits), movement, -microCredits)
    case 'lapse':
      return changeTake(book, movement, -microCredits)
    case 'owe':
      return changeDebt(book, movement.useId, microCredits)
    case 'forgive':
      return changeDebt(book, movement.useId, -microCredits)
  }
}

const withGrant = (book: GrantBook, grant: Grant, left: MicroCredits): GrantBook => {
  if (book.grants.some(({ id }) => id === grant.id)) {
    throw new RangeError(`there is a grant ${grant.id} already`)
  }
  return { ...book, grants: [...book.grants, { ...grant, left, withdrawn: 0n }] }
}

const carryInto = (book: GrantBook, into: Grant, microCredits: MicroCredits): GrantBook =>
  book.grants.some(({ id }) => id === into.id)
    ? changeLeft(book, into.id, microCredits)
    : withGrant(book, into, microCredits)

const changeGrant = (
  book: GrantBook,
  grantId: string,
  change: (grant: GrantBalance) => GrantBalance,
): GrantBook => {
  let found = false
  const grants = book.grants.map((grant) => {
    if (grant.id !== grantId) return grant
    found = true
    const changed = change(grant)
    if (changed.left < 0n || changed.left > changed.microCredits - changed.withdrawn) {
      throw new RangeError(`grant ${grantId} does not have as much`)
    }
    return changed
  })
  if (!found) throw new RangeError(`there is no grant ${grantId}`)
  return { ...book, grants }
}

const changeLeft = (book: GrantBook, grantId: string, by: MicroCredits): GrantBook =>
  changeGrant(book, grantId, (grant) => ({ ...grant, left: grant.left + by }))

const changeUse = (
  book: GrantBook,
  useId: string,
  change: (use: CreditUse) => CreditUse,
): GrantBook => {
  const known = book.uses.find(({ id }) => id === useId)
  const changed = change(known ?? { id: useId, takes: [], debt: 0n })
  if (changed.debt < 0n || changed.takes.some(({ microCredits }) => microCredits < 0n)) {
    throw new RangeError(`use ${useId} did not take as much`)
  }
  if (!known) return { ...book, uses: [...book.uses, changed] }
  return { ...book, uses: book.uses.map((use) => (use === known ? changed : use)) }
}

const changeDebt = (book: GrantBook, useId: string, by: MicroCredits): GrantBook =>
  changeUse(book, useId, (use) => ({ ...use, debt: use.debt + by }))

/** More is taken last; less is given back from where it was taken last. */
const changeTake = (
  book: GrantBook,
  { grantId, useId }: { grantId: string; useId: string },
  by: MicroCredits,
): GrantBook =>
  changeUse(book, useId, (use) => {
    if (by > 0n) return { ...use, takes: [...use.takes, { grantId, microCredits: by }] }
    const index = use.takes.findLastIndex((take) => take.grantId === grantId)
    const takes = use.takes.map((take, i) =>
      i === index ? { ...take, microCredits: take.microCredits + by } : take,
    )
    if (index < 0) throw new RangeError(`use ${useId} took nothing from grant ${grantId}`)
    return { ...use, takes: takes.filter(({ microCredits }) => microCredits !== 0n) }
  })

const byExpiry = (a: number | undefined, b: number | undefined): number => {
  if (a === b) return 0
  if (a === undefined) return 1
  return b === undefined ? -1 : a - b
}
