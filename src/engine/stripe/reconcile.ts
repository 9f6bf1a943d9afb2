import type { z } from 'zod'
import { invalid, TollgateError } from '../../contract/errors.ts'
import type {
  ReconcileOptions,
  Reconciliation,
  reconcileInputSchema,
} from '../../contract/stripe.ts'
import type { StripeMeterErrors } from '../../contract/stripe-account.ts'
import { comparedOrganizations } from '../../storage/tables/charges.ts'
import { stripeEventsWithDetail } from '../../storage/tables/stripe-events.ts'
import { inParallel } from '../billing/in-parallel.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { askStripe } from './ask-stripe.ts'
import { compareCharges } from './compare-charges.ts'
import { comparePayments } from './compare-payments.ts'
import { compareUse } from './compare-use.ts'
import { DriftReport } from './drift-report.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 35
const ORGANIZATIONS_AT_ONCE = 100
/** Organizations that are compared at once: below Stripe's rate limit. */
const LANES = 4
const MOST_METER_ERRORS = 1_000

/**
 * Compares what was stored here in a range of time with what Stripe has. It compares each invoice
 * with its charges, each charge with its item, and all items that have a key with the outbox. It
 * also compares the payment states of their invoices, and the use that was sent with Stripe's
 * meters.
 *
 * It reads both sides, a page at a time, and changes neither.
 */
export const reconcile = async (
  ctx: Context,
  asked: z.output<typeof reconcileInputSchema>,
  options: ReconcileOptions = {},
): Promise<Reconciliation> => {
  const account = ctx.billing.collector
  if (!account)
    throw new TollgateError('unprocessable', { detail: 'nothing is collected at Stripe here' })
  const to = asked.to === undefined ? ctx.clock.now() : new Date(asked.to)
  const from =
    asked.from === undefined ? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS) : new Date(asked.from)
  if (from >= to) throw invalid({ field: 'to', message: 'must be after from' })
  const { organizationId } = asked
  if (organizationId !== undefined) await existing(ctx, organizationId)
  const report = new DriftReport(options)
  const comparing = { ctx, account, report, from, to }
  let after = ''
  for (;;) {
    const which = { from, to, organizationId, after, limit: ORGANIZATIONS_AT_ONCE }
    const page = await comparedOrganizations(ctx.db, which)
    const last = page.at(-1)
    if (!last) break
    await askStripe(() =>
      inParallel(page, LANES, async (row) => {
        await comparePayments(comparing, row, await compareCharges(comparing, row))
        await compareUse(comparing, row)
      }),
    )
    report.compared(page.length)
    after = last.organization_id
  }
  if (organizationId === undefined) await tellMeterErrors(ctx, report, { from, to })
  return report.finish({ from, to })
}

const tellMeterErrors = async (
  ctx: Context,
  report: DriftReport,
  range: { readonly from: Date; readonly to: Date },
): Promise<void> => {
  const events = await stripeEventsWithDetail(ctx.db, { ...range, limit: MOST_METER_ERRORS })
  for (const { id, detail } of events) {
    const { errors, summary } = detail as StripeMeterErrors
    report.found('meter_error', { stripeId: id, atStripe: `${errors}: ${summary}` })
  }
}
