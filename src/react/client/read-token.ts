import type { Timers } from '../../facade/timers.ts'

/** The read token that your server received from `POST …/read-tokens`. */
export interface ReadToken {
  readonly token: string
  /** ISO 8601, milliseconds or a `Date`. */
  readonly expiresAt: string | number | Date
}

/** Requests a read token from your own server, for an organization that the user may see. */
export type GetToken = () => Promise<ReadToken>

/** Your own server issued no token, so Tollgate was not called. */
export class NoToken extends Error {
  override readonly name = 'NoToken'
}

export interface Tokens {
  /** A token with enough remaining life for one call. */
  readonly get: () => Promise<string>
  /** A new token after the server refused this one. */
  readonly inPlaceOf: (refused: string) => Promise<string>
}

/** The share of its life after which a token is renewed, so that no call outlives its token. */
const RENEWED_AT = 0.8

interface Held {
  readonly token: string
  /** Counted from receipt by the page's clock; a wrong clock only costs a 401. */
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/**
 * Caches one token in memory. Concurrent callers share one renewal. While renewal fails, a token
 * that is still valid stays in use.
 */
export const createTokens = (
  getToken: GetToken,
  { timers, onFailure }: { readonly timers: Timers; readonly onFailure: (error: Error) => void },
): Tokens => {
  let held: Held | undefined
  let renewing: Promise<Held> | undefined

  const renew = (): Promise<Held> => {
    renewing ??= Promise.resolve()
      .then(getToken)
      .then((given) => {
        held = heldOf(given, timers.nowMs())
        return held
      })
      .catch((cause: unknown) => {
        const error = new NoToken('The page could not get a read token.', { cause })
        onFailure(error)
        throw error
      })
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }

  return {
    get: async () => {
      const now = held
      if (now && timers.nowMs() < now.renewAtMs) return now.token
      if (!now || timers.nowMs() >= now.endsAtMs) return (await renew()).token
      return (await renew().catch(() => now)).token
    },
    inPlaceOf: async (refused) =>
      held && held.token !== refused ? held.token : (await renew()).token,
  }
}

const heldOf = ({ token, expiresAt }: ReadToken, nowMs: number): Held => {
  const leftMs = new Date(expiresAt).getTime() - nowMs
  // A fast local clock makes every token look expired. Then only a 401 triggers a renewal.
  const lifeMs = Number.isFinite(leftMs) && leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY
  return { token, renewAtMs: nowMs + lifeMs * RENEWED_AT, endsAtMs: nowMs + lifeMs }
}
