import { z } from 'zod'
import { LIMIT_SUBJECTS, LIMIT_WINDOWS } from './catalog.ts'
import { answered } from './schema-names.ts'

/**
 * Why the gate refuses a call.
 * - `limit_exceeded`: the quota of a window is used up.
 * - `rate_limited`: the call exceeds a limit per minute.
 * - `too_many_concurrent`: a limit on open reservations is reached.
 * - `subject_missing`: a limit per user or API key applies, but the call names none.
 * - `credits_exhausted`: the plan's credits are used up.
 * - `spend_cap_reached`: an overage limit has reached its cap.
 * - `feature_not_included`: the plan lacks the feature that the event type requires.
 * - `subscription_paused`, `subscription_ended`: calls are refused until the subscription
 * continues.
 * - `budget_exceeded`: the run's budget is used up; waiting does not help.
 * - `budget_closed`, `unknown_budget`: the run has ended, or the id is unknown.
 * - `unavailable`: a limit could not be checked, and its policy is to refuse.
 */
export const decisionReasonSchema = z.enum([
  'limit_exceeded',
  'rate_limited',
  'too_many_concurrent',
  'subject_missing',
  'credits_exhausted',
  'spend_cap_reached',
  'feature_not_included',
  'subscription_paused',
  'subscription_ended',
  'budget_exceeded',
  'budget_closed',
  'unknown_budget',
  'unavailable',
  'unknown_organization',
  'closed_organization',
  'unknown_event_type',
  'inactive_event_type',
])
export type DecisionReason = z.output<typeof decisionReasonSchema>

/**
 * One limit as the decision read it. If the call was allowed, `used` and `remaining` include it.
 */
export const limitStateSchema = answered(
  'LimitState',
  z.object({
    limit: z
      .string()
      .describe(
        'meter/window, such as tokens/day, followed by the user or API key if the limit is per ' +
          'user or key',
      ),
    meter: z.string(),
    window: z.enum(LIMIT_WINDOWS),
    per: z.enum(LIMIT_SUBJECTS),
    behavior: z.enum(['hard', 'soft', 'overage']),
    max: z.number().nullable().describe('null: unlimited'),
    burst: z
      .number()
      .optional()
      .describe('for a rate with a burst: the most at once; `remaining` counts down from it'),
    used: z.number().describe('used, held and leased; for a rate, what has not leaked out yet'),
    remaining: z.number().nullable(),
    overage: z.number().describe('the use past the maximum, on soft and overage limits'),
    resetAt: z.iso
      .datetime()
      .nullable()
      .describe('null: time alone frees nothing, only other calls do'),
    refused: z.boolean(),
  }),
)
export type LimitState = z.output<typeof limitStateSchema>

const warningSchema = answered(
  'Warning',
  z.object({
    percentageUsed: z.number(),
    isNearLimit: z.boolean(),
    recommendedAction: z.string(),
  }),
)
export type Warning = z.output<typeof warningSchema>

/** The usage block of every gated response. */
const usageBlockSchema = answered(
  'UsageBlock',
  z.object({
    creditsConsumed: z.number(),
    remainingCredits: z.number().nullable().describe('null: no limit on credits applied'),
    usageEventId: z.string().nullable().describe('null: nothing was recorded'),
    warning: warningSchema.optional(),
  }),
)
export type UsageBlock = z.output<typeof usageBlockSchema>

const budgetStateSchema = answered(
  'BudgetState',
  z.object({
    id: z.string().describe('the budget that the call named'),
    which: z
      .string()
      .nullable()
      .describe(
        'the budget that refused, or else has the least left: this one or one that contains it',
      ),
    remaining: z
      .record(z.string(), z.number())
      .describe('by meter: what such a call may still use, here and in all containing budgets'),
  }),
)
/** The state of the budget that a call named. If the call was allowed, it is included. */
export type BudgetState = z.output<typeof budgetStateSchema>

export const decisionSchema = answered(
  'Decision',
  z.object({
    allowed: z.boolean(),
    reason: decisionReasonSchema.nullable(),
    credits: z.number().describe('the price of the call'),
    remaining: z.number().nullable().describe('what is left of the most binding limit'),
    resetAt: z.iso.datetime().nullable().describe('when the most binding limit resets'),
    limits: z.array(limitStateSchema),
    budget: budgetStateSchema.optional().describe('set when the call named a budget'),
    warning: warningSchema.optional(),
    retryAfter: z.number().int().optional().describe('seconds, rounded up'),
    upgrade: z
      .array(z.string())
      .optional()
      .describe('the plans to which this plan can be upgraded'),
    degraded: z.boolean(),
    decisionId: z.string(),
    usage: usageBlockSchema,
  }),
)

/** The fields of every decision. */
export interface Decided {
  readonly decisionId: string
  /** The price of the call. */
  readonly credits: number
  /** The remaining amount of the tightest limit. `null`: no limit applies. */
  readonly remaining: number | null
  /** When the most binding limit resets, as ISO 8601. */
  readonly resetAt: string | null
  readonly limits: readonly LimitState[]
  /** Present when the call named a budget. */
  readonly budget?: BudgetState
  readonly warning?: Warning
  /** True when the store was unreachable and the limits' own policy decided. */
  readonly degraded: boolean
  readonly usage: UsageBlock
}

export interface Allowed extends Decided {
  readonly allowed: true
  readonly reason: null
}

export interface Refused extends Decided {
  readonly allowed: false
  readonly reason: DecisionReason
  /** Seconds until the same call may be allowed; absent when waiting does not help. */
  readonly retryAfter?: number
  /** The plans to which this plan can be upgraded. */
  readonly upgrade?: readonly string[]
}

/** The decision over every limit that the call touches. A refusal is an answer, never an error. */
export type Decision = Allowed | Refused

/** A decision and the reservation that it created. */
export const reservationDecisionSchema = answered(
  'ReservationDecision',
  decisionSchema.extend({
    reservationId: z.string().nullable(),
    expiresAt: z.iso.datetime().nullable(),
    expiresInMs: z
      .number()
      .int()
      .nullable()
      .describe('how long the reservation lasts from this answer on'),
  }),
)

/** The reservation of a decision; all fields are `null` when there is none. */
export interface HoldTerms {
  readonly reservationId: string | null
  readonly expiresAt: string | null
  readonly expiresInMs: number | null
}
export type ReservationDecision = Decision & HoldTerms

/** The state of a reservation, with its final amounts once it has ended. */
export const reservationStateSchema = answered(
  'ReservationState',
  z.object({
    reservationId: z.string(),
    organizationId: z.string(),
    state: z.enum(['held', 'settled', 'released', 'expired']),
    expiresAt: z.iso.datetime(),
    held: z.record(z.string(), z.number()),
    settled: z.record(z.string(), z.number()).nullable(),
    overshoot: z
      .record(z.string(), z.number())
      .describe('by meter: the amount settled above what was held'),
    late: z.boolean().describe('true: settled after the reservation had expired'),
    usage: usageBlockSchema,
  }),
)
export type ReservationState = z.output<typeof reservationStateSchema>

export const recordResultSchema = answered(
  'RecordResult',
  z.object({
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
  }),
)
export type RecordResult = z.output<typeof recordResultSchema>

/** The event that reverses another one. */
export const reversedSchema = answered(
  'Reversed',
  z.object({ eventId: z.string(), reverses: z.string() }),
)
export type Reversed = z.output<typeof reversedSchema>

/** The reasons behind a decision. */
export const explanationSchema = z.object({
  decision: decisionSchema,
  verb: z.enum(['track', 'reserve', 'extend']),
  decidedAt: z.iso.datetime(),
  eventId: z.string(),
  eventType: z.string(),
  occurredAt: z.iso.datetime(),
  asked: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .describe('by meter: the requested amount'),
  catalog: z.object({ key: z.string(), version: z.number().int() }),
  story: z.array(z.string()).describe('the decision, explained in sentences'),
})
export type Explanation = Omit<z.output<typeof explanationSchema>, 'decision'> & {
  readonly decision: Decision
}
