import type { Collector } from './collector.ts'

/** An event of Stripe whose signature was found good: only what it is about, not what it says. */
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
  /** As Stripe says: `trialing`, `active`, `past_due`, `canceled`, … */
  readonly status: string
  readonly cancelAtPeriodEnd: boolean
  /** When it ends: at the period's end, or at a time that was set. Null: it goes on. */
  readonly cancelAt: Date | null
  /** `keep_as_draft`, `mark_uncollectible`, `void`; null: its invoices are collected. */
  readonly pausedCollection: string | null
  readonly currentPeriodEnd: Date | null
  readonly endedAt: Date | null
}

export interface StripeInvoiceState {
  readonly id: string
  readonly customerId: string | null
  /** As Stripe says: `draft`, `open`, `paid`, `uncollectible`, `void`. */
  readonly status: string
  /** How often a payment was attempted. */
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
  /** The charges on it, by their keys and by what Stripe calls their items. */
  readonly chargeKeys: readonly string[]
  readonly itemIds: readonly string[]
}

/** Credits that are paid by an invoice. */
export interface StripeTopUp {
  readonly id: string
  /** Decimal text. */
  readonly credits: string | null
  /** Null while the invoice is not paid. */
  readonly money: StripeMoney | null
}

/** What became of the money of a paid invoice, in minor units: each is part of the one before. */
export interface StripeMoney {
  /** What the invoice came to. */
  readonly total: bigint
  /** By payments, and out of what the customer had to its credit: nothing that was paid elsewhere. */
  readonly received: bigint
  /** Of that: refunded, lost in a dispute, or noted to the customer's credit. */
  readonly returned: bigint
  /** Of what is left: in a dispute that is open. */
  readonly disputed: bigint
}

/** What an event may be about, beside an invoice itself, that says something of its money. */
export type StripeReturn = 'charge' | 'refund' | 'dispute' | 'credit_note'

/** Use that a meter did not take, of which Stripe tells afterwards. */
export interface StripeMeterErrors {
  readonly meterId: string | null
  readonly errors: number
  readonly codes: readonly string[]
  readonly summary: string
  readonly from: string
  readonly to: string
}

/** An invoice item at Stripe that says it is of a charge. */
export interface StripeItem {
  readonly id: string
  readonly key: string
  readonly customerId: string
  /** As it stands at Stripe, in minor units. */
  readonly minorUnits: bigint
  readonly currency: string
  readonly description: string | null
  readonly periodStart: Date
  readonly periodEnd: Date
  /** Null while it waits for the next invoice. */
  readonly invoiceId: string | null
}

/** An account at Stripe: what it is told to collect, and how things stand there now. */
export interface StripeAccount extends Collector {
  /** Whether it has a secret to verify signatures by. */
  readonly takesNotices: boolean
  /** Undefined where no secret has signed it, or too long ago. Throws a `SyntaxError` on no event. */
  notice(body: string, signature: string, at: Date): Promise<StripeNotice | undefined>
  /** Undefined where there is none, as with the others. */
  customer(id: string): Promise<StripeCustomerState | undefined>
  subscription(id: string): Promise<StripeSubscriptionState | undefined>
  invoice(id: string): Promise<StripeInvoiceState | undefined>
  /** As Stripe says: `draft`, `open`, `paid`, `uncollectible`, `void`. */
  invoiceStatus(id: string): Promise<string | undefined>
  /** Which invoices the money was of; undefined where there is no such thing. */
  invoicesOf(what: StripeReturn, id: string): Promise<readonly string[] | undefined>
  meterErrors(eventId: string): Promise<StripeMeterErrors | undefined>
  item(id: string): Promise<StripeItem | undefined>
  /** A customer's items with a key that were made from an instant on, a page at a time. */
  items(customerId: string, from: Date): AsyncIterable<readonly StripeItem[]>
  /** What a meter has of a customer in a stretch of whole hours; undefined without such a meter. */
  metered(
    customerId: string,
    eventName: string,
    stretch: { readonly from: Date; readonly to: Date },
  ): Promise<number | undefined>
}
