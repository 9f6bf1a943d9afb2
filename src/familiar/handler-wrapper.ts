import { invalid } from '../contract/errors.ts'
import { splitEventData } from '../core/event-data.ts'
import type { GateSource, MeterOptions } from '../guard/options.ts'
import { type FetchHandler, serveGuarded } from './guarded-handler.ts'

/** A value, or a function that computes it from the handler's arguments. */
export type Told<Value, Rest extends readonly unknown[]> =
  | Value
  | ((request: Request, ...rest: Rest) => Value | Promise<Value>)

/** What each request of a handler costs, and who pays. */
export interface HandlerTracking<Rest extends readonly unknown[]> {
  readonly eventType: string
  /** A thrown `TollgateError`, such as one of `requireOrganizationAccess`, is answered. */
  readonly organizationId: Told<string, Rest>
  readonly userId?: Told<string | undefined, Rest>
  /**
   * Must not include amounts of a model, which are known only later. Use `metered` with an estimate
   * for those.
   */
  readonly eventData?: Told<Readonly<Record<string, unknown>>, Rest>
}

/**
 * Wraps a handler: by a call, as a standard method decorator, or as a decorator of TypeScript's
 * `experimentalDecorators`.
 */
export interface HandlerWrapper<Rest extends readonly unknown[]> {
  (
    handler: FetchHandler<Rest>,
    context?: ClassMethodDecoratorContext,
  ): (request: Request, ...rest: Rest) => Promise<Response>
  (
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<(request: Request, ...rest: Rest) => Promise<Response>>,
  ): void
}

export const handlerWrapper = <Rest extends readonly unknown[]>(
  source: GateSource,
  tracking: HandlerTracking<Rest>,
): HandlerWrapper<Rest> => {
  const wrapped = (handler: FetchHandler<Rest>) =>
    function (this: unknown, request: Request, ...rest: Rest): Promise<Response> {
      return serveGuarded(source, optionsOf(tracking, request, rest), request, () =>
        handler.call(this, request, ...rest),
      )
    }
  // biome-ignore lint/suspicious/noExplicitAny: one implementation of two signatures
  return (first: any, _second?: unknown, descriptor?: TypedPropertyDescriptor<any>): any => {
    if (descriptor?.value === undefined) return wrapped(first)
    descriptor.value = wrapped(descriptor.value)
  }
}

/** The guard's options for one request. */
const optionsOf = <Rest extends readonly unknown[]>(
  { eventType, organizationId, userId, eventData = {} }: HandlerTracking<Rest>,
  request: Request,
  rest: Rest,
): MeterOptions<Request> => {
  const told = async <Value>(value: Told<Value, Rest>): Promise<Value> =>
    typeof value === 'function'
      ? (value as (request: Request, ...rest: Rest) => Value | Promise<Value>)(request, ...rest)
      : value
  let splitting: Promise<EventParts> | undefined
  const part = (name: keyof EventParts) => async () => {
    splitting ??= told(eventData).then(partsOf)
    // The engine checks the type.
    return (await splitting)[name] as never
  }
  return {
    eventType,
    mode: 'track',
    usageBlock: true,
    identify: async () => ({
      organizationId: await told(organizationId),
      userId: await told(userId),
    }),
    quantities: part('quantities'),
    properties: part('properties'),
    provider: part('provider'),
    model: part('model'),
  }
}

interface EventParts {
  readonly quantities?: unknown
  readonly provider?: unknown
  readonly model?: unknown
  readonly properties: Readonly<Record<string, unknown>>
}

const partsOf = (eventData: Readonly<Record<string, unknown>>): EventParts => {
  const { fields, properties } = splitEventData(eventData)
  const { quantities, provider, model, ...amounts } = fields
  const [name] = Object.keys(amounts)
  if (name === undefined) return { quantities, provider, model, properties }
  const message = 'is known only after the handler: use `metered` with an `estimate`'
  throw invalid({ field: `eventData.${name}`, message })
}
