import type Stripe from 'stripe'
import type {
  StripeCustomerState,
  StripeInvoiceState,
  StripeItem,
  StripeMeterErrors,
  StripeSubscriptionState,
  StripeTopUp,
} from '../../contract/stripe-account.ts'
import { KEY, ORGANIZATION, PAGE } from './asking.ts'
import { moneyOf } from './money.ts'
import { idOf, orUndefined } from './objects.ts'

/** The present state at Stripe; undefined for an object that does not exist. */
export const customerState = async (
  stripe: Stripe,
  id: string,
): Promise<StripeCustomerState | undefined> => {
  const customer = await orUndefined(stripe.customers.retrieve(id))
  if (!customer) return undefined
  if (customer.deleted) return { id, isDeleted: true, organizationId: null }
  return { id, isDeleted: false, organizationId: customer.metadata[ORGANIZATION] ?? null }
}

export const subscriptionState = async (
  stripe: Stripe,
  id: string,
): Promise<StripeSubscriptionState | undefined> => {
  const subscription = await orUndefined(stripe.subscriptions.retrieve(id))
  if (!subscription) return undefined
  const ends = subscription.items.data.map(({ current_period_end }) => current_period_end)
  const end = ends.length === 0 ? null : dateOf(Math.min(...ends))
  return {
    id,
    customerId: idOf(subscription.customer),
    status: subscription.status,
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    // The portal may set a time and leave the flag unchanged.
    cancelAt: dateOf(subscription.cancel_at) ?? (subscription.cancel_at_period_end ? end : null),
    pausedCollection: subscription.pause_collection?.behavior ?? null,
    currentPeriodEnd: end,
    endedAt: dateOf(subscription.ended_at),
  }
}

export const invoiceState = async (
  stripe: Stripe,
  id: string,
): Promise<StripeInvoiceState | undefined> => {
  const invoice = await orUndefined(stripe.invoices.retrieve(id))
  if (!invoice) return undefined
  const chargeKeys: string[] = []
  const itemIds: string[] = []
  for await (const line of stripe.invoices.listLineItems(id, { limit: PAGE })) {
    const key = line.metadata[KEY]
    if (key !== undefined) chargeKeys.push(key)
    const item = line.parent?.invoice_item_details?.invoice_item
    if (item !== undefined) itemIds.push(item)
  }
  return {
    id,
    customerId: invoice.customer === null ? null : idOf(invoice.customer),
    status: invoice.status ?? 'draft',
    attempts: invoice.attempt_count,
    currency: invoice.currency.toUpperCase(),
    dueMinorUnits: BigInt(invoice.amount_due),
    paidMinorUnits: BigInt(invoice.amount_paid),
    paidAt: dateOf(invoice.status_transitions.paid_at),
    organizationId: invoice.metadata?.[ORGANIZATION] ?? null,
    topUp: await topUpOf(stripe, invoice),
    chargeKeys,
    itemIds,
  }
}

const topUpOf = async (stripe: Stripe, invoice: Stripe.Invoice): Promise<StripeTopUp | null> => {
  const { tollgate_top_up: id, tollgate_credits: credits = null } = invoice.metadata ?? {}
  if (id === undefined) return null
  return { id, credits, money: invoice.status === 'paid' ? await moneyOf(stripe, invoice) : null }
}

export const invoiceStatus = async (stripe: Stripe, id: string): Promise<string | undefined> => {
  const invoice = await orUndefined(stripe.invoices.retrieve(id))
  return invoice && (invoice.status ?? 'draft')
}

/** A thin event has no details, so the full event is fetched. */
export const meterErrors = async (
  stripe: Stripe,
  eventId: string,
): Promise<StripeMeterErrors | undefined> => {
  const event = await orUndefined(stripe.v2.core.events.retrieve(eventId))
  const isOfMeter =
    event?.type === 'v1.billing.meter.error_report_triggered' ||
    event?.type === 'v1.billing.meter.no_meter_found'
  if (!isOfMeter) return undefined
  const { reason, developer_message_summary: summary, ...stretch } = event.data
  return {
    meterId: 'related_object' in event ? (event.related_object?.id ?? null) : null,
    errors: reason.error_count,
    codes: reason.error_types.map(({ code }) => code),
    summary: summary.slice(0, 1_000),
    from: new Date(stretch.validation_start).toISOString(),
    to: new Date(stretch.validation_end).toISOString(),
  }
}

export const itemState = async (stripe: Stripe, id: string): Promise<StripeItem | undefined> => {
  const item = await orUndefined(stripe.invoiceItems.retrieve(id))
  return item && !item.deleted ? itemOf(item) : undefined
}

/** The customer's items that have a key of ours, one page at a time. */
export async function* itemPages(
  stripe: Stripe,
  customer: string,
  from: Date,
): AsyncGenerator<readonly StripeItem[]> {
  const created = { gte: Math.floor(from.getTime() / 1_000) }
  let after: string | undefined
  for (;;) {
    const page = await stripe.invoiceItems.list({
      customer,
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    yield page.data.filter(({ metadata }) => metadata?.[KEY] !== undefined).map(itemOf)
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return
  }
}

const itemOf = (item: Stripe.InvoiceItem): StripeItem => ({
  id: item.id,
  key: item.metadata?.[KEY] ?? '',
  customerId: idOf(item.customer),
  minorUnits: BigInt(item.amount),
  currency: item.currency.toUpperCase(),
  description: item.description,
  periodStart: new Date(item.period.start * 1_000),
  periodEnd: new Date(item.period.end * 1_000),
  invoiceId: item.invoice === null ? null : idOf(item.invoice),
})

const dateOf = (seconds: number | null): Date | null =>
  seconds === null ? null : new Date(seconds * 1_000)
