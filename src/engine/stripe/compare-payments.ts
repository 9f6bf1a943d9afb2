import { type ComparedRow, sentOf } from '../../storage/tables/charges.ts'
import { statusesOfInvoices } from '../../storage/tables/stripe-states.ts'
import type { Comparing } from './compare-charges.ts'
import { TOP_UP_KIND } from './send-top-ups.ts'

/** The final states of an invoice at Stripe. */
const OVER = ['paid', 'uncollectible', 'void']

/**
 * Compares the state of the Stripe invoices of charges and top-ups with what Stripe has reported.
 * It finds payments that were not reported, and money that Stripe has given up.
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
    // If no webhook is set up, payments are unknown here, except for those of credits.
    const isExpected = account.takesNotices || known !== undefined || ofTopUps.has(stripeId)
    if (isExpected && known !== atStripe) {
      report.found('payment', { organizationId, stripeId, here, atStripe })
    }
  }
}
