import Stripe from 'stripe'
import type { ChargeOutcome, MeteredUse } from '../../contract/collector.ts'
import { type Asking, type Stopwatch, stopwatch } from './asking.ts'
import { idempotencyKey, STRIPE_LIMITS, within } from './limits.ts'
import { outcomeOfError, unknownOfError } from './outcome-of-error.ts'

/**
 * How long Stripe remembers a meter event's identifier at least, minus an hour for clock
 * differences.
 */
const KNOWN_MS = 23 * 3_600_000

/**
 * Sends each closed bucket as a meter event, dated to its last second. If it is sent again within a
 * day, Stripe recognizes the identifier and says so, which counts as accepted. After a day Stripe
 * would count it twice, so the meter is asked first.
 */
export const meterOnce = async (
  asking: Asking,
  customerId: string,
  uses: readonly MeteredUse[],
  nowMs: number,
): Promise<readonly ChargeOutcome[]> => {
  const time = stopwatch(asking)
  const outcomes: ChargeOutcome[] = []
  for (const use of uses) {
    const isOld = use.firstSentAt !== undefined && nowMs - use.firstSentAt.getTime() > KNOWN_MS
    const looked = isOld ? await lookedUp(asking, customerId, use, time) : undefined
    outcomes.push(looked ?? (await send(asking, customerId, use, time)))
  }
  return outcomes
}

/** Undefined if the meter has no use in that range, so that the event may be sent. */
const lookedUp = async (
  { stripe }: Asking,
  customerId: string,
  use: MeteredUse,
  time: Stopwatch,
): Promise<ChargeOutcome | undefined> => {
  try {
    time.mustSuffice()
    const has = await meteredBy(stripe, customerId, use)
    if (has === 0) return undefined
    if (has === Number(use.value)) return { kind: 'made', externalId: use.key }
    const what = has === undefined ? 'no meter' : `${has} instead of ${use.value}`
    return { kind: 'unknown', reason: `Stripe has ${what} for ${use.eventName}` }
  } catch (error) {
    return unknownOfError(error)
  }
}

const send = async (
  { stripe }: Asking,
  customerId: string,
  use: MeteredUse,
  time: Stopwatch,
): Promise<ChargeOutcome> => {
  try {
    time.mustSuffice()
    await stripe.billing.meterEvents.create(
      {
        event_name: within(STRIPE_LIMITS.meterEventName, 'the name of a meter', use.eventName),
        identifier: within(STRIPE_LIMITS.meterIdentifier, 'the key of use', use.key),
        timestamp: Math.floor(use.to.getTime() / 1_000) - 1,
        payload: { stripe_customer_id: customerId, value: wholeOf(use.value) },
      },
      { idempotencyKey: idempotencyKey(use.key, use.refusals) },
    )
    return { kind: 'made', externalId: use.key }
  } catch (error) {
    if (isKnownAlready(error, use.key)) return { kind: 'made', externalId: use.key }
    return outcomeOfError(error)
  }
}

/** Stripe's meters accept only whole numbers. */
const wholeOf = (value: string): string => {
  if (/^\d+$/.test(value)) return value
  throw new RangeError(`a meter of Stripe takes whole numbers, not ${value}`)
}

/** `An event already exists with identifier …`: status 400, recognized by its code or its text. */
const isKnownAlready = (error: unknown, key: string): boolean =>
  error instanceof Stripe.errors.StripeError &&
  error.statusCode === 400 &&
  (error.code === 'duplicate_meter_event' ||
    (/already exists/i.test(error.message) && error.message.includes(key)))

/**
 * A meter's total for a customer in a range of whole hours; undefined if there is no such meter.
 */
export const meteredBy = async (
  stripe: Stripe,
  customerId: string,
  { eventName, from, to }: Pick<MeteredUse, 'eventName' | 'from' | 'to'>,
): Promise<number | undefined> => {
  for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 100 })) {
    if (meter.event_name !== eventName) continue
    let sum = 0
    for await (const summary of stripe.billing.meters.listEventSummaries(meter.id, {
      customer: customerId,
      start_time: Math.floor(from.getTime() / 1_000),
      end_time: Math.floor(to.getTime() / 1_000),
      limit: 100,
    })) {
      sum += summary.aggregated_value
    }
    return sum
  }
  return undefined
}
