import {
  EMPTY_BOOK,
  type Grant,
  type GrantBook,
  type GrantStep,
} from '../../../src/core/billing/grants.ts'
import { issue } from '../../../src/core/billing/renewal.ts'

const CREDIT = 1_000_000n
export const credits = (n: number) => BigInt(n) * CREDIT
export const grant = (id: string, n: number, more: Partial<Grant> = {}): Grant => ({
  id,
  microCredits: credits(n),
  priority: 10,
  startsAtMs: 0,
  ...more,
})
export const bookOf = (...grants: readonly Grant[]): GrantBook =>
  grants.reduce((book, given) => issue(book, given, given.startsAtMs).book, EMPTY_BOOK)
/** `consume promotion 10` and the like, in whole credits. */
export const told = ({ movements }: GrantStep) =>
  movements.map((movement) => {
    const of =
      movement.kind === 'issue' ? movement.grant.id : 'grantId' in movement ? movement.grantId : ''
    return [movement.kind, of, Number(movement.microCredits) / 1e6]
      .filter((w) => w !== '')
      .join(' ')
  })
export const leftOf = (book: GrantBook) =>
  Object.fromEntries(book.grants.map(({ id, left }) => [id, Number(left) / 1e6]))

export const promotion = grant('promotion', 10, { priority: 1, expiresAtMs: 1_000 })
export const plan = grant('plan', 100)
export const use = (useId: string, n: number, atMs = 10) => ({
  useId,
  microCredits: credits(n),
  atMs,
})
