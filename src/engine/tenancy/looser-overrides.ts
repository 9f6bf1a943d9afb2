import { looserFaults } from '../../core/limit-tightening.ts'
import type { Queryable } from '../../storage/database.ts'
import { endOverrides, withOwnOverrides } from '../../storage/gate/limit-overrides.ts'
import { limitSources } from '../../storage/gate/limit-sources.ts'

/**
 * Ends the organizations' own overrides that are looser than their new plan. Otherwise they could
 * keep the limits of a plan that they have left.
 */
export const endLooserOverrides = async (
  tx: Queryable,
  organizationIds: readonly string[],
  at: Date,
): Promise<void> => {
  if (organizationIds.length === 0) return
  const ids = await withOwnOverrides(tx, organizationIds, at)
  if (ids.length === 0) return
  const looser = (await limitSources(tx, ids, at)).flatMap(({ plan, override }) =>
    plan && override && !override.byPlatform && looserFaults(override, plan).length > 0
      ? [override.id]
      : [],
  )
  await endOverrides(tx, looser, at)
}
