import { STRIPE_LIMITS } from '../../connectors/stripe/limits.ts'
import type { StripeOptions } from '../../connectors/stripe/open.ts'

/** A meter at Stripe, and its unit. */
export interface MeterThere {
  /** Its `event_name`. */
  readonly eventName: string
  /**
   * The decimal places of our meter that are whole units at Stripe. 0, the default, is one for one;
   * with 3, Stripe counts thousandths. Stripe accepts whole numbers only: a remainder is carried to
   * the next event.
   */
  readonly decimals?: number
}

/** The meters that are sent to Stripe, and the length of their buckets. */
export interface Metering {
  readonly bucket: 'hour' | 'day'
  /** By the key of our meter. */
  readonly meters: Readonly<Record<string, Required<MeterThere>>>
}

/** The Stripe account, and what is collected there. */
export interface StripeSettings extends StripeOptions {
  /** Create a customer for an organization that owes something and has none. Default false. */
  readonly createCustomers?: boolean
  /**
   * `invoice_items` (the default) collects overage as it is priced here. `meter_events` sends use,
   * for prices at Stripe. Then no overage of an invoice is collected as an item.
   */
  readonly mode?: 'invoice_items' | 'meter_events'
  /**
   * For `meter_events`: the meter at Stripe, by the key of our meter. A text is an `event_name`
   * that counts whole units.
   */
  readonly meters?: Readonly<Record<string, string | MeterThere>>
  /** For `meter_events`: the time that one event covers. Default `hour`. */
  readonly bucket?: 'hour' | 'day'
}

/** Undefined if overage is collected as invoice items. */
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
