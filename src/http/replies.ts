import type { Decision, DecisionReason } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { RATE_LIMIT_HEADERS, rateLimitHeaders } from '../core/rate-limit-headers.ts'
import type { CallContext } from './route.ts'

const JSON_TYPE = 'application/json'

/**
 * A text that is not a `Response` yet. The handler adds the headers of every answer before it makes
 * one: to change those of a `Response` costs more than to make it.
 */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Not by `instanceof Response`: a host may have several. */
export const isReply = (answer: Reply | Response): answer is Reply =>
  !(answer.headers instanceof Headers)

/** An answer in JSON. */
export const json = (
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': JSON_TYPE, ...headers },
  })

/** Headers of the first answer given again for a retried id. */
export const replayHeaders = (replayed: boolean): Readonly<Record<string, string>> =>
  replayed ? { 'idempotency-replayed': 'true' } : {}

/** The headers of `gateReply`, for the document. */
export const GATE_HEADERS = RATE_LIMIT_HEADERS

/**
 * A decision of the gate: 200, also when it refuses, since that is an answer, and with how its
 * limits stand as headers. (Not when it is given again: then they stood so at another time.) Where
 * the gate could not decide because of what the call names, it is a problem that says which field
 * that is, with the decision in it.
 */
export const gateReply = (
  call: Pick<CallContext, 'problem' | 'now'>,
  decision: Decision,
  replayed = false,
): Reply | Response => {
  // Not a refusal but a failure of ours, which a closed limit turns into one: the client may wait.
  if (decision.reason === 'unavailable') {
    return call.problem(new TollgateError('unavailable'), { reason: decision.reason, decision })
  }
  const unusable = decision.reason && UNUSABLE[decision.reason]
  if (!unusable) {
    const headers = replayed
      ? replayHeaders(replayed)
      : rateLimitHeaders(decision, call.now().getTime())
    return {
      status: 200,
      headers: { ...headers, 'content-type': JSON_TYPE },
      body: JSON.stringify(decision),
    }
  }
  const detail = `${unusable.field}: ${unusable.message}`
  return call.problem(new TollgateError('unprocessable', detail, [unusable]), {
    reason: decision.reason ?? undefined,
    decision,
  })
}

const UNUSABLE: Partial<Record<DecisionReason, { field: string; message: string }>> = {
  unknown_organization: { field: 'organizationId', message: 'there is no such organization' },
  closed_organization: { field: 'organizationId', message: 'this organization is closed' },
  unknown_event_type: { field: 'eventType', message: 'there is no such event type' },
  inactive_event_type: { field: 'eventType', message: 'this event type is not active' },
}
