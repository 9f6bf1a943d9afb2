import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { AnotherPlan, anotherPlanRequestSchema } from '../../contract/plan-reports.ts'
import { add, formatDecimal } from '../../core/amounts.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { countRefusals } from '../../storage/reports/insight.ts'
import type { Context } from '../context.ts'
import { periodsUntil } from '../rating/past-periods.ts'
import { judge, judgedPlan, planOutcomeOf, readPastUse } from '../rating/past-use.ts'
import { listLimits } from '../tenancy/list-limits.ts'
import { existing, noPlan, planNamed } from '../tenancy/organizations.ts'

/**
 * The cost of the current period so far on another plan, beside the present plan with the limits
 * now in force. Both are computed as if they had been in force all the time. The organization's own
 * people may ask only about public plans.
 */
export const onAnotherPlan = async (
  ctx: Context,
  { organizationId, plan: planKey }: Owned<z.output<typeof anotherPlanRequestSchema>>,
  options: CallOptions = {},
): Promise<AnotherPlan> => {
  const organization = await existing(ctx, organizationId)
  const { catalog, plan } = planNamed(ctx, planKey)
  const own = `${organization.catalog}/${organization.plan}`
  const name = `${catalog.key}/${plan.key}`
  if (options.role !== undefined && !plan.public && name !== own) {
    throw noPlan(`there is no plan "${planKey}"`)
  }
  const at = ctx.clock.now()
  const periods = periodsUntil(at.getTime(), organization.starts_at.getTime(), 0)
  const present = judgedPlan(
    ctx,
    own,
    organization.plan_document as typeof plan,
    await listLimits(ctx, { organizationId }),
  )
  const other = judgedPlan(ctx, name, plan, plan.limits)
  const [period] = periods as [(typeof periods)[number]]
  const from = new Date(period.startMs)
  const [use, refusals] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      readPastUse(ctx, tx, organization, periods, [present, other]),
      countRefusals(tx, organizationId, { from, to: new Date(period.endMs) }),
    ]),
  )
  const [before, after] = [judge(present, use), judge(other, use)]
  return {
    organizationId,
    at: at.toISOString(),
    period: { start: from.toISOString(), end: new Date(period.endMs).toISOString() },
    refusals,
    present: planOutcomeOf(before),
    other: planOutcomeOf(after),
    differenceUsd:
      before.total && after.total
        ? formatDecimal(add(after.total, { units: -before.total.units, scale: before.total.scale }))
        : null,
  }
}
