import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import type { InvoiceLineEvent, InvoiceLineEvents } from './invoice-events.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'
import { answered, sent } from './schema-names.ts'

const amountSchema = z.string().describe('decimal text with all decimals of the currency: `5.00`')

const minorUnitsSchema = z.int().describe('in the smallest unit of the currency, such as cents')

const LINE_KINDS = ['subscription', 'overage', 'proration', 'credit', 'adjustment'] as const

const stepSchema = z.object({
  kind: z.string().describe('`included`, `units`, `package`, `fee`, `past_cap`, or a bound'),
  priceId: z.string().describe('the plan version, meter and window of the price'),
  quantity: z.string().optional(),
  price: z.string().optional(),
  amount: z.string(),
})

const invoiceLineSchema = answered(
  'InvoiceLine',
  z.object({
    line: z.int().describe('the number of the line, from 1'),
    kind: z.enum(LINE_KINDS),
    description: z.string(),
    meter: z.string().nullable(),
    window: z.string().nullable(),
    units: z.string().nullable().describe('the charged units past the included amount'),
    exactAmount: z
      .string()
      .describe('the amount before rounding; a fraction when no decimal holds it'),
    amount: amountSchema,
    minorUnits: minorUnitsSchema,
    steps: z.array(stepSchema).describe('the calculation; the amounts add up to `exactAmount`'),
    adjusts: z.string().nullable().describe('the earlier invoice that the line corrects'),
  }),
)

const invoiceFields = {
  organizationId: z.string(),
  periodStart: z.iso.datetime(),
  periodEnd: z.iso.datetime().describe('exclusive: the first instant after the period'),
  currency: z.string().describe('ISO 4217'),
  total: amountSchema,
  totalMinorUnits: minorUnitsSchema,
  dueMinorUnits: minorUnitsSchema.describe('the amount to pay: the total, but at least zero'),
  carriedMinorUnits: minorUnitsSchema.describe('the credit that the next invoice begins with'),
}

/** The invoice of an organization for one period. */
const invoiceSchema = answered(
  'Invoice',
  z.object({
    id: z.string(),
    state: z.literal('final'),
    ...invoiceFields,
    createdAt: z.iso.datetime(),
  }),
)
export type Invoice = z.output<typeof invoiceSchema>

export const invoicePageSchema = answered('InvoicePage', pageOf(invoiceSchema))

/** The collection of an invoice's amount, and its progress. */
const invoiceChargeSchema = answered(
  'InvoiceCharge',
  z.object({
    key: z.string().describe('`tollgate_key` in the metadata of the item at Stripe'),
    description: z.string(),
    minorUnits: minorUnitsSchema,
    itemId: z.string().nullable().describe('the invoice item at Stripe; null: not created yet'),
    reason: z.string().nullable().describe('why the last attempt did not create it'),
    stripeInvoiceId: z.string().nullable().describe('the Stripe invoice that includes it'),
    payment: z
      .string()
      .nullable()
      .describe('the status of that invoice at Stripe: `open`, `paid`, `uncollectible`, `void`'),
    paidAt: z.iso.datetime().nullable(),
  }),
)

export const invoiceWithLinesSchema = answered(
  'InvoiceWithLines',
  invoiceSchema.extend({
    lines: z.array(invoiceLineSchema),
    charges: z.array(invoiceChargeSchema).describe('empty when Stripe collects nothing'),
    uncollectedMinorUnits: minorUnitsSchema.describe(
      'an amount to collect that no charge covers, because the invoice was closed before ' +
        'collection was configured',
    ),
  }),
)
export type InvoiceWithLines = z.output<typeof invoiceWithLinesSchema>

/** The invoice as it would be if the period ended now. */
export const invoicePreviewSchema = answered(
  'InvoicePreview',
  z.object({
    state: z.literal('draft'),
    ...invoiceFields,
    asOf: z.iso.datetime(),
    lines: z.array(invoiceLineSchema),
  }),
)
export type InvoicePreview = z.output<typeof invoicePreviewSchema>

/** The Stripe customer of an organization. */
export const stripeCustomerSchema = sent(
  'StripeCustomer',
  z.strictObject({
    customerId: z
      .string()
      .regex(/^cus_[A-Za-z0-9_]{1,100}$/, 'must be the id of a Stripe customer: cus_…'),
  }),
)
export type StripeCustomerInput = z.input<typeof stripeCustomerSchema>

export const stripeCustomerSetSchema = answered(
  'StripeCustomerSet',
  z.object({
    organizationId: z.string(),
    customerId: z.string(),
  }),
)
export type StripeCustomerSet = z.output<typeof stripeCustomerSetSchema>

const reportRowSchema = z.object({
  organizationId: z.string(),
  status: z.enum(['billed', 'failed']),
  amount: amountSchema.describe('the total of the created charges'),
  currency: z.string().nullable(),
  reason: z.string().nullable().describe('why it failed; the next run tries again'),
})
export type OverageReportRow = z.output<typeof reportRowSchema>

export const overageReportSchema = answered(
  'OverageReport',
  z.object({
    closed: z.int().describe('the number of closed periods, each with an invoice'),
    billed: z.int().describe('the number of organizations that were charged'),
    failed: z.int().describe('the number of organizations with a failure'),
    waiting: z
      .int()
      .describe('the number of charges that are left for another process or the next run'),
    organizations: z.array(reportRowSchema).describe('at most 1,000, failed ones first'),
    more: z.int().describe('the number of organizations that are not listed'),
  }),
)
export type OverageReport = z.output<typeof overageReportSchema>

/** The progress of a run, as counts since its start. */
export interface BillingProgress {
  readonly closed: number
  readonly billed: number
  readonly failed: number
}

/** The invoices of an organization, one per billing period. */
export interface Invoices {
  /** Lists invoices, latest period first. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<Invoice>
  /** Returns an invoice with the arithmetic of its lines and the state of its collection. */
  get(
    input: OfOrganization & { invoiceId: string },
    options?: CallOptions,
  ): Promise<InvoiceWithLines>
  /** Computes the invoice of the current period as it would be now. Stores nothing. */
  preview(input?: OfOrganization, options?: CallOptions): Promise<InvoicePreview>
  /**
   * Lists the events that a line charges for: those of its meter, in its windows. Events within
   * the included amount are listed too. A late event is listed, though a later invoice may
   * charge for it as an adjustment.
   */
  lineEvents(
    input: OfOrganization & { invoiceId: string; line: number } & PageRequest,
    options?: CallOptions,
  ): Pages<InvoiceLineEvent, InvoiceLineEvents>
}

export interface BillingRunOptions extends CallOptions {
  /** Called after each batch of organizations; only in this process, not over HTTP. */
  readonly onProgress?: (progress: BillingProgress) => void
}

/** Closes billing periods and collects what is due. */
export interface Billing {
  /**
   * Closes all periods that are over and collects what is due. Repeated or concurrent runs still
   * bill once. A failure of one organization does not stop the others; it is reported, and the next
   * run tries again.
   */
  run(input?: Record<never, never>, options?: BillingRunOptions): Promise<OverageReport>
}
