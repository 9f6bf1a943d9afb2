import type { UsageBlock } from '../contract/decision.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { splitEventData } from '../core/event-data.ts'
import { TollgateRefusal } from '../decision/refusal.ts'
import { pathOf } from '../frameworks/node-answer.ts'
import { type HandlerTracking, type HandlerWrapper, handlerWrapper } from './handler-wrapper.ts'
import { opened, type Source } from './source.ts'

/** One use, in the field names of hand-written trackers. */
export interface UsageTracking {
  readonly eventType: string
  /**
   * The properties that the price reads, together with `quantities`, `provider`, `model`,
   * `inputTokens`, `outputTokens` and the other amounts of a call.
   */
  readonly eventData?: Readonly<Record<string, unknown>>
  readonly userId?: string
  /** The idempotency key: the same id counts once. */
  readonly id?: string
}

export interface WithUsageTracking {
  /**
   * Decides and records one use before the work.
   *
   * @returns the usage block for the answer's `usage`.
   * @throws TollgateRefusal if the gate refuses, with `status`, `headers` and `decision`.
   */
  (
    request: Pick<Request, 'method' | 'url'>,
    organizationId: string,
    tracking: UsageTracking,
  ): Promise<UsageBlock>
  /**
   * Wraps a whole handler, as a method decorator or by a call. Refusals are answered with
   * problem+json, and answers that are JSON objects get `usage`.
   */
  <Rest extends readonly unknown[]>(tracking: HandlerTracking<Rest>): HandlerWrapper<Rest>
}

/**
 * Implements both forms of `withUsageTracking`. The form with an organization has a third argument.
 */
export const withUsageTrackingOf =
  (source: Source<Tollgate>): WithUsageTracking =>
  // biome-ignore lint/suspicious/noExplicitAny: one implementation of two signatures
  (first: any, organizationId?: string, tracking?: UsageTracking): any =>
    tracking === undefined
      ? handlerWrapper(source, first)
      : tracked(source, first, organizationId as string, tracking)

const tracked = async (
  source: Source<Tollgate>,
  { method, url }: Pick<Request, 'method' | 'url'>,
  organizationId: string,
  { eventType, eventData = {}, userId, id }: UsageTracking,
): Promise<UsageBlock> => {
  const { fields, properties } = splitEventData(eventData)
  const tollgate = await opened(source)
  const decision = await tollgate.track({
    ...fields,
    organizationId,
    eventType,
    userId,
    properties,
    method,
    endpoint: pathOf(new URL(url, 'http://localhost').pathname),
    ...(id !== undefined && { id }),
  })
  if (!decision.allowed) throw new TollgateRefusal(decision)
  return decision.usage
}
