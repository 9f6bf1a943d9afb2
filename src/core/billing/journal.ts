import type { MicroCredits } from '../amounts.ts'
import type { Movement } from './grants.ts'

/**
 * Credits in double entry. What a transaction puts into some accounts it takes out of others, so
 * that each sums to zero, and so does the whole; a balance is nothing but the sum of its entries.
 */

/**
 * `granted`: where credits come from; its balance is minus all that was ever given. `available`:
 * what is left in grants, each apart. `consumed`, `expired`: where they went. `debt`: minus what
 * was used without credits.
 */
export const ACCOUNTS = ['granted', 'available', 'consumed', 'expired', 'debt'] as const
export type Account = (typeof ACCOUNTS)[number]

/** What one transaction does to one account. */
export interface Entry {
  readonly account: Account
  /** Of `available`: the grant. */
  readonly grantId?: string | undefined
  /** Above zero goes in, below zero comes out. */
  readonly microCredits: MicroCredits
}

/** Entries that are made together, and never changed. */
export interface Transaction {
  readonly id: string
  readonly atMs: number
  readonly entries: readonly Entry[]
}

/** A transaction of some entries; throws unless they sum to zero. */
export const transactionOf = (id: string, atMs: number, entries: readonly Entry[]): Transaction => {
  if (entries.length === 0) throw new RangeError(`transaction ${id} has no entries`)
  const sum = sumOf(entries)
  if (sum !== 0n) throw new RangeError(`the entries of transaction ${id} sum to ${sum}, not to 0`)
  return { id, atMs, entries }
}

/** The transaction of the movements of one verb; undefined when there are none. */
export const transactionOfMovements = (
  id: string,
  atMs: number,
  movements: readonly Movement[],
): Transaction | undefined =>
  movements.length === 0 ? undefined : transactionOf(id, atMs, movements.flatMap(entriesOf))

/** The two entries of a movement: out of one account, into the other. */
export const entriesOf = (movement: Movement): [Entry, Entry] => {
  const { from, to } = sidesOf(movement)
  return [
    { ...from, microCredits: -movement.microCredits },
    { ...to, microCredits: movement.microCredits },
  ]
}

/** The balance of an account, or of one grant's part of it. */
export const balanceOf = (
  transactions: readonly Transaction[],
  account: Account,
  grantId?: string,
): MicroCredits =>
  sumOf(
    transactions
      .flatMap(({ entries }) => entries)
      .filter((entry) => entry.account === account)
      .filter((entry) => grantId === undefined || entry.grantId === grantId),
  )

/** What an organization has: the credits that are left, less what it owes. */
export const creditBalance = (transactions: readonly Transaction[]): MicroCredits =>
  balanceOf(transactions, 'available') + balanceOf(transactions, 'debt')

type Side = Pick<Entry, 'account' | 'grantId'>

const GRANTED: Side = { account: 'granted' }
const CONSUMED: Side = { account: 'consumed' }
const EXPIRED: Side = { account: 'expired' }
const DEBT: Side = { account: 'debt' }
const available = (grantId: string): Side => ({ account: 'available', grantId })

const sidesOf = (movement: Movement): { from: Side; to: Side } => {
  switch (movement.kind) {
    case 'issue':
      return { from: GRANTED, to: available(movement.grant.id) }
    case 'withdraw':
      return { from: available(movement.grantId), to: GRANTED }
    case 'expire':
      return { from: available(movement.grantId), to: EXPIRED }
    case 'roll_over':
      return { from: available(movement.grantId), to: available(movement.into.id) }
    case 'consume':
      return { from: available(movement.grantId), to: CONSUMED }
    case 'repay':
      return { from: available(movement.grantId), to: DEBT }
    case 'return':
      return { from: CONSUMED, to: available(movement.grantId) }
    case 'lapse':
      return { from: CONSUMED, to: EXPIRED }
    case 'owe':
      return { from: DEBT, to: CONSUMED }
    case 'forgive':
      return { from: CONSUMED, to: DEBT }
  }
}

const sumOf = (entries: readonly Entry[]): MicroCredits =>
  entries.reduce((sum, { microCredits }) => sum + microCredits, 0n)
