import { randomBytes } from 'node:crypto'
import { digestOf } from './secret-digest.ts'

/** Codes with which the person who started a server signs in to its console. */
export interface SignInCodes {
  /** Creates a code, valid once and for five minutes. */
  readonly issue: () => string
  /** Returns whether a code is valid, and invalidates it. */
  readonly take: (code: string) => boolean
}

const TTL_MS = 5 * 60_000
const CODE_BYTES = 24
/** The most valid codes; issuing more drops the oldest. */
const MOST_CODES = 20

/** Stored in this process only, as hashes. */
export const createSignInCodes = (now: () => Date = () => new Date()): SignInCodes => {
  const endsAtMs = new Map<string, number>()
  const nameOf = (code: string): string => Buffer.from(digestOf(code)).toString('base64url')
  return {
    issue: () => {
      const code = randomBytes(CODE_BYTES).toString('base64url')
      endsAtMs.set(nameOf(code), now().getTime() + TTL_MS)
      const [oldest] = endsAtMs.keys()
      if (endsAtMs.size > MOST_CODES && oldest !== undefined) endsAtMs.delete(oldest)
      return code
    },
    take: (code) => {
      const name = nameOf(code)
      const endMs = endsAtMs.get(name)
      endsAtMs.delete(name)
      return endMs !== undefined && now().getTime() < endMs
    },
  }
}
