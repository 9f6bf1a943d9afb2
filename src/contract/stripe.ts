import { z } from 'zod'
import type { StripeCustomerInput, StripeCustomerSet } from './billing.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, storableText } from './text.ts'

/** A request of Stripe's, as it came: the signature is of the very bytes of the body. */
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

/** Who an organization is at Stripe, and what it has there. */
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

/** In which ways the two sides may differ. */
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
  /** How far it is; only in this process. */
  readonly onProgress?: (organizations: number) => void
  /** What was found, as it is found; only in this process. */
  readonly onDrift?: (drift: Drift) => void
}

/** What Stripe knows of organizations, and comparing the two sides. */
export interface StripeSide {
  /** Who the organization is at Stripe, and its subscriptions there. */
  link(input?: OfOrganization, options?: CallOptions): Promise<StripeLink>
  /** Says who the organization is at Stripe; charges of it that wait are tried by the next run. */
  setCustomer(
    input: OfOrganization & StripeCustomerInput,
    options?: CallOptions,
  ): Promise<StripeCustomerSet>
  /**
   * Takes an event of Stripe, once however often it comes, and in any order. `invalid_request`
   * where its signature is not good, and then nothing is written.
   */
  receive(input: StripeEventInput, options?: CallOptions): Promise<StripeEventReceived>
  /** Compares what was charged and told here with what is at Stripe. Changes nothing. */
  reconcile(input?: ReconcileInput, options?: ReconcileOptions): Promise<Reconciliation>
  /**
   * Has what was closed while no key of Stripe was set collected by the next run: overage,
   * adjustments and credit notes of invoices without charges. Done again, it collects nothing twice.
   * `unprocessable` where nothing is collected at Stripe, or only use is told.
   */
  collectSince(input: CollectSinceInput, options?: CallOptions): Promise<CollectedSince>
}
