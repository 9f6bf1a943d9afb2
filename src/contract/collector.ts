/** An amount that an organization owes, for the collector. */
export interface Charge {
  /** Stays the same when the charge is sent again. The collector finds earlier results by it. */
  readonly key: string
  /** How often the collector refused definitely. Each refusal starts a new idempotency key. */
  readonly refusals: number
  /** False when the charge was stored before any request, and no request was sent yet. */
  readonly mayExist: boolean
  readonly organizationId: string
  readonly invoiceId: string
  /** In minor units of the currency; negative gives money back. */
  readonly minorUnits: bigint
  /** ISO 4217, in capitals. */
  readonly currency: string
  readonly description: string
  readonly periodStart: Date
  readonly periodEnd: Date
  /** When it was first stored. Nothing existed at the collector before. */
  readonly createdAt: Date
  /** The customer's only active subscription; undefined when there is none. */
  readonly subscriptionId?: string | undefined
}

/** A customer to create for an organization. */
export type NewCustomer = Pick<
  Charge,
  'key' | 'refusals' | 'mayExist' | 'organizationId' | 'createdAt'
> & { readonly name: string }

/** Credits that an organization buys and pays at once. */
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

/** The use of a meter in a closed hour or day. It never changes. */
export interface MeteredUse {
  /** The identifier of the event. Stripe accepts it once, for at least a day. */
  readonly key: string
  readonly refusals: number
  /** When it was first sent; undefined when it never was. */
  readonly firstSentAt: Date | undefined
  /** The event name of Stripe's meter. */
  readonly eventName: string
  /** A whole number, in the unit of Stripe's meter. */
  readonly value: string
  readonly from: Date
  readonly to: Date
}

/** The result of a request to the collector. */
export type ChargeOutcome =
  /** It exists exactly once, created now or by an earlier attempt. */
  | { readonly kind: 'made'; readonly externalId: string }
  /** It may or may not exist. Retry with the same idempotency key. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly retryAfterMs?: number }
  /** It was not created, and the same key would get the same answer. Retry with a new key. */
  | { readonly kind: 'refused'; readonly reason: string; readonly retryAfterMs?: number }

/**
 * A service outside this process that collects money, such as Stripe. It starts no request that
 * would exceed `withinMs`, so nothing is under way after that. Rejects only for faults on this
 * side.
 */
export interface Collector {
  /**
   * Creates charges of one customer. Repeated requests create each at most once. Returns the
   * results in the same order.
   */
  charge(
    customerId: string,
    charges: readonly Charge[],
    withinMs: number,
  ): Promise<readonly ChargeOutcome[]>
  /** Creates a customer. Repeated requests create at most one. */
  makeCustomer(customer: NewCustomer, withinMs: number): Promise<ChargeOutcome>
  /** Lets the customer pay for credits. Repeated requests charge at most once. */
  topUp(customerId: string, order: TopUpOrder, withinMs: number): Promise<ChargeOutcome>
  /**
   * Reports a customer's use of meters, each at most once. Returns the results in the same order.
   */
  meter(
    customerId: string,
    uses: readonly MeteredUse[],
    withinMs: number,
  ): Promise<readonly ChargeOutcome[]>
}
