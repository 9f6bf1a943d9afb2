import type Stripe from 'stripe'
import type { ChargeOutcome, TopUpOrder } from '../../contract/collector.ts'
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
import { cutTo, idempotencyKey, metadataOf, STRIPE_LIMITS } from './limits.ts'
import { outcomeOfError, unknownOfError } from './outcome-of-error.ts'

/**
 * Orders credits by an invoice of their own, once. It creates the invoice, adds its one item,
 * finalizes it and pays it by the customer's usual means. Each step is looked up before it is
 * repeated.
 *
 * Stripe retries a payment that fails. The credits are given when an event reports the payment.
 */
export const topUpOnce = async (
  asking: Asking,
  customer: string,
  order: TopUpOrder,
): Promise<ChargeOutcome> => {
  const time = stopwatch(asking)
  let invoice: Stripe.Invoice | undefined
  try {
    invoice = order.mayExist ? await findByKey(asking, customer, order, time) : undefined
  } catch (error) {
    return unknownOfError(error)
  }
  try {
    invoice ??= await makeInvoice(asking, customer, order, time)
    if (invoice.status === 'draft') {
      await giveItem(asking, customer, order, invoice.id, time)
      time.mustSuffice()
      invoice = await asking.stripe.invoices.finalizeInvoice(invoice.id)
    }
  } catch (error) {
    return outcomeOfError(error)
  }
  if (invoice.status === 'open') await payNow(asking, invoice.id, time)
  return { kind: 'made', externalId: invoice.id }
}

const findByKey = async (
  { stripe }: Asking,
  customer: string,
  { key, createdAt }: TopUpOrder,
  time: Stopwatch,
): Promise<Stripe.Invoice | undefined> => {
  const created = { gte: Math.floor((createdAt.getTime() - CLOCKS_MS) / 1_000) }
  let after: string | undefined
  for (;;) {
    time.mustSuffice()
    const page = await stripe.invoices.list({
      customer,
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    const found = page.data.find(({ metadata }) => metadata?.[KEY] === key)
    if (found) return found
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return undefined
  }
}

const makeInvoice = (
  { stripe }: Asking,
  customer: string,
  order: TopUpOrder,
  time: Stopwatch,
): Promise<Stripe.Invoice> => {
  time.mustSuffice()
  return stripe.invoices.create(
    {
      customer,
      auto_advance: true,
      collection_method: 'charge_automatically',
      currency: order.currency.toLowerCase(),
      description: cutTo(STRIPE_LIMITS.invoiceDescription, order.description),
      // Otherwise a coupon of the customer would pay for part of the credits.
      discounts: '',
      // Items that wait for the customer's next invoice stay out of this one.
      pending_invoice_items_behavior: 'exclude',
      metadata: metadataOf({
        [KEY]: order.key,
        [ORGANIZATION]: order.organizationId,
        tollgate_top_up: order.key,
        tollgate_credits: order.credits,
      }),
    },
    { idempotencyKey: idempotencyKey(order.key, order.refusals) },
  )
}

const giveItem = async (
  { stripe }: Asking,
  customer: string,
  order: TopUpOrder,
  invoice: string,
  time: Stopwatch,
): Promise<void> => {
  time.mustSuffice()
  const { data } = await stripe.invoiceItems.list({ invoice, limit: 1 })
  if (data.length > 0) return
  time.mustSuffice()
  await stripe.invoiceItems.create(
    {
      customer,
      invoice,
      discountable: false,
      description: cutTo(STRIPE_LIMITS.itemDescription, order.description),
      amount: amountOf(order),
      currency: order.currency.toLowerCase(),
    },
    { idempotencyKey: idempotencyKey(order.key, 'item', order.refusals) },
  )
}

/** The result does not matter here: the invoice exists, and Stripe retries a failed payment. */
const payNow = async ({ stripe }: Asking, invoice: string, time: Stopwatch): Promise<void> => {
  try {
    time.mustSuffice()
    await stripe.invoices.pay(invoice)
  } catch {
    // The card was declined or the answer was lost. The invoice collects by itself.
  }
}
