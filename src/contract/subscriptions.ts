import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import type { OfferedPlans } from './offered-plans.ts'
import { type Page, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

/** When a change takes effect. */
const SUBSCRIPTION_TIMINGS = ['now', 'period_end'] as const

const planKeySchema = storableText(129).describe(
  "the plan's key, or catalog/plan if several catalogs are loaded",
)
const timingSchema = z.enum(SUBSCRIPTION_TIMINGS)
const amountSchema = z.string().describe('decimal, with all decimals of the currency')
const periodSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

/**
 * A change moves to the newest version of the plan. Naming the current plan moves to its newest
 * version.
 */
export const subscriptionChangeSchema = sent(
  'SubscriptionChange',
  z.strictObject({
    plan: planKeySchema,
    when: timingSchema
      .optional()
      .describe(
        'default: now for an equal or higher price, and in a trial; otherwise at the end of ' +
          'the period',
      ),
  }),
)
export type SubscriptionChangeInput = z.input<typeof subscriptionChangeSchema>

export const subscriptionCancelSchema = sent(
  'SubscriptionCancel',
  z.strictObject({
    when: timingSchema.optional().describe('default: at the end of the period'),
  }),
)
export type SubscriptionCancelInput = z.input<typeof subscriptionCancelSchema>

export const subscriptionTrialSchema = sent(
  'SubscriptionTrial',
  z.strictObject({
    endsAt: instantSchema.describe('an instant in the future; nothing is charged until then'),
  }),
)
export type SubscriptionTrialInput = z.input<typeof subscriptionTrialSchema>

const pricedPlanSchema = z.object({
  plan: z.string().describe('catalog/plan'),
  version: z.int(),
  monthlyPriceUsd: z.string().nullable().describe('null: a price by agreement'),
})

const scheduledSchema = z.object({
  at: z.iso.datetime(),
  what: z.enum(['trial_end', 'plan', 'end']),
  plan: z.string().nullable().describe('the plan from then on; null: unchanged'),
  planVersion: z.int().nullable(),
})

export const subscriptionSchema = answered(
  'Subscription',
  z.object({
    organizationId: z.string(),
    state: z.enum(['trial', 'active', 'paused', 'ended']),
    plan: z.string().describe('catalog/plan'),
    planVersion: z.int(),
    newestVersion: z
      .int()
      .describe('the newest version of that plan; the subscription moves to it only on request'),
    monthlyPriceUsd: z.string().nullable().describe('null: a price by agreement'),
    startsAt: z.iso.datetime().describe('its UTC day anchors the billing periods'),
    trialEndsAt: z.iso.datetime().nullable(),
    pausedAt: z.iso.datetime().nullable(),
    endsAt: z.iso.datetime().nullable().describe('may be in the future'),
    currentPeriod: periodSchema,
    scheduled: z.array(scheduledSchema).describe('scheduled changes, in time order'),
  }),
)
export type Subscription = z.output<typeof subscriptionSchema>

const prorationSchema = z.object({
  plan: z.string(),
  planVersion: z.int(),
  monthlyPriceUsd: z.string(),
  seconds: z.int().describe('the seconds of the period from the change on; negative in a credit'),
  ofSeconds: z.int().describe('the seconds of the whole period'),
  exactAmount: z.string().describe('price × seconds ÷ ofSeconds: a decimal, or a fraction'),
  amount: amountSchema,
})

const invoiceEffectSchema = periodSchema.extend({
  before: amountSchema.describe('the total of the invoice without the change'),
  after: amountSchema,
})

export const subscriptionPreviewSchema = answered(
  'SubscriptionPreview',
  z.object({
    organizationId: z.string(),
    from: pricedPlanSchema,
    to: pricedPlanSchema,
    when: timingSchema,
    at: z.iso.datetime().describe('when the change takes effect'),
    currency: z.string(),
    proration: z
      .array(prorationSchema)
      .describe('the credit and the charge; empty when nothing is due'),
    prorationTotal: amountSchema,
    thisInvoice: invoiceEffectSchema.describe(
      'the invoice of the current period, with its overage so far',
    ),
    nextInvoice: invoiceEffectSchema.describe('the invoice of the next period, without overage'),
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
  differenceUsd: z
    .string()
    .nullable()
    .describe('the difference per month; null: one of the prices is by agreement'),
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

/** The subscriptions of organizations. */
export interface Subscriptions {
  get(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Lists the plans that the organization may choose, its current plan, and the scheduled one. */
  plans(input?: OfOrganization, options?: CallOptions): Promise<OfferedPlans>
  /** Returns the cost of a change. Changes nothing. */
  preview(
    input: OfOrganization & SubscriptionChangeInput,
    options?: CallOptions,
  ): Promise<SubscriptionPreview>
  /** Changes the plan. Replaces a change that is already scheduled. */
  change(
    input: OfOrganization & SubscriptionChangeInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** Ends the subscription. From then on the gate refuses calls (`subscription_ended`). */
  cancel(
    input?: OfOrganization & SubscriptionCancelInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** Undoes what is scheduled: a change of plan or an end. */
  keep(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Restarts an ended subscription on its plan. The time in between is not charged. */
  restart(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /**
   * Pauses the subscription. Until `resume`, the gate refuses calls (`subscription_paused`) and
   * nothing is charged.
   */
  pause(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  resume(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Moves the end of a trial. Starts a trial when nothing has been billed yet. */
  extendTrial(
    input: OfOrganization & SubscriptionTrialInput,
    options?: CallOptions,
  ): Promise<Subscription>
  /** Ends a trial now, as if its time were over. */
  endTrial(input?: OfOrganization, options?: CallOptions): Promise<Subscription>
  /** Lists what organizations would pay on the newest version of a plan. Changes nothing. */
  previewMigration(input: MigrationRequest, options?: CallOptions): Pages<MigrationItem>
  /** Moves the named organizations to the newest version of their plan, now, each independently. */
  migrate(input: MigrationInput, options?: CallOptions): Promise<Migrated>
}
