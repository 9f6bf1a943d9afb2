import type { CallOptions } from '../../contract/call.ts'
import type { Queryable } from '../../storage/database.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import { scheduleChange } from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'

/** Schedules what follows the trial: the plan that `afterTrial` names, in its present version. */
export const scheduleTrialEnd = async (
  tx: Queryable,
  ctx: Pick<Context, 'catalog'>,
  organizationId: string,
  on: Pick<PlanVersionRow, 'catalog' | 'document'>,
  endsAt: Date,
  options: CallOptions,
): Promise<void> => {
  const { afterTrial } = on.document as { afterTrial?: string }
  const next =
    afterTrial === undefined ? undefined : ctx.catalog.planVersion(on.catalog, afterTrial)
  await scheduleChange(tx, {
    organizationId,
    kind: 'trial_end',
    dueAt: endsAt,
    planVersionId: next?.id ?? null,
    actor: actorOf(options).actor,
  })
}
