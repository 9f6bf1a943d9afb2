import { invalid } from '../../contract/errors.ts'
import type { Quota, QuotaRequest } from '../../contract/quota.ts'
import { formatUnits } from '../../core/amounts.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { quotaOf } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { unitsOf } from '../ledger/amounts-of-event.ts'
import { current } from './current.ts'

/** Tells whether the organization's own limits would admit an amount of a meter. */
export const quota = async (
  ctx: Context,
  { organizationId, meter, amount = 1 }: QuotaRequest & { readonly organizationId: string },
): Promise<Quota> => {
  const shape = ctx.catalog.meter(meter)
  if (!shape) throw invalid({ field: 'meter', message: 'is not a meter of any catalog' })
  const units = unitsOf(amount, shape)
  if (typeof units === 'string') throw invalid({ field: 'amount', message: units })
  const now = await current(ctx, { organizationId })
  const asked = { id: organizationId, meter, amount: formatUnits(units, shape.scale) }
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    quotaOf(tx, { ...asked, at: new Date(now.at) }),
  )
  const limits = now.limits
    .filter((limit) => limit.meter === meter)
    .map(({ limit, window, behavior, max, used, held, remaining, resetAt }) => ({
      limit,
      window,
      behavior,
      max,
      used,
      held,
      remaining,
      resetAt,
      allowed: rows.every((row) => row.window_name !== window || row.allowed),
    }))
  const { remaining, resetAt } = bindingOf(limits) ?? { remaining: null, resetAt: null }
  const reason = rows.find((row) => !row.allowed)?.reason ?? null
  const allowed = rows.every((row) => row.allowed)
  return { organizationId, meter, amount, allowed, reason, remaining, resetAt, limits }
}

type Limits = Quota['limits']

/** The limit that refuses. Otherwise, the limit with the least remaining. */
const bindingOf = (limits: Limits): Limits[number] | undefined =>
  limits
    .filter(({ remaining }) => remaining !== null)
    .sort(
      (a, b) =>
        Number(a.allowed) - Number(b.allowed) || (a.remaining as number) - (b.remaining as number),
    )[0]
