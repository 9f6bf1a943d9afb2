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
      .describe('`kept`: nothing follows from it; `repeated`: it had come before'),
  }),
)
export type StripeEventReceived = z.output<typeof stripeEventReceivedSchema>

const stripeSubscriptionSchema = z.object({
  id: z.string(),
  status: z.string().describe('as Stripe says: `trialing`, `active`, `past_due`, `canceled`, …'),
  cancelAtPeriodEnd: z.boolean(),
  cancelAt: z.iso
    .datetime()
    .nullable()
    .describe('when it ends: with a period, or at a time that was set; null: it goes on'),
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
    customerId: z.string().nullable().describe('null: nobody has said who it is'),
    customerDeleted: z.boolean().describe('at Stripe, so that nothing is charged to it'),
    subscriptions: z.array(stripeSubscriptionSchema).describe('those that run first; at most 100'),
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
      .describe('what was written down here from then on; 35 days ago unless given'),
    to: z.iso.datetime({ offset: true }).optional().describe('before then; now unless given'),
    organizationId: storableText(128).optional().describe('only of this one'),
  }),
)
export type ReconcileInput = z.input<typeof reconcileInputSchema>

export const reconciliationSchema = answered(
  'Reconciliation',
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    organizations: z.int().describe('of which something was compared'),
    charges: z.int().describe('that are at Stripe as they are here'),
    uses: z.int().describe('closed buckets that the meters have as they are here'),
    clean: z.boolean(),
    counts: z.object(countFields),
    drift: z.array(driftSchema).describe('the first 1,000'),
  }),
)
export type Reconciliation = z.output<typeof reconciliationSchema>

export const collectSinceSchema = sent(
  'CollectSince',
  z.strictObject({
    since: instantSchema.describe('of periods that ended then or later'),
    organizationId: storableText(128).optional().describe('only of this one'),
    dryRun: z.boolean().optional().describe('only says what it would be; default: false'),
  }),
)
export type CollectSinceInput = z.input<typeof collectSinceSchema>

export const collectedSinceSchema = answered(
  'CollectedSince',
  z.object({
    invoices: z.int().describe('of which nothing was collected'),
    charges: z.int().describe('that the next run makes of them'),
    amount: z.string().describe('of these charges together: decimal text'),
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
