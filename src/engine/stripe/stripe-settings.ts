import { STRIPE_LIMITS } from '../../connectors/stripe/limits.ts'
import type { StripeOptions } from '../../connectors/stripe/open.ts'

/** A meter at Stripe, and in which unit it counts. */
export interface MeterThere {
  /** Its `event_name`. */
  readonly eventName: string
  /**
   * Decimal places of the meter here that are whole units there: 0, the default, is one for one; with
   * 3, Stripe counts thousandths. Stripe takes whole numbers: less than one goes on to the next event.
   */
  readonly decimals?: number
}

/** Which meters are told to Stripe, and how closely. */
export interface Metering {
  readonly bucket: 'hour' | 'day'
  /** By the key of the meter here. */
  readonly meters: Readonly<Record<string, Required<MeterThere>>>
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
  /**
   * With `meter_events`: by the key of the meter here, the meter at Stripe. Its `event_name` alone
   * is one that counts whole units.
   */
  readonly meters?: Readonly<Record<string, string | MeterThere>>
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
  return {
    bucket,
    meters: Object.fromEntries(Object.entries(meters).map(([key, there]) => [key, meterOf(there)])),
  }
}

const MOST_DECIMALS = 12

const meterOf = (given: string | MeterThere): Required<MeterThere> => {
  const { eventName, decimals = 0 } = typeof given === 'string' ? { eventName: given } : given
  const { meterEventName: most } = STRIPE_LIMITS
  if (eventName.length < 1 || eventName.length > most) {
    throw new RangeError(`stripe.meters: the name of a meter has 1 to ${most} characters`)
  }
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > MOST_DECIMALS) {
    throw new RangeError(`stripe.meters: decimals are a whole number from 0 to ${MOST_DECIMALS}`)
  }
  return { eventName, decimals }
}
