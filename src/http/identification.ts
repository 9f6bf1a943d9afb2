import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import { isRight, type Right } from '../core/rights.ts'
import { type KnownCaller, refuseKind, standingOf } from '../engine/access.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import type { Access } from '../operations/operation.ts'
import type { Authentication } from './authentication/authentication.ts'
import type { ClientAddress } from './authentication/client-address.ts'
import { whyNotLocal } from './local-request.ts'
import { unauthenticated } from './unauthenticated.ts'

/** The functions that identify the sender of a request. */
export interface Identification {
  readonly identify: (request: Request) => Promise<Principal | undefined>
  /** Explains why a request does not come from this machine; undefined when it does. */
  readonly whyNotLocal: (request: Request) => string | undefined
  readonly demo: boolean
}

export const createIdentification = (
  authentication: Pick<Authentication, 'identify'>,
  options: {
    readonly demo: boolean
    readonly clientAddress?: ClientAddress | undefined
  },
): Identification => ({
  demo: options.demo,
  identify: async (request) => (await authentication.identify(request))?.principal,
  whyNotLocal: (request) => whyNotLocal(request, options.clientAddress),
})

/**
 * Identifies the sender; `undefined` if the operation is public. The engine's entry decides the
 * rights, except for the demo, which depends on the machine of the sender.
 *
 * @throws TollgateError `unauthenticated` if a credential is required and none is valid.
 */
export const identified = async (
  access: Access,
  request: Request,
  { demo, identify, whyNotLocal: whyForeign }: Identification,
): Promise<Principal | undefined> => {
  if (access === 'public') return undefined
  if (access === 'demo') {
    if (!demo) throw new TollgateError('not_found')
    const why = whyForeign(request)
    if (why === undefined) return undefined
    const detail = `The demo answers only to clients on its own machine: ${why}.`
    throw new TollgateError('forbidden', { detail })
  }
  const principal = await identify(request)
  if (!principal) throw unauthenticated(request, access)
  return principal
}

/** The caller for the entry. Over HTTP, a request without a credential is never the platform. */
export const callerOf = (principal: Principal | undefined): KnownCaller =>
  principal ?? { kind: 'anyone', actor: 'anyone' }

/** Checks whether the caller would still be admitted now. For answers that take long. */
export const stillMay = async (
  request: Request,
  organizationId: string,
  access: Access,
  authentication: Pick<Authentication, 'identify'>,
  members: Plumbing['members'],
): Promise<boolean> => {
  try {
    const identity = await authentication.identify(request)
    if (!identity || !isRight(access)) return false
    await requireRight(identity.principal, access, organizationId, members)
    return true
  } catch (error) {
    if (error instanceof TollgateError && error.status < 500) return false
    throw error
  }
}

/**
 * Requires a right of a caller in an organization.
 *
 * @throws TollgateError if the caller lacks it.
 */
export const requireRight = async (
  principal: Principal,
  right: Right,
  organizationId: string,
  members: Plumbing['members'],
): Promise<void> => {
  refuseKind(principal, right)
  await standingOf(principal, right, members)(organizationId)
}
