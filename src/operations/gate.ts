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
    description: 'Uses up and records nothing.',
    body: usageEventSchema,
    example: {
      eventType: 'structuring_diagnose',
      properties: { complexity: 2, echo: true },
    },
    output: decisionSchema,
    answer: 'The decision, also when it refuses.',
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
      'What is allowed is recorded in the same commit; what is refused uses up nothing. It is ' +
      'about now: a `timestamp` further than five minutes from it is for `record`. The same ' +
      '`id` again gives the first answer, with `Idempotency-Replayed: true`.',
    body: usageEventSchema,
    example: {
      id: 'diagnosis-2026-01-31-0001',
      eventType: 'structuring_diagnose',
      userId: 'user-7',
      properties: { complexity: 2, echo: true, traceback: true },
    },
    output: decisionSchema,
    answer: 'The decision, also when it refuses.',
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
      'Before work whose true cost is known only after it. Settle or release it; a reservation ' +
      'that is left alone expires by itself and gives everything back.',
    body: reservationRequestSchema,
    example: {
      eventType: 'chat_message',
      quantities: { tokens: 1_500 },
      expiresInMs: 120_000,
    },
    output: reservationDecisionSchema,
    answer: 'The decision; with `reservationId` and `expiresAt` when it is allowed.',
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
    description: 'What is given is held in addition. A refusal leaves the hold as it was.',
    params: reservationId,
    body: extensionSchema,
    example: { quantities: { tokens: 500 }, expiresInMs: 120_000 },
    output: reservationDecisionSchema,
    answer: 'The decision about the addition, also when it refuses.',
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
      'Gives the rest of the hold back. More than was held is recorded in full and reported as ' +
      '`overshoot`. Without amounts what was held is recorded, marked `estimated`: nothing used ' +
      'must be said as 0. `model` is the one that answered, whose price is paid. Settling again gives the first result, with `Idempotency-Replayed: true`.',
    params: reservationId,
    body: settlementSchema,
    example: { inputTokens: 820, outputTokens: 310 },
    output: reservationStateSchema,
    answer: 'How it ended.',
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
    description: 'Takes no body. Releasing a reservation that has ended changes nothing.',
    params: reservationId,
    output: reservationStateSchema,
    answer: 'How it ended.',
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
      'One event, a batch of up to 1,000, or CloudEvents 1.0 (structured, batched, or with `ce-` ' +
      'headers). Answers after the commit. In a batch, what is wrong with an event is told by its ' +
      'index and stops none of the others, so a batch answers 200 even when all are rejected; one ' +
      'event by itself that is rejected is a problem. `backfill: true`, beside an event or a ' +
      'batch, takes timestamps of any age since the first bill began from the administrator.' +
      '\n\nOf a CloudEvent, `type` is ' +
      'the event type, `subject` the organization, `time` the timestamp, `<source>/<id>` the id ' +
      '("/" and "%" in its `id` percent-encoded), and `data` holds the other fields; extension ' +
      'attributes are left out.',
    body: usageEventBatchSchema,
    checksItself: true,
    output: recordResultSchema,
    answer: 'How many were accepted, and which were not.',
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
      'No event is ever edited: a new one takes its amounts back, in the windows of the first. ' +
      'Only the platform may: an organization cannot undo its own charges. Reversing again gives the first result, with `Idempotency-Replayed: true`.',
    params: { eventId: storableText(255).describe('the `id` of the event') },
    query: z.strictObject({ organizationId: organizationIdSchema }),
    body: reversalSchema,
    example: { reason: 'charged for a call that failed' },
    output: reversedSchema,
    answer: 'The event that undoes it.',
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
      'Every refusal, and every call that was let through, by track, reserve or extend: what was ' +
      'asked, what each limit stood at, and the catalog version that priced it.',
    params: { decisionId: storableText(255).describe('the `decisionId` of the answer') },
    output: explanationSchema,
    answer: 'The decision and its story.',
    repeat: 'read',
    problems: ['not_found'],
  }),
] as const
