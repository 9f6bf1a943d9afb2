import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Principal } from '../../contract/tenancy.ts'
import { readTokenHeader, type TokenHeader } from './compact-token.ts'
import { createKeySet } from './key-set.ts'

/** Asymmetric algorithms. Only the issuer can sign with them. */
const KEY_PAIR_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type KeyPairAlgorithm = (typeof KEY_PAIR_ALGORITHMS)[number]

export interface JwtIssuer {
  /** The exact value of `iss`. */
  readonly issuer: string | readonly string[]
  /** `aud` must contain one of these. `null`: tokens must have no `aud`. */
  readonly audience: string | readonly string[] | null
}

/** The issuer whose tokens identify users. It shares a secret or publishes its keys. */
export type JwtOptions = JwtIssuer &
  (
    | {
        /** For HS256 only; at least 32 bytes. */
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

/** Which users with a JWT are administrators of the platform. */
export interface AdminRules {
  readonly adminUserIds?: readonly string[] | undefined
  /** A claim, by name or path (`app_metadata.role`), that equals or contains this text. */
  readonly adminClaim?: { readonly name: string; readonly value: string } | undefined
}

/** The result of checking a token. `expired`: it was valid once, so it is not a guess. */
type JwtVerdict =
  | {
      readonly outcome: 'valid'
      readonly userId: string
      /** True when a claim makes the user an administrator. */
      readonly isAdminByClaim: boolean
      readonly expiresAt: Date
    }
  | { readonly outcome: 'expired' | 'invalid' }

export type JwtVerifier = (token: string) => Promise<JwtVerdict>

/** How far an issuer's clock may be ahead, for `nbf` and `iat`, but not for `exp`. */
const TOLERANCE_SECONDS = 10
const MIN_SECRET_BYTES = 32
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']
const MAX_USER_ID_LENGTH = 255
/** The end of the year 9999, the last time that a date can represent. */
const MAX_SECONDS = 253_402_300_799

const INVALID: JwtVerdict = { outcome: 'invalid' }

/**
 * Creates a verifier for one issuer, one audience and one way of signing. The configuration decides
 * the keys and algorithms. A token's header only selects among them, and its links are ignored.
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
      // Only the token and the key are involved, so any error means that they are invalid.
      return error instanceof errors.JWTExpired ? { outcome: 'expired' } : INVALID
    }
  }
}

/** The principal of a user, according to the configuration. */
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

/** Checks the claims, which a valid signature does not make sensible. */
const verdictOf = (
  { exp = 0, iat, sub = '', ...rest }: JWTPayload,
  now: Date,
  adminClaim: AdminRules['adminClaim'],
): JwtVerdict => {
  const nowSeconds = now.getTime() / 1_000
  // JSON accepts `1e999` as a number, but that time never comes.
  if (exp > MAX_SECONDS) return INVALID
  if (exp <= nowSeconds) return { outcome: 'expired' }
  if (iat !== undefined && !isPast(iat, nowSeconds)) return INVALID
  if (!isUserId(sub)) return INVALID
  const isAdminByClaim = adminClaim !== undefined && claims(rest, adminClaim)
  return { outcome: 'valid', userId: sub, isAdminByClaim, expiresAt: new Date(exp * 1_000) }
}

const isPast = (seconds: unknown, nowSeconds: number): boolean =>
  typeof seconds === 'number' && seconds <= nowSeconds + TOLERANCE_SECONDS

/** True for text that the audit log can store, because `user:<id>` names the actor. */
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
    throw new TypeError(`jwt.${field}: must be the value in the tokens`)
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
