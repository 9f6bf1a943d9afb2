import { z } from 'zod'
import {
  AGGREGATIONS,
  LIMIT_BEHAVIORS,
  LIMIT_SUBJECTS,
  LIMIT_WINDOWS,
} from '../core/catalog-words.ts'
import { outlookSchema } from './insight.ts'
import { overageRateSchema } from './overage-rate.ts'
import { answered } from './schema-names.ts'
import { storableText } from './text.ts'

/** The cost of use on a plan: the current one or another. */

const spanSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

const overageLineSchema = z.object({
  limit: z.string().describe('meter/window'),
  meter: z.string(),
  aggregation: z.enum(AGGREGATIONS),
  window: z.enum(LIMIT_WINDOWS),
  span: spanSchema.describe('the window; for hours and days, from the first to the last'),
  windows: z.number().int(),
  complete: z.boolean().describe('true: the window is over and its use is final'),
  included: z.number().nullable().describe('the included amount of each window; null: unlimited'),
  used: z.number().describe('the use; for several windows, their sum'),
  over: z.number(),
  unitPriceUsd: z
    .string()
    .nullable()
    .describe('null: the plan has no price, or one by tiers or packages (`rate`)'),
  rate: overageRateSchema.nullable().describe("the plan's price; null: none"),
  amountUsd: z.string().describe('exact, never rounded'),
  projected: z
    .object({ used: z.number(), over: z.number(), amountUsd: z.string(), outlook: outlookSchema })
    .nullable()
    .describe(
      'the forecast at the end of the window; null: the window is over, is an hour or day, or ' +
        'has no forecast',
    ),
})
export type UsageOverageLine = z.output<typeof overageLineSchema>

export const usageOverageSchema = answered(
  'UsageOverage',
  z.object({
    organizationId: z.string(),
    plan: z.string(),
    at: z.iso.datetime(),
    windowsIn: z.literal('UTC'),
    period: spanSchema.describe('a window is billed with the period in which it ends'),
    limits: z.array(overageLineSchema),
    totalUsd: z.string(),
    projectedTotalUsd: z.string().describe('the total with forecasts instead of the use so far'),
  }),
)
export type UsageOverage = z.output<typeof usageOverageSchema>

/** The effect that one limit of a plan would have had in past windows. */
const limitOutcomeSchema = z.object({
  limit: z.string().describe('meter/window'),
  meter: z.string(),
  window: z.enum(LIMIT_WINDOWS),
  per: z.enum(LIMIT_SUBJECTS),
  behavior: z.enum(LIMIT_BEHAVIORS),
  max: z.number().nullable(),
  judged: z
    .boolean()
    .describe(
      'false: rates, concurrency limits, and limits per user or key cannot be judged by totals',
    ),
  windows: z.number().int().describe('the number of judged windows'),
  peak: z.number().describe('the highest use of a window'),
  refusedWindows: z
    .number()
    .int()
    .describe('the number of windows in which it would have refused calls'),
  refused: z.number().describe('how much of the meter it would have refused in them'),
  over: z.number().describe('the use that was allowed past the maximum'),
  overageUsd: z.string(),
})

const planOutcomeFields = {
  plan: z.string(),
  monthlyPriceUsd: z.string().nullable().describe('null: a price by agreement'),
  limits: z.array(limitOutcomeSchema),
  missingFeatures: z.array(z.string()).describe('features that the used event types require'),
  covers: z.boolean().describe('true: nothing would have been refused, and no feature is missing'),
  overageUsd: z.string(),
  totalUsd: z.string().nullable().describe('price and overage; null: a price by agreement'),
}
const planOutcomeSchema = z.object(planOutcomeFields)
export type PlanOutcome = z.output<typeof planOutcomeSchema>

export const anotherPlanRequestSchema = z.strictObject({
  plan: storableText(129).describe(
    "the plan's key, or catalog/plan if several catalogs are loaded",
  ),
})

export type AnotherPlanRequest = z.input<typeof anotherPlanRequestSchema>

export const anotherPlanSchema = answered(
  'AnotherPlan',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    period: spanSchema.describe('the current period so far'),
    refusals: z
      .number()
      .int()
      .describe('calls that the current plan refused in the period; they are in no figure'),
    present: planOutcomeSchema,
    other: planOutcomeSchema,
    differenceUsd: z
      .string()
      .nullable()
      .describe('the total of the other plan minus that of the current plan'),
  }),
)
export type AnotherPlan = z.output<typeof anotherPlanSchema>

export const upgradeAdviceSchema = answered(
  'UpgradeAdvice',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    present: z.string(),
    recommended: z
      .string()
      .nullable()
      .describe('null: no plan with a price would have covered the use'),
    isUpgrade: z.boolean().describe('true: a plan other than the current one'),
    reason: z.string(),
    periods: z
      .array(spanSchema.extend({ complete: z.boolean() }))
      .describe(
        'the current period so far and those before it; the plan must cover all of them, and ' +
          'the cost is for all',
      ),
    refusals: z
      .number()
      .int()
      .describe('calls that the plans in force refused; they are in no figure'),
    plans: z
      .array(planOutcomeSchema)
      .describe('the current plan and the public plans of its catalog'),
  }),
)
export type UpgradeAdvice = z.output<typeof upgradeAdviceSchema>

const dryRunSideSchema = z.object({
  credits: z.number(),
  overageUsd: z.string(),
  refusedWindows: z
    .number()
    .int()
    .describe('the number of windows in which a limit would have refused calls'),
})

export const dryRunSchema = answered(
  'DryRun',
  z.object({
    catalog: z.string(),
    from: z.iso.datetime().describe('90 days ago, or the start of complete raw events'),
    to: z.iso.datetime(),
    events: z.number().int(),
    unknownEvents: z
      .number()
      .int()
      .describe('events of types that the document lacks or deactivates; they would be refused'),
    unjudgedMeters: z
      .array(z.string())
      .describe(
        'state and unique meters, taken unchanged, because their values do not add up over events',
      ),
    before: dryRunSideSchema,
    after: dryRunSideSchema,
    creditsDifference: z.number(),
    overageDifferenceUsd: z.string(),
    organizations: z
      .array(
        z.object({
          organizationId: z.string(),
          plan: z.string(),
          planKept: z
            .boolean()
            .describe('true: the document lacks the plan, so its current limits were used'),
          events: z.number().int(),
          unknownEvents: z.number().int(),
          before: dryRunSideSchema,
          after: dryRunSideSchema,
          creditsDifference: z.number(),
          overageDifferenceUsd: z.string(),
        }),
      )
      .describe('the 200 organizations with the largest change, by credits, then by overage'),
    organizationsInAll: z
      .number()
      .int()
      .describe('the number of organizations with use in the range'),
    organizationsChanged: z.number().int(),
  }),
)
export type DryRun = z.output<typeof dryRunSchema>
