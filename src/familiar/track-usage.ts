import { invalid, TollgateError } from '../contract/errors.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import type { Call } from '../contract/usage.ts'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../core/amounts.ts'
import { splitEventData } from '../core/event-data.ts'
import type { Timers } from '../facade/timers.ts'
import { opened, type Source } from './source.ts'

/** Past use, with credits that the host may have computed itself. */
export interface TrackedUsage {
  readonly organizationId: string
  readonly eventType: string
  readonly userId?: string
  /** The price, if the host computed it. It must equal the event type's price. */
  readonly creditsConsumed?: number
  readonly eventData?: Readonly<Record<string, unknown>>
  /** The idempotency key: the same id counts once. */
  readonly id?: string
}

/** The outcome of a call. `response_time_ms` is measured if absent. */
export interface CallOutcome {
  /** The total tokens of a model, if the parts are unknown. */
  readonly tokens_used?: number
  readonly input_tokens?: number
  readonly output_tokens?: number
  readonly provider?: string
  readonly model?: string
  readonly response_time_ms?: number
  readonly status_code?: number
}

/** A call that has begun. Each method resolves when the event is in the ledger. */
export interface CallRecorder {
  recordSuccess(outcome?: CallOutcome): Promise<void>
  /** Records an event of the type for errors, which no quota counts. */
  recordError(
    error: unknown,
    outcome?: Pick<CallOutcome, 'response_time_ms' | 'status_code'>,
  ): Promise<void>
  /** Records an error with the status 429: a limit of the host's own, or of a provider's. */
  recordRateLimit(): Promise<void>
}

export interface TrackUsage {
  /**
   * Records past use. No limit refuses it.
   *
   * @throws TollgateError `invalid_request` if `creditsConsumed` differs from the catalog's price,
   * because the ledger stores only that.
   */
  (usage: TrackedUsage): Promise<{ creditsConsumed: number; usageEventId: string }>
  /** Begins a call. The returned recorder records its outcome. */
  (tenantId: string, eventType: string, userId?: string): CallRecorder
}

interface TrackUsageParts {
  readonly ids: () => string
  readonly timers: Timers
  /** The event type of failed calls. */
  readonly errorEventType: string
}

export const trackUsageOf =
  (source: Source<Tollgate>, parts: TrackUsageParts): TrackUsage =>
  // biome-ignore lint/suspicious/noExplicitAny: one implementation of two signatures
  (first: any, eventType?: string, userId?: string): any =>
    typeof first === 'string'
      ? recorderOf(source, parts, { organizationId: first, eventType: eventType as string, userId })
      : recordUsage(source, parts, first)

const recordUsage = async (
  source: Source<Tollgate>,
  { ids }: TrackUsageParts,
  { creditsConsumed, eventData = {}, id = ids(), ...call }: TrackedUsage,
): Promise<{ creditsConsumed: number; usageEventId: string }> => {
  const tollgate = await opened(source)
  const { fields, properties } = splitEventData({
    ...eventData,
    ...(creditsConsumed !== undefined && { creditsConsumed }),
  })
  const event = { ...fields, ...call, properties }
  const { credits, reason } = await tollgate.check(event)
  if (creditsConsumed !== undefined && !isUnknown(reason)) {
    requirePrice(creditsConsumed, credits, call.eventType)
  }
  await recordOne(tollgate, { ...event, id })
  return { creditsConsumed: credits, usageEventId: id }
}

/** An unknown event type has no price. Recording it reports the reason. */
const isUnknown = (reason: string | null): boolean =>
  reason !== null && /^(unknown|inactive|closed)_/.test(reason)

const requirePrice = (given: number, priced: number, eventType: string): void => {
  if (microCredits(given) === microCredits(priced)) return
  const message =
    `is ${given}, and the catalog prices this call of ${eventType} at ${priced}: give the event ` +
    'type baseCredits 1 and the multiplier {"name": "creditsConsumed", "required": true}, or leave ' +
    'the price to the catalog'
  throw invalid({ field: 'creditsConsumed', message })
}

const microCredits = (credits: number): bigint | undefined => {
  const decimal = parseDecimal(credits)
  return decimal && toUnits(decimal, MICRO_CREDIT_SCALE)
}

const recordOne = async (tollgate: Pick<Tollgate, 'record'>, call: Call): Promise<void> => {
  const { rejected } = await tollgate.record(call)
  const [fault] = rejected
  if (!fault) return
  const { code, field, message } = fault
  throw new TollgateError(code, { detail: `${field}: ${message}`, faults: [{ field, message }] })
}

const recorderOf = (
  source: Source<Tollgate>,
  { timers, errorEventType }: TrackUsageParts,
  call: Pick<Call, 'eventType' | 'organizationId' | 'userId'>,
): CallRecorder => {
  const startedAtMs = timers.nowMs()
  const record = async (event: Partial<Call>): Promise<void> => {
    const durationMs = event.durationMs ?? Math.max(timers.nowMs() - startedAtMs, 0)
    await recordOne(await opened(source), { ...call, ...event, durationMs })
  }
  const failed = (status: number, what: object, durationMs?: number): Promise<void> => {
    const properties = { eventType: call.eventType, ...what }
    return record({ eventType: errorEventType, properties, status, durationMs })
  }
  return {
    recordSuccess: ({ response_time_ms, status_code = 200, ...used } = {}) =>
      record({ ...tokensOf(used), durationMs: response_time_ms, status: status_code }),
    recordError: (error, { response_time_ms, status_code = statusOf(error) } = {}) =>
      failed(status_code, describeError(error), response_time_ms),
    recordRateLimit: () => failed(429, { rateLimited: true }),
  }
}

/** A total without parts counts as input and gets no model, because the cost would be invented. */
const tokensOf = ({
  tokens_used,
  input_tokens,
  output_tokens,
  provider,
  model,
}: CallOutcome): Partial<Call> => {
  const isApart = input_tokens !== undefined || output_tokens !== undefined
  if (!isApart) return tokens_used === undefined ? {} : { inputTokens: tokens_used }
  return { inputTokens: input_tokens, outputTokens: output_tokens, provider, model }
}

const FAILED = 500

const statusOf = (error: unknown): number => {
  const { status } = (error ?? {}) as { readonly status?: unknown }
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599
    ? Number(status)
    : FAILED
}

const MAX_MESSAGE_LENGTH = 500

const describeError = (error: unknown): object =>
  error instanceof Error
    ? { error: error.name, message: error.message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed() }
    : { message: String(error).slice(0, MAX_MESSAGE_LENGTH).toWellFormed() }
