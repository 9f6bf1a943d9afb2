import type Stripe from 'stripe'

/** Where the key of a charge or of a customer stands on what was made of it. */
export const KEY = 'tollgate_key'
export const ORGANIZATION = 'tollgate_organization'
/** The most that Stripe gives in one page. */
export const PAGE = 100
/** By how much the clock of Stripe may be behind that of the database. */
export const CLOCKS_MS = 86_400_000

export interface Asking {
  readonly stripe: Stripe
  readonly timeoutMs: number
  /** No request is begun that could be under way after so long. */
  readonly withinMs: number
}

export interface Stopwatch {
  /** Throws when another request might not be over in time. */
  mustSuffice(): void
}

export const stopwatch = ({ timeoutMs, withinMs }: Asking): Stopwatch => {
  const startMs = performance.now()
  return {
    mustSuffice: () => {
      if (performance.now() - startMs + timeoutMs <= withinMs) return
      throw new Error('the time for it was over before it was sent')
    },
  }
}
