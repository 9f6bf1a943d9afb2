import { z } from 'zod'
import { LIMIT_SUBJECTS, LIMIT_WINDOWS } from './catalog.ts'

/**
 * Why the gate says no.
 * - `limit_exceeded`: a quota of a window is used up.
 * - `rate_limited`: too fast for a limit by the minute.
 * - `too_many_concurrent`: as much is open at the same time as a limit allows.
 * - `credits_exhausted`: the plan's credits are used up.
 * - `spend_cap_reached`: what is past an overage limit has come to its cap.
 * - `feature_not_included`: the plan does not include the feature that the event type requires.
 * - `subscription_paused`, `subscription_ended`: nothing may be used until it goes on.
 * - `unavailable`: a limit could not be looked at, and it is one that then refuses.
 */
const decisionReasonSchema = z.enum([
  'limit_exceeded',
  'rate_limited',
  'too_many_concurrent',
  'credits_exhausted',
  'spend_cap_reached',
  'feature_not_included',
  'subscription_paused',
  'subscription_ended',
  'unavailable',
  'unknown_organization',
  'closed_organization',
  'unknown_event_type',
  'inactive_event_type',
])
export type DecisionReason = z.output<typeof decisionReasonSchema>

/** One limit as the decision saw it; `used` and `remaining` are after the call when it was allowed. */
export const limitStateSchema = z.object({
  limit: z
    .string()
    .describe('meter/window, such as tokens/day, and whose where it is per user or API key'),
  meter: z.string(),
  window: z.enum(LIMIT_WINDOWS),
  per: z.enum(LIMIT_SUBJECTS),
  behavior: z.enum(['hard', 'soft', 'overage']),
  max: z.number().nullable().describe('null: unlimited'),
  used: z.number().describe('used, held and leased; of a rate, what has not flowed off yet'),
  remaining: z.number().nullable(),
  overage: z.number().describe('how far past the maximum, on soft and overage limits'),
  resetAt: z.iso.datetime().nullable().describe('null: when others end, not with time'),
  refused: z.boolean(),
})
export type LimitState = z.output<typeof limitStateSchema>

export const warningSchema = z.object({
  percentageUsed: z.number(),
  isNearLimit: z.boolean(),
  recommendedAction: z.string(),
})
export type Warning = z.output<typeof warningSchema>

/** Stands in every gated response. */
export const usageBlockSchema = z.object({
  creditsConsumed: z.number(),
  remainingCredits: z.number().nullable().describe('null: the plan does not limit credits'),
  usageEventId: z.string().nullable().describe('null: nothing was recorded'),
  warning: warningSchema.optional(),
})
export type UsageBlock = z.output<typeof usageBlockSchema>

export const decisionSchema = z.object({
  allowed: z.boolean(),
  reason: decisionReasonSchema.nullable(),
  credits: z.number().describe('the price of the call'),
  remaining: z.number().nullable().describe('of the limit that binds most'),
  resetAt: z.iso.datetime().nullable().describe('of the limit that binds most'),
  limits: z.array(limitStateSchema),
  warning: warningSchema.optional(),
  retryAfter: z.number().int().optional().describe('seconds, rounded up'),
  upgrade: z.array(z.string()).optional().describe('plans that this plan may be upgraded to'),
  degraded: z.boolean(),
  decisionId: z.string(),
  usage: usageBlockSchema,
})
export type Decision = z.output<typeof decisionSchema>

/** A decision with the hold that it made. */
export const reservationDecisionSchema = decisionSchema.extend({
  reservationId: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
})
export type ReservationDecision = z.output<typeof reservationDecisionSchema>

/** How a reservation stands, and what it came to once it has ended. */
export const reservationStateSchema = z.object({
  reservationId: z.string(),
  organizationId: z.string(),
  state: z.enum(['held', 'settled', 'released', 'expired']),
  expiresAt: z.iso.datetime(),
  held: z.record(z.string(), z.number()),
  settled: z.record(z.string(), z.number()).nullable(),
  overshoot: z
    .record(z.string(), z.number())
    .describe('meters settled above what was held, and by how much'),
  late: z.boolean().describe('settled after it had expired'),
  usage: usageBlockSchema,
})
export type ReservationState = z.output<typeof reservationStateSchema>

export const recordResultSchema = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.array(
    z.object({
      index: z.number().int(),
      code: z.enum(['invalid_request', 'unprocessable', 'idempotency_conflict']),
      field: z.string(),
      message: z.string(),
    }),
  ),
})
export type RecordResult = z.output<typeof recordResultSchema>

/** Why it was decided so. */
export const explanationSchema = z.object({
  decision: decisionSchema,
  verb: z.enum(['track', 'reserve', 'extend']),
  decidedAt: z.iso.datetime(),
  eventId: z.string(),
  eventType: z.string(),
  occurredAt: z.iso.datetime(),
  asked: z.record(z.string(), z.union([z.number(), z.string()])).describe('meter to amount'),
  catalog: z.object({ key: z.string(), version: z.number().int() }),
  story: z.array(z.string()).describe('the decision in sentences'),
})
export type Explanation = z.output<typeof explanationSchema>
