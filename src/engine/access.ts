import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import {
  DEFAULT_READER_RIGHTS,
  isRight,
  isScope,
  isServiceScope,
  READER_RIGHTS,
  type Right,
  type Role,
  roleHas,
} from '../core/rights.ts'
import type { Access } from '../operations/operation.ts'
import type { MemberDirectory } from './tenancy/member-directory.ts'

/**
 * Who calls: the principal of a credential, or a member. The host states the member's role and
 * organization; without one, it is that of the call. `undefined` is the platform itself, which may
 * do everything.
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
  /** A caller without credentials, who may do what anyone may. */
  | { readonly kind: 'anyone'; readonly actor: string }

/** Refuses callers who may not call the operation in any organization. */
export const refuseKind = (caller: KnownCaller | undefined, access: Access): void => {
  if (mayCall(caller, access)) return
  const detail = missingScope(caller, access)
  throw new TollgateError('forbidden', detail === undefined ? {} : { detail })
}

/** Names the right that a credential lacks, and how to get it where it can have it. */
const missingScope = (caller: KnownCaller | undefined, access: Access): string | undefined => {
  if (!isRight(access)) return undefined
  if (caller?.kind === 'organization' && isScope(access)) {
    return `This key does not have the scope ${access}: make one that has it in its \`scopes\`.`
  }
  if (caller?.kind === 'service' && isServiceScope(access)) {
    return `This service key does not have the scope ${access}: make one that has it in its \`scopes\`.`
  }
  if (caller?.kind === 'reader' && READER_RIGHTS.includes(access)) {
    return `This read token does not have the right ${access}: make one that has it in its \`rights\`.`
  }
  if (caller?.kind === 'member') return missingRight(caller.role, access)
  return undefined
}

const missingRight = (role: Role, right: Right): string =>
  `The role ${role} does not have the right ${right}.`

/** Whether a caller may call an operation with this access, in at least one organization. */
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
    // The organization of the call decides which roles a user has.
    case 'user':
      return true
    case 'cron':
    case 'anyone':
      return false
  }
}

/**
 * Whether an admitted caller, a user in this role, also has another right in the same organization.
 */
export const hasRight = (
  caller: KnownCaller | undefined,
  role: Role | undefined,
  right: Right,
): boolean =>
  mayCall(caller, right) &&
  (caller?.kind !== 'user' || (role !== undefined && roleHas(role, right)))

/** The organization of a call, and the caller's role there. */
export interface Standing {
  readonly organizationId: string
  readonly role: Role | undefined
}

/**
 * Finds the organization of a call. `named` is the organization that the call names, if any. It
 * stands in `field`, or in the path if `field` is missing. `place` says where the field is, if that
 * is unusual.
 */
export type FindStanding = (
  named: unknown,
  field?: string,
  place?: string,
) => Standing | Promise<Standing>

type Memberships = Pick<MemberDirectory, 'roleOf' | 'organizationsOf'>

/**
 * Finds the organization that a caller acts for.
 * - A key and a read token: their own organization.
 * - The administrator and a service key: the one that is named.
 * - A user: the named one, if they are a member in a role with the right. Without a name, their
 *   only organization.
 *
 * To them every other organization does not exist.
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
  if (!roleHas(role, right)) {
    throw new TollgateError('forbidden', { detail: missingRight(role, right) })
  }
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

/** The same answer whether the organization exists or not. */
const hidden = (field: string | undefined): TollgateError =>
  field === undefined
    ? new TollgateError('not_found')
    : fieldFault('not_found', field, 'is no organization that this credential speaks for')

/** Whether a caller acts for the platform, and not for one organization. */
export const isPlatform = (caller: KnownCaller | undefined): boolean =>
  caller === undefined || caller.kind === 'admin'

/**
 * The only user for whom a caller may use something: people act for themselves. `undefined` if the
 * caller acts for others, as a backend with its key does.
 */
export const onlyUserOf = (caller: KnownCaller | undefined): string | undefined =>
  caller?.kind === 'user' || caller?.kind === 'member' ? caller.userId : undefined

/**
 * The user of a call: the only user, if there is one and the call names no other. A value that is
 * no id is left to the call's own validation.
 *
 * @throws TollgateError `forbidden`, which names the field, if the call names somebody else.
 */
export const userOf = (named: unknown, onlyUser: string | undefined, field = 'userId'): unknown => {
  if (onlyUser === undefined) return named
  if (named === undefined || named === null) return onlyUser
  if (typeof named !== 'string' || named === onlyUser) return named
  const message = 'is somebody else: this credential acts for its own user only'
  throw fieldFault('forbidden', field, message)
}

/** Only the administrator may write into windows that are long over. */
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
 * If ids can be guessed, an answer must not reveal what exists. So it is the same for everything
 * that does not exist or is not for this caller.
 */
export const asIfNothing = (error: unknown, access: Access, hasParams: boolean): unknown => {
  const hidesWhy = isRight(access) || hasParams
  if (!hidesWhy || !(error instanceof TollgateError) || error.code !== 'not_found') return error
  return new TollgateError('not_found', { faults: error.faults })
}
