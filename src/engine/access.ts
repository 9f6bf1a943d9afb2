import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import {
  DEFAULT_READER_RIGHTS,
  isRight,
  isScope,
  isServiceScope,
  type Right,
  type Role,
  roleHas,
} from '../core/rights.ts'
import type { Access } from '../operations/operation.ts'
import type { MemberDirectory } from './tenancy/member-directory.ts'

/**
 * Who calls: whom a credential stands for; or a member, in the role that the host says, of the
 * organization that it names, or of the one that the call is about. `undefined` is the platform
 * itself, which may do everything.
 */
export type KnownCaller =
  | Principal
  | {
      readonly kind: 'member'
      readonly organizationId: string | undefined
      readonly role: Role
      readonly actor: string
      readonly userId?: string | undefined
    }
  /** Nobody in particular, who may do what anyone may. */
  | { readonly kind: 'anyone'; readonly actor: string }

/** Refuses who may not call an operation, whichever organization the call is about. */
export const refuseKind = (caller: KnownCaller | undefined, access: Access): void => {
  if (mayCall(caller, access)) return
  const detail = missingScope(caller, access)
  throw new TollgateError('forbidden', detail === undefined ? {} : { detail })
}

/** Tells a key which scope it needs, and how a key comes to have it. */
const missingScope = (caller: KnownCaller | undefined, access: Access): string | undefined => {
  if (!isRight(access)) return undefined
  if (caller?.kind === 'organization' && isScope(access)) {
    return `This key does not have the scope ${access}: make one that has it in its \`scopes\`.`
  }
  if (caller?.kind === 'service' && isServiceScope(access)) {
    return `This service key does not have the scope ${access}: make one that has it in its \`scopes\`.`
  }
  return undefined
}

/** Whether a caller may call what is open to so much, in some organization at least. */
export const mayCall = (caller: KnownCaller | undefined, access: Access): boolean => {
  if (caller === undefined || caller.kind === 'admin') return true
  if (access === 'public' || access === 'demo') return true
  if (access === 'caller') return caller.kind !== 'anyone'
  if (access === 'admin') return false
  if (access === 'cron') return caller.kind === 'cron'
  switch (caller.kind) {
    case 'organization':
    case 'service':
      return caller.scopes.includes(access)
    case 'reader':
      return (caller.rights ?? DEFAULT_READER_RIGHTS).includes(access)
    case 'member':
      return roleHas(caller.role, access)
    // Which roles a user has, the organization of the call decides.
    case 'user':
      return true
    case 'cron':
    case 'anyone':
      return false
  }
}

/**
 * Whether a caller who was let in, a user in this role, has another right in the same organization
 * too.
 */
export const hasRight = (
  caller: KnownCaller | undefined,
  role: Role | undefined,
  right: Right,
): boolean =>
  mayCall(caller, right) &&
  (caller?.kind !== 'user' || (role !== undefined && roleHas(role, right)))

/** The organization that a call is about, and as what a member acts in it. */
export interface Standing {
  readonly organizationId: string
  readonly role: Role | undefined
}

/**
 * Finds out whom a call is about that names this organization, or none, in this field; in its path
 * where there is no field. `place` says where the field stands, where that is not to be expected.
 */
export type FindStanding = (
  named: unknown,
  field?: string,
  place?: string,
) => Standing | Promise<Standing>

type Memberships = Pick<MemberDirectory, 'roleOf' | 'organizationsOf'>

/**
 * Whom a caller speaks for. A key and a read token: for their own organization. The administrator
 * and a service key: for the one that is named. A user: for one that they are a member of, in a role that has the
 * right; where none is named, for the only one. Every other organization does not exist for them.
 */
export const standingOf =
  (caller: KnownCaller | undefined, right: Right, members: Memberships): FindStanding =>
  (named, field, place) => {
    if (named !== undefined && typeof named !== 'string') {
      throw fieldFault('invalid_request', field ?? 'organizationId', 'must be text')
    }
    switch (caller?.kind) {
      case undefined:
      case 'admin':
      case 'service':
        if (named === undefined) throw isRequired(field, place)
        return { organizationId: named, role: undefined }
      case 'organization':
      case 'reader':
        if (named !== undefined && named !== caller.organizationId) throw hidden(field)
        return { organizationId: caller.organizationId, role: undefined }
      case 'member': {
        const organizationId = caller.organizationId ?? named
        if (organizationId === undefined) throw isRequired(field)
        if (named !== undefined && named !== organizationId) throw hidden(field)
        return { organizationId, role: caller.role }
      }
      case 'user':
        return standingOfUser(caller.userId, right, members, { named, field })
      case 'cron':
      case 'anyone':
        throw new TollgateError('forbidden')
    }
  }

const standingOfUser = async (
  userId: string,
  right: Right,
  members: Memberships,
  { named, field }: { named: string | undefined; field: string | undefined },
): Promise<Standing> => {
  const organizationId = named ?? (await onlyOrganizationOf(userId, members, field))
  const role = await members.roleOf(organizationId, userId)
  if (role === undefined) throw hidden(field)
  if (!roleHas(role, right)) throw new TollgateError('forbidden')
  return { organizationId, role }
}

const onlyOrganizationOf = async (
  userId: string,
  members: Memberships,
  field: string | undefined,
): Promise<string> => {
  const [only, another] = await members.organizationsOf(userId)
  if (!only) {
    throw new TollgateError('forbidden', { detail: 'This user is a member of no organization.' })
  }
  if (another) {
    const message = 'is required: you are in several'
    throw fieldFault('invalid_request', field ?? 'organizationId', message)
  }
  return only.organizationId
}

const isRequired = (field = 'organizationId', place?: string): TollgateError =>
  fieldFault('invalid_request', field, place ? `is required, ${place}` : 'is required')

/** Answers alike whether there is such an organization or not. */
const hidden = (field: string | undefined): TollgateError =>
  field === undefined
    ? new TollgateError('not_found')
    : fieldFault('not_found', field, 'is no organization that this credential speaks for')

/** Whether a caller acts for the platform, and not for one organization. */
export const isPlatform = (caller: KnownCaller | undefined): boolean =>
  caller === undefined || caller.kind === 'admin'

/**
 * The only user in whose name a caller may use something: a person acts for themselves. `undefined`
 * where the caller acts for others, as a backend does by its key.
 */
export const onlyUserOf = (caller: KnownCaller | undefined): string | undefined =>
  caller?.kind === 'user' || caller?.kind === 'member' ? caller.userId : undefined

/**
 * Whose use a call is: that of the only user, where there is one and the call says nothing else.
 * What is no id at all is left to whoever checks the call.
 *
 * @throws TollgateError `forbidden`, which names the field, where the call names somebody else.
 */
export const userOf = (named: unknown, onlyUser: string | undefined, field = 'userId'): unknown => {
  if (onlyUser === undefined) return named
  if (named === undefined || named === null) return onlyUser
  if (typeof named !== 'string' || named === onlyUser) return named
  const message = 'is somebody else: this credential acts for its own user only'
  throw fieldFault('forbidden', field, message)
}

/** Only the administrator may write into windows that have long passed. */
export const requirePlatform = (caller: KnownCaller | undefined, field: string): void => {
  if (!isPlatform(caller)) throw fieldFault('forbidden', field, 'is for the administrator only')
}

const fieldFault = (
  code: 'invalid_request' | 'forbidden' | 'not_found',
  field: string,
  message: string,
): TollgateError =>
  new TollgateError(code, { detail: `${field}: ${message}`, faults: [{ field, message }] })

/**
 * Where ids can be guessed, an answer must not tell what there is from what there is not: the same
 * for everything that is not there, or not for this caller.
 */
export const asIfNothing = (error: unknown, access: Access, hasParams: boolean): unknown => {
  const hidesWhy = isRight(access) || hasParams
  if (!hidesWhy || !(error instanceof TollgateError) || error.code !== 'not_found') return error
  return new TollgateError('not_found', { faults: error.faults })
}
