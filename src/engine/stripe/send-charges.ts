import type { BillingRunOptions } from '../../contract/billing.ts'
import type { Charge, Collector } from '../../contract/collector.ts'
import type { OutboxRow } from '../../storage/tables/outbox.ts'
import { CHARGE_KIND, type ChargePayload } from '../billing/charges-of-invoice.ts'
import type { Context } from '../context.ts'
import type { RunReport } from '../rating/run-report.ts'
import { sendOutbox, withoutCustomerAtStripe } from './send-outbox.ts'

/** Makes every charge that is due, and reports the amounts. */
export const sendCharges = (
  ctx: Context,
  collector: Collector,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> =>
  sendOutbox(
    ctx,
    {
      kind: CHARGE_KIND,
      send: async (rows, withinMs) =>
        withoutCustomerAtStripe(rows) ??
        (await collector.charge(customerOf(rows), rows.map(chargeOf), withinMs)),
      done: (organizationId, rows) => {
        const made = rows.reduce((sum, row) => sum + BigInt(payloadOf(row).minorUnits), 0n)
        report.billed(organizationId, made, payloadOf(rows[0] as OutboxRow).currency)
      },
    },
    report,
    options,
  )

const customerOf = (rows: readonly OutboxRow[]): string => rows[0]?.customer_id as string

const payloadOf = (row: OutboxRow): ChargePayload => row.payload as ChargePayload

const chargeOf = (row: OutboxRow): Charge => {
  const payload = payloadOf(row)
  return {
    key: row.key,
    refusals: row.refusals,
    mayExist: row.attempts > 1,
    organizationId: row.organization_id,
    invoiceId: payload.invoiceId,
    minorUnits: BigInt(payload.minorUnits),
    currency: payload.currency,
    description: payload.description,
    periodStart: new Date(payload.periodStart),
    periodEnd: new Date(payload.periodEnd),
    createdAt: row.created_at,
    subscriptionId: row.subscription_id ?? undefined,
  }
}
