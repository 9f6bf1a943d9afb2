import type { Decision } from '../../contract/decision.ts'
import { parse } from '../../contract/parse.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import { type UsageEventInput, usageEventSchema } from '../../contract/usage.ts'
import { checkUsage } from '../../storage/tables/usage.ts'
import type { Context } from '../context.ts'
import { decisionValue, refusalValue } from './decision-value.ts'
import { prepareCall } from './prepare-call.ts'

/** Would this be allowed now? Nothing is used up or kept, so there is nothing to explain later. */
export const check = async (
  ctx: Context,
  input: UsageEventInput,
  options: CallOptions = {},
): Promise<Decision> => {
  const call = await prepareCall(ctx, parse(usageEventSchema, input), options)
  const decisionId = ctx.ids()
  if ('refused' in call) return refusalValue(call.refused, decisionId)
  const at = ctx.clock.now()
  const { admitted, limits } = await checkUsage(ctx.db, call.item, at)
  return decisionValue(
    {
      decisionId,
      decidedAtMs: at.getTime(),
      allowed: admitted,
      microCredits: call.item.microCredits,
      limits,
      warnPercent: call.organization.warn_percent,
      eventId: undefined,
    },
    call.organization,
    ctx.catalog,
  )
}
