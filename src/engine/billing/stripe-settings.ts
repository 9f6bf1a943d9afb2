import type { StripeOptions } from '../../connectors/stripe/open.ts'

/** Which meters are told to Stripe, and how closely. */
export interface Metering {
  readonly bucket: 'hour' | 'day'
  /** By the key of the meter: what Stripe's meter calls it. */
  readonly eventNames: Readonly<Record<string, string>>
}

/** The account, and what is collected there. */
export interface StripeSettings extends StripeOptions {
  /** Make a customer of an organization that owes something and has none. Default false. */
  readonly createCustomers?: boolean
  /**
   * `invoice_items` (the default): overage as it is priced here. `meter_events`: what was used, for
   * prices that Stripe has; then no overage of an invoice is collected as an item.
   */
  readonly mode?: 'invoice_items' | 'meter_events'
  /** With `meter_events`: by the key of the meter here, the `event_name` of the meter at Stripe. */
  readonly meters?: Readonly<Record<string, string>>
  /** With `meter_events`: what one event is about. Default `hour`. */
  readonly bucket?: 'hour' | 'day'
}

/** Undefined where overage is collected as invoice items. */
export const meteringOf = (stripe: StripeSettings | undefined): Metering | undefined => {
  if (stripe?.mode !== 'meter_events') return undefined
  const { meters = {}, bucket = 'hour' } = stripe
  if (Object.keys(meters).length === 0) {
    throw new RangeError('stripe.meters: say which meters are told to Stripe, and as what')
  }
  return { bucket, eventNames: meters }
}
