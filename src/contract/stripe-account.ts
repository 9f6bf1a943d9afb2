import type { Collector } from './collector.ts'

/**
 * An event of Stripe with a valid signature. It says which object it is about, but not its content.
 */
export interface StripeNotice {
  readonly id: string
  readonly type: string
  readonly objectId: string | null
  readonly createdAt: Date
}

export interface StripeCustomerState {
  readonly id: string
  readonly isDeleted: boolean
  /** From its metadata `tollgate_organization`. */
  readonly organizationId: string | null
}

export interface StripeSubscriptionState {
  readonly id: string
  readonly customerId: string
  /** The status at Stripe: `trialing`, `active`, `past_due`, `canceled`, … */
  readonly status: string
  readonly cancelAtPeriodEnd: boolean
  /** When it ends: at the end of the period or at a set time. Null when it continues. */
  readonly cancelAt: Date | null
  /** `keep_as_draft`, `mark_uncollectible`, `void`; null when its invoices are collected. */
  readonly pausedCollection: string | null
  readonly currentPeriodEnd: Date | null
  readonly endedAt: Date | null
}

export interface StripeInvoiceState {
  readonly id: string
  readonly customerId: string | null
  /** The status at Stripe: `draft`, `open`, `paid`, `uncollectible`, `void`. */
  readonly status: string
  /** The number of payment attempts. */
  readonly attempts: number
  /** ISO 4217, in capitals. */
  readonly currency: string
  readonly dueMinorUnits: bigint
  readonly paidMinorUnits: bigint
  readonly paidAt: Date | null
  /** From its metadata `tollgate_organization`. */
  readonly organizationId: string | null
  /** From its metadata `tollgate_top_up` and `tollgate_credits`. */
  readonly topUp: StripeTopUp | null
  /** The charges on the invoice, by key and by the id of their items at Stripe. */
  readonly chargeKeys: readonly string[]
  readonly itemIds: readonly string[]
}

/** Credits that an invoice pays for. */
export interface StripeTopUp {
  readonly id: string
  /** Decimal text. */
  readonly credits: string | null
  /** Null until the invoice is paid. */
  readonly money: StripeMoney | null
}

/** The money of a paid invoice, in minor units. Each amount is part of the one before. */
export interface StripeMoney {
  /** The total of the invoice. */
  readonly total: bigint
  /** Received by payments and from the customer's balance, not by payments outside Stripe. */
  readonly received: bigint
  /** The part of `received` that was refunded, lost in a dispute, or credited to the customer. */
  readonly returned: bigint
  /** The part of what is left that is in an open dispute. */
  readonly disputed: bigint
}

/** A payment that its customer disputes with the bank. */
export interface StripeDisputeState {
  readonly id: string
  /** As at Stripe: `needs_response`, `under_review`, `won`, `lost`, `warning_closed`, … */
  readonly status: string
  readonly reason: string
  /** ISO 4217, in capitals. */
  readonly currency: string
  readonly minorUnits: bigint
  readonly customerId: string | null
  readonly createdAt: Date
  /** The deadline for evidence. Null: none is accepted any more. */
  readonly respondBy: Date | null
}

/** The objects of events that affect the money of an invoice, beside the invoice itself. */
export type StripeReturn = 'charge' | 'refund' | 'dispute' | 'credit_note'

/** Use that a Stripe meter refused. Stripe reports it afterwards. */
export interface StripeMeterErrors {
  readonly meterId: string | null
  readonly errors: number
  readonly codes: readonly string[]
  readonly summary: string
  readonly from: string
  readonly to: string
}

/** An invoice item at Stripe that carries the key of a charge. */
export interface StripeItem {
  readonly id: string
  readonly key: string
  readonly customerId: string
  /** The current amount at Stripe, in minor units. */
  readonly minorUnits: bigint
  readonly currency: string
  readonly description: string | null
  readonly periodStart: Date
  readonly periodEnd: Date
  /** Null until the next invoice includes it. */
  readonly invoiceId: string | null
}

/** An account at Stripe: collects charges and reads the current state there. */
export interface StripeAccount extends Collector {
  /** True when a secret for verifying signatures is configured. */
  readonly takesNotices: boolean
  /**
   * Verifies an event. Returns undefined when no secret matches or the signature is too old. Throws
   * a `SyntaxError` when the body is not an event.
   */
  notice(body: string, signature: string, at: Date): Promise<StripeNotice | undefined>
  /** Returns undefined when the object does not exist, as do the methods below. */
  customer(id: string): Promise<StripeCustomerState | undefined>
  subscription(id: string): Promise<StripeSubscriptionState | undefined>
  invoice(id: string): Promise<StripeInvoiceState | undefined>
  /** The status at Stripe: `draft`, `open`, `paid`, `uncollectible`, `void`. */
  invoiceStatus(id: string): Promise<string | undefined>
  dispute(id: string): Promise<StripeDisputeState | undefined>
  /** The invoices that the object affects; undefined when the object does not exist. */
  invoicesOf(what: StripeReturn, id: string): Promise<readonly string[] | undefined>
  meterErrors(eventId: string): Promise<StripeMeterErrors | undefined>
  item(id: string): Promise<StripeItem | undefined>
  /** A customer's items with a key, created from an instant on, a page at a time. */
  items(customerId: string, from: Date): AsyncIterable<readonly StripeItem[]>
  /**
   * The total of a meter for a customer in a range of whole hours; undefined when the meter does
   * not exist.
   */
  metered(
    customerId: string,
    eventName: string,
    stretch: { readonly from: Date; readonly to: Date },
  ): Promise<number | undefined>
}
