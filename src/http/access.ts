import { createHash, timingSafeEqual } from 'node:crypto'
import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'

/**
 * Who may call an operation. `public`: anyone, since it holds no data of anybody's. `demo`: anyone
 * on this machine, in demo mode only. `organization`: an organization with its own key, for itself,
 * and the platform's administrator. `admin`: the platform's administrator.
 */
export type Access = 'public' | 'demo' | 'organization' | 'admin'

/** Where a call says which organization it is about; `event`: in the usage event that it sends. */
export type OrganizationSource = 'path' | 'query' | 'event' | 'each event'

/** What deciding about access takes. */
export interface Gatekeeper {
  readonly authenticate: (credential: string) => Promise<Principal | undefined>
  readonly isLocal: (request: Request) => boolean
  readonly demo: boolean
}

/** The administrator's key is only ever compared by its hash, in a time that tells nothing. */
export const createGatekeeper = (
  tollgate: TollgateEngine,
  options: {
    readonly adminKey?: string | undefined
    readonly demo: boolean
    readonly clientAddress?: ((request: Request) => string | undefined) | undefined
  },
): Gatekeeper => {
  if (options.adminKey !== undefined && !CREDENTIAL.test(options.adminKey)) {
    throw new TypeError('adminKey: must be 1 to 512 characters that fit in a bearer credential')
  }
  const adminHash = options.adminKey === undefined ? undefined : sha256(options.adminKey)
  return {
    demo: options.demo,
    authenticate: async (credential) => {
      const isAdmin = adminHash !== undefined && timingSafeEqual(sha256(credential), adminHash)
      return isAdmin ? { kind: 'admin', actor: 'admin' } : tollgate.authenticate(credential)
    },
    isLocal: (request) => isLocal(request, options.clientAddress?.(request)),
  }
}

/** Lets a request through to an operation, or refuses it; the only place that decides so. */
export const admit = async (
  access: Access,
  request: Request,
  gatekeeper: Gatekeeper,
): Promise<Principal | undefined> => {
  if (access === 'public') return undefined
  if (access === 'demo') {
    if (!gatekeeper.demo) throw new TollgateError('not_found')
    if (gatekeeper.isLocal(request)) return undefined
    throw new TollgateError('forbidden', 'The demo answers only to clients on its own machine.')
  }
  const credential = bearerOf(request)
  const principal = credential && (await gatekeeper.authenticate(credential))
  if (!principal) throw new TollgateError('unauthenticated')
  if (access === 'admin' && principal.kind !== 'admin') throw new TollgateError('forbidden')
  return principal
}

/**
 * The organization that a caller's call is about: an organization's key speaks for its own, and
 * naming another one is refused; the administrator has to name one.
 */
export const organizationOf = (caller: Principal, named: unknown, field: string): string => {
  if (caller.kind === 'organization' && (named === undefined || named === caller.organizationId)) {
    return caller.organizationId
  }
  if (named === undefined) throw fieldFault('invalid_request', field, 'is required')
  if (typeof named !== 'string') throw fieldFault('invalid_request', field, 'must be a string')
  if (caller.kind === 'admin') return named
  throw fieldFault('forbidden', field, 'is not the organization of this key')
}

/** Another organization than the caller's own does not exist for it. */
export const organizationInPath = (caller: Principal, named: string): string => {
  if (caller.kind === 'admin' || named === caller.organizationId) return named
  throw new TollgateError('not_found')
}

/** Only the administrator may write into windows that have long passed. */
export const requireAdmin = (caller: Principal, field: string): void => {
  if (caller.kind !== 'admin') throw fieldFault('forbidden', field, 'is for the administrator only')
}

const fieldFault = (code: 'invalid_request' | 'forbidden', field: string, message: string) =>
  new TollgateError(code, `${field}: ${message}`, [{ field, message }])

const CREDENTIAL = /^[\x21-\x7e]{1,512}$/
const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i

/** From the header alone: a key in a URL ends up in logs. */
const bearerOf = (request: Request): string | undefined =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1]

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A proxy on this machine makes everyone look local, so what was forwarded is not. */
const isLocal = (request: Request, address: string | undefined): boolean =>
  address !== undefined &&
  /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/.test(address) &&
  !request.headers.has('forwarded') &&
  !request.headers.has('x-forwarded-for')
