import { type Answer, ok, refusal } from './stand-in-answer.ts'

/** A Stripe object that returns money of an invoice, now or later. */
interface Returned {
  readonly id: string
  readonly invoice: string
  readonly [name: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

const intentOf = (invoice: string): string => `pi_${invoice}`
const invoiceOf = (id: string): string => id.replace(/^(?:pi|ch)_/, '')

/** What every dispute has. */
const DISPUTE = {
  currency: 'usd',
  reason: 'general',
  created: 1_773_140_000,
  evidence_details: { due_by: 1_774_000_000 },
}

/**
 * Payments of invoices and their returns. Each paid invoice has one payment, unless paid elsewhere.
 * Its payment intent and charge are named after the invoice.
 */
export class StandInReturns {
  readonly #invoice: (id: string) => Fields | undefined
  readonly #all = new Map<string, Returned>()

  constructor(invoice: (id: string) => Fields | undefined) {
    this.#invoice = invoice
  }

  chargeOf(invoice: string): string {
    return `ch_${invoice}`
  }

  /** Creates or changes one: `re_…`, `dp_…` or `cn_…`. */
  put(id: string, invoice: string, fields: Fields): void {
    const own = id.startsWith('dp_') ? { ...DISPUTE, charge: this.chargeOf(invoice) } : {}
    this.#all.set(id, { ...own, ...this.#all.get(id), id, invoice, ...fields })
  }

  answer(kind: string, id: string | undefined, query: URLSearchParams): Answer {
    switch (kind) {
      case 'invoice_payments':
        return this.#payments(query)
      case 'charges': {
        const invoice = invoiceOf(id ?? '')
        const of = this.#invoice(invoice)
        return of
          ? ok({
              id,
              object: 'charge',
              payment_intent: intentOf(invoice),
              customer: of.customer ?? null,
            })
          : missing(id)
      }
      default: {
        const prefix = { refunds: 're', disputes: 'dp', credit_notes: 'cn' }[kind]
        if (id) {
          const one = this.#all.get(id)
          return one ? ok(shown(one)) : missing(id)
        }
        const about = invoiceOf(query.get('payment_intent') ?? query.get('invoice') ?? '')
        const own = [...this.#all.values()].filter(
          (one) => one.id.startsWith(`${prefix}_`) && one.invoice === about,
        )
        return list(own.map(shown))
      }
    }
  }

  #payments(query: URLSearchParams): Answer {
    const id = query.get('invoice') ?? invoiceOf(query.get('payment[payment_intent]') ?? '')
    const invoice = this.#invoice(id)
    const elsewhere = Number(invoice?.amount_paid_off_stripe ?? 0)
    const amount_paid = Number(invoice?.amount_paid ?? 0) - elsewhere
    if (invoice?.status !== 'paid') return list([])
    const paid = [
      ...(amount_paid > 0
        ? [{ amount_paid, payment: { type: 'payment_intent', payment_intent: intentOf(id) } }]
        : []),
      ...(elsewhere > 0
        ? [{ amount_paid: elsewhere, payment: { type: 'payment_record', payment_record: 'pr_1' } }]
        : []),
    ]
    return list(paid.map((one, n) => ({ ...one, id: `inpay_${id}_${n}`, invoice: id })))
  }
}

/** What is said of one is in force: a payment from before there were intents has none. */
const shown = ({ invoice, ...one }: Returned) =>
  one.id.startsWith('cn_') ? { ...one, invoice } : { payment_intent: intentOf(invoice), ...one }

const list = (data: readonly object[]): Answer =>
  ok({ object: 'list', url: '/v1/list', has_more: false, data })

const missing = (id: string | undefined): Answer =>
  refusal(404, 'invalid_request_error', `No such thing: '${id}'`)
