/** An amount that an organization owes, for whoever collects the money. */
export interface Charge {
  /** The same however often it is asked for: what was made under it before is found by it. */
  readonly key: string
  /** How often the collector has said a definite no: each begins a new idempotency key. */
  readonly refusals: number
  /** False where it was written down before anything was asked, and nothing has been asked yet. */
  readonly mayExist: boolean
  readonly organizationId: string
  readonly invoiceId: string
  /** In minor units of the currency; below zero gives back. */
  readonly minorUnits: bigint
  /** ISO 4217, in capitals. */
  readonly currency: string
  readonly description: string
  readonly periodStart: Date
  readonly periodEnd: Date
  /** When it was first written down. Nothing was made of it before. */
  readonly createdAt: Date
  /** The one subscription of the customer whose invoices go on; undefined where there is none. */
  readonly subscriptionId?: string | undefined
}

/** A customer to be made of an organization. */
export type NewCustomer = Pick<
  Charge,
  'key' | 'refusals' | 'mayExist' | 'organizationId' | 'createdAt'
> & { readonly name: string }

/** Credits that an organization buys, to be paid at once. */
export type TopUpOrder = Pick<
  Charge,
  | 'key'
  | 'refusals'
  | 'mayExist'
  | 'organizationId'
  | 'createdAt'
  | 'minorUnits'
  | 'currency'
  | 'description'
> & {
  /** Decimal text. */
  readonly credits: string
}

/** What an organization used of a meter in a closed hour or day; it never changes. */
export interface MeteredUse {
  /** Stripe takes one event under it, within at least a day. */
  readonly key: string
  readonly refusals: number
  /** When it was first sent, if it was before. */
  readonly firstSentAt: Date | undefined
  /** What Stripe's meter calls it. */
  readonly eventName: string
  /** A whole number, in the unit that Stripe's meter counts. */
  readonly value: string
  readonly from: Date
  readonly to: Date
}

/** What became of something that was asked for. */
export type ChargeOutcome =
  /** It is there, once, made now or by an earlier attempt. */
  | { readonly kind: 'made'; readonly externalId: string }
  /** It may have been made or not: to be asked again under the same idempotency key. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly retryAfterMs?: number }
  /** It was not made, and the same key would be told the same: to be asked under another. */
  | { readonly kind: 'refused'; readonly reason: string; readonly retryAfterMs?: number }

/**
 * Collects money, outside of this process: Stripe. Nothing is under way any more after `withinMs`:
 * what would not be over by then is not begun. Rejects only on what is wrong here.
 */
export interface Collector {
  /**
   * Makes charges of one customer, each at most once however often it is asked for, and tells what
   * became of each, in their order.
   */
  charge(
    customerId: string,
    charges: readonly Charge[],
    withinMs: number,
  ): Promise<readonly ChargeOutcome[]>
  /** Makes a customer, at most once however often it is asked for. */
  makeCustomer(customer: NewCustomer, withinMs: number): Promise<ChargeOutcome>
  /** Has credits paid by the customer, at most once however often it is asked for. */
  topUp(customerId: string, order: TopUpOrder, withinMs: number): Promise<ChargeOutcome>
  /** Tells a customer's use of meters, each at most once; what became of each, in their order. */
  meter(
    customerId: string,
    uses: readonly MeteredUse[],
    withinMs: number,
  ): Promise<readonly ChargeOutcome[]>
}
