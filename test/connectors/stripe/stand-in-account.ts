import { type Answer, ok, refusal } from './stand-in-answer.ts'
import { StandInMeters } from './stand-in-meters.ts'
import { StandInReturns } from './stand-in-returns.ts'

/** The contents of a Stripe account, as far as these tests need them, and its changes. */

export interface StripeItem {
  readonly id: string
  readonly object: 'invoiceitem'
  readonly customer: string
  readonly amount: number
  readonly currency: string
  readonly description: string | null
  readonly date: number
  readonly metadata: Readonly<Record<string, string>>
  readonly period: { readonly start: number; readonly end: number }
  /** Its invoice; null while it waits for the next one. */
  readonly invoice: string | null
  readonly discountable: boolean
  readonly subscription: string | null
}

export interface StoodInRequest {
  readonly method: string
  readonly path: string
  readonly body: URLSearchParams
}

interface Customer {
  readonly id: string
  readonly object: 'customer'
  readonly created: number
  readonly name: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly deleted?: true
}

/** The number of items waiting for one invoice. */
const MOST_ITEMS = 250

type Fields = Readonly<Record<string, unknown>>

/** For an object that the test creates and changes itself. */
interface Held {
  readonly id: string
  readonly [name: string]: unknown
}

export class StandInAccount {
  readonly items: StripeItem[] = []
  readonly customers: Customer[] = []
  readonly meters: StandInMeters
  readonly returns: StandInReturns
  /** Customers whose cards are declined. */
  readonly declines = new Set<string>()
  readonly #held = new Map<string, Held>()
  readonly #lines = new Map<string, readonly StripeItem[]>()
  readonly #now: () => Date
  readonly #deleted = new Set<string>()
  readonly #customerIds = new Set<string>()
  /** The number ever created per customer; only customers with many need a count. */
  readonly #itemsMade = new Map<string, number>()
  #made = 0

  constructor(now: () => Date) {
    this.#now = now
    this.meters = new StandInMeters(now)
    this.returns = new StandInReturns((id) => this.#held.get(id))
  }

  /** Creates or changes a subscription, an invoice or a v2 event. */
  put(id: string, fields: Fields): void {
    const held: Held = { ...this.#held.get(id), id, ...fields }
    const isWhole = held.object !== 'invoice' || held.total !== undefined
    this.#held.set(id, isWhole ? held : { ...held, total: held.amount_due ?? 0 })
  }

  putSubscription(id: string, customer: string, fields: Fields): void {
    const end = this.#seconds() + 30 * 86_400
    this.put(id, {
      object: 'subscription',
      customer,
      cancel_at_period_end: false,
      ended_at: null,
      cancel_at: null,
      pause_collection: null,
      items: { object: 'list', data: [{ current_period_end: end }] },
      ...fields,
    })
  }

  /** Puts a customer's waiting items on a finalized invoice. */
  finalize(customer: string, metadata: Readonly<Record<string, string>> = {}): string {
    const id = this.#id('in')
    const waiting = this.#waitingOf(customer)
    for (const { id: itemId } of waiting) this.editItem(itemId, { invoice: id })
    this.#lines.set(id, waiting)
    const due = waiting.reduce((sum, { amount }) => sum + amount, 0)
    this.put(id, {
      object: 'invoice',
      customer,
      status: 'open',
      currency: 'usd',
      attempt_count: 0,
      amount_due: due,
      amount_paid: 0,
      metadata,
      status_transitions: { paid_at: null },
      total: due,
      starting_balance: 0,
      ending_balance: 0,
    })
    return id
  }

  pay(invoice: string): void {
    const { amount_due, attempt_count } = this.#held.get(invoice) as Held
    this.put(invoice, {
      status: 'paid',
      amount_paid: amount_due,
      attempt_count: Number(attempt_count) + 1,
      status_transitions: { paid_at: this.#seconds() },
    })
  }

  editItem(id: string, fields: Partial<StripeItem>): void {
    const at = this.items.findIndex((item) => item.id === id)
    this.items[at] = { ...(this.items[at] as StripeItem), ...fields }
  }

  deleteItem(id: string): void {
    const at = this.items.findIndex((item) => item.id === id)
    this.items.splice(at, 1)
  }

  deleteCustomer(id: string): void {
    this.#deleted.add(id)
    this.editCustomer(id, { deleted: true })
  }

  editCustomer(id: string, fields: Partial<Customer>): void {
    const at = this.customers.findIndex((customer) => customer.id === id)
    this.customers[at] = { ...(this.customers[at] as Customer), ...fields }
  }

  answer({ method, path, body }: StoodInRequest, query: URLSearchParams): Answer {
    const [, , kind = '', id, part] = path.split('/')
    switch (`${method} ${kind}`) {
      case 'POST customers':
        return this.#makeCustomer(body)
      case 'GET customers':
        return id ? this.#one(this.customers, id) : this.#list(this.customers, query, 'created')
      case 'POST invoiceitems':
        return this.#makeItem(body)
      case 'GET invoiceitems': {
        if (id) return this.#one(this.items, id)
        const [customer, invoice] = [query.get('customer'), query.get('invoice')]
        const own = this.items.filter((item) =>
          invoice ? item.invoice === invoice : item.customer === customer,
        )
        return this.#list(own, query, 'date')
      }
      case 'POST invoices':
        if (part === 'finalize') return this.#finalizeInvoice(id ?? '')
        if (part === 'pay') return this.#payInvoice(id ?? '')
        return this.#makeInvoice(body)
      case 'GET invoices':
        if (!id) return this.#list(this.#invoicesOf(query.get('customer')), query, 'created')
        return part === 'lines' ? this.#linesOf(id, query) : this.#one([], id)
      case 'GET invoice_payments':
      case 'GET charges':
      case 'GET refunds':
      case 'GET disputes':
      case 'GET credit_notes':
        return this.returns.answer(kind, id, query)
      case 'GET subscriptions':
        return this.#one([], id ?? '')
      case 'GET core':
        return this.#one([], part ?? '')
      case 'POST billing':
        return this.meters.take(body)
      case 'GET billing':
        return part ? this.meters.summary(part, query) : this.meters.list()
      default:
        return refusal(404, 'invalid_request_error', `Unrecognized request URL ${path}`)
    }
  }

  #makeCustomer(body: URLSearchParams): Answer {
    const id = `cus_${String(this.customers.length + 1).padStart(6, '0')}`
    const customer: Customer = {
      id,
      object: 'customer',
      created: this.#seconds(),
      name: body.get('name'),
      metadata: metadataOf(body),
    }
    this.customers.push(customer)
    this.#customerIds.add(id)
    return ok(customer)
  }

  #makeItem(body: URLSearchParams): Answer {
    const customer = body.get('customer') ?? ''
    if (!this.#customerIds.has(customer) || this.#deleted.has(customer)) {
      return refusal(400, 'invalid_request_error', `No such customer: '${customer}'`)
    }
    const subscription = body.get('subscription')
    if (subscription && !isRunning(this.#held.get(subscription), customer)) {
      const message = `No such subscription: '${subscription}'`
      return refusal(400, 'invalid_request_error', message)
    }
    const made = this.#itemsMade.get(customer) ?? 0
    if (made >= MOST_ITEMS && this.#waitingOf(customer).length >= MOST_ITEMS) {
      return refusal(400, 'invalid_request_error', `At most ${MOST_ITEMS} items may wait`)
    }
    this.#itemsMade.set(customer, made + 1)
    const item: StripeItem = {
      id: this.#id('ii'),
      object: 'invoiceitem',
      customer,
      amount: Number(body.get('amount')),
      currency: body.get('currency') ?? '',
      description: body.get('description'),
      date: this.#seconds(),
      metadata: metadataOf(body),
      period: { start: Number(body.get('period[start]')), end: Number(body.get('period[end]')) },
      invoice: body.get('invoice'),
      discountable: body.get('discountable') !== 'false',
      subscription,
    }
    this.items.push(item)
    return ok(item)
  }

  #makeInvoice(body: URLSearchParams): Answer {
    const id = this.#id('in')
    this.put(id, {
      object: 'invoice',
      customer: body.get('customer'),
      status: 'draft',
      currency: body.get('currency'),
      created: this.#seconds(),
      attempt_count: 0,
      amount_due: 0,
      amount_paid: 0,
      metadata: metadataOf(body),
      total: 0,
      starting_balance: 0,
      ending_balance: null,
      // If omitted, the customer's values apply.
      inheritsDiscounts: body.get('discounts') === null,
      status_transitions: { paid_at: null },
    })
    return this.#one([], id)
  }

  #finalizeInvoice(id: string): Answer {
    const own = this.items.filter(({ invoice }) => invoice === id)
    this.#lines.set(id, own)
    const due = own.reduce((sum, { amount }) => sum + amount, 0)
    this.put(id, { status: 'open', amount_due: due, total: due, ending_balance: 0 })
    return this.#one([], id)
  }

  #payInvoice(id: string): Answer {
    const { customer } = this.#held.get(id) as Held
    if (this.declines.has(String(customer))) {
      return refusal(402, 'card_error', 'Your card was declined.')
    }
    this.pay(id)
    return this.#one([], id)
  }

  #invoicesOf(customer: string | null) {
    return [...this.#held.values()].filter(
      (held): held is Held & { readonly created: number } =>
        held.object === 'invoice' && held.customer === customer && 'created' in held,
    )
  }

  #waitingOf(customer: string): readonly StripeItem[] {
    return this.items.filter((item) => item.customer === customer && !item.invoice)
  }

  #linesOf(invoice: string, query: URLSearchParams): Answer {
    const lines = (this.#lines.get(invoice) ?? []).map(({ id, amount, metadata }) => ({
      id: `il_${id}`,
      object: 'line_item',
      amount,
      metadata,
      parent: { type: 'invoice_item_details', invoice_item_details: { invoice_item: id } },
    }))
    return this.#list(lines, query, 'amount')
  }

  #one(among: readonly Held[] | readonly { readonly id: string }[], id: string): Answer {
    const found = among.find((one) => one.id === id) ?? this.#held.get(id)
    return found ? ok(found) : refusal(404, 'invalid_request_error', `No such thing: '${id}'`)
  }

  /** Newest first, like Stripe. */
  #list<Row extends { readonly id: string }>(
    rows: readonly Row[],
    query: URLSearchParams,
    time: keyof Row,
  ): Answer {
    const limit = Number(query.get('limit') ?? 10)
    const since = Number(query.get('created[gte]') ?? 0)
    const own = rows.filter((row) => Number(row[time]) >= since).reverse()
    const after = own.findIndex(({ id }) => id === query.get('starting_after'))
    const data = own.slice(after + 1, after + 1 + limit)
    const has_more = own.length > after + 1 + limit
    return ok({ object: 'list', url: '/v1/list', has_more, data })
  }

  #id(kind: string): string {
    this.#made += 1
    return `${kind}_${String(this.#made).padStart(6, '0')}`
  }

  #seconds(): number {
    return Math.floor(this.#now().getTime() / 1_000)
  }
}

const isRunning = (held: Held | undefined, customer: string): boolean =>
  held?.object === 'subscription' && held.customer === customer && held.status !== 'canceled'

const metadataOf = (body: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...body].flatMap(([name, value]) => {
      const [, key] = /^metadata\[(.+)\]$/.exec(name) ?? []
      return key === undefined ? [] : [[key, value]]
    }),
  )
