import { createHmac } from 'node:crypto'
import type { NewSession, SigningKey } from '../../contract/authentication.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Principal } from '../../contract/tenancy.ts'
import type { AdminKeyCheck } from './admin-key.ts'
import type { EngineForAuthentication } from './authentication.ts'
import { type AdminRules, principalOfUser } from './jwt.ts'
import type { Proof } from './proof.ts'
import { CSRF_HEADER, isUnsafe, requireSameSite } from './same-site.ts'
import { digestOf, isSameSecret } from './secret-digest.ts'
import { sessionTokenOf } from './session-cookie.ts'
import { createSignedTokens } from './signed-token.ts'

/** A session that is currently valid. */
export interface LiveSession {
  readonly id: string
  readonly principal: Principal
  readonly expiresAt: Date
  /** The required value of the header `x-tollgate-csrf`. */
  readonly csrfToken: string
}

export interface Sessions {
  /** Opens a session for a proven identity, and returns the cookie's token. */
  readonly open: (proof: Proof) => Promise<{ token: string; session: LiveSession }>
  /**
   * Returns the session of the request's cookie; undefined without one. A change from another site
   * is refused.
   */
  readonly of: (request: Request) => Promise<LiveSession | 'expired' | 'invalid' | undefined>
}

interface SessionParts extends AdminRules {
  readonly tollgate: Pick<EngineForAuthentication, 'signing' | 'sessions'>
  readonly adminKey: AdminKeyCheck
  /**
   * True when users can sign in. Their sessions end when the issuer is removed from the
   * configuration.
   */
  readonly knowsUsers: boolean
  readonly origins: readonly string[]
  readonly ttlMs: number
  readonly now: () => Date
}

/** Also the `typ` of the tokens, in lower case, as types are compared. */
const PURPOSE = 'tollgate-session+jwt'

/**
 * A session is a signed token in a cookie and a row in the database. The signature rejects forged
 * tokens without a query; the row allows the session to be ended.
 */
export const createSessions = (parts: SessionParts): Sessions => {
  const { tollgate, adminKey, now } = parts
  const keys = (keyId?: string) => tollgate.signing.keys(PURPOSE, keyId)
  const tokens = createSignedTokens({ prefix: 'tgs_', type: PURPOSE }, keys, now)
  return {
    open: async (proof) => {
      const [key] = await keys()
      if (!key) throw new TollgateError('internal', { detail: 'there is no key to sign by' })
      const wanted = newSession(proof, new Date(now().getTime() + parts.ttlMs))
      const { id, expiresAt } = await tollgate.sessions.open(wanted)
      const isConfigured = proof.by === 'admin_key' || proof.by === 'sign_in_code'
      const bound = isConfigured ? { adm: adminKeyMark(key, adminKey) } : {}
      const token = await tokens.sign({ ...bound, id, expiresAt }, key)
      const { principal } = proof
      return { token, session: { id, principal, expiresAt, csrfToken: csrfToken(key, id) } }
    },
    of: async (request) => {
      const token = sessionTokenOf(request)
      if (token === undefined) return undefined
      const verdict = tokens.isOne(token) ? await tokens.verify(token) : undefined
      if (verdict?.outcome !== 'valid') return verdict?.outcome ?? 'invalid'
      const { id, key, payload, expiresAt } = verdict
      const csrf = csrfToken(key, id)
      if (isUnsafe(request)) requireOwnPage(request, csrf, parts.origins)
      const session = await tollgate.sessions.get(id)
      if (!session) return 'expired'
      const isAdminKey = session.userId === undefined && session.apiKeyId === undefined
      if (isAdminKey && payload.adm !== adminKeyMark(key, adminKey)) return 'expired'
      if (session.userId !== undefined && !parts.knowsUsers) return 'expired'
      const principal = principalOf(session, parts)
      return { id, principal, expiresAt, csrfToken: csrf }
    },
  }
}

/**
 * A session never outlives the token that opened it. It ends on a whole second, like its own token.
 */
const newSession = (proof: Proof, latest: Date): NewSession => {
  const endMs = Math.min(latest.getTime(), proof.by === 'jwt' ? +proof.expiresAt : Infinity)
  const expiresAt = new Date(Math.floor(endMs / 1_000) * 1_000)
  const { actor } = proof.principal
  if (proof.by === 'jwt') {
    const { userId, isAdminByClaim } = proof
    return { actor, expiresAt, userId, isAdminByClaim }
  }
  if (proof.by === 'admin_key' || proof.by === 'sign_in_code') return { actor, expiresAt }
  if (proof.by === 'key' && proof.principal.kind === 'admin') {
    return { actor, expiresAt, apiKeyId: actor.replace(/^key:/, '') }
  }
  throw new TollgateError('forbidden', {
    detail: 'credential: must be an admin key or the JWT of a user',
  })
}

/** Users are judged by the current configuration, even if their token is older. */
const principalOf = (session: NewSession, rules: AdminRules): Principal => {
  const { userId, isAdminByClaim = false, actor } = session
  if (userId === undefined) return { kind: 'admin', actor }
  return principalOfUser(userId, isAdminByClaim && rules.adminClaim !== undefined, rules)
}

const requireOwnPage = (request: Request, csrf: string, origins: readonly string[]): void => {
  requireSameSite(request, origins)
  const given = request.headers.get(CSRF_HEADER)
  if (given !== null && isSameSecret(digestOf(given), digestOf(csrf))) return
  const detail = `${CSRF_HEADER}: must contain the csrfToken of the session`
  throw new TollgateError('forbidden', { detail })
}

/** Derived from the session, so it is not stored. A page can read it, unlike the cookie. */
const csrfToken = ({ key }: SigningKey, sessionId: string): string =>
  createHmac('sha256', key).update(`csrf ${sessionId}`).digest('base64url')

/**
 * Shows whether the configured key is still the one that opened the session, without revealing it.
 */
const adminKeyMark = ({ key }: SigningKey, { digest }: AdminKeyCheck): string | undefined =>
  digest && createHmac('sha256', key).update('admin key ').update(digest).digest('base64url')
