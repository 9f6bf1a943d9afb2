import { z } from 'zod'
import type { StripeCustomerInput, StripeCustomerSet } from './billing.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, storableText } from './text.ts'

/** A request from Stripe, unchanged. The signature covers the exact bytes of the body. */
export const stripeEventSchema = z.strictObject({
  body: z.string(),
  signature: z.string().nullable().describe('the header `Stripe-Signature`'),
})
export type StripeEventInput = z.input<typeof stripeEventSchema>

export const stripeEventReceivedSchema = answered(
  'StripeEventReceived',
  z.object({
    eventId: z.string(),
    type: z.string(),
    outcome: z
      .enum(['applied', 'kept', 'gone', 'repeated'])
      .describe('`kept`: stored without effect; `repeated`: received before'),
  }),
)
export type StripeEventReceived = z.output<typeof stripeEventReceivedSchema>

const stripeSubscriptionSchema = z.object({
  id: z.string(),
  status: z
    .string()
    .describe('the status at Stripe: `trialing`, `active`, `past_due`, `canceled`, …'),
  cancelAtPeriodEnd: z.boolean(),
  cancelAt: z.iso
    .datetime()
    .nullable()
    .describe('when it ends: at the end of a period, or at a set time; null: it continues'),
  pausedCollection: z
    .string()
    .nullable()
    .describe('`keep_as_draft`, `mark_uncollectible` or `void`; null: its invoices are collected'),
  currentPeriodEnd: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
})

/** The Stripe customer of an organization, and its subscriptions there. */
export const stripeLinkSchema = answered(
  'StripeLink',
  z.object({
    organizationId: z.string(),
    customerId: z.string().nullable().describe('null: no customer is linked'),
    customerDeleted: z.boolean().describe('true: deleted at Stripe, so nothing is charged to it'),
    subscriptions: z.array(stripeSubscriptionSchema).describe('active ones first; at most 100'),
  }),
)
export type StripeLink = z.output<typeof stripeLinkSchema>

/** The ways in which the two sides may differ. */
export const DRIFT_KINDS = [
  'not_charged',
  'waiting',
  'missing',
  'twice',
  'unknown',
  'customer',
  'currency',
  'amount',
  'edited',
  'uncollected',
  'payment',
  'meter',
  'meter_error',
] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

const countFields = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, z.int()])) as Record<
  DriftKind,
  z.ZodInt
>

const driftSchema = answered(
  'Drift',
  z.object({
    kind: z.enum(DRIFT_KINDS),
    organizationId: z.string().nullable(),
    key: z.string().nullable().describe('`tollgate_key` in the metadata at Stripe'),
    stripeId: z.string().nullable(),
    here: z.string().nullable(),
    atStripe: z.string().nullable(),
  }),
)
export type Drift = z.output<typeof driftSchema>

export const reconcileInputSchema = sent(
  'ReconcileRange',
  z.strictObject({
    from: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('compares what was stored at or after this instant; default: 35 days ago'),
    to: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('compares what was stored before this instant; default: now'),
    organizationId: storableText(128).optional().describe('only this organization'),
  }),
)
export type ReconcileInput = z.input<typeof reconcileInputSchema>

export const reconciliationSchema = answered(
  'Reconciliation',
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    organizations: z.int().describe('the number of organizations that were compared'),
    charges: z.int().describe('the number of charges that agree with Stripe'),
    uses: z.int().describe("the number of closed buckets that agree with Stripe's meters"),
    clean: z.boolean(),
    counts: z.object(countFields),
    drift: z.array(driftSchema).describe('the first 1,000 differences'),
  }),
)
export type Reconciliation = z.output<typeof reconciliationSchema>

export const collectSinceSchema = sent(
  'CollectSince',
  z.strictObject({
    since: instantSchema.describe('periods that ended at or after this instant'),
    organizationId: storableText(128).optional().describe('only this organization'),
    dryRun: z.boolean().optional().describe('true: only reports; default false'),
  }),
)
export type CollectSinceInput = z.input<typeof collectSinceSchema>

export const collectedSinceSchema = answered(
  'CollectedSince',
  z.object({
    invoices: z.int().describe('the number of invoices that were not collected'),
    charges: z.int().describe('the number of charges that the next run creates'),
    amount: z.string().describe('the total of these charges, as decimal text'),
    currency: z.string(),
    dryRun: z.boolean(),
  }),
)
export type CollectedSince = z.output<typeof collectedSinceSchema>

export interface ReconcileOptions extends CallOptions {
  /** Reports progress; only in this process, not over HTTP. */
  readonly onProgress?: (organizations: number) => void
  /** Reports each difference as it is found; only in this process, not over HTTP. */
  readonly onDrift?: (drift: Drift) => void
}

/** The link between organizations and Stripe, and the comparison of both sides. */
export interface StripeSide {
  /** Returns the organization's Stripe customer and its subscriptions there. */
  link(input?: OfOrganization, options?: CallOptions): Promise<StripeLink>
  /** Sets the organization's Stripe customer. The next run retries its pending charges. */
  setCustomer(
    input: OfOrganization & StripeCustomerInput,
    options?: CallOptions,
  ): Promise<StripeCustomerSet>
  /**
   * Processes an event of Stripe, once however often it arrives, and in any order. Throws
   * `invalid_request` when the signature is invalid; nothing is written then.
   */
  receive(input: StripeEventInput, options?: CallOptions): Promise<StripeEventReceived>
  /** Compares charges and reported use with Stripe. Changes nothing. */
  reconcile(input?: ReconcileInput, options?: ReconcileOptions): Promise<Reconciliation>
  /**
   * Queues the collection of what was billed while no Stripe key was configured: overage,
   * adjustments and credit notes of invoices without charges. The next run collects it. A repeated
   * call collects nothing twice. Throws `unprocessable` when Stripe does not collect, or only
   * meters use.
   */
  collectSince(input: CollectSinceInput, options?: CallOptions): Promise<CollectedSince>
}
