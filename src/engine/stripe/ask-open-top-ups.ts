import { TollgateError } from '../../contract/errors.ts'
import type { StripeAccount } from '../../contract/stripe-account.ts'
import { type OpenTopUpRow, openTopUps } from '../../storage/tables/top-ups.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { inParallel } from '../billing/in-parallel.ts'
import type { StripeEffect } from '../billing/stripe-effect.ts'
import type { Context } from '../context.ts'
import { type RunReport, reasonOf } from '../rating/run-report.ts'
import { askStripe } from './ask-stripe.ts'
import { invoiceEffect } from './stripe-invoice-effect.ts'

const ORDERS_AT_ONCE = 100
/** Below Stripe's rate limit. */
const LANES = 4
/** So many requests in a row without an answer mean that Stripe is away, or asks for a pause. */
const MOST_UNANSWERED = 8

/**
 * Asks Stripe about the invoices of open orders of credits, with the same effect as an event. An
 * event may be lost, or there is no event destination: what a customer has paid for is given all
 * the same. It costs some requests per open order, and an organization has one at a time.
 *
 * If Stripe does not answer, the next run asks about the rest, so that charges do not wait for it.
 */
export const askOpenTopUps = async (
  ctx: Context,
  account: StripeAccount,
  report: RunReport,
): Promise<void> => {
  let after: OpenTopUpRow | undefined
  let unanswered = 0
  const ask = async ({ organization_id: organizationId, invoice_id: id }: OpenTopUpRow) => {
    if (unanswered >= MOST_UNANSWERED) return
    try {
      const { outcome } = await look(ctx, account, id)
      unanswered = 0
      if (outcome === 'gone') {
        report.failed(organizationId, `Stripe does not know the invoice ${id} of a top-up`)
      }
    } catch (error) {
      unanswered = isUnavailable(error) ? unanswered + 1 : 0
      ctx.log.error({ organizationId, stripeInvoiceId: id, error }, 'a top-up was not asked for')
      report.failed(organizationId, reasonOf(error))
    }
  }
  while (unanswered < MOST_UNANSWERED) {
    const orders = await openTopUps(ctx.db, { after, limit: ORDERS_AT_ONCE })
    if (orders.length === 0) return
    await inParallel(orders, LANES, ask)
    after = orders.at(-1)
  }
  ctx.log.warn({ unanswered }, 'Stripe does not answer: the next run asks about the other top-ups')
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof TollgateError && error.code === 'unavailable'

/** If a newer answer was stored meanwhile, that one counts. */
const look = async (
  ctx: Context,
  account: StripeAccount,
  invoiceId: string,
): Promise<StripeEffect> => {
  const effect = await askStripe(() => invoiceEffect(ctx, account, invoiceId))
  await ctx.db.transaction(async (tx) => {
    const acts = await effect.apply(tx)
    if (acts !== 'stale' && acts.length > 0) await appendAudit(tx, ctx, ...acts)
  })
  effect.afterwards?.()
  return effect
}
