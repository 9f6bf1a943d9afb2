import type { CallOptions } from '../contract/call.ts'
import { invalid } from '../contract/errors.ts'
import { isStorable, isUuid, ORGANIZATION_ID } from '../contract/text.ts'
import type { Caller } from '../contract/tollgate.ts'
import type { Fault } from '../core/fault.ts'
import { READER_RIGHTS, type Right, ROLES, SCOPES, SERVICE_SCOPES } from '../core/rights.ts'
import type { KnownCaller } from './access.ts'

const MAX_ACTOR = 1_000
const MAX_ID = 255
const KINDS = ['admin', 'organization', 'service', 'user', 'reader', 'cron']

/**
 * Validates the caller options of a host, like any other input. An unknown role must not pass as no
 * role, since a call without one may do everything.
 *
 * @throws TollgateError `invalid_request`, which names the field.
 */
export const checkedOptions = <Options extends CallOptions>(options: Options): Options => {
  if (typeof options !== 'object' || options === null) {
    throw invalid({ field: 'options', message: 'must be an object' })
  }
  const faults: Fault[] = []
  textFault(faults, 'actor', options.actor, MAX_ACTOR)
  textFault(faults, 'address', options.address, MAX_ID)
  idFault(faults, 'apiKeyId', options.apiKeyId)
  textFault(faults, 'idempotencyKey', options.idempotencyKey, MAX_ID)
  if (options.role !== undefined) roleFault(faults, options.role)
  if (faults.length > 0) throw invalid(...faults)
  options.signal?.throwIfAborted()
  return options
}

/** The caller that the options name: a member in a role, or `undefined` for the platform. */
export const callerOf = ({ role, actor = 'unknown' }: CallOptions): KnownCaller | undefined =>
  role === undefined ? undefined : { kind: 'member', organizationId: undefined, role, actor }

/**
 * Validates the caller that `as(…)` is given.
 *
 * @throws TollgateError `invalid_request`, which names the field.
 */
export const checkedCaller = (caller: Caller): KnownCaller => {
  if (typeof caller !== 'object' || caller === null) {
    throw invalid({ field: 'caller', message: 'must be an object' })
  }
  const faults: Fault[] = []
  const { actor } = caller
  if (actor === undefined) faults.push({ field: 'actor', message: 'is required' })
  else textFault(faults, 'actor', actor, MAX_ACTOR)
  if ('kind' in caller) {
    principalFaults(faults, caller)
    if (faults.length > 0) throw invalid(...faults)
    return caller
  }
  roleFault(faults, caller.role)
  organizationFault(faults, caller.organizationId)
  textFault(faults, 'userId', caller.userId, MAX_ID)
  if (faults.length > 0) throw invalid(...faults)
  const { organizationId, role, userId } = caller
  return { kind: 'member', organizationId, role, actor, userId }
}

const principalFaults = (faults: Fault[], principal: Extract<Caller, { kind: string }>): void => {
  if (!KINDS.includes(principal.kind)) {
    faults.push({ field: 'kind', message: `must be one of ${KINDS.join(', ')}` })
  }
  if (principal.kind === 'organization' || principal.kind === 'reader') {
    organizationFault(faults, principal.organizationId)
  }
  if (principal.kind === 'organization') {
    requiredId(faults, 'apiKeyId', principal.apiKeyId)
    scopesFault(faults, principal.scopes, SCOPES)
  }
  if (principal.kind === 'service') {
    requiredText(faults, 'serviceKeyId', principal.serviceKeyId)
    scopesFault(faults, principal.scopes, SERVICE_SCOPES)
  }
  if (principal.kind === 'reader' && principal.rights !== undefined) {
    scopesFault(faults, principal.rights, READER_RIGHTS, 'rights')
  }
  if (principal.kind === 'user') requiredText(faults, 'userId', principal.userId)
}

const scopesFault = (
  faults: Fault[],
  scopes: unknown,
  known: readonly Right[],
  field = 'scopes',
): void => {
  if (Array.isArray(scopes) && scopes.every((scope) => known.includes(scope))) return
  faults.push({ field, message: `must be a list of ${field}: ${known.join(', ')}` })
}

const roleFault = (faults: Fault[], role: unknown): void => {
  if (ROLES.some((one) => one === role)) return
  faults.push({ field: 'role', message: `must be one of ${ROLES.join(', ')}` })
}

const organizationFault = (faults: Fault[], organizationId: unknown): void => {
  if (typeof organizationId === 'string' && ORGANIZATION_ID.test(organizationId)) return
  faults.push({ field: 'organizationId', message: 'must be the id of an organization' })
}

const requiredId = (faults: Fault[], field: string, id: unknown): void => {
  if (id === undefined) faults.push({ field, message: 'is required' })
  else idFault(faults, field, id)
}

const requiredText = (faults: Fault[], field: string, text: unknown): void => {
  if (text === undefined) faults.push({ field, message: 'is required' })
  else textFault(faults, field, text, MAX_ID)
}

const idFault = (faults: Fault[], field: string, id: unknown): void => {
  if (id === undefined || (typeof id === 'string' && isUuid(id))) return
  faults.push({ field, message: 'must be the id of an API key, a UUID' })
}

const textFault = (faults: Fault[], field: string, text: unknown, maxLength: number): void => {
  if (text === undefined) return
  const isText = typeof text === 'string' && text.length > 0 && text.length <= maxLength
  if (isText && isStorable(text)) return
  faults.push({ field, message: `must be text of 1 to ${maxLength} characters` })
}
