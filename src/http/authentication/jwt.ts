import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Principal } from '../../contract/tenancy.ts'
import { readTokenHeader, type TokenHeader } from './compact-token.ts'
import { createKeySet } from './key-set.ts'

/** Signatures that only the issuer can make; which of them its tokens may have. */
const KEY_PAIR_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type KeyPairAlgorithm = (typeof KEY_PAIR_ALGORITHMS)[number]

export interface JwtIssuer {
  /** What `iss` must be, exactly. */
  readonly issuer: string | readonly string[]
  /** One of these must be in `aud`. `null`: the issuer names none, and a token that does is refused. */
  readonly audience: string | readonly string[] | null
}

/** Whose tokens stand for users: those of an issuer who shares a secret, or publishes its keys. */
export type JwtOptions = JwtIssuer &
  (
    | {
        /** For HS256 and nothing else; 32 bytes at least. */
        readonly secret: string
        readonly jwksUrl?: undefined
        readonly algorithms?: undefined
      }
    | {
        /** `https`, or `http` on this machine. */
        readonly jwksUrl: string
        /** Default: RS256, ES256 and EdDSA. */
        readonly algorithms?: readonly KeyPairAlgorithm[]
        readonly secret?: undefined
      }
  )

/** Who is an administrator of the platform, among those who come with a JWT. */
export interface AdminRules {
  readonly adminUserIds?: readonly string[] | undefined
  /** A claim, by its name or its path (`app_metadata.role`), that is this text or holds it. */
  readonly adminClaim?: { readonly name: string; readonly value: string } | undefined
}

/** What came of a token. `expired`: it was good, so nobody has guessed anything. */
type JwtVerdict =
  | {
      readonly outcome: 'valid'
      readonly userId: string
      /** Whether a claim of the token makes its user an administrator. */
      readonly isAdminByClaim: boolean
      readonly expiresAt: Date
    }
  | { readonly outcome: 'expired' | 'invalid' }

export type JwtVerifier = (token: string) => Promise<JwtVerdict>

/** How far an issuer's clock may be ahead of ours: for `nbf` and `iat`, and not for `exp`. */
const TOLERANCE_SECONDS = 10
const MIN_SECRET_BYTES = 32
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']
const MAX_USER_ID_LENGTH = 255
/** The end of the year 9999, after which nothing can be said of time. */
const MAX_SECONDS = 253_402_300_799

const INVALID: JwtVerdict = { outcome: 'invalid' }

/**
 * Takes tokens of one issuer, by one way of signing, for one audience. Which key and algorithm is
 * ours to say: a token's header chooses among what is configured, and its links are not followed.
 */
export const createJwtVerifier = (
  options: JwtOptions,
  { now, fetch: send, adminClaim }: AdminRules & { now: () => Date; fetch: typeof fetch },
): JwtVerifier => {
  const { issuer, audience } = checkedIssuer(options)
  const { algorithms, keyOf } = signing(options, now, send)
  return async (token) => {
    const header = readTokenHeader(token, TYPES)
    if (!header || !algorithms.includes(header.algorithm)) return INVALID
    const key = await keyOf(header)
    if (!key) return INVALID
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms,
        issuer,
        ...(audience && { audience }),
        requiredClaims: ['exp', 'sub'],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: now(),
      })
      if (!audience && payload.aud !== undefined) return INVALID
      return verdictOf(payload, now(), adminClaim)
    } catch (error) {
      // Nothing but token and key takes part in it, so whatever is thrown is thrown at those.
      return error instanceof errors.JWTExpired ? { outcome: 'expired' } : INVALID
    }
  }
}

/** The principal that a user is, by the rules of the configuration. */
export const principalOfUser = (
  userId: string,
  isAdminByClaim: boolean,
  { adminUserIds }: AdminRules,
): Principal => {
  const actor = `user:${userId}`
  return isAdminByClaim || adminUserIds?.includes(userId)
    ? { kind: 'admin', actor }
    : { kind: 'user', userId, actor }
}

const signing = (
  options: JwtOptions,
  now: () => Date,
  send: typeof fetch,
): {
  algorithms: string[]
  keyOf: (header: TokenHeader) => Promise<CryptoKey | Uint8Array | undefined>
} => {
  if (options.secret !== undefined) {
    const secret = secretBytes(options.secret)
    return { algorithms: ['HS256'], keyOf: async () => secret }
  }
  const keys = createKeySet({ url: keySetUrl(options.jwksUrl), now, fetch: send })
  return { algorithms: checkedAlgorithms(options.algorithms), keyOf: keys.find }
}

/** What the signature vouches for still has to make sense. */
const verdictOf = (
  { exp = 0, iat, sub = '', ...rest }: JWTPayload,
  now: Date,
  adminClaim: AdminRules['adminClaim'],
): JwtVerdict => {
  const nowSeconds = now.getTime() / 1_000
  // `1e999` is a number to JSON, and never comes.
  if (exp > MAX_SECONDS) return INVALID
  if (exp <= nowSeconds) return { outcome: 'expired' }
  if (iat !== undefined && !isPast(iat, nowSeconds)) return INVALID
  if (!isUserId(sub)) return INVALID
  const isAdminByClaim = adminClaim !== undefined && claims(rest, adminClaim)
  return { outcome: 'valid', userId: sub, isAdminByClaim, expiresAt: new Date(exp * 1_000) }
}

const isPast = (seconds: unknown, nowSeconds: number): boolean =>
  typeof seconds === 'number' && seconds <= nowSeconds + TOLERANCE_SECONDS

/** Text that the books can hold: `user:<id>` names who acts. */
const isUserId = (sub: unknown): sub is string =>
  typeof sub === 'string' &&
  sub !== '' &&
  sub.length <= MAX_USER_ID_LENGTH &&
  sub.isWellFormed() &&
  !/\p{Cc}/u.test(sub)

const claims = (payload: unknown, { name, value }: { name: string; value: string }): boolean => {
  const claim = own(payload, name) ?? name.split('.').reduce(own, payload)
  return claim === value || (Array.isArray(claim) && claim.includes(value))
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

const checkedIssuer = ({ issuer, audience }: JwtIssuer) => {
  const named = (field: string, value: string | readonly string[]): string[] => {
    const values = typeof value === 'string' ? [value] : [...(value ?? [])]
    if (values.length > 0 && values.every((one) => typeof one === 'string' && one !== '')) {
      return values
    }
    throw new TypeError(`jwt.${field}: must be what tokens have in this place`)
  }
  return {
    issuer: named('issuer', issuer),
    audience: audience === null ? undefined : named('audience', audience),
  }
}

const secretBytes = (secret: string): Uint8Array => {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length >= MIN_SECRET_BYTES) return bytes
  throw new TypeError(`jwt.secret: must be at least ${MIN_SECRET_BYTES} bytes long`)
}

const keySetUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPrivate =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url && isPrivate && url.username === '' && url.password === '') return url
  throw new TypeError('jwt.jwksUrl: must be an https URL, or an http one on this machine')
}

const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host)

const checkedAlgorithms = (algorithms: readonly KeyPairAlgorithm[] = KEY_PAIR_ALGORITHMS) => {
  const isKnown = algorithms.every((one) => KEY_PAIR_ALGORITHMS.includes(one))
  if (algorithms.length > 0 && isKnown) return [...algorithms] as string[]
  throw new TypeError(`jwt.algorithms: must be some of ${KEY_PAIR_ALGORITHMS.join(', ')}`)
}
