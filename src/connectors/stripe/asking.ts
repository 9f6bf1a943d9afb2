import type Stripe from 'stripe'

/** The metadata key under which Stripe's objects carry the key of our charge or customer. */
export const KEY = 'tollgate_key'
export const ORGANIZATION = 'tollgate_organization'
/** The most objects in one page of Stripe. */
export const PAGE = 100
/** How far Stripe's clock may be behind the database's. */
export const CLOCKS_MS = 86_400_000

export interface Asking {
  readonly stripe: Stripe
  readonly timeoutMs: number
  /** No request starts if it might still be under way after this long. */
  readonly withinMs: number
}

export interface Stopwatch {
  /** Throws if another request might not end in time. */
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
