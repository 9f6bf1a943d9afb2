import { TollgateError } from '../../contract/errors.ts'
import type { StripeInvoiceState } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { attachCharges } from '../../storage/tables/charges.ts'
import { findOrganization, lockOrganizations } from '../../storage/tables/organizations.ts'
import { organizationOfCustomer } from '../../storage/tables/stripe-customers.ts'
import {
  lockStripeInvoice,
  putStripeInvoice,
  type StripeInvoiceRow,
  versionOfState,
} from '../../storage/tables/stripe-states.ts'
import { BY_STRIPE, type EffectOfObject, nothing } from '../billing/stripe-effect.ts'
import { told } from '../events/told.ts'
import { settleTopUp } from './paid-top-up.ts'

/**
 * Stores the state of a Stripe invoice, and which of our charges are on it. The effect depends only
 * on that state and happens once. `invoice.paid` and `invoice.payment_succeeded` are two events of
 * one payment, and several events report a refund.
 */
export const invoiceEffect: EffectOfObject = async (ctx, account, id) => {
  // Read before the request: the answer counts only if no other was stored since.
  const since = await versionOfState(ctx.db, 'stripe_invoices', id)
  const state = await account.invoice(id)
  if (!state) return nothing('gone')
  let forgotten: string | undefined
  return {
    outcome: 'applied',
    apply: async (tx) => {
      const organizationId = await ownerOf(tx, state)
      if (organizationId !== null) await lockOrganizations(tx, [organizationId])
      const before = await lockStripeInvoice(tx, id)
      const row = rowOf(state, organizationId)
      if (!(await putStripeInvoice(tx, row, { since, at: ctx.clock.now() }))) return 'stale'
      const { chargeKeys: keys, itemIds } = state
      const charges = await attachCharges(tx, id, { keys, itemIds })
      if (organizationId === null) return []
      const isPaidNow = row.status === 'paid' && before?.status !== 'paid'
      const given = await settleTopUp(tx, ctx, organizationId, state, isPaidNow)
      if (given.length > 0) forgotten = organizationId
      return [...actsOf(before, row, organizationId, charges), ...given]
    },
    afterwards: () => {
      if (forgotten !== undefined) ctx.forgetOrganization(forgotten)
    },
  }
}

/**
 * A payment must not be lost: until it can be assigned to an organization, Stripe sends the event
 * again.
 */
const ownerOf = async (tx: Queryable, state: StripeInvoiceState): Promise<string | null> => {
  const { customerId, organizationId: named } = state
  const linked = customerId === null ? undefined : await organizationOfCustomer(tx, customerId)
  const isKnown = named !== null && (await findOrganization(tx, named)) !== undefined
  const owner = linked ?? (isKnown ? named : null)
  if (owner === null && state.topUp && state.status === 'paid') {
    throw new TollgateError('unprocessable', {
      detail: `nobody has said whose the top-up of ${state.id} is`,
    })
  }
  return owner
}

const actsOf = (
  before: StripeInvoiceRow | undefined,
  row: StripeInvoiceRow,
  organizationId: string,
  charges: number,
): readonly AuditAct[] => {
  const action = actionOf(before, row)
  if (action === undefined) return []
  return [
    {
      organizationId,
      category: 'billing',
      action: `stripe_invoice.${action}`,
      ...BY_STRIPE,
      subject: `stripe_invoice:${row.id}`,
      old: before ? toldOf(before) : null,
      new: { ...toldOf(row), charges },
      told: eventsOf(row, action),
    },
  ]
}

const rowOf = (state: StripeInvoiceState, organizationId: string | null): StripeInvoiceRow => ({
  id: state.id,
  customer_id: state.customerId,
  organization_id: organizationId,
  status: state.status,
  attempts: state.attempts,
  currency: state.currency,
  due_minor_units: state.dueMinorUnits,
  paid_minor_units: state.paidMinorUnits,
  paid_at: state.paidAt,
})

const actionOf = (
  before: StripeInvoiceRow | undefined,
  row: StripeInvoiceRow,
): string | undefined => {
  if (row.status !== before?.status) return row.status === 'void' ? 'voided' : row.status
  return row.status === 'open' && row.attempts > before.attempts ? 'payment_failed' : undefined
}

/** The domain event: money came, or it did not. */
const eventsOf = (row: StripeInvoiceRow, action: string) => {
  const invoice = {
    stripeInvoiceId: row.id,
    currency: row.currency,
    dueMinorUnits: Number(row.due_minor_units),
    paidMinorUnits: Number(row.paid_minor_units),
  }
  switch (action) {
    case 'paid':
      return [told('invoice.collected', invoice)]
    case 'uncollectible':
      return [told('invoice.failed', invoice)]
    case 'payment_failed':
      return [told('payment.failed', { ...invoice, attempts: row.attempts })]
    default:
      return []
  }
}

const toldOf = (row: StripeInvoiceRow) => ({
  status: row.status,
  currency: row.currency,
  dueMinorUnits: String(row.due_minor_units),
  paidMinorUnits: String(row.paid_minor_units),
})
