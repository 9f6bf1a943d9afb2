import type { CurrentUsage } from '../../contract/tenancy.ts'
import { isRate } from '../../core/limit-kind.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'
import { aboutOrganization } from './answers.ts'
import { withItsEnd } from './unchanged-until.ts'

/**
 * The figures of `current` as of now. They are read again only if something of the organization was
 * written, or changed by itself.
 */
export const cachedCurrent = async (
  ctx: Context,
  organizationId: string,
): Promise<CurrentUsage> => {
  const figures = await ctx.reports.answers.get(
    aboutOrganization(ctx, { what: 'current', organizationId }, () =>
      withItsEnd(ctx, organizationId, () => current(ctx, { organizationId }), standing),
    ),
  )
  const at = ctx.clock.now().toISOString()
  return { ...figures, at, limits: figures.limits.map((limit) => limitAt(limit, at)) }
}

const standing = (figures: CurrentUsage) => figures

type Limit = CurrentUsage['limits'][number]

/** The reset of an unused rate is always now. A rate that was used is not cached. */
const limitAt = (limit: Limit, at: string): Limit =>
  isRate(limit.window) && limit.used === 0 && limit.resetAt !== null
    ? { ...limit, resetAt: at }
    : limit
