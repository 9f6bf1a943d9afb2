import type Stripe from 'stripe'
import type { Charge, ChargeOutcome } from '../../contract/collector.ts'
import { amountOf } from './amounts.ts'
import {
  type Asking,
  CLOCKS_MS,
  KEY,
  ORGANIZATION,
  PAGE,
  type Stopwatch,
  stopwatch,
} from './asking.ts'
import { descriptionOfItem, idempotencyKey, metadataOf } from './limits.ts'
import { isInvalid, outcomeOfError, unknownOfError } from './outcome-of-error.ts'

/**
 * Creates an invoice item for each charge of a customer, once.
 *
 * If an earlier attempt may have succeeded, it first lists the customer's items. An item from an
 * earlier attempt is found by its metadata, however old it is, even if Stripe no longer knows the
 * idempotency key. The keys prevent what a look-up cannot see: two processes at the same moment.
 */
export const chargeOnce = async (
  asking: Asking,
  customerId: string,
  charges: readonly Charge[],
): Promise<readonly ChargeOutcome[]> => {
  const time = stopwatch(asking)
  let found: ReadonlyMap<string, Stripe.InvoiceItem>
  try {
    found = await itemsByKey(asking.stripe, customerId, charges, time)
  } catch (error) {
    return charges.map(() => unknownOfError(error))
  }
  const outcomes: ChargeOutcome[] = []
  for (const charge of charges) {
    const item = found.get(charge.key)
    outcomes.push(
      item ? outcomeOf(item, customerId, charge) : await make(asking, customerId, charge, time),
    )
  }
  return outcomes
}

const itemsByKey = async (
  stripe: Stripe,
  customer: string,
  charges: readonly Charge[],
  time: Stopwatch,
): Promise<ReadonlyMap<string, Stripe.InvoiceItem>> => {
  const items = new Map<string, Stripe.InvoiceItem>()
  const asked = charges.filter(({ mayExist }) => mayExist)
  if (asked.length === 0) return items
  const firstMs = Math.min(...asked.map(({ createdAt }) => createdAt.getTime()))
  const created = { gte: Math.floor((firstMs - CLOCKS_MS) / 1_000) }
  let after: string | undefined
  for (;;) {
    time.mustSuffice()
    const page = await stripe.invoiceItems.list({
      customer,
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    for (const item of page.data) {
      const key = item.metadata?.[KEY]
      if (key !== undefined) items.set(key, item)
    }
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return items
  }
}

/**
 * Assigns the item to the customer's known subscription, so that no other subscription's invoice
 * includes it. If Stripe refuses, the subscription may be over. Then the item goes on the next
 * invoice, whichever that is.
 */
const make = async (
  asking: Asking,
  customer: string,
  charge: Charge,
  time: Stopwatch,
): Promise<ChargeOutcome> => {
  const { subscriptionId } = charge
  try {
    if (subscriptionId !== undefined) {
      const item = await create(asking, customer, charge, time, subscriptionId)
      return outcomeOf(item, customer, charge)
    }
  } catch (error) {
    if (!isInvalid(error)) return outcomeOfError(error)
  }
  try {
    return outcomeOf(await create(asking, customer, charge, time), customer, charge)
  } catch (error) {
    return outcomeOfError(error)
  }
}

const create = (
  { stripe }: Asking,
  customer: string,
  charge: Charge,
  time: Stopwatch,
  subscription?: string,
): Promise<Stripe.InvoiceItem> => {
  time.mustSuffice()
  return stripe.invoiceItems.create(
    {
      customer,
      amount: amountOf(charge),
      currency: charge.currency.toLowerCase(),
      description: descriptionOfItem(charge.description),
      // No coupon applies to charges for use: a coupon is for the plan's price.
      discountable: false,
      ...(subscription !== undefined && { subscription }),
      period: {
        start: Math.floor(charge.periodStart.getTime() / 1_000),
        end: Math.floor(charge.periodEnd.getTime() / 1_000),
      },
      metadata: metadataOf({
        [KEY]: charge.key,
        [ORGANIZATION]: charge.organizationId,
        tollgate_invoice: charge.invoiceId,
      }),
    },
    {
      idempotencyKey: idempotencyKey(
        ...[charge.key, charge.refusals, ...(subscription === undefined ? [] : [subscription])],
      ),
    },
  )
}

/** Compares Stripe's item with the charge. A different amount under the same key is an error. */
const outcomeOf = (item: Stripe.InvoiceItem, customerId: string, charge: Charge): ChargeOutcome => {
  const customer = typeof item.customer === 'string' ? item.customer : item.customer.id
  const isRight =
    item.amount === amountOf(charge) &&
    item.currency.toUpperCase() === charge.currency &&
    customer === customerId
  if (isRight) return { kind: 'made', externalId: item.id }
  const has = `${item.amount} ${item.currency} of ${customer}`
  const owed = `${charge.minorUnits} ${charge.currency.toLowerCase()} of ${customerId}`
  return { kind: 'unknown', reason: `${item.id} at Stripe has ${has} instead of ${owed}` }
}
