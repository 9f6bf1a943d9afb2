import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { type Right, type Role, readTokenHas, roleHas } from '../core/rights.ts'
import type { Authentication } from './authentication/authentication.ts'
import type { ClientAddress } from './authentication/client-address.ts'

/**
 * Who may call an operation. A right: whoever has it in the organization that the call is about.
 * `public`: anyone, since it holds no data of anybody's. `demo`: anyone on this machine, in demo
 * mode only. `admin`: the platform's administrator. `cron`: the platform's schedule. `caller`:
 * whoever shows who they are, whatever they may do. The administrator may do all of it.
 */
export type Access = 'public' | 'demo' | 'admin' | 'cron' | 'caller' | Right

/** Where a call says which organization it is about; `event`: in the usage event that it sends. */
export type OrganizationSource = 'path' | 'query' | 'event' | 'each event'

/** What deciding about access takes. */
export interface Gatekeeper {
  readonly authenticate: (request: Request) => Promise<Principal | undefined>
  readonly isLocal: (request: Request) => boolean
  readonly demo: boolean
}

export const createGatekeeper = (
  authentication: Pick<Authentication, 'identify'>,
  options: {
    readonly demo: boolean
    readonly clientAddress?: ClientAddress | undefined
  },
): Gatekeeper => ({
  demo: options.demo,
  authenticate: async (request) => (await authentication.identify(request))?.principal,
  isLocal: (request) => isLocal(request, options.clientAddress?.(request)),
})

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
  const principal = await gatekeeper.authenticate(request)
  if (!principal) throw new TollgateError('unauthenticated')
  if (!mayCall(principal, access)) throw new TollgateError('forbidden')
  return principal
}

/** As far as it can be said before it is known which organization a call is about. */
const mayCall = (caller: Principal, access: Exclude<Access, 'public' | 'demo'>): boolean => {
  if (caller.kind === 'admin' || access === 'caller') return true
  if (access === 'admin') return false
  if (access === 'cron') return caller.kind === 'cron'
  switch (caller.kind) {
    case 'organization':
      return caller.scopes.includes(access)
    case 'reader':
      return readTokenHas(access)
    // Which roles a user has, the organization of the call will tell.
    case 'user':
      return true
    case 'cron':
      return false
  }
}

/** Whether who sent a request could send it again now: for an answer that takes long. */
export const stillMay = async (
  request: Request,
  organizationId: string,
  right: Right,
  authentication: Pick<Authentication, 'identify'>,
  members: Pick<TollgateEngine['members'], 'roleOf' | 'organizationsOf'>,
): Promise<boolean> => {
  try {
    const identity = await authentication.identify(request)
    if (!identity || !mayCall(identity.principal, right)) return false
    await standingOf(identity.principal, right, members)(organizationId)
    return true
  } catch (error) {
    if (error instanceof TollgateError && error.status < 500) return false
    throw error
  }
}

/** The organization that a call is about, and as what a user acts in it. */
export interface Standing {
  readonly organizationId: string
  readonly role: Role | undefined
}

/**
 * Finds out whom a call is about that names this organization, or none, in this field; in its path
 * where there is no field.
 */
export type FindStanding = (named: unknown, field?: string) => Promise<Standing>

/**
 * Whom a caller speaks for. A key and a read token: for their own organization. The administrator:
 * for the one that is named. A user: for one that they are a member of, in a role that has the
 * right; where none is named, for the only one. Every other organization does not exist for them.
 */
export const standingOf =
  (
    caller: Principal,
    right: Right,
    members: Pick<TollgateEngine['members'], 'roleOf' | 'organizationsOf'>,
  ): FindStanding =>
  async (named, field = PATH) => {
    if (named !== undefined && typeof named !== 'string') {
      throw fieldFault('invalid_request', field, 'must be a string')
    }
    switch (caller.kind) {
      case 'admin':
        if (named === undefined) throw fieldFault('invalid_request', field, 'is required')
        return { organizationId: named, role: undefined }
      case 'organization':
      case 'reader':
        if (named !== undefined && named !== caller.organizationId) throw hidden(field)
        return { organizationId: caller.organizationId, role: undefined }
      case 'user': {
        const organizationId = named ?? (await onlyOrganizationOf(caller.userId, members, field))
        const role = await members.roleOf(organizationId, caller.userId)
        if (role === undefined) throw hidden(field)
        if (!roleHas(role, right)) throw new TollgateError('forbidden')
        return { organizationId, role }
      }
      case 'cron':
        throw new TollgateError('forbidden')
    }
  }

const onlyOrganizationOf = async (
  userId: string,
  members: Pick<TollgateEngine['members'], 'organizationsOf'>,
  field: string,
): Promise<string> => {
  const [only, another] = await members.organizationsOf(userId)
  if (!only) throw new TollgateError('forbidden', 'This user is a member of no organization.')
  if (another) throw fieldFault('invalid_request', field, 'is required: you are in several')
  return only.organizationId
}

/** Answers alike whether there is such an organization or not. */
const hidden = (field: string): TollgateError =>
  field === PATH
    ? new TollgateError('not_found')
    : fieldFault('not_found', field, 'is no organization that this credential speaks for')

const PATH = 'path'

/** Only the administrator may write into windows that have long passed. */
export const requireAdmin = (caller: Principal, field: string): void => {
  if (caller.kind !== 'admin') throw fieldFault('forbidden', field, 'is for the administrator only')
}

const fieldFault = (
  code: 'invalid_request' | 'forbidden' | 'not_found',
  field: string,
  message: string,
): TollgateError => new TollgateError(code, `${field}: ${message}`, [{ field, message }])

/** A proxy on this machine makes everyone look local, so what was forwarded is not. */
const isLocal = (request: Request, address: string | undefined): boolean =>
  address !== undefined &&
  /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/.test(address) &&
  !request.headers.has('forwarded') &&
  !request.headers.has('x-forwarded-for')
