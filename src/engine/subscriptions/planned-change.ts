import type { CallOptions } from '../../contract/call.ts'
import { billingPeriodAt } from '../../core/billing/periods.ts'
import { givesLess, givesMore } from '../../core/billing/plan-comparison.ts'
import { type ChangeTiming, defaultTiming } from '../../core/billing/proration.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { keepFirst, refused } from './change-subscription.ts'
import { termOf } from './subscription-term.ts'
import { comparedPlan, stateOf } from './subscription-value.ts'

/** When a change takes effect, and whether it ends a trial. */
export interface PlannedChange {
  readonly timing: ChangeTiming
  readonly at: Date
  readonly endsTrial: boolean
}

/**
 * When a requested change would take effect. The platform decides freely. The organization's own
 * people get more at once. They get less at the end of the paid time, so that nobody gets what a
 * plan includes for less than its price.
 *
 * @throws TollgateError `unprocessable`, field `when`, if they ask for less at once.
 */
export const plannedChange = (
  row: OrganizationRow,
  chosen: PlanVersionRow,
  when: ChangeTiming | undefined,
  askedAt: Date,
  { role }: Pick<CallOptions, 'role'>,
): PlannedChange => {
  const isTrial = stateOf(row, askedAt.getTime()) === 'trial'
  const [to, from] = [comparedPlan(chosen.document), comparedPlan(row.plan_document)]
  if (role === undefined) {
    const usual = isTrial ? 'now' : defaultTiming(from.price, to.price)
    return plannedAt(row, when ?? usual, askedAt, endOfPeriod(row, askedAt))
  }
  if (isTrial) {
    // A trial includes its own plan only. More than that must be paid for, or starts after the
    // trial.
    const isMore = givesMore(to, from)
    const planned = plannedAt(
      row,
      when ?? (isMore ? 'period_end' : 'now'),
      askedAt,
      row.trial_ends_at,
    )
    const endsTrial = isMore && planned.timing === 'now'
    // The subscription would end where the trial was to end, so the new plan would be paid for that
    // time only.
    if (endsTrial && row.ends_at) throw keepFirst(row.ends_at)
    return { ...planned, endsTrial }
  }
  const isLess = givesLess(to, from)
  if (isLess && when === 'now') {
    throw refused('must be "period_end": this plan costs or includes less in something', 'when')
  }
  return plannedAt(row, when ?? (isLess ? 'period_end' : 'now'), askedAt, endOfPeriod(row, askedAt))
}

const plannedAt = (
  row: OrganizationRow,
  timing: ChangeTiming,
  askedAt: Date,
  end: Date | null,
): PlannedChange => ({
  timing,
  at: timing === 'now' ? askedAt : (end ?? endOfPeriod(row, askedAt)),
  endsTrial: false,
})

const endOfPeriod = (row: OrganizationRow, at: Date): Date =>
  new Date(billingPeriodAt(termOf(row).cycle, at.getTime()).endMs)
