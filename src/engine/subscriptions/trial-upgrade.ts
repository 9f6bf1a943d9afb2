import { defaultTiming } from '../../core/billing/proration.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { priceOf } from './subscription-value.ts'

/**
 * Whether a choice of another plan upgrades a trial: from a plan named `trial`, or during a trial,
 * to one that costs more.
 */
export const isUpgradeOfTrial = (
  row: OrganizationRow,
  chosen: PlanVersionRow,
  at: Date,
): boolean => {
  if (chosen.catalog === row.catalog && chosen.plan === row.plan) return false
  if (row.plan === TRIAL_PLAN) return chosen.plan !== TRIAL_PLAN
  const isOnTrial = row.trial_ends_at !== null && at < row.trial_ends_at
  return isOnTrial && isDearer(priceOf(row.plan_document), priceOf(chosen.document))
}
const TRIAL_PLAN = 'trial'

const isDearer = (from: string | null, to: string | null): boolean =>
  from !== to && defaultTiming(from, to) === 'now'
