import type Stripe from 'stripe'
import type { Charge, ChargeOutcome } from '../../contract/collector.ts'
import { outcomeOfError } from './outcome-of-error.ts'

/** Where the key of a charge stands on what was made of it. */
const KEY = 'tollgate_key'
const PAGE = 100
/** By how much the clock of Stripe may be behind that of the database. */
const CLOCKS_MS = 86_400_000

interface Asking {
  readonly stripe: Stripe
  readonly timeoutMs: number
  /** No request is begun that could be under way after so long. */
  readonly withinMs: number
}

/**
 * Makes an invoice item of each charge of a customer, once. What the customer has is looked up
 * first: an item that an earlier attempt made is found by its metadata, however long ago, and also
 * where idempotency keys are forgotten or were never known. The keys hold off what a look-up cannot
 * see: two processes at the same moment.
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
    // Nothing was to be made by that, so that no key has been used up.
    const outcome = outcomeOfError(error)
    return charges.map(() =>
      outcome.kind === 'refused' ? { ...outcome, kind: 'unknown' } : outcome,
    )
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
  const firstMs = Math.min(...charges.map(({ createdAt }) => createdAt.getTime()))
  const created = { gte: Math.floor((firstMs - CLOCKS_MS) / 1_000) }
  const items = new Map<string, Stripe.InvoiceItem>()
  let after: string | undefined
  for (;;) {
    time.mustSuffice()
    const page = await stripe.invoiceItems.list({
      ...{ customer, created, limit: PAGE },
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

const make = async (
  { stripe }: Asking,
  customer: string,
  charge: Charge,
  time: Stopwatch,
): Promise<ChargeOutcome> => {
  try {
    time.mustSuffice()
    const item = await stripe.invoiceItems.create(
      {
        customer,
        amount: amountOf(charge),
        currency: charge.currency.toLowerCase(),
        description: charge.description,
        period: {
          start: Math.floor(charge.periodStart.getTime() / 1_000),
          end: Math.floor(charge.periodEnd.getTime() / 1_000),
        },
        metadata: {
          [KEY]: charge.key,
          tollgate_organization: charge.organizationId,
          tollgate_invoice: charge.invoiceId,
        },
      },
      { idempotencyKey: `${charge.key}:${charge.refusals}` },
    )
    return outcomeOf(item, customer, charge)
  } catch (error) {
    return outcomeOfError(error)
  }
}

/** Stripe's minor units are not everywhere those of ISO 4217; where they are is known of dollars. */
const amountOf = ({ minorUnits, currency }: Charge): number => {
  if (currency !== 'USD') throw new RangeError(`charges at Stripe are in USD, not in ${currency}`)
  return Number(minorUnits)
}

/** What Stripe has is checked against what is owed: another amount under the key is an error. */
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

interface Stopwatch {
  /** Throws when another request might not be over in time. */
  mustSuffice(): void
}

const stopwatch = ({ timeoutMs, withinMs }: Asking): Stopwatch => {
  const startMs = performance.now()
  return {
    mustSuffice: () => {
      if (performance.now() - startMs + timeoutMs <= withinMs) return
      throw new Error('the time for it was over before it was sent')
    },
  }
}
