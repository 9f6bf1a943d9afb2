import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Context } from '../context.ts'
import { adminUsage } from './admin-usage.ts'
import { analyticsOverview } from './analytics-overview.ts'
import { customers } from './customers.ts'
import { dashboard } from './dashboard.ts'
import { dryRun } from './dry-run.ts'
import { ForecastMemory } from './forecast-memory.ts'
import { manageUsage } from './manage-usage.ts'
import { onAnotherPlan } from './on-another-plan.ts'
import { organizationMargin } from './organization-margin.ts'
import { overage } from './overage.ts'
import { SharedReading } from './shared-reading.ts'
import { trialSignals } from './trial-signals.ts'
import { usageManagement } from './usage-management.ts'

type Open = <Args extends unknown[], Result>(
  verb: (ctx: Context, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

/** The arguments of a verb without its context. */
type Asked<Verb> = Verb extends (ctx: never, ...args: infer Args) => unknown ? Args : never

/** What is told of use: to an organization of its own, to the operator of all. */
export const insightVerbs = (
  ctx: Context,
  open: Open,
): Pick<TollgateEngine, 'insight' | 'operator'> => {
  const memory = new ForecastMemory()
  const overview = new SharedReading(() => analyticsOverview(ctx))
  return {
    insight: {
      dashboard: open((own, ...args: Asked<typeof dashboard>) =>
        dashboard({ ...own, memory }, ...args),
      ),
      management: open(usageManagement),
      manage: open(manageUsage),
      overage: open((own, organizationId: string) => overage({ ...own, memory }, organizationId)),
      onAnotherPlan: open(onAnotherPlan),
      dryRun: open(dryRun),
    },
    operator: {
      usage: open(adminUsage),
      overview: open(() => overview.get()),
      customers: open(customers),
      margin: open(organizationMargin),
      trialSignals: open(trialSignals),
    },
  }
}
