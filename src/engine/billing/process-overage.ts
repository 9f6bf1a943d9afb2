import type { BillingRunOptions, OverageReport } from '../../contract/billing.ts'
import { outboxLeft } from '../../storage/tables/outbox.ts'
import type { Context } from '../context.ts'
import { closeDuePeriods } from './close-periods.ts'
import { RunReport } from './run-report.ts'
import { sendCharges } from './send-charges.ts'

/** Closes the periods that are over, and collects nothing. */
export const closePeriods = async (
  ctx: Context,
  options: BillingRunOptions = {},
): Promise<OverageReport> => {
  const report = new RunReport()
  await closeDuePeriods(ctx, report, options)
  return report.finish(await outboxLeft(ctx.db))
}

/**
 * Closes the periods that are over, then collects what is due, of this run and of those before it.
 * Without a collector it only closes.
 */
export const processOverage = async (
  ctx: Context,
  options: BillingRunOptions = {},
): Promise<OverageReport> => {
  const report = new RunReport()
  await closeDuePeriods(ctx, report, options)
  const { collector } = ctx.billing
  if (collector) await sendCharges(ctx, collector, report, options)
  return report.finish(await outboxLeft(ctx.db))
}
