import { PLAN_PRIORITY } from '../../contract/grants.ts'
import type { StripeInvoiceState } from '../../contract/stripe-account.ts'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../../core/amounts.ts'
import type { AuditAct } from '../../core/audit.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import { giveCredits } from '../../storage/tables/grants.ts'
import type { Context } from '../context.ts'

const MOST_CREDITS = 1_000_000_000

/**
 * Gives the credits of a top-up that was paid at Stripe, in the transaction that finds it paid, with
 * the organization locked. Once a top-up, whatever invoices carry it: its id is the grant's key.
 */
export const giveTopUp = async (
  tx: Queryable,
  ctx: Context,
  organizationId: string,
  { id: invoiceId, topUp }: Pick<StripeInvoiceState, 'id' | 'topUp'>,
): Promise<readonly AuditAct[]> => {
  if (!topUp) return []
  const told = {
    ...{ organizationId, category: 'billing' as const, actor: 'stripe', address: null },
    subject: `top_up:${topUp.id}`,
  }
  const units = unitsOf(topUp.credits)
  if (units === undefined) {
    ctx.log.error({ organizationId, invoiceId, ...topUp }, 'a top-up that was paid says no credits')
    return [{ ...told, action: 'top_up.refused', new: { stripeInvoiceId: invoiceId, ...topUp } }]
  }
  const at = ctx.clock.now()
  const grantId = ctx.ids()
  const isGiven = await giveCredits(tx, {
    ...{ id: grantId, organization_id: organizationId, source: 'top_up', series_id: null },
    ...{ key: `top_up:${topUp.id}`, micro_credits: units, priority: PLAN_PRIORITY },
    ...{ starts_at: at, expires_at: null, created_at: at, actor: 'stripe' },
    reason: `paid at Stripe: ${invoiceId}`,
  })
  if (!isGiven) return []
  await announce(tx, 'organization', organizationId)
  return [
    {
      ...told,
      action: 'top_up.paid',
      new: { grantId, credits: topUp.credits, stripeInvoiceId: invoiceId },
    },
  ]
}

const unitsOf = (credits: string | null): bigint | undefined => {
  const decimal = credits === null ? undefined : parseDecimal(credits)
  if (!decimal || decimal.scale > MICRO_CREDIT_SCALE) return undefined
  const units = toUnits(decimal, MICRO_CREDIT_SCALE)
  return units > 0n &&
    units <= toUnits({ units: BigInt(MOST_CREDITS), scale: 0 }, MICRO_CREDIT_SCALE)
    ? units
    : undefined
}
