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

/** The kind of the rows of the outbox that are customers to be made. */
const CUSTOMER_KIND = 'customer'
const PAGE = 500

/**
 * Makes a customer of each organization that has something to be collected and is nobody at Stripe
 * yet: written down first, as charges are, and so once.
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
  // Somebody has said who it is since.
  if (row.customer_id !== null) return { kind: 'made', externalId: row.customer_id }
  // As it is called now: what was refused under another name is healed by a new one.
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
  // Before it is written down that it is done: who ends between the two finds the customer again.
  if (outcome.kind === 'made') await link(ctx, row.organization_id, outcome.externalId, options)
  return outcome
}

/** Unless somebody has said who it is meanwhile, or an event of Stripe has. */
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
