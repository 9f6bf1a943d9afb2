import { descriptionOfItem } from '../../connectors/stripe/limits.ts'
import type { StripeAccount, StripeItem } from '../../contract/stripe-account.ts'
import { moneyWords } from '../../core/amount-words.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import {
  type ComparedRow,
  knownKeys,
  type SentRow,
  sentOf,
  unchargedInvoices,
} from '../../storage/tables/charges.ts'
import { CHARGE_KIND, type ChargePayload } from '../billing/charges-of-invoice.ts'
import type { Context } from '../context.ts'
import type { DriftReport } from './drift-report.ts'

/** How far Stripe's clock may be behind the database's. */
const CLOCKS_MS = 86_400_000

export interface Comparing {
  readonly ctx: Context
  readonly account: StripeAccount
  readonly report: DriftReport
  readonly from: Date
  readonly to: Date
}

/**
 * Compares an organization's charges of the range with the items of its customer, both ways.
 * Returns the Stripe invoices that they are on.
 */
export const compareCharges = async (
  comparing: Comparing,
  row: ComparedRow,
): Promise<ReadonlySet<string>> => {
  const { ctx, account, report, from, to } = comparing
  const { organization_id: organizationId, customer_id: customerId } = row
  const range = { kind: CHARGE_KIND, from, to }
  await tellUncharged(comparing, organizationId)
  const charges = new Map(
    (await sentOf(ctx.db, organizationId, range)).map((charge) => [charge.key, charge]),
  )
  const seen = new Set<string>()
  const invoices = new Set<string>()
  const compare = (charge: SentRow, item: StripeItem): void => {
    if (seen.has(charge.key)) {
      tell(report, 'twice', organizationId, charge, item)
      return
    }
    seen.add(charge.key)
    if (item.invoiceId !== null) invoices.add(item.invoiceId)
    if (!differs(report, organizationId, customerId, charge, item)) report.same({ charges: 1 })
  }
  if (customerId !== null) {
    const since = new Date(from.getTime() - CLOCKS_MS)
    for await (const page of account.items(customerId, since)) {
      const others = page.filter(({ key }) => !charges.has(key))
      const known = others.length > 0 ? await knownKeys(ctx.db, others.map(keyOf)) : new Set()
      for (const { key, id, ...item } of others) {
        if (known.has(key)) continue
        report.found('unknown', { organizationId, key, stripeId: id, atStripe: moneyOf(item) })
      }
      for (const item of page) {
        const charge = charges.get(item.key)
        if (charge) compare(charge, item)
      }
    }
  }
  for (const charge of charges.values()) {
    if (seen.has(charge.key) && charge.external_id !== null) continue
    await tellUnseen(comparing, organizationId, charge, seen.has(charge.key), compare)
  }
  return invoices
}

/**
 * Reports a charge that is not among the customer's items, or is there but not recorded as made
 * here.
 */
const tellUnseen = async (
  { account, report }: Comparing,
  organizationId: string,
  charge: SentRow,
  isSeen: boolean,
  compare: (charge: SentRow, item: StripeItem) => void,
): Promise<void> => {
  const { key, external_id: stripeId, last_error: lastError } = charge
  const here = hereOf(charge)
  if (stripeId === null) {
    const atStripe = isSeen ? 'made, and not written down yet' : lastError
    return report.found('waiting', { organizationId, key, here, atStripe })
  }
  const item = await account.item(stripeId)
  if (item) compare(charge, item)
  else report.found('missing', { organizationId, key, stripeId, here })
}

/** Reports invoices without a charge, or with charges of another amount. */
const tellUncharged = async (
  { ctx, report, from, to }: Comparing,
  organizationId: string,
): Promise<void> => {
  if (ctx.billing.metering) return
  const range = { kind: CHARGE_KIND, from, to }
  for (const { id, billed, charged } of await unchargedInvoices(ctx.db, organizationId, range)) {
    const here = `invoice ${id}: ${billed} to be collected, ${charged} of charges`
    report.found('not_charged', { organizationId, here })
  }
}

const differs = (
  report: DriftReport,
  organizationId: string,
  customerId: string | null,
  charge: SentRow,
  item: StripeItem,
): boolean => {
  const owed = charge.payload as ChargePayload
  const kinds = [
    ...(item.customerId === customerId ? [] : (['customer'] as const)),
    ...(item.currency === owed.currency ? [] : (['currency'] as const)),
    ...(String(item.minorUnits) === owed.minorUnits ? [] : (['amount'] as const)),
    ...(isEdited(owed, item) ? (['edited'] as const) : []),
  ]
  for (const kind of kinds) tell(report, kind, organizationId, charge, item)
  return kinds.length > 0
}

const isEdited = (owed: ChargePayload, item: StripeItem): boolean =>
  item.description !== descriptionOfItem(owed.description) ||
  item.periodStart.getTime() !== wholeSecond(owed.periodStart) ||
  item.periodEnd.getTime() !== wholeSecond(owed.periodEnd)

const wholeSecond = (instant: string): number => Math.floor(Date.parse(instant) / 1_000) * 1_000

const tell = (
  report: DriftReport,
  kind: 'twice' | 'customer' | 'currency' | 'amount' | 'edited',
  organizationId: string,
  charge: SentRow,
  item: StripeItem,
): void => {
  const atStripe =
    kind === 'customer'
      ? item.customerId
      : kind === 'edited'
        ? `${item.description} (${item.periodStart.toISOString()})`
        : moneyOf(item)
  report.found(kind, {
    organizationId,
    key: charge.key,
    stripeId: item.id,
    here: hereOf(charge),
    atStripe,
  })
}

const keyOf = ({ key }: StripeItem): string => key

const moneyOf = ({
  minorUnits,
  currency,
}: {
  readonly minorUnits: bigint | string
  readonly currency: string
}): string => moneyWords(moneyText(BigInt(minorUnits), currencyOf(currency)), currency)

const hereOf = ({ payload }: SentRow): string => {
  const charge = payload as ChargePayload
  return `${moneyOf(charge)}, ${charge.description}`
}
