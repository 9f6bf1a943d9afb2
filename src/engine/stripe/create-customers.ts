import { createHash } from 'node:crypto'
import type { BillingRunOptions } from '../../contract/billing.ts'
import type { ChargeOutcome, Collector } from '../../contract/collector.ts'
import { findOrganization } from '../../storage/tables/organizations.ts'
import { hastenOutbox, insertOutbox, type OutboxRow } from '../../storage/tables/outbox.ts'
import { linkStripeCustomer, withoutCustomer } from '../../storage/tables/stripe-customers.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { CHARGE_KIND } from '../billing/charges-of-invoice.ts'
import type { Context } from '../context.ts'
import type { RunReport } from '../rating/run-report.ts'
import { lockedOrganization } from '../tenancy/organizations.ts'
import { sendOutbox } from './send-outbox.ts'
import { USE_KIND } from './write-use.ts'

/** The kind of the outbox entries that are customers to create. */
const CUSTOMER_KIND = 'customer'
const PAGE = 500

/**
 * Creates a Stripe customer for each organization that has something to collect and no customer. It
 * is queued first, as charges are, so it is created once.
 */
export const createCustomers = async (
  ctx: Context,
  collector: Collector,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  await writeDownMissing(ctx)
  await sendOutbox(
    ctx,
    {
      kind: CUSTOMER_KIND,
      send: async ([row], withinMs) =>
        row ? [await makeOne(ctx, collector, row, withinMs, options)] : [],
    },
    report,
    options,
  )
}

const writeDownMissing = async (ctx: Context): Promise<void> => {
  let after = ''
  for (;;) {
    const which = { kinds: [CHARGE_KIND, USE_KIND], after, limit: PAGE }
    const page = await withoutCustomer(ctx.db, which)
    const last = page.at(-1)
    if (!last) return
    const entries = page.map(({ id }) => ({
      organizationId: id,
      kind: CUSTOMER_KIND,
      key: keyOf(id),
      payload: {},
    }))
    await insertOutbox(ctx.db, entries, ctx.clock.now())
    after = last.id
  }
}

const makeOne = async (
  ctx: Context,
  collector: Collector,
  row: OutboxRow,
  withinMs: number,
  options: BillingRunOptions,
): Promise<ChargeOutcome> => {
  // The organization was linked to a customer meanwhile.
  if (row.customer_id !== null) return { kind: 'made', externalId: row.customer_id }
  // Uses the present name: if Stripe refused another name, a new one may be accepted.
  const organization = await findOrganization(ctx.db, row.organization_id)
  const outcome = await collector.makeCustomer(
    {
      key: row.key,
      refusals: row.refusals,
      mayExist: row.attempts > 1,
      organizationId: row.organization_id,
      createdAt: row.created_at,
      name: organization?.name ?? row.organization_id,
    },
    withinMs,
  )
  // Linked before the entry is marked as done. If the process dies in between, the next one finds
  // the customer again.
  if (outcome.kind === 'made') await link(ctx, row.organization_id, outcome.externalId, options)
  return outcome
}

/**
 * Links the customer, unless the organization was linked meanwhile, by a caller or an event of
 * Stripe.
 */
const link = async (
  ctx: Context,
  organizationId: string,
  customerId: string,
  options: BillingRunOptions,
): Promise<void> =>
  ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId, { alsoClosed: true })
    const at = ctx.clock.now()
    if (!(await linkStripeCustomer(tx, { organizationId, customerId, at }))) return
    await hastenOutbox(tx, organizationId, at)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: 'stripe_customer.created',
      ...actorOf(options),
      subject: `organization:${organizationId}`,
      old: null,
      new: { customerId },
    })
  })

const keyOf = (organizationId: string): string =>
  `tollgate_customer_${createHash('sha256').update(organizationId).digest('hex').slice(0, 40)}`
