import { PLAN_PRIORITY } from '../../contract/grants.ts'
import type { StripeInvoiceState } from '../../contract/stripe-account.ts'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../../core/amounts.ts'
import type { AuditAct } from '../../core/audit.ts'
import { creditsPaidFor, type TopUpMoney, worthOf } from '../../core/billing/top-up-worth.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  catchUp,
  findGrant,
  type GrantRow,
  giveCredits,
  markPaidBy,
  reverseGrant,
} from '../../storage/tables/grants.ts'
import { markUnpaid, priceOfTopUp, removeTopUp } from '../../storage/tables/top-ups.ts'
import type { Context } from '../context.ts'
import { credits } from '../credits/grant-value.ts'
import { told } from '../events/told.ts'

const MOST_CREDITS = 1_000_000_000

/** A paid invoice for credits. */
interface PaidTopUp {
  readonly organizationId: string
  readonly invoiceId: string
  readonly id: string
  readonly credits: string | null
  readonly money: TopUpMoney
  /** True if it was not known as paid before. */
  readonly isNew: boolean
}

/**
 * Sets the credits of a top-up to what its money at Stripe is worth now. It runs in the transaction
 * that stores the invoice's state, with the organization locked.
 *
 * Credits are given once for each top-up, whatever invoices it is on: its id is the grant's key.
 * Returned money takes credits back, and disputed money freezes them.
 */
export const settleTopUp = async (
  tx: Queryable,
  ctx: Context,
  organizationId: string,
  { id: invoiceId, topUp }: Pick<StripeInvoiceState, 'id' | 'topUp'>,
  isNew: boolean,
): Promise<readonly AuditAct[]> => {
  if (!topUp?.money) return []
  const { id, money } = topUp
  const ordered = await priceOfTopUp(tx, organizationId, id)
  // The ordered price, even if somebody has reduced the invoice since.
  const price = ordered !== undefined && ordered > money.total ? ordered : money.total
  const paid: PaidTopUp = {
    organizationId,
    invoiceId,
    id,
    credits: topUp.credits,
    isNew,
    money: { ...money, price },
  }
  await catchUp(tx, organizationId, ctx.clock.now())
  const before = await findGrant(tx, organizationId, { key: keyOf(id) })
  const given = before ? [] : await give(tx, ctx, paid)
  const grant = before ?? (await findGrant(tx, organizationId, { key: keyOf(id) }))
  const acts =
    grant?.stripe_invoice_id === invoiceId
      ? [...given, ...(await reverse(tx, ctx, paid, grant))]
      : given
  if (acts.length > 0) await announce(tx, 'organization', organizationId)
  return acts
}

const give = async (tx: Queryable, ctx: Context, paid: PaidTopUp): Promise<AuditAct[]> => {
  const { organizationId, invoiceId } = paid
  const asked = unitsOf(paid.credits)
  if (asked === undefined) {
    if (!paid.isNew) return []
    const why = { organizationId, stripeInvoiceId: invoiceId, id: paid.id, credits: paid.credits }
    ctx.log.error(why, 'a top-up that was paid says no credits')
    return [actOf(paid, 'top_up.refused', { id: paid.id, credits: paid.credits })]
  }
  const units = creditsPaidFor(asked, paid.money)
  if (units === 0n) {
    if (!paid.isNew) return []
    await markUnpaid(tx, paid.organizationId, paid.id)
    // Turns top-ups off, so that nobody is asked to pay for the same again and again.
    const stopped = await stop(tx, paid)
    return [...stopped, actOf(paid, 'top_up.unpaid', moneyOf(paid))]
  }
  const at = ctx.clock.now()
  const grantId = ctx.ids()
  await giveCredits(tx, {
    id: grantId,
    organization_id: organizationId,
    source: 'top_up',
    series_id: null,
    key: keyOf(paid.id),
    micro_credits: units,
    priority: PLAN_PRIORITY,
    starts_at: at,
    expires_at: null,
    created_at: at,
    actor: 'stripe',
    reason: `paid at Stripe: ${invoiceId}`,
  })
  await markPaidBy(tx, grantId, invoiceId)
  const given = units === asked ? paid.credits : String(credits(units))
  return [actOf(paid, 'top_up.paid', { grantId, credits: given })]
}

const reverse = async (
  tx: Queryable,
  ctx: Context,
  paid: PaidTopUp,
  grant: GrantRow,
): Promise<AuditAct[]> => {
  const { kept, frozen } = worthOf(grant.micro_credits, paid.money)
  // Turns top-ups off: an owner who takes the money back must not be charged again for the missing
  // credits.
  const isLess = grant.micro_credits - kept > grant.reversed_units || frozen > grant.frozen_units
  const stopped = isLess ? await stop(tx, paid) : []
  const taken = await reverseGrant(tx, grant, { kept, frozen, at: ctx.clock.now() })
  const now = await findGrant(tx, paid.organizationId, { id: grant.id })
  const frozenSince = (now?.frozen_units ?? 0n) - grant.frozen_units
  const acts: AuditAct[] = []
  if (taken !== 0n) acts.push(reversalOf(paid, grant, taken > 0n ? TAKEN : GIVEN_BACK, taken))
  if (frozenSince !== 0n) {
    acts.push(reversalOf(paid, grant, frozenSince > 0n ? FROZEN : UNFROZEN, frozenSince))
  }
  return acts.length > 0 ? [...stopped, ...acts] : stopped
}

/** The names of a change in the worth of bought credits, in the audit log and as an event. */
interface Reversal {
  readonly action: string
  readonly kind: 'credits.refunded' | 'credits.given_back' | 'credits.frozen' | 'credits.unfrozen'
}
const TAKEN: Reversal = { action: 'top_up.taken_back', kind: 'credits.refunded' }
const GIVEN_BACK: Reversal = { action: 'top_up.given_back', kind: 'credits.given_back' }
const FROZEN: Reversal = { action: 'top_up.frozen', kind: 'credits.frozen' }
const UNFROZEN: Reversal = { action: 'top_up.unfrozen', kind: 'credits.unfrozen' }

const reversalOf = (
  paid: PaidTopUp,
  grant: GrantRow,
  { action, kind }: Reversal,
  units: bigint,
): AuditAct => {
  const { received, returned, disputed } = paid.money
  const changed = { grantId: grant.id, credits: credits(units < 0n ? -units : units) }
  return {
    ...actOf(paid, action, { ...changed, ...moneyOf(paid) }),
    told: [
      told(kind, {
        ...changed,
        stripeInvoiceId: paid.invoiceId,
        receivedMinorUnits: Number(received),
        returnedMinorUnits: Number(returned),
        disputedMinorUnits: Number(disputed),
      }),
    ],
  }
}

const stop = async (tx: Queryable, paid: PaidTopUp): Promise<AuditAct[]> =>
  (await removeTopUp(tx, paid.organizationId)) ? [actOf(paid, 'top_up.stopped', {})] : []

const actOf = (paid: PaidTopUp, action: string, said: object): AuditAct => ({
  organizationId: paid.organizationId,
  category: 'billing',
  actor: 'stripe',
  address: null,
  action,
  subject: `top_up:${paid.id}`,
  new: { ...said, stripeInvoiceId: paid.invoiceId },
})

const moneyOf = ({ money: { received, returned, disputed } }: PaidTopUp) => ({
  receivedMinorUnits: String(received),
  returnedMinorUnits: String(returned),
  disputedMinorUnits: String(disputed),
})

const keyOf = (id: string): string => `top_up:${id}`

const unitsOf = (text: string | null): bigint | undefined => {
  const decimal = text === null ? undefined : parseDecimal(text)
  if (!decimal || decimal.scale > MICRO_CREDIT_SCALE) return undefined
  const units = toUnits(decimal, MICRO_CREDIT_SCALE)
  return units > 0n &&
    units <= toUnits({ units: BigInt(MOST_CREDITS), scale: 0 }, MICRO_CREDIT_SCALE)
    ? units
    : undefined
}
