import type { MicroCredits } from '../amounts.ts'
import { afterDebts } from './consumption.ts'
import {
  byConsumption,
  type Grant,
  type GrantBook,
  type GrantStep,
  isOver,
  least,
  type Movement,
  netCredits,
} from './grants.ts'
import { type BillingCycle, billingPeriod, billingPeriodAt } from './periods.ts'

/** How credits come and go: issues, expiry, roll-over, allowances by their own calendar, top-ups. */

/**
 * Gives a grant; it pays debts first. The same grant again gives nothing, so that a payment that
 * is reported twice counts once; another grant with its id is refused with a `RangeError`.
 */
export const issue = (book: GrantBook, grant: Grant, atMs: number): GrantStep => {
  if (grant.microCredits <= 0n) throw new RangeError('a grant is of more than nothing')
  const before = book.grants.find(({ id }) => id === grant.id)
  if (!before) {
    const movement: Movement = { kind: 'issue', grant, microCredits: grant.microCredits }
    return afterDebts(book, atMs, () => [movement])
  }
  if (byConsumption(before, grant) !== 0 || before.microCredits !== grant.microCredits) {
    throw new RangeError(`grant ${grant.id} was issued with other terms`)
  }
  return { book, movements: [] }
}

/** Takes back what is left of a grant, up to an amount. What was used stays used. */
export const withdraw = (
  book: GrantBook,
  { grantId, microCredits, atMs }: { grantId: string; microCredits: MicroCredits; atMs: number },
): GrantStep =>
  afterDebts(book, atMs, (paid) => {
    const grant = paid.grants.find(({ id }) => id === grantId)
    if (!grant) throw new RangeError(`there is no grant ${grantId}`)
    const amount = least(grant.left, microCredits)
    return amount > 0n ? [{ kind: 'withdraw', grantId, microCredits: amount }] : []
  })

/** Writes down what was left in the grants that are over. */
export const expire = (book: GrantBook, atMs: number): GrantStep =>
  afterDebts(book, atMs, (paid) =>
    paid.grants
      .filter((grant) => grant.left > 0n && isOver(grant, atMs))
      .map(({ id, left }) => ({ kind: 'expire', grantId: id, microCredits: left })),
  )

/**
 * Carries what is left of grants that are over into a new one, up to a cap, and lets the rest
 * expire. The cap bounds all that is carried: what was carried before is among `grantIds`, so it
 * does not grow from period to period. Done again it moves nothing, as nothing is left.
 */
export const rollOver = (
  book: GrantBook,
  roll: {
    readonly grantIds: readonly string[]
    readonly cap: MicroCredits
    /** The grant to make; what it comes to is what is carried. */
    readonly into: Omit<Grant, 'microCredits'>
    readonly atMs: number
  },
): GrantStep =>
  afterDebts(book, roll.atMs, (paid) => {
    const over = paid.grants
      .filter(({ id, left }) => left > 0n && roll.grantIds.includes(id))
      .sort(byConsumption)
    if (over.some((grant) => !isOver(grant, roll.atMs))) {
      throw new RangeError('only a grant that is over rolls over')
    }
    const total = over.reduce((sum, { left }) => sum + left, 0n)
    const into: Grant = { ...roll.into, microCredits: least(total, roll.cap) }
    let room = into.microCredits
    return over.flatMap(({ id: grantId, left }): Movement[] => {
      const carried = least(left, room)
      room -= carried
      return [
        { kind: 'roll_over' as const, grantId, into, microCredits: carried },
        { kind: 'expire' as const, grantId, microCredits: left - carried },
      ].filter(({ microCredits }) => microCredits > 0n)
    })
  })

/** An allowance of credits that renews by its own calendar, whatever the price is charged by. */
export interface Allowance {
  readonly cycle: BillingCycle
  readonly microCredits: MicroCredits
  readonly priority: number
  /** What the ids of its grants begin with; the start of the period follows. */
  readonly name: string
}

/** The grant of the allowance's period that contains an instant; it is over when the period is. */
export const allowanceGrant = (allowance: Allowance, atMs: number): Grant =>
  grantOfPeriod(allowance, billingPeriodAt(allowance.cycle, atMs).index)

/**
 * The grants of all periods that begin after one instant, up to and including another: what a
 * process that was away has to issue. At most `limit`, the earliest first.
 */
export const dueAllowances = (
  allowance: Allowance,
  { afterMs, untilMs, limit }: { afterMs: number; untilMs: number; limit: number },
): Grant[] => {
  const first = billingPeriodAt(allowance.cycle, afterMs).index + 1
  const last = billingPeriodAt(allowance.cycle, untilMs).index
  const count = Math.max(0, Math.min(last - first + 1, limit))
  return Array.from({ length: count }, (_, i) => grantOfPeriod(allowance, first + i))
}

/**
 * An allowance changes in the middle of its period. A larger one gives the difference as another
 * grant until the same end; a smaller one takes the difference back, as far as it is left. So a
 * change and its reverse at the same instant leave what there was, unless a debt was paid between.
 */
export const changeAllowance = (
  book: GrantBook,
  change: {
    /** The grants of the allowance in this period, earlier differences among them. */
    readonly grantIds: readonly string[]
    readonly microCredits: MicroCredits
    /** The grant to make of a difference, with an id of its own for each change. */
    readonly more: Omit<Grant, 'microCredits'>
    readonly atMs: number
  },
): GrantStep =>
  afterDebts(book, change.atMs, (paid) => {
    const ids = [...change.grantIds, change.more.id]
    const inForce = paid.grants.filter(({ id }) => ids.includes(id))
    const total = inForce.reduce((sum, grant) => sum + grant.microCredits - grant.withdrawn, 0n)
    const more = change.microCredits - total
    if (more > 0n) {
      const grant = { ...change.more, microCredits: more }
      return [{ kind: 'issue', grant, microCredits: more }]
    }
    let tooMuch = -more
    return [...inForce]
      .sort(byConsumption)
      .reverse()
      .flatMap(({ id, left }): Movement[] => {
        const amount = least(left, tooMuch)
        tooMuch -= amount
        return amount > 0n ? [{ kind: 'withdraw', grantId: id, microCredits: amount }] : []
      })
  })

/**
 * How much to buy so that the credits are not below the threshold: nothing, or as many times
 * `microCredits` as that takes. What is on its way already (`pending`) counts as there, and a debt
 * as missing, so that asking again while a payment is under way buys nothing more.
 */
export const topUpDue = (
  book: GrantBook,
  rule: {
    readonly threshold: MicroCredits
    readonly microCredits: MicroCredits
    readonly pending: MicroCredits
    readonly atMs: number
  },
): MicroCredits => {
  if (rule.microCredits <= 0n) throw new RangeError('a top-up is of more than nothing')
  const there = netCredits(book, rule.atMs) + rule.pending
  const missing = rule.threshold - there
  if (missing <= 0n) return 0n
  return ((missing + rule.microCredits - 1n) / rule.microCredits) * rule.microCredits
}

const grantOfPeriod = (allowance: Allowance, index: number): Grant => {
  const { startMs, endMs } = billingPeriod(allowance.cycle, index)
  const { name, microCredits, priority } = allowance
  const id = `${name}:${new Date(startMs).toISOString().slice(0, 10)}`
  return { id, microCredits, priority, startsAtMs: startMs, expiresAtMs: endMs }
}
