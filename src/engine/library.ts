import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import { registriesOf } from '../contract/registries.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { actionsOf } from '../facade/actions.ts'
import { buildTollgate } from '../facade/build.ts'
import { LateSettlements } from '../facade/late-settlements.ts'
import { itemsOf } from '../facade/page-items.ts'
import type { Timers } from '../facade/timers.ts'
import { operations } from '../operations/index.ts'
import { type Operation, pageFieldOf } from '../operations/operation.ts'
import type { KnownCaller } from './access.ts'
import { callerOf, checkedCaller, checkedOptions } from './callers.ts'
import type { Entry } from './entry.ts'
import { ingestOf } from './ledger/own-events.ts'
import type { Log } from './options.ts'

/** Every operation by name, as the facade reads it. */
const NAMES: readonly string[] = operations.map((one) =>
  pageFieldOf(one) === undefined ? one.name : `${one.name}*`,
)
const BY_NAME: ReadonlyMap<string, Operation> = new Map(operations.map((one) => [one.name, one]))

interface Parts {
  readonly entry: Entry
  readonly timers: Timers
  readonly log: Log
  /** The engine's late settlements, which it makes before it closes. */
  readonly settlements?: LateSettlements
}

/** `Tollgate` in this process: for the platform itself, or bound to a caller. */
export const libraryOf = (parts: Parts, bound?: KnownCaller): Tollgate => {
  const { timers, settlements = settlementsOf(parts) } = parts
  const organizationId = bound && 'organizationId' in bound ? bound.organizationId : undefined
  const actions = actionsOf({ timers, settlements, organizationId })
  return buildTollgate({
    names: NAMES,
    actions: (act) => act(actions),
    items: () => itemsOf,
    registries: registriesOf,
    call: (name, input, options) => called(parts.entry, bound, name, input, options),
    as: (caller) => {
      // Otherwise the holder of a bound library could act as somebody else.
      if (bound) {
        const detail = 'a library that is bound to somebody cannot become another'
        throw new TollgateError('forbidden', { detail })
      }
      return libraryOf({ ...parts, settlements }, checkedCaller(caller))
    },
  })
}

/** What settles the holds of runs in this process. */
export const settlementsOf = ({ timers, log }: Pick<Parts, 'timers' | 'log'>): LateSettlements =>
  new LateSettlements({
    timers,
    onUnsettled: (err, { reservationId }, used) =>
      used
        ? log.error({ err, reservationId, used }, 'a hold could not be settled, so its use is lost')
        : log.warn({ err, reservationId }, 'a hold could not be released, and expires'),
  })

const called = async (
  entry: Entry,
  bound: KnownCaller | undefined,
  name: string,
  input: unknown,
  given: CallOptions,
): Promise<unknown> => {
  const operation = BY_NAME.get(name) as Operation
  const options = checkedOptions(given)
  const caller = bound ?? callerOf(options)
  const source =
    operation.about === 'each event'
      ? { read: () => eventsOf(input, caller, options) }
      : { named: namedIn(operation, input), read: () => input }
  const call = await entry.admit(
    operation,
    caller,
    bound ? boundTo(bound, options) : options,
    source,
  )
  return call.run()
}

const namedIn = ({ about }: Operation, input: unknown) => ({
  organizationId: (input as { organizationId?: unknown } | undefined)?.organizationId,
  field: about === 'path' ? undefined : 'organizationId',
})

const eventsOf = (
  input: unknown,
  caller: KnownCaller | undefined,
  { backfill = false }: CallOptions & { readonly backfill?: boolean },
) => {
  if (caller) return ingestOf(input, backfill)
  return Array.isArray(input) ? input : [input]
}

/** The bound caller acts, whatever the options say. */
const boundTo = (bound: KnownCaller, options: CallOptions): CallOptions => ({
  ...options,
  actor: bound.actor,
  role: undefined,
  apiKeyId: bound.kind === 'organization' ? bound.apiKeyId : undefined,
})
