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
  span: spanSchema.describe('the window; of hours and days, from the first to the last'),
  windows: z.number().int(),
  complete: z.boolean().describe('whether the window is over, so that nothing will be added'),
  included: z.number().nullable().describe('in each window; null: everything'),
  used: z.number().describe('of several windows, all together'),
  over: z.number(),
  unitPriceUsd: z
    .string()
    .nullable()
    .describe('null: the plan names no price, or one by tiers or packages: `rate`'),
  rate: overageRateSchema.nullable().describe('what the plan asks; null: it names no price'),
  amountUsd: z.string().describe('exact, and rounded nowhere'),
  projected: z
    .object({ used: z.number(), over: z.number(), amountUsd: z.string(), outlook: outlookSchema })
    .nullable()
    .describe('at the end of the window; null: it is over, has no outlook, or is of hours or days'),
})
export type UsageOverageLine = z.output<typeof overageLineSchema>

export const usageOverageSchema = answered(
  'UsageOverage',
  z.object({
    organizationId: z.string(),
    plan: z.string(),
    at: z.iso.datetime(),
    windowsIn: z.literal('UTC'),
    period: spanSchema.describe('windows are billed with the period in which they end'),
    limits: z.array(overageLineSchema),
    totalUsd: z.string(),
    projectedTotalUsd: z.string().describe('with what is projected in place of what is so far'),
  }),
)
export type UsageOverage = z.output<typeof usageOverageSchema>

/** What one limit of a plan would have done in some windows. */
const limitOutcomeSchema = z.object({
  limit: z.string().describe('meter/window'),
  meter: z.string(),
  window: z.enum(LIMIT_WINDOWS),
  per: z.enum(LIMIT_SUBJECTS),
  behavior: z.enum(LIMIT_BEHAVIORS),
  max: z.number().nullable(),
  judged: z
    .boolean()
    .describe('false: of rates, concurrency and single users or keys, levels do not tell'),
  windows: z.number().int().describe('that were looked at'),
  peak: z.number().describe('the most that was used in one'),
  refusedWindows: z.number().int().describe('in which it would have refused'),
  refused: z.number().describe('how much of the meter it would have refused in them'),
  over: z.number().describe('past the maximum and let through'),
  overageUsd: z.string(),
})

const planOutcomeFields = {
  plan: z.string(),
  monthlyPriceUsd: z.string().nullable().describe('null: by agreement'),
  limits: z.array(limitOutcomeSchema),
  missingFeatures: z.array(z.string()).describe('which event types that were used need'),
  covers: z.boolean().describe('nothing would have been refused, and no feature is missing'),
  overageUsd: z.string(),
  totalUsd: z.string().nullable().describe('price and overage; null: the price is by agreement'),
}
const planOutcomeSchema = z.object(planOutcomeFields)
export type PlanOutcome = z.output<typeof planOutcomeSchema>

export const anotherPlanRequestSchema = z.strictObject({
  plan: storableText(129).describe('its key, or catalog/plan where several catalogs are loaded'),
})

export type AnotherPlanRequest = z.input<typeof anotherPlanRequestSchema>

export const anotherPlanSchema = answered(
  'AnotherPlan',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    period: spanSchema.describe('the current one, so far'),
    refusals: z.number().int().describe('by the present plan in it: use that is in no figure'),
    present: planOutcomeSchema,
    other: planOutcomeSchema,
    differenceUsd: z.string().nullable().describe('of the totals: the other less the present'),
  }),
)
export type AnotherPlan = z.output<typeof anotherPlanSchema>

export const upgradeAdviceSchema = answered(
  'UpgradeAdvice',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    present: z.string(),
    recommended: z.string().nullable().describe('null: no plan with a price would have covered it'),
    isUpgrade: z.boolean().describe('another plan than the present one'),
    reason: z.string(),
    periods: z
      .array(spanSchema.extend({ complete: z.boolean() }))
      .describe(
        'the current one so far and those before it; all have to be covered, and are paid for',
      ),
    refusals: z.number().int().describe('by the plans of the time: use that is in no figure'),
    plans: z
      .array(planOutcomeSchema)
      .describe('the present one and the public ones of its catalog'),
  }),
)
export type UpgradeAdvice = z.output<typeof upgradeAdviceSchema>

const dryRunSideSchema = z.object({
  credits: z.number(),
  overageUsd: z.string(),
  refusedWindows: z.number().int().describe('in which a limit would have refused'),
})

export const dryRunSchema = answered(
  'DryRun',
  z.object({
    catalog: z.string(),
    from: z.iso.datetime().describe('90 days ago, or since when raw events are whole'),
    to: z.iso.datetime(),
    events: z.number().int(),
    unknownEvents: z
      .number()
      .int()
      .describe('of event types that the document has not, or not active: they would be refused'),
    unjudgedMeters: z
      .array(z.string())
      .describe('states and unique counts: taken as they are, since events do not add up to them'),
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
            .describe('true: the document has no such plan, so its limits are taken as they are'),
          events: z.number().int(),
          unknownEvents: z.number().int(),
          before: dryRunSideSchema,
          after: dryRunSideSchema,
          creditsDifference: z.number(),
          overageDifferenceUsd: z.string(),
        }),
      )
      .describe('the 200 for whom most changes, by credits, then overage'),
    organizationsInAll: z.number().int().describe('with any use in the range'),
    organizationsChanged: z.number().int(),
  }),
)
export type DryRun = z.output<typeof dryRunSchema>
