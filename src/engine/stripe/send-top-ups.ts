import type { BillingRunOptions } from '../../contract/billing.ts'
import type { Collector, TopUpOrder } from '../../contract/collector.ts'
import { quantityWords } from '../../core/amount-words.ts'
import { formatUnits, MICRO_CREDIT_SCALE } from '../../core/amounts.ts'
import { CREDITS_METER } from '../../core/catalog-words.ts'
import type { OutboxRow } from '../../storage/tables/outbox.ts'
import { topUpsWait } from '../../storage/tables/top-ups.ts'
import type { Context } from '../context.ts'
import { RunReport } from '../rating/run-report.ts'
import { sendOutbox, withoutCustomerAtStripe } from './send-outbox.ts'

/** In the form that `208_top_ups.sql` writes. */
export const TOP_UP_KIND = 'top_up'

interface TopUpPayload {
  readonly units: string
  readonly minorUnits: string
  readonly currency: string
}

/** Charges organizations for credits that they ordered, by one invoice each. */
export const sendTopUps = (
  ctx: Context,
  collector: Collector,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> =>
  sendOutbox(
    ctx,
    {
      kind: TOP_UP_KIND,
      send: async (rows, withinMs) => {
        const nobody = withoutCustomerAtStripe(rows)
        if (nobody) return nobody
        const customerId = rows[0]?.customer_id as string
        const outcomes = []
        for (const row of rows) {
          outcomes.push(await collector.topUp(customerId, orderOf(row), withinMs))
        }
        return outcomes
      },
    },
    report,
    options,
  )

/** Sends them between runs too, so that nobody waits for the next run to get credits. */
export const sendTopUpsNow = async (ctx: Context): Promise<void> => {
  const { collector } = ctx.billing
  if (!collector || !(await topUpsWait(ctx.db, ctx.clock.now()))) return
  await sendTopUps(ctx, collector, new RunReport(), { actor: 'top-up' })
}

const orderOf = (row: OutboxRow): TopUpOrder => {
  const { units, minorUnits, currency } = row.payload as TopUpPayload
  const credits = formatUnits(BigInt(units), MICRO_CREDIT_SCALE)
  return {
    key: row.key,
    refusals: row.refusals,
    mayExist: row.attempts > 1,
    organizationId: row.organization_id,
    createdAt: row.created_at,
    minorUnits: BigInt(minorUnits),
    currency,
    credits,
    description: quantityWords(CREDITS_METER, credits),
  }
}
