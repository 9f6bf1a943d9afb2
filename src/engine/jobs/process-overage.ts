import type { BillingRunOptions, OverageReport } from '../../contract/billing.ts'
import { outboxLeft } from '../../storage/tables/outbox.ts'
import { closeDuePeriods } from '../billing/close-periods.ts'
import type { Context } from '../context.ts'
import { RunReport } from '../rating/run-report.ts'
import { askOpenTopUps } from '../stripe/ask-open-top-ups.ts'
import { createCustomers } from '../stripe/create-customers.ts'
import { sendCharges } from '../stripe/send-charges.ts'
import { sendTopUps } from '../stripe/send-top-ups.ts'
import { sendUse } from '../stripe/send-use.ts'
import { writeUse } from '../stripe/write-use.ts'

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
 * Closes the periods that are over, then collects what is due from this run and earlier ones.
 * Without a collector it only closes.
 */
export const processOverage = async (
  ctx: Context,
  _input: Readonly<Record<never, never>>,
  options: BillingRunOptions = {},
): Promise<OverageReport> => {
  const report = new RunReport()
  await closeDuePeriods(ctx, report, options)
  await collect(ctx, report, options)
  return report.finish(await outboxLeft(ctx.db))
}

/**
 * Customers come first, since all else needs one. Entries that were queued in another mode are
 * still sent.
 */
const collect = async (
  ctx: Context,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  const { collector, createsCustomers, metering } = ctx.billing
  if (!collector) return
  if (metering) await writeUse(ctx, metering)
  if (createsCustomers) await createCustomers(ctx, collector, report, options)
  await askOpenTopUps(ctx, collector, report)
  await sendTopUps(ctx, collector, report, options)
  await sendCharges(ctx, collector, report, options)
  await sendUse(ctx, collector, report, options)
}
