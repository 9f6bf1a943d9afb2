import { z } from 'zod'
import { storableText } from './text.ts'

/** A request of Stripe's, as it came: the signature is of the very bytes of the body. */
export interface StripeEventInput {
  readonly body: string
  /** The header `Stripe-Signature`. */
  readonly signature: string | null
}

export const stripeEventReceivedSchema = z.object({
  eventId: z.string(),
  type: z.string(),
  outcome: z
    .enum(['applied', 'kept', 'gone', 'repeated'])
    .describe('`kept`: nothing follows from it; `repeated`: it had come before'),
})
export type StripeEventReceived = z.output<typeof stripeEventReceivedSchema>

const stripeSubscriptionSchema = z.object({
  id: z.string(),
  status: z.string().describe('as Stripe says: `trialing`, `active`, `past_due`, `canceled`, …'),
  cancelAtPeriodEnd: z.boolean(),
  currentPeriodEnd: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
})

/** Who an organization is at Stripe, and what it has there. */
export const stripeLinkSchema = z.object({
  organizationId: z.string(),
  customerId: z.string().nullable().describe('null: nobody has said who it is'),
  customerDeleted: z.boolean().describe('at Stripe, so that nothing is charged to it'),
  subscriptions: z.array(stripeSubscriptionSchema).describe('those that run first; at most 100'),
})
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
  'meter',
  'meter_error',
] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

export const driftSchema = z.object({
  kind: z.enum(DRIFT_KINDS),
  organizationId: z.string().nullable(),
  key: z.string().nullable().describe('`tollgate_key` in the metadata at Stripe'),
  stripeId: z.string().nullable(),
  here: z.string().nullable(),
  atStripe: z.string().nullable(),
})
export type Drift = z.output<typeof driftSchema>

export const reconcileInputSchema = z.strictObject({
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('what was written down here from then on; 35 days ago unless given'),
  to: z.iso.datetime({ offset: true }).optional().describe('before then; now unless given'),
  organizationId: storableText(128).optional().describe('only of this one'),
})
export type ReconcileInput = z.input<typeof reconcileInputSchema>

export const reconciliationSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  organizations: z.int().describe('of which something was compared'),
  charges: z.int().describe('that are at Stripe as they are here'),
  uses: z.int().describe('closed buckets that the meters have as they are here'),
  clean: z.boolean(),
  counts: z.record(z.enum(DRIFT_KINDS), z.int()),
  drift: z.array(driftSchema).describe('the first 1,000'),
})
export type Reconciliation = z.output<typeof reconciliationSchema>

/** How far it is, and what was found, as it is found. */
export interface ReconcileWatch {
  readonly onProgress?: (organizations: number) => void
  readonly onDrift?: (drift: Drift) => void
}

/** What is known of Stripe's side, and comparing it with ours. */
export interface StripeSide {
  stripeLink(organizationId: string): Promise<StripeLink>
  /** Compares what was charged and told here with what is at Stripe. Changes nothing. */
  reconcile(input?: ReconcileInput): Promise<Reconciliation>
}

export interface StripeSideInProcess {
  /**
   * Takes an event of Stripe, once however often it comes, and in any order. `invalid_request` where
   * its signature is not good, and then nothing is written.
   */
  receiveStripeEvent(input: StripeEventInput): Promise<StripeEventReceived>
  reconcile(input?: ReconcileInput, watch?: ReconcileWatch): Promise<Reconciliation>
}
