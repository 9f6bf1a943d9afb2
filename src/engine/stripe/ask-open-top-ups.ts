import type { StripeAccount } from '../../contract/stripe-account.ts'
import { openTopUps } from '../../storage/tables/top-ups.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { inParallel } from '../billing/in-parallel.ts'
import type { Context } from '../context.ts'
import { type RunReport, reasonOf } from '../rating/run-report.ts'
import { askStripe } from './ask-stripe.ts'
import { invoiceEffect } from './stripe-invoice-effect.ts'

const ORDERS_AT_ONCE = 100
/** Below Stripe's rate limit. */
const LANES = 4

/**
 * Asks Stripe about the invoices of open orders of credits, with the same effect as an event. An
 * event may be lost, or there is no event destination: what a customer has paid for is given all
 * the same. It costs some requests per open order, and an organization has one at a time.
 */
export const askOpenTopUps = async (
  ctx: Context,
  account: StripeAccount,
  report: RunReport,
): Promise<void> => {
  let after = ''
  for (;;) {
    const orders = await openTopUps(ctx.db, { after, limit: ORDERS_AT_ONCE })
    const last = orders.at(-1)
    if (!last) return
    await inParallel(orders, LANES, async ({ organization_id: organizationId, invoice_id: id }) => {
      try {
        await look(ctx, account, id)
      } catch (error) {
        ctx.log.error({ organizationId, stripeInvoiceId: id, error }, 'a top-up was not asked for')
        report.failed(organizationId, reasonOf(error))
      }
    })
    after = last.key
  }
}

/** If a newer answer was stored meanwhile, that one counts. */
const look = async (ctx: Context, account: StripeAccount, invoiceId: string): Promise<void> => {
  const effect = await askStripe(() => invoiceEffect(ctx, account, invoiceId))
  await ctx.db.transaction(async (tx) => {
    const acts = await effect.apply(tx)
    if (acts !== 'stale' && acts.length > 0) await appendAudit(tx, ctx, ...acts)
  })
  effect.afterwards?.()
}
