import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { CollectedSince, collectSinceSchema } from '../../contract/stripe.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { type UncollectedRow, uncollectedInvoices } from '../../storage/tables/charges.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { insertOutbox } from '../../storage/tables/outbox.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { CHARGE_KIND, chargesOfInvoice } from '../billing/charges-of-invoice.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'

const INVOICES_AT_ONCE = 100
/** Catalogs have prices in US dollars only. */
const CURRENCY = 'USD'

/**
 * Queues the charges of invoices that were closed while nothing was collected: the same charges,
 * under the same keys, as they would have been.
 *
 * This never happens automatically for the time before a key was set, since that may have been
 * collected by other means.
 */
export const collectSince = async (
  ctx: Context,
  { since, organizationId, dryRun = false }: z.output<typeof collectSinceSchema>,
  options: CallOptions = {},
): Promise<CollectedSince> => {
  if (!ctx.billing.collector || ctx.billing.metering) {
    throw new TollgateError('unprocessable', { detail: 'no overage is collected at Stripe here' })
  }
  if (organizationId !== undefined) await existing(ctx, organizationId)
  let after: { readonly organizationId: string; readonly periodStart: Date } | undefined
  let [invoices, charges, minorUnits] = [0, 0, 0n]
  for (;;) {
    const limit = INVOICES_AT_ONCE
    const which = { kind: CHARGE_KIND, since, organizationId, after, limit }
    const page = await uncollectedInvoices(ctx.db, which)
    const last = page.at(-1)
    if (!last) break
    const written = dryRun ? page : await writeDown(ctx, which, page, options)
    const entries = written.flatMap(chargesOf)
    invoices += written.length
    charges += entries.length
    minorUnits += entries.reduce((sum, { minorUnits: units }) => sum + units, 0n)
    after = { organizationId: last.organization_id, periodStart: last.period_start }
  }
  const currency = currencyOf(CURRENCY)
  const amount = moneyText(minorUnits, currency)
  return { invoices, charges, amount, currency: currency.code, dryRun }
}

const chargesOf = (row: UncollectedRow) => {
  const lines = row.lines.map((line) => ({ ...line, minorUnits: BigInt(line.minorUnits) }))
  return chargesOfInvoice({ ...row, lines }).map((entry) => ({
    ...entry,
    minorUnits: BigInt((entry.payload as { readonly minorUnits: string }).minorUnits),
  }))
}

/** The invoices of the page that are still uncollected under their locks. */
const writeDown = (
  ctx: Context,
  which: Parameters<typeof uncollectedInvoices>[1],
  page: readonly UncollectedRow[],
  options: CallOptions,
): Promise<readonly UncollectedRow[]> =>
  ctx.db.transaction(async (tx) => {
    await lockOrganizations(tx, [...new Set(page.map(({ organization_id }) => organization_id))])
    const asked = new Set(page.map(({ id }) => id))
    const found = (await uncollectedInvoices(tx, which)).filter(({ id }) => asked.has(id))
    await insertOutbox(tx, found.flatMap(chargesOf), ctx.clock.now())
    await appendAudit(
      tx,
      ctx,
      ...found.map((row) => ({
        organizationId: row.organization_id,
        category: 'billing' as const,
        action: 'invoice.collected_later',
        ...actorOf(options),
        subject: `invoice:${row.id}`,
        new: { charges: chargesOf(row).length },
      })),
    )
    return found
  })
