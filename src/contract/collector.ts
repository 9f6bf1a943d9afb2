/** An amount that an organization owes, for whoever collects the money. */
export interface Charge {
  /** The same however often it is asked for: what was made under it before is found by it. */
  readonly key: string
  /** How often the collector has said a definite no: each begins a new idempotency key. */
  readonly refusals: number
  readonly organizationId: string
  readonly invoiceId: string
  /** In minor units of the currency; above zero. */
  readonly minorUnits: bigint
  /** ISO 4217, in capitals. */
  readonly currency: string
  readonly description: string
  readonly periodStart: Date
  readonly periodEnd: Date
  /** When it was first written down. Nothing was made of it before. */
  readonly createdAt: Date
}

/** What became of a charge. */
export type ChargeOutcome =
  /** It is there, once, made now or by an earlier attempt. */
  | { readonly kind: 'made'; readonly externalId: string }
  /** It may have been made or not: to be asked again under the same idempotency key. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly retryAfterMs?: number }
  /** It was not made, and the same key would be told the same: to be asked under another. */
  | { readonly kind: 'refused'; readonly reason: string; readonly retryAfterMs?: number }

/** Collects money, outside of this process: Stripe. */
export interface Collector {
  /**
   * Makes charges of one customer, each at most once however often it is asked for, and tells what
   * became of each, in their order. Nothing is under way any more after `withinMs`: what would not
   * be over by then is not begun. Rejects only on what is wrong here.
   */
  charge(
    customerId: string,
    charges: readonly Charge[],
    withinMs: number,
  ): Promise<readonly ChargeOutcome[]>
}
