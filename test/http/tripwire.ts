import { TollgateError } from '../../src/contract/errors.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { libraryOf } from '../../src/engine/library.ts'
import { PLUMBING, type Plumbing, plumbingOf } from '../../src/engine/plumbing.ts'
import { systemTimers } from '../../src/facade/timers.ts'

/** The answer of a verb behind the tripwire: the entry check has passed. */
export const REACHED = 'the verb was reached'

/**
 * An engine with its real entry check, whose verbs only record the call, over HTTP and as a
 * library.
 */
export const tripwire = (engine: TollgateEngine): TollgateEngine => {
  const plumbing = plumbingOf(engine)
  const tripping: Plumbing = {
    ...plumbing,
    admit: async (...args) => {
      const call = await plumbing.admit(...args)
      const { input } = call
      // A batch without an allowed event never reaches its verb.
      return Array.isArray(input) && input.length === 0 ? call : { ...call, run: trip }
    },
    liveWithBeats: trip,
    cachedEtag: async () => undefined,
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const library = libraryOf({ entry: tripping, timers: systemTimers, log })
  return Object.assign(
    { ...engine, ...library },
    {
      [PLUMBING]: tripping,
      // A read token is valid while its organization is open.
      organizations: { ...library.organizations, get: engine.organizations.get },
    },
  )
}

const trip = async (): Promise<never> => {
  throw new TollgateError('idempotency_conflict', { detail: REACHED })
}
