import type Stripe from 'stripe'
import type { StripeMoney, StripeReturn } from '../../contract/stripe-account.ts'
import { PAGE } from './asking.ts'
import { idOf, orUndefined } from './objects.ts'

/**
 * The states in which a dispute withholds the money. An early warning does not yet, and a won
 * dispute no longer does.
 */
const OPEN_DISPUTES: readonly string[] = [
  ...['needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review'],
]

/**
 * The money received for a paid invoice, and the part that was returned. Stripe marks an invoice as
 * paid without money if it is below the minimum charge, or if somebody marks it as paid elsewhere.
 */
export const moneyOf = async (stripe: Stripe, invoice: Stripe.Invoice): Promise<StripeMoney> => {
  let received = creditUsed(invoice)
  let returned = await notedToCredit(stripe, invoice.id)
  let disputed = 0n
  const paid = stripe.invoicePayments.list({ invoice: invoice.id, status: 'paid', limit: PAGE })
  for await (const { amount_paid: amount, payment } of paid) {
    const of = paymentOf(payment)
    if (!of) continue
    received += BigInt(amount ?? 0)
    for await (const refund of stripe.refunds.list({ ...of, limit: PAGE })) {
      if (refund.status === 'succeeded') returned += BigInt(refund.amount)
    }
    for await (const dispute of stripe.disputes.list({ ...of, limit: PAGE })) {
      if (dispute.status === 'lost') returned += BigInt(dispute.amount)
      else if (OPEN_DISPUTES.includes(dispute.status)) disputed += BigInt(dispute.amount)
    }
  }
  returned = least(returned, received)
  const total = BigInt(invoice.total)
  return { total, received, returned, disputed: least(disputed, received - returned) }
}

/** Undefined for a payment outside of Stripe. */
const paymentOf = ({ payment_intent: intent, charge }: Stripe.InvoicePayment.Payment) => {
  if (intent !== undefined) return { payment_intent: idOf(intent) }
  return charge === undefined ? undefined : { charge: idOf(charge) }
}

/** The part of the customer's credit that the invoice used up: a balance below zero is a credit. */
const creditUsed = (invoice: Stripe.Invoice): bigint => {
  const before = Math.min(0, invoice.starting_balance ?? 0)
  const after = Math.min(0, invoice.ending_balance ?? 0)
  return BigInt(Math.max(0, after - before))
}

/**
 * Credit notes after payment, minus the part that was refunded. Refunds are counted on their own.
 */
const notedToCredit = async (stripe: Stripe, invoice: string): Promise<bigint> => {
  let noted = 0n
  for await (const note of stripe.creditNotes.list({ invoice, limit: PAGE })) {
    if (note.status !== 'issued') continue
    const refunded = note.refunds.reduce((sum, { amount_refunded: one }) => sum + one, 0)
    noted += BigInt(Math.max(0, note.post_payment_amount - refunded))
  }
  return noted
}

/** The invoices whose money an object at Stripe returns. */
export const invoicesOf = async (
  stripe: Stripe,
  what: StripeReturn,
  id: string,
): Promise<readonly string[] | undefined> => {
  if (what === 'credit_note') {
    const note = await orUndefined(stripe.creditNotes.retrieve(id))
    return note && [idOf(note.invoice)]
  }
  const intent = await intentOf(stripe, what, id)
  if (intent === undefined || intent === null) return intent === null ? [] : undefined
  const invoices: string[] = []
  const payment = { type: 'payment_intent', payment_intent: idOf(intent) } as const
  for await (const { invoice } of stripe.invoicePayments.list({ payment, limit: PAGE })) {
    invoices.push(idOf(invoice))
  }
  return invoices
}

const intentOf = async (
  stripe: Stripe,
  what: Exclude<StripeReturn, 'credit_note'>,
  id: string,
): Promise<string | Stripe.PaymentIntent | null | undefined> => {
  const of = { charge: stripe.charges, refund: stripe.refunds, dispute: stripe.disputes }[what]
  const found: Pick<Stripe.Charge, 'payment_intent'> | undefined = await orUndefined<
    Pick<Stripe.Charge, 'payment_intent'>
  >(of.retrieve(id))
  return found && (found.payment_intent ?? null)
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)
