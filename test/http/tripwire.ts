import { TollgateError } from '../../src/contract/errors.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'

/** What a verb behind the tripwire answers: the door has let the call through to it. */
export const REACHED = 'the verb was reached'

/**
 * An engine of which nothing can be had but what a door needs to know who comes: every other verb
 * only tells that it was reached, and does nothing.
 */
export const tripwire = (engine: TollgateEngine): TollgateEngine => {
  const { authenticate, signing, sessions, audit, members, organizations } = engine
  const { roleOf, organizationsOf } = members
  const tripping = trippingPart(engine)
  return {
    ...tripping,
    ...{ authenticate, signing, sessions },
    audit: { ...tripping.audit, enqueue: audit.enqueue },
    members: { ...tripping.members, roleOf, organizationsOf },
    // A read token is good as long as its organization is open.
    organizations: { ...tripping.organizations, get: organizations.get },
  }
}

const trippingPart = <Part extends object>(part: Part): Part =>
  Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, trippingValue(value)]),
  ) as Part

const trippingValue = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null) return trippingPart(value)
  return () => {
    throw new TollgateError('idempotency_conflict', REACHED)
  }
}
