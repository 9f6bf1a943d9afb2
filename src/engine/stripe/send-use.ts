import type { BillingRunOptions } from '../../contract/billing.ts'
import type { Collector, MeteredUse } from '../../contract/collector.ts'
import type { OutboxRow } from '../../storage/tables/outbox.ts'
import type { Context } from '../context.ts'
import type { RunReport } from '../rating/run-report.ts'
import { sendOutbox, withoutCustomerAtStripe } from './send-outbox.ts'
import { USE_KIND, type UsePayload } from './write-use.ts'

/** Sends queued use to Stripe's meters. */
export const sendUse = (
  ctx: Context,
  collector: Collector,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> =>
  sendOutbox(
    ctx,
    {
      kind: USE_KIND,
      send: async (rows, withinMs) =>
        withoutCustomerAtStripe(rows) ??
        (await collector.meter(rows[0]?.customer_id as string, rows.map(useOf), withinMs)),
    },
    report,
    options,
  )

const useOf = (row: OutboxRow): MeteredUse => {
  const { eventName, value, from, to } = row.payload as UsePayload
  return {
    key: row.key,
    refusals: row.refusals,
    firstSentAt: row.attempts > 1 ? row.first_attempt_at : undefined,
    eventName,
    value,
    from: new Date(from),
    to: new Date(to),
  }
}
