import type { Call } from '../contract/usage.ts'
import { currentBudget } from '../facade/current-budget.ts'
import type { Arrival } from './metered.ts'
import type { Given, Identity, MeterOptions } from './options.ts'

/** The fields of a call that the options determine from the request. */
type Said = Pick<
  Call,
  'id' | 'quantities' | 'properties' | 'provider' | 'model' | 'endpoint' | 'budget'
> & {
  eventType?: string
}

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

/** The budget of the current run. */
const budgetHere = (): Pick<Call, 'budget' | 'final'> => {
  const run = currentBudget()
  return run ? { budget: run.id, ...(run.final && { final: true }) } : {}
}

/** Evaluates an option. Returns a promise only if the option does. */
export const givenBy = <Request, Value, Context>(
  given: Given<Request, Value, Context>,
  { request, context }: Arrival<Request, Context>,
): Value | Promise<Value> =>
  typeof given === 'function'
    ? (given as (request: Request, context: Context) => Value)(request, context)
    : given

/**
 * Builds the call of a request. Awaits only options that are asynchronous. If none is, a leased
 * decision costs the request no extra turn of the event loop.
 */
export const callOf = <Request, Context>(
  options: MeterOptions<Request, Context>,
  arrival: Arrival<Request, Context>,
  { organizationId, userId, sessionId }: Identity,
): Call | Promise<Call> => {
  const said: Record<string, unknown> = {}
  const waiting: Promise<void>[] = []
  for (const field of FIELDS) {
    const given = options[field]
    if (given === undefined) continue
    const value = givenBy(given as Given<Request, unknown, Context>, arrival)
    if (value instanceof Promise) {
      waiting.push(
        value.then((found) => {
          said[field] = found
        }),
      )
    } else said[field] = value
  }
  const whole = (): Call => {
    const { endpoint = arrival.endpoint, ...rest } = said as Said
    return {
      ...(rest as Said & { eventType: string }),
      organizationId,
      userId,
      sessionId,
      ...(rest.budget === undefined && budgetHere()),
      method: arrival.method,
      endpoint: endpoint?.slice(0, MAX_ENDPOINT),
    }
  }
  return waiting.length === 0 ? whole() : Promise.all(waiting).then(whole)
}
