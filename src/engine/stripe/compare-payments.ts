import { type ComparedRow, sentOf } from '../../storage/tables/charges.ts'
import { statusesOfInvoices } from '../../storage/tables/stripe-states.ts'
import type { Comparing } from './compare-charges.ts'
import { TOP_UP_KIND } from './send-top-ups.ts'

/** States of an invoice that Stripe does nothing more about. */
const OVER = ['paid', 'uncollectible', 'void']

/**
 * How the invoices at Stripe stand that an organization's charges and top-ups are on, beside what was
 * told of them: a payment that nobody told of, and money that Stripe has given up.
 */
export const comparePayments = async (
  { ctx, account, report, from, to }: Comparing,
  { organization_id: organizationId }: ComparedRow,
  ofCharges: ReadonlySet<string>,
): Promise<void> => {
  const orders = await sentOf(ctx.db, organizationId, { kind: TOP_UP_KIND, from, to })
  const ofTopUps = new Set(orders.flatMap(({ external_id: id }) => (id === null ? [] : [id])))
  const ids = [...new Set([...ofCharges, ...ofTopUps])]
  if (ids.length === 0) return
  const told = await statusesOfInvoices(ctx.db, ids)
  for (const stripeId of ids) {
    const atStripe = await account.invoiceStatus(stripeId)
    if (atStripe === undefined || !OVER.includes(atStripe)) continue
    const known = told.get(stripeId)
    const here = known ?? 'nothing was told'
    if (atStripe !== 'paid')
      report.found('uncollected', { organizationId, stripeId, here, atStripe })
    // Where no events are taken nothing can be known of what is paid, but for credits.
    const isExpected = account.takesNotices || known !== undefined || ofTopUps.has(stripeId)
    if (isExpected && known !== atStripe) {
      report.found('payment', { organizationId, stripeId, here, atStripe })
    }
  }
}
