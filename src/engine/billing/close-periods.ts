import type { BillingRunOptions } from '../../contract/billing.ts'
import { grouped } from '../../core/grouped.ts'
import { type DueClosingRow, dueClosings } from '../../storage/tables/invoices.ts'
import type { Context } from '../context.ts'
import { type RunReport, reasonOf } from '../rating/run-report.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'
import { type Closing, closeTogether, closingOfPeriods, dueNow } from './close-together.ts'
import { closingOfEnded, endedWithCorrections } from './correct-ended.ts'
import { inParallel } from './in-parallel.ts'

const ORGANIZATIONS_AT_ONCE = 200
/**
 * The most organizations in one transaction. Their other writes wait some hundredths of a second
 * for it.
 */
const MOST_TOGETHER = 25
/** Concurrent transactions on PostgreSQL. The embedded database runs one at a time. */
const LANES = 4
/** The most periods of one organization in one run: ten years. The next run does the rest. */
const MOST_PERIODS = 120

/**
 * Closes every period that is due, a page of organizations at a time. A failure goes into the
 * report, and the others continue.
 */
export const closeDuePeriods = async (
  ctx: Context,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  // Queued events of this process belong to the periods that end.
  await ctx.recorder.flush()
  await applyAllDue(ctx)
  let after = ''
  for (;;) {
    const page = await dueClosings(ctx.db, dueNow(ctx), { after, limit: ORGANIZATIONS_AT_ONCE })
    const last = page.at(-1)
    if (!last) break
    await closePage(ctx, page, report, options)
    options.onProgress?.(report.progress())
    after = last.id
  }
  await closeCorrections(ctx, report, options)
}

/** Bills what came in after an organization's last period. Its own periods are closed by now. */
const closeCorrections = async (
  ctx: Context,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  let after = ''
  for (;;) {
    const page = { after, limit: ORGANIZATIONS_AT_ONCE }
    const { due, last } = await endedWithCorrections(ctx, page, batchesOf)
    if (last === undefined) return
    await inParallel(batchesOf(due), lanesOf(ctx), (batch) =>
      closeBatch(ctx, batch, report, new Set(), options, closingOfEnded(ctx)),
    )
    after = last
  }
}

const lanesOf = ({ db }: Context): number => (db.kind === 'postgres' ? LANES : 1)

/** Closes the earliest period of each, then the next one of those that have another. */
const closePage = async (
  ctx: Context,
  page: readonly DueClosingRow[],
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  let due = page
  for (let periods = 0; due.length > 0 && periods < MOST_PERIODS; periods += 1) {
    const failed = new Set<string>()
    await inParallel(batchesOf(due), lanesOf(ctx), (batch) =>
      closeBatch(ctx, batch, report, failed, options, closingOfPeriods(ctx)),
    )
    const organizationIds = due.map(({ id }) => id).filter((id) => !failed.has(id))
    due = await dueClosings(ctx.db, dueNow(ctx), { organizationIds })
  }
}

/** A period is read as of its end. So periods with the same end are read together. */
const batchesOf = (due: readonly DueClosingRow[]): DueClosingRow[][] =>
  [...grouped(due, ({ period_end }) => period_end.getTime()).values()].flatMap((together) =>
    Array.from({ length: Math.ceil(together.length / MOST_TOGETHER) }, (_, index) =>
      together.slice(index * MOST_TOGETHER, (index + 1) * MOST_TOGETHER),
    ),
  )

/** One failure rolls back its whole batch, so then each is tried alone. */
const closeBatch = async (
  ctx: Context,
  batch: readonly DueClosingRow[],
  report: RunReport,
  failed: Set<string>,
  options: BillingRunOptions,
  closing: Closing,
): Promise<void> => {
  try {
    report.closed(await closeTogether(ctx, batch, options, closing))
  } catch (error) {
    const [only, another] = batch
    if (another) {
      for (const one of batch) await closeBatch(ctx, [one], report, failed, options, closing)
    } else if (only) {
      ctx.log.error({ organizationId: only.id, error }, 'a billing period could not be closed')
      report.failed(only.id, `the period could not be closed: ${reasonOf(error)}`)
      failed.add(only.id)
    }
  }
}
