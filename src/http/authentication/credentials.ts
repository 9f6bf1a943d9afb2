import type { AdminKeyCheck } from './admin-key.ts'
import type { EngineForAuthentication } from './authentication.ts'
import { isCompactToken, MAX_TOKEN_LENGTH } from './compact-token.ts'
import { type AdminRules, type JwtVerifier, principalOfUser } from './jwt.ts'
import type { CredentialKind, Proof, Verdict } from './proof.ts'
import type { ReadTokens } from './read-token.ts'
import { digestOf } from './secret-digest.ts'

interface CredentialParts extends AdminRules {
  readonly tollgate: Pick<EngineForAuthentication, 'authenticate'>
  readonly adminKey: AdminKeyCheck
  readonly readTokens: ReadTokens
  readonly verifyJwt: JwtVerifier | undefined
  readonly isCronSecret: (digest: Uint8Array) => boolean
}

/** Verifies credentials of any kind. */
export interface Credentials {
  readonly kindOf: (credential: string) => CredentialKind
  /**
   * Verifies a credential. A valid one is never refused because of failures from the same address:
   * keys have 192 random bits, so slowing down adds no protection. The exception is an admin key
   * short enough to guess. It is not checked while its address is held up, unless it was valid here
   * before.
   */
  readonly judge: (credential: string, isHeldUp: boolean) => Promise<Verdict>
  /** Verifies the scheduler's secret, which is never short. */
  readonly judgeCron: (secret: string) => Verdict
}

const CRON: Proof = { by: 'cron_secret', principal: { kind: 'cron', actor: 'cron' } }

export const createCredentials = (parts: CredentialParts): Credentials => {
  const { adminKey, readTokens, verifyJwt } = parts
  let wasAdminKeyGood = false
  const kindOf = (credential: string): CredentialKind => {
    if (readTokens.isOne(credential)) return 'read_token'
    return verifyJwt && isCompactToken(credential) ? 'jwt' : 'key'
  }
  const judge = async (credential: string, isHeldUp: boolean): Promise<Verdict> => {
    const digest = digestOf(credential)
    // The admin key was chosen by a person and may look like any kind.
    if (adminKey.isAdminKey(digest)) {
      if (adminKey.isGuessable && isHeldUp && !wasAdminKeyGood) return 'held up'
      wasAdminKeyGood = true
      return { by: 'admin_key', principal: { kind: 'admin', actor: 'admin' } }
    }
    // Schedulers that cannot set custom headers, such as Vercel's, send the secret as a bearer
    // token.
    if (parts.isCronSecret(digest)) return CRON
    const kind = kindOf(credential)
    if (kind === 'read_token') {
      const principal = await readTokens.check(credential)
      return typeof principal === 'string' ? principal : { by: 'read_token', principal }
    }
    if (kind === 'jwt' && verifyJwt) return judgeJwt(credential, verifyJwt, parts)
    const principal = await parts.tollgate.authenticate(credential)
    return principal ? { by: 'key', principal } : 'invalid'
  }
  const judgeCron = (secret: string): Verdict =>
    parts.isCronSecret(digestOf(secret)) ? CRON : 'invalid'
  return { kindOf, judge, judgeCron }
}

const judgeJwt = async (
  credential: string,
  verify: JwtVerifier,
  rules: AdminRules,
): Promise<Verdict> => {
  const verdict = await verify(credential)
  if (verdict.outcome !== 'valid') return verdict.outcome
  const { userId, isAdminByClaim, expiresAt } = verdict
  const principal = principalOfUser(userId, isAdminByClaim, rules)
  return { by: 'jwt', principal, userId, isAdminByClaim, expiresAt }
}

const BEARER = new RegExp(`^Bearer +([\\x21-\\x7e]{1,${MAX_TOKEN_LENGTH}}) *$`, 'i')

/** Read only from the header, because a key in a URL ends up in logs. */
export const bearerOf = (request: Request): string | undefined =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1]

/** The public prefix of a key; undefined if the text is not a key of Tollgate. */
export const keyPrefixOf = (credential: string): string | undefined =>
  /^(tg_[\w-]{7}|tga_[\w-]{6}|tgsvc_[\w-]{7})[\w-]{13,}$/.exec(credential)?.[1]
