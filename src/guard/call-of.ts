import type { Call } from '../contract/usage.ts'
import { currentBudget } from '../facade/current-budget.ts'
import type { Arrival } from './metered.ts'
import type { Given, Identity, MeterOptions } from './options.ts'

/** The fields of a call that the options determine from the request. */
type Said = Partial<
  Pick<
    Call,
    'eventType' | 'id' | 'quantities' | 'properties' | 'provider' | 'model' | 'endpoint' | 'budget'
  >
>

const FIELDS = [
  'eventType',
  'id',
  'quantities',
  'properties',
  'provider',
  'model',
  'endpoint',
  'budget',
] as const

/** The longest stored name of a route. */
const MAX_ENDPOINT = 512

/** Evaluates an option. Returns a promise only if the option does. */
export const givenBy = <Request, Value, Context>(
  given: Given<Request, Value, Context>,
  { request, context }: Arrival<Request, Context>,
): Value | Promise<Value> =>
  typeof given === 'function'
    ? (given as (request: Request, context: Context) => Value)(request, context)
    : given

/** Also true for promises of other libraries, such as a query that runs when it is awaited. */
export const isLater = <Value>(value: Value | Promise<Value>): value is Promise<Value> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

/**
 * Builds the call of a request. Returns a promise only if an option does, so otherwise a leased
 * decision costs the request no extra turn of the event loop.
 */
export type CallOf<Request, Context> = (
  arrival: Arrival<Request, Context>,
  identity: Identity,
) => Call | Promise<Call>

/** Prepares the calls of a route. Only options that are functions are evaluated for each request. */
export const callsOf = <Request, Context>(
  options: MeterOptions<Request, Context>,
): CallOf<Request, Context> => {
  const fixed: Record<string, unknown> = {}
  const asked: (typeof FIELDS)[number][] = []
  for (const field of FIELDS) {
    const given: unknown = options[field]
    if (typeof given === 'function' || isLater(given)) asked.push(field)
    else fixed[field] = given
  }
  if (asked.length === 0) return (arrival, identity) => wholeCall(fixed, arrival, identity)
  return (arrival, identity) => {
    const said = { ...fixed }
    const waiting: Promise<void>[] = []
    for (const field of asked) {
      const value = givenBy(options[field] as Given<Request, unknown, Context>, arrival)
      if (isLater(value)) {
        const whenFound = async (): Promise<void> => {
          said[field] = await value
        }
        waiting.push(whenFound())
      } else said[field] = value
    }
    if (waiting.length === 0) return wholeCall(said, arrival, identity)
    return Promise.all(waiting).then(() => wholeCall(said, arrival, identity))
  }
}

/** Lists all fields, so that every call has the same shape and is quick to read. */
const wholeCall = (
  said: Said,
  arrival: Pick<Arrival<unknown>, 'method' | 'endpoint'>,
  { organizationId, userId, sessionId }: Identity,
): Call => {
  const { endpoint = arrival.endpoint } = said
  const run = said.budget === undefined ? currentBudget() : undefined
  return {
    eventType: said.eventType as string,
    id: said.id,
    quantities: said.quantities,
    properties: said.properties,
    provider: said.provider,
    model: said.model,
    organizationId,
    userId,
    sessionId,
    budget: run ? run.id : said.budget,
    final: run?.final || undefined,
    method: arrival.method,
    endpoint: endpoint?.slice(0, MAX_ENDPOINT),
  }
}
