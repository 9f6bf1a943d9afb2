import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SigningKey } from '../../contract/authentication.ts'
import { readTokenHeader } from './compact-token.ts'

/** What distinguishes one kind of token. */
interface TokenKind {
  /** The readable prefix of the token, such as `tgr_`. */
  readonly prefix: string
  /**
   * Its `typ`, and the purpose from which its keys are derived. So no kind can pass for another.
   */
  readonly type: string
}

type SignedTokenVerdict =
  | {
      readonly outcome: 'valid'
      readonly id: string
      readonly payload: JWTPayload
      readonly expiresAt: Date
      readonly key: SigningKey
    }
  | { readonly outcome: 'expired' | 'invalid' }

/** Tokens that this server signs and verifies itself, without a store. */
export interface SignedTokens {
  readonly isOne: (credential: string) => boolean
  readonly sign: (
    token: { readonly id: string; readonly expiresAt: Date } & Readonly<Record<string, unknown>>,
    key: SigningKey,
  ) => Promise<string>
  readonly verify: (credential: string) => Promise<SignedTokenVerdict>
}

const INVALID: SignedTokenVerdict = { outcome: 'invalid' }

export const createSignedTokens = (
  { prefix, type }: TokenKind,
  keys: (keyId: string) => Promise<readonly SigningKey[]>,
  now: () => Date,
): SignedTokens => ({
  isOne: (credential) => credential.startsWith(prefix),
  sign: async ({ id, expiresAt, ...claims }, { id: kid, key }) => {
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid, typ: type })
      .setJti(id)
      .setIssuedAt(now())
      .setExpirationTime(expiresAt)
      .sign(key)
    return prefix + token
  },
  verify: async (credential) => {
    const token = credential.slice(prefix.length)
    const header = readTokenHeader(token, [type])
    if (header?.algorithm !== 'HS256' || header.keyId === undefined) return INVALID
    const key = (await keys(header.keyId)).find(({ id }) => id === header.keyId)
    if (!key) return INVALID
    try {
      const { payload } = await jwtVerify(token, key.key, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'jti'],
        currentDate: now(),
      })
      const { exp = 0, jti = '' } = payload
      return { outcome: 'valid', id: jti, payload, expiresAt: new Date(exp * 1_000), key }
    } catch (error) {
      return error instanceof errors.JWTExpired ? { outcome: 'expired' } : INVALID
    }
  },
})
