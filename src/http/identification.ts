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

/** What finding out who sent a request takes. */
export interface Identification {
  readonly identify: (request: Request) => Promise<Principal | undefined>
  /** Why a request is not one of a client on this machine; undefined where it is. */
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
 * Who sent a request; `undefined` where nobody needs to say it. What they may do, the engine's
 * entry decides, but for the demo, which is a matter of the machine that a request comes from.
 *
 * @throws TollgateError `unauthenticated` where a credential is needed and none is known.
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

/** Whoever sent a request, for the entry: over HTTP nobody is the platform by saying nothing. */
export const callerOf = (principal: Principal | undefined): KnownCaller =>
  principal ?? { kind: 'anyone', actor: 'anyone' }

/** Whether who sent a request could send it again now: for an answer that takes long. */
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

/** @throws TollgateError where the caller has no such right in that organization. */
export const requireRight = async (
  principal: Principal,
  right: Right,
  organizationId: string,
  members: Plumbing['members'],
): Promise<void> => {
  refuseKind(principal, right)
  await standingOf(principal, right, members)(organizationId)
}
