import type { Timers } from '../../facade/timers.ts'

/** A read token as your server got it from `POST …/read-tokens`. */
export interface ReadToken {
  readonly token: string
  /** ISO 8601, milliseconds or a `Date`. */
  readonly expiresAt: string | number | Date
}

/** Asks your own server for a read token of the organization that this person may see. */
export type GetToken = () => Promise<ReadToken>

/** The page's own server gave no token: what Tollgate says is not known. */
export class NoToken extends Error {
  override readonly name = 'NoToken'
}

export interface Tokens {
  /** One that is good for a while yet. */
  readonly get: () => Promise<string>
  /** Another in the place of one that was refused. */
  readonly inPlaceOf: (refused: string) => Promise<string>
}

/** Of its life, so that a call that is under way never outlives its token. */
const RENEWED_AT = 0.8

interface Held {
  readonly token: string
  /** Since its receipt, by the clock of the page; a clock that is wrong only costs a 401. */
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/**
 * Keeps one token, in memory only. However many ask, one renewal is under way; while it fails, a
 * token that is still good is used on.
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
  // A clock ahead of the server's makes every token look ended: then only a 401 tells.
  const lifeMs = Number.isFinite(leftMs) && leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY
  return { token, renewAtMs: nowMs + lifeMs * RENEWED_AT, endsAtMs: nowMs + lifeMs }
}
