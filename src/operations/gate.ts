import { z } from 'zod'
import {
  decisionSchema,
  explanationSchema,
  recordResultSchema,
  reservationDecisionSchema,
  reservationStateSchema,
  reversedSchema,
} from '../contract/decision.ts'
import { organizationIdSchema, storableText } from '../contract/text.ts'
import {
  extensionSchema,
  reservationRequestSchema,
  reversalSchema,
  settlementSchema,
  usageEventBatchSchema,
  usageEventSchema,
} from '../contract/usage.ts'
import { operation } from './operation.ts'

/** The field that names a hold. */
const reservationId = {
  reservationId: storableText(255).describe('the `reservationId` of the decision'),
}

export const gateOperations = [
  operation({
    name: 'check',
    checksItself: true,
    method: 'post',
    path: '/api/usage/check',
    right: 'gate.use',
    tag: 'Gate',
    summary: 'Check a call',
    description: 'Uses nothing and records nothing.',
    body: usageEventSchema,
    example: {
      eventType: 'structuring_diagnose',
      properties: { complexity: 2, echo: true },
    },
    output: decisionSchema,
    answer: 'The decision, whether allowed or refused.',
    repeat: 'read',
    problems: ['unprocessable'],
    http: { form: 'decision' },
  }),
  operation({
    name: 'track',
    checksItself: true,
    method: 'post',
    path: '/api/usage/track',
    right: 'gate.use',
    tag: 'Gate',
    summary: 'Track a call: decide and record',
    description:
      'An allowed call is recorded in the same commit. A refused call uses nothing. The call ' +
      'must be current: for a `timestamp` more than five minutes away, use `record`. Repeating ' +
      'the same `id` returns the first answer, with `Idempotency-Replayed: true`.',
    body: usageEventSchema,
    example: {
      id: 'diagnosis-2026-01-31-0001',
      eventType: 'structuring_diagnose',
      userId: 'user-7',
      properties: { complexity: 2, echo: true, traceback: true },
    },
    output: decisionSchema,
    answer: 'The decision, whether allowed or refused.',
    repeat: 'keyed',
    problems: ['unprocessable', 'idempotency_conflict', 'in_flight'],
    http: { form: 'decision' },
  }),
  operation({
    name: 'reserve',
    checksItself: true,
    method: 'post',
    path: '/api/usage/reservations',
    right: 'gate.use',
    tag: 'Reservations',
    summary: 'Reserve an estimate',
    description:
      'For work whose true cost is known only afterwards. Settle or release the reservation. ' +
      'Otherwise it expires and releases everything.',
    body: reservationRequestSchema,
    example: {
      eventType: 'chat_message',
      quantities: { tokens: 1_500 },
      expiresInMs: 120_000,
    },
    output: reservationDecisionSchema,
    answer: 'The decision; with `reservationId` and `expiresAt` if allowed.',
    repeat: 'keyed',
    problems: ['unprocessable', 'idempotency_conflict', 'in_flight'],
    http: { form: 'decision' },
  }),
  operation({
    name: 'extend',
    method: 'post',
    path: '/api/usage/reservations/{reservationId}/extend',
    right: 'gate.use',
    tag: 'Reservations',
    summary: 'Extend a reservation',
    description:
      'Reserves the given amounts in addition. A refusal leaves the reservation unchanged.',
    params: reservationId,
    body: extensionSchema,
    example: { quantities: { tokens: 500 }, expiresInMs: 120_000 },
    output: reservationDecisionSchema,
    answer: 'The decision about the addition, whether allowed or refused.',
    repeat: 'keyed',
    problems: ['not_found', 'reservation_ended', 'unprocessable'],
    http: { form: 'decision' },
  }),
  operation({
    name: 'settle',
    method: 'post',
    path: '/api/usage/reservations/{reservationId}/settle',
    right: 'gate.use',
    tag: 'Reservations',
    summary: 'Settle a reservation',
    description:
      'Records the used amounts and releases the rest. Use above the reserved amount is ' +
      'recorded in full and reported as `overshoot`. Without amounts, the reserved amounts are ' +
      'recorded, marked `estimated`; send 0 when nothing was used. `model` is the model that ' +
      'answered; its price applies. Settling again returns the first result, with ' +
      '`Idempotency-Replayed: true`.',
    params: reservationId,
    body: settlementSchema,
    example: { inputTokens: 820, outputTokens: 310 },
    output: reservationStateSchema,
    answer: 'The ended reservation.',
    repeat: 'first',
    problems: ['not_found', 'reservation_ended', 'unprocessable'],
    http: { form: 'replayable' },
  }),
  operation({
    name: 'release',
    method: 'post',
    path: '/api/usage/reservations/{reservationId}/release',
    right: 'gate.use',
    tag: 'Reservations',
    summary: 'Release a reservation',
    description: 'Takes no body. Releasing an ended reservation changes nothing.',
    params: reservationId,
    output: reservationStateSchema,
    answer: 'The ended reservation.',
    repeat: 'first',
    problems: ['not_found'],
    http: { form: 'replayable' },
  }),
  operation({
    name: 'record',
    method: 'post',
    path: '/api/usage/events',
    right: 'usage.record',
    tag: 'Ledger',
    summary: 'Record usage',
    description:
      'Accepts one event, a batch of up to 1,000, or CloudEvents 1.0 (structured, batched, or ' +
      'with `ce-` headers). Answers after the commit. In a batch, faults are reported by the ' +
      "event's index and do not affect other events. So a batch answers 200 even if all events " +
      'are rejected. A single rejected event gets an error. `backfill: true`, beside an event ' +
      'or a batch, lets the administrator send timestamps of any age since the first invoice ' +
      'began.\n\nIn a CloudEvent, `type` is the event type, `subject` the organization, `time` ' +
      'the timestamp, and `<source>/<id>` the id ("/" and "%" in its `id` percent-encoded). ' +
      '`data` contains the other fields. Extension attributes are ignored.',
    body: usageEventBatchSchema,
    checksItself: true,
    output: recordResultSchema,
    answer: 'The number of accepted events, and the rejected ones.',
    repeat: 'keyed',
    problems: ['unprocessable', 'idempotency_conflict'],
    http: { form: 'ingest' },
  }),
  operation({
    name: 'reverse',
    method: 'post',
    path: '/api/usage/events/{eventId}/reverse',
    right: 'admin',
    tag: 'Ledger',
    summary: 'Reverse an event',
    description:
      'Events are never edited. A new event takes the amounts back, in the windows of the ' +
      'first. Only the platform may do this, so that an organization cannot undo its own ' +
      'charges. Reversing again returns the first result, with `Idempotency-Replayed: true`.',
    params: { eventId: storableText(255).describe('the `id` of the event') },
    query: z.strictObject({ organizationId: organizationIdSchema }),
    body: reversalSchema,
    example: { reason: 'charged for a call that failed' },
    output: reversedSchema,
    answer: 'The event that reverses it.',
    repeat: 'first',
    problems: ['not_found', 'unprocessable'],
    http: { form: 'replayable' },
  }),
  operation({
    name: 'explain',
    method: 'get',
    path: '/api/usage/decisions/{decisionId}',
    right: 'usage.read',
    tag: 'Gate',
    summary: 'Explain a decision',
    description:
      'Works for every refused and every allowed call of track, reserve or extend. Returns the ' +
      'requested amounts, the state of each limit, and the catalog version that priced the ' +
      'call.',
    params: { decisionId: storableText(255).describe('the `decisionId` of the answer') },
    output: explanationSchema,
    answer: 'The decision and its reasons.',
    repeat: 'read',
    problems: ['not_found'],
  }),
] as const
