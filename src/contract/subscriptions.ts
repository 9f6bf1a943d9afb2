import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import type { OfferedPlans } from './offered-plans.ts'
import { type Page, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

/** When what is asked for takes effect. */
const SUBSCRIPTION_TIMINGS = ['now', 'period_end'] as const

const planKeySchema = storableText(129).describe(
  'plan key, or catalog/plan where several catalogs are loaded',
)
const timingSchema = z.enum(SUBSCRIPTION_TIMINGS)
const amountSchema = z.string().describe('decimal, with all decimals of the currency')
const periodSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

/** A plan is moved to in its newest version; the plan that it is on, to move to that version. */
export const subscriptionChangeSchema = sent(
  'SubscriptionChange',
  z.strictObject({
    plan: planKeySchema,
    when: timingSchema
      .optional()
      .describe(
        'absent: now for what costs as much or more, and in a trial; else at the end of the period',
      ),
  }),
)
export type SubscriptionChangeInput = z.input<typeof subscriptionChangeSchema>

export const subscriptionCancelSchema = sent(
  'SubscriptionCancel',
  z.strictObject({
    when: timingSchema.optional().describe('absent: at the end of the period'),
  }),
)
export type SubscriptionCancelInput = z.input<typeof subscriptionCancelSchema>

export const subscriptionTrialSchema = sent(
  'SubscriptionTrial',
  z.strictObject({
    endsAt: instantSchema.describe('to come; the subscription is free until then'),
  }),
)
export type SubscriptionTrialInput = z.input<typeof subscriptionTrialSchema>

const pricedPlanSchema = z.object({
  plan: z.string().describe('catalog/plan'),
  version: z.int(),
  monthlyPriceUsd: z.string().nullable().describe('null: by agreement'),
})

const scheduledSchema = z.object({
  at: z.iso.datetime(),
  what: z.enum(['trial_end', 'plan', 'end']),
  plan: z.string().nullable().describe('the plan from then on; null: it stays'),
  planVersion: z.int().nullable(),
})

export const subscriptionSchema = answered(
  'Subscription',
  z.object({
    organizationId: z.string(),
    state: z.enum(['trial', 'active', 'paused', 'ended']),
    plan: z.string().describe('catalog/plan'),
    planVersion: z.int(),
    newestVersion: z.int().describe('of that plan; it is moved to only when that is asked for'),
    monthlyPriceUsd: z.string().nullable().describe('null: by agreement'),
    startsAt: z.iso.datetime().describe('its UTC day anchors the billing periods'),
    trialEndsAt: z.iso.datetime().nullable(),
    pausedAt: z.iso.datetime().nullable(),
    endsAt: z.iso.datetime().nullable().describe('may be to come'),
    currentPeriod: periodSchema,
    scheduled: z.array(scheduledSchema).describe('what is to come, in its order'),
  }),
)
export type Subscription = z.output<typeof subscriptionSchema>

const prorationSchema = z.object({
  plan: z.string(),
  planVersion: z.int(),
  monthlyPriceUsd: z.string(),
  seconds: z.int().describe('of the period, from the change on; below zero in a credit'),
  ofSeconds: z.int().describe('in the whole period'),
  exactAmount: z.string().describe('price × seconds ÷ ofSeconds: a decimal, or a fraction'),
  amount: amountSchema,
})

const invoiceEffectSchema = periodSchema.extend({
  before: amountSchema.describe('what the invoice comes to without the change'),
  after: amountSchema,
})

export const subscriptionPreviewSchema = answered(
  'SubscriptionPreview',
  z.object({
    organizationId: z.string(),
    from: pricedPlanSchema,
    to: pricedPlanSchema,
    when: timingSchema,
    at: z.iso.datetime().describe('when it takes effect'),
    currency: z.string(),
    proration: z
      .array(prorationSchema)
      .describe('the credit and the charge; none where none is due'),
    prorationTotal: amountSchema,
    thisInvoice: invoiceEffectSchema.describe('of the running period, with its overage so far'),
    nextInvoice: invoiceEffectSchema.describe('of the period after it, without overage'),
  }),
)
export type SubscriptionPreview = z.output<typeof subscriptionPreviewSchema>

export const migrationRequestSchema = z.strictObject({
  ...pageRequestSchema.shape,
  plan: planKeySchema,
})
export type MigrationRequest = z.input<typeof migrationRequestSchema>

const migrationItemSchema = z.object({
  organizationId: z.string(),
  name: z.string(),
  from: pricedPlanSchema,
  to: pricedPlanSchema,
  differenceUsd: z.string().nullable().describe('by the month; null: one of them is by agreement'),
})

export const migrationPageSchema = answered(
  'MigrationPage',
  pageOf(migrationItemSchema).describe('organizations on older versions of the plan'),
)
export type MigrationItem = z.output<typeof migrationItemSchema>
export type MigrationPage = Page<MigrationItem>

export const migrationSchema = sent(
  'Migration',
  z.strictObject({
    plan: planKeySchema,
    organizationIds: z.array(organizationIdSchema).min(1).max(200),
  }),
)
export type MigrationInput = z.input<typeof migrationSchema>

export const migratedSchema = answered(
  'Migrated',
  z.object({
    plan: z.string().describe('catalog/plan'),
    version: z.int(),
    moved: z.array(z.string()),
    failed: z.array(z.object({ organizationId: z.string(), reason: z.string() })),
  }),
)
export type Migrated = z.output<typeof migratedSchema>

/** What organizations subscribe to, from when until when. */
export interface Subscriptions {
  get(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** The plans that it may choose among, and those that it is on and is moved to. */
  plans(input?: OfOrganization, options?: CallOptions): Promise<OfferedPlans>
  /** What a change would cost. Changes nothing. */
  preview(
    input: OfOrganization & SubscriptionChangeInput,
    options?: CallOptions,
  ): Promise<SubscriptionPreview>
  /** Takes the place of a change that is scheduled. */
  change(
    input: OfOrganization & SubscriptionChangeInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** Ends it; the gate refuses calls from then on (`subscription_ended`). */
  cancel(
    input?: OfOrganization & SubscriptionCancelInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** Takes back what is scheduled: a change of plan, an end. */
  keep(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Begins again, on its plan, what has ended. The time between is not charged. */
  restart(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** The gate refuses calls (`subscription_paused`) and nothing is charged until `resume`. */
  pause(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  resume(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Moves the end of a trial; begins one where nothing is billed yet. */
  extendTrial(
    input: OfOrganization & SubscriptionTrialInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** As if its time were over now. */
  endTrial(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Who would pay what on the newest version of a plan. Changes nothing. */
  previewMigration(input: MigrationRequest, options?: CallOptions): Pages<MigrationItem>
  /** Moves those that are named to the newest version of their plan, now, each by itself. */
  migrate(input: MigrationInput, options?: CallOptions): Promise<Migrated>
}
