import type { CustomerRequest } from '../../contract/operator-reports.ts'
import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Context } from '../context.ts'
import type { OpenVerb } from '../open-verb.ts'
import { adminUsage } from './admin-usage.ts'
import { dryRun } from './dry-run.ts'
import { ForecastMemory } from './forecast-memory.ts'
import { KeptDashboards } from './kept-dashboards.ts'
import { KeptPlatform } from './kept-platform.ts'
import { manageUsage } from './manage-usage.ts'
import { onAnotherPlan } from './on-another-plan.ts'
import { organizationMargin } from './organization-margin.ts'
import { overage } from './overage.ts'
import { trialSignals } from './trial-signals.ts'
import { usageManagement } from './usage-management.ts'

/** What is told of use: to an organization of its own, to the operator of all. */
export const insightVerbs = (
  ctx: Context,
  open: OpenVerb,
): Pick<TollgateEngine, 'insight' | 'operator'> => {
  const memory = new ForecastMemory()
  const dashboards = new KeptDashboards({ ...ctx, memory })
  const platform = new KeptPlatform(ctx)
  return {
    insight: {
      dashboard: open((_ctx, ...args: Parameters<KeptDashboards['get']>) =>
        dashboards.get(...args),
      ),
      management: open(usageManagement),
      manage: open(manageUsage),
      overage: open((own, organizationId: string) => overage({ ...own, memory }, organizationId)),
      onAnotherPlan: open(onAnotherPlan),
      dryRun: open(dryRun),
    },
    operator: {
      usage: open(adminUsage),
      overview: open(() => platform.overview()),
      customers: open((_ctx, request?: CustomerRequest) => platform.customers(request)),
      margin: open(organizationMargin),
      trialSignals: open(trialSignals),
    },
  }
}
