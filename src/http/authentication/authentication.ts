import type { AuditAdmin } from '../../contract/audit.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Organizations, Principal } from '../../contract/tenancy.ts'
import type { TollgateEngine } from '../../contract/tollgate.ts'
import { createIds } from '../../engine/ids.ts'
import { type Plumbing, plumbingOf } from '../../engine/plumbing.ts'
import { createAdminKeyCheck } from './admin-key.ts'
import { type ClientAddress, createClientAddress } from './client-address.ts'
import { bearerOf, createCredentials, keyPrefixOf } from './credentials.ts'
import { CRON_HEADER, createCronSecretCheck } from './cron-secret.ts'
import { type AdminRules, createJwtVerifier, type JwtOptions } from './jwt.ts'
import type { Proof } from './proof.ts'
import { createReadTokens, type ReadTokens } from './read-token.ts'
import { requireSameSite } from './same-site.ts'
import { createSessions, type LiveSession } from './sessions.ts'
import type { SignInCodes } from './sign-in-codes.ts'
import { createSignInWatch, type SignInWatchOptions } from './sign-in-watch.ts'

/** How callers may prove their identity. A method that is not configured is not available. */
export interface AuthenticationOptions extends AdminRules, SignInWatchOptions {
  /** The platform administrator's key, in addition to the stored keys. */
  readonly adminKey?: string | undefined
  /** The issuer whose JWTs identify users. */
  readonly jwt?: JwtOptions | undefined
  /** The scheduler's secret in `x-cron-secret`; at least 16 characters. */
  readonly cronSecret?: string | undefined
  /** Returns the address of a request's connection, if the host knows it. */
  readonly clientAddress?: ClientAddress | undefined
  /** The number of your own proxies that add to `X-Forwarded-For`. */
  readonly trustProxyHops?: number | undefined
  readonly session?:
    | {
        /** Default 8 hours. A user's session ends at the latest with the JWT that opened it. */
        readonly ttlMs?: number | undefined
        /** The origins of the console, if it is served from another host than the API. */
        readonly origins?: readonly string[] | undefined
      }
    | undefined
  /** Codes given to the person who started the server, for signing in to the console. */
  readonly signInCodes?: SignInCodes | undefined
  /** The clock. Pass the engine's if it has its own. */
  readonly now?: (() => Date) | undefined
  readonly ids?: (() => string) | undefined
  /** Fetches the keys at `jwksUrl`. */
  readonly fetch?: typeof fetch | undefined
}

/** The caller, and their session if they have one. */
export interface Identity {
  readonly principal: Principal
  readonly session?: LiveSession
}

/** Determines the identity of callers. Rights are not decided here. */
export interface Authentication {
  /**
   * Checks the first of these that a request has: `Authorization: Bearer` (also the scheduler's
   * secret), `x-cron-secret`, the session's cookie. Returns undefined if there is none or it is
   * wrong. Rejects with `too_many_attempts` after too many wrong ones.
   */
  readonly identify: (request: Request) => Promise<Identity | undefined>
  /** Opens a session for the owner of a credential, on a page of the same site. */
  readonly signIn: (
    request: Request,
    credential: string,
  ) => Promise<{ readonly token: string; readonly session: LiveSession }>
  /** Opens an administrator's session for an unused code. */
  readonly signInByCode: (
    request: Request,
    code: string,
  ) => Promise<{ readonly token: string; readonly session: LiveSession }>
  readonly readTokens: Pick<ReadTokens, 'issue'>
  /** The client's address, as far as the configured proxies are trusted. */
  readonly addressOf: ClientAddress
}

const BY_CODE: Proof = { by: 'sign_in_code', principal: { kind: 'admin', actor: 'admin' } }

const SESSION_TTL_MS = 8 * 3_600_000

/** The parts of an engine that authentication needs. */
export interface EngineForAuthentication
  extends Pick<Plumbing, 'authenticate' | 'signing' | 'sessions'> {
  readonly audit: Pick<AuditAdmin, 'enqueue'>
  readonly organizations: Pick<Organizations, 'get'>
}

export const engineForAuthentication = (tollgate: TollgateEngine): EngineForAuthentication => {
  const { authenticate, signing, sessions } = plumbingOf(tollgate)
  const { admin, organizations } = tollgate
  return { authenticate, signing, sessions, audit: admin.audit, organizations }
}

export const createAuthentication = (
  tollgate: EngineForAuthentication,
  options: AuthenticationOptions,
): Authentication => {
  const parts = createParts(tollgate, options)
  const { addressOf, credentials, origins, readTokens, sessions, watch } = parts

  const proofOf = async (request: Request, credential: string): Promise<Proof | undefined> => {
    const address = addressOf(request)
    const kind = credentials.kindOf(credential)
    const verdict = await credentials.judge(credential, watch.isHeldUp(address))
    const keyPrefix = kind === 'key' ? keyPrefixOf(credential) : undefined
    const proof = watch.passed(verdict, { kind, keyPrefix, address })
    requireOrigin(request, proof?.principal)
    return proof
  }

  const scheduled = (request: Request, secret: string): Proof | undefined => {
    const address = addressOf(request)
    const verdict = credentials.judgeCron(secret)
    return watch.passed(verdict, { kind: 'cron_secret', address })
  }

  const signedIn = async (request: Request): Promise<Identity | undefined> => {
    const verdict = await sessions.of(request)
    const address = addressOf(request)
    const session = verdict && watch.passed(verdict, { kind: 'session', address })
    return session && { principal: session.principal, session }
  }

  const opened = async (request: Request, proof: Proof) => {
    const made = await sessions.open(proof)
    const { actor } = proof.principal
    const subject = `session:${made.session.id}`
    const act = { category: 'security', action: 'session.opened', subject } as const
    tollgate.audit.enqueue(null, act, { actor, address: addressOf(request) })
    return made
  }

  return {
    identify: async (request) => {
      if (request.headers.has('authorization')) {
        const credential = bearerOf(request)
        return credential === undefined ? undefined : proofOf(request, credential)
      }
      const secret = request.headers.get(CRON_HEADER)
      return secret === null ? signedIn(request) : scheduled(request, secret)
    },
    signIn: async (request, credential) => {
      // Prevents another site's page from signing somebody in under a different identity.
      if (request.headers.has('origin')) requireSameSite(request, origins)
      const proof = await proofOf(request, credential)
      // The scheduler's secret is for calls only, not for sessions.
      if (!proof || proof.by === 'cron_secret') {
        throw new TollgateError('unauthenticated', { detail: 'credential: is unknown' })
      }
      return opened(request, proof)
    },
    signInByCode: async (request, code) => {
      const verdict = options.signInCodes?.take(code) ? BY_CODE : 'invalid'
      const address = addressOf(request)
      const proof = watch.passed(verdict, { kind: 'sign_in_code', address })
      if (proof) return opened(request, proof)
      const detail = 'code: is wrong, used or expired: a code is valid once, for five minutes'
      throw new TollgateError('unauthenticated', { detail })
    },
    readTokens,
    addressOf,
  }
}

/** Refuses a read token on pages of other origins. Clients that are not pages send no origin. */
const requireOrigin = (request: Request, principal: Principal | undefined): void => {
  if (principal?.kind !== 'reader' || principal.origins === undefined) return
  const origin = request.headers.get('origin')
  if (origin === null || principal.origins.includes(origin)) return
  const detail = 'Origin: is not one of those that this read token names'
  throw new TollgateError('forbidden', { detail })
}

/** Validates the options before anything is served. */
const createParts = (tollgate: EngineForAuthentication, options: AuthenticationOptions) => {
  const { adminClaim, adminUserIds, jwt, session = {} } = options
  const { now = () => new Date(), ids = createIds(), fetch: send = fetch } = options
  const rules = { adminClaim, adminUserIds }
  const adminKey = createAdminKeyCheck(options.adminKey)
  const readTokens = createReadTokens(tollgate, { now, ids })
  const origins = session.origins ?? []
  return {
    addressOf: createClientAddress(options.clientAddress, options.trustProxyHops),
    credentials: createCredentials({
      ...rules,
      tollgate,
      adminKey,
      readTokens,
      isCronSecret: createCronSecretCheck(options.cronSecret),
      verifyJwt: jwt && createJwtVerifier(jwt, { now, fetch: send, adminClaim }),
    }),
    origins,
    readTokens,
    sessions: createSessions({
      ...rules,
      tollgate,
      adminKey,
      origins,
      now,
      knowsUsers: jwt !== undefined,
      ttlMs: session.ttlMs ?? SESSION_TTL_MS,
    }),
    watch: createSignInWatch(tollgate.audit, options, now),
  }
}
