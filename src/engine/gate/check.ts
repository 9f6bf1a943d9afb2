import type { CallOptions } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import { parse } from '../../contract/parse.ts'
import { type Call, usageEventSchema } from '../../contract/usage.ts'
import type { Seen } from '../../storage/gate/seen-limits.ts'
import { checkUsage } from '../../storage/gate/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { merged } from '../counters/seen-elsewhere.ts'
import { decisionValue, refusalValue } from './decision-value.ts'
import { prepareCall } from './prepare-call.ts'

/**
 * Decides whether a call would be allowed now. It records and stores nothing, so `explain` does not
 * know it.
 */
export const check = async (
  ctx: Context,
  input: Call,
  options: CallOptions = {},
): Promise<Decision> => {
  const call = await prepareCall(ctx, parse(usageEventSchema, input), options)
  const decisionId = ctx.ids()
  if ('refused' in call) return refusalValue(call.refused, decisionId)
  const at = ctx.clock.now()
  const { admitted, limits, budgets } = await look(ctx, call.item, at)
  return decisionValue(
    {
      decisionId,
      decidedAtMs: at.getTime(),
      allowed: admitted,
      microCredits: call.item.microCredits,
      limits,
      budgets,
      warnPercent: call.organization.warn_percent,
      eventId: undefined,
    },
    call.organization,
    ctx.catalog,
  )
}

const look = async (
  ctx: Context,
  item: UsageItem,
  at: Date,
): Promise<Pick<Seen, 'limits' | 'budgets'> & { admitted: boolean }> => {
  // The store counts this process's own leases as taken, but the call could have them.
  await ctx.leases?.giveBackOf(item.organizationId)
  const here = await ctx.guard.run(() => checkUsage(ctx.db, item, ctx.node, at))
  if (!ctx.shared) return here
  const elsewhere = await ctx.shared.look(item)
  return {
    admitted: here.admitted && !elsewhere.some((limit) => limit.refused),
    limits: merged(here.limits, elsewhere),
    budgets: here.budgets,
  }
}
