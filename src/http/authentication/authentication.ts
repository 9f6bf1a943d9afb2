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

/** By what callers show who they are; what is not configured, nobody has. */
export interface AuthenticationOptions extends AdminRules, SignInWatchOptions {
  /** The credential of the platform's administrator, beside the keys that the engine knows. */
  readonly adminKey?: string | undefined
  /** Whose JWTs stand for users. */
  readonly jwt?: JwtOptions | undefined
  /** What the schedule sends in `x-cron-secret`; 16 characters at least. */
  readonly cronSecret?: string | undefined
  /** The address at the other end of a request's connection, where the host knows it. */
  readonly clientAddress?: ClientAddress | undefined
  /** How many proxies of yours a request has come through, each adding to `X-Forwarded-For`. */
  readonly trustProxyHops?: number | undefined
  readonly session?:
    | {
        /** Default 8 hours; a user's ends with the JWT that opened it in any case. */
        readonly ttlMs?: number | undefined
        /** Where the console is served from, where that is not the host that requests name. */
        readonly origins?: readonly string[] | undefined
      }
    | undefined
  /** What the person who started the server was given, to sign in to the console from its machine. */
  readonly signInCodes?: SignInCodes | undefined
  /** The time; to be the engine's where that has its own. */
  readonly now?: (() => Date) | undefined
  readonly ids?: (() => string) | undefined
  /** Reads the keys at `jwksUrl`. */
  readonly fetch?: typeof fetch | undefined
}

/** Who somebody is, and the session by which they show it, where it is that. */
export interface Identity {
  readonly principal: Principal
  readonly session?: LiveSession
}

/** Finds out who somebody is. What they may do is not decided here. */
export interface Authentication {
  /**
   * By the first of these that a request brings: `Authorization: Bearer` (the schedule's secret
   * too), `x-cron-secret`, the session's cookie. Undefined when it brings none, or one that nobody has; rejects with
   * `too_many_attempts` when there were too many of those.
   */
  readonly identify: (request: Request) => Promise<Identity | undefined>
  /** Opens a session for whoever has this credential, on a page of the same site. */
  readonly signIn: (
    request: Request,
    credential: string,
  ) => Promise<{ readonly token: string; readonly session: LiveSession }>
  /** Opens an administrator's session for whoever has a code that was not used yet. */
  readonly signInByCode: (
    request: Request,
    code: string,
  ) => Promise<{ readonly token: string; readonly session: LiveSession }>
  readonly readTokens: Pick<ReadTokens, 'issue'>
  /** The client's address, as far as the configured proxies vouch for it. */
  readonly addressOf: ClientAddress
}

const BY_CODE: Proof = { by: 'sign_in_code', principal: { kind: 'admin', actor: 'admin' } }

const SESSION_TTL_MS = 8 * 3_600_000

/** What authentication needs of an engine. */
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
      // Nor may another site's page sign anybody in, as somebody else than they are.
      if (request.headers.has('origin')) requireSameSite(request, origins)
      const proof = await proofOf(request, credential)
      // The schedule's secret is for calls alone: a schedule has no page.
      if (!proof || proof.by === 'cron_secret') {
        throw new TollgateError('unauthenticated', { detail: 'credential: is not known' })
      }
      return opened(request, proof)
    },
    signInByCode: async (request, code) => {
      const verdict = options.signInCodes?.take(code) ? BY_CODE : 'invalid'
      const address = addressOf(request)
      const proof = watch.passed(verdict, { kind: 'sign_in_code', address })
      if (proof) return opened(request, proof)
      const detail = 'code: is not good, or no more: it is good once and for five minutes'
      throw new TollgateError('unauthenticated', { detail })
    },
    readTokens,
    addressOf,
  }
}

/** A token that was made for some pages is none of any other's; what is no page says no origin. */
const requireOrigin = (request: Request, principal: Principal | undefined): void => {
  if (principal?.kind !== 'reader' || principal.origins === undefined) return
  const origin = request.headers.get('origin')
  if (origin === null || principal.origins.includes(origin)) return
  const detail = 'Origin: is none of those that this read token was made for'
  throw new TollgateError('forbidden', { detail })
}

/** What the options come to; what cannot be is refused here, before anything is served. */
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
