import type { AlertKind } from '../../core/alert-kinds.ts'
import {
  claimAlerts,
  hasRules,
  markAlertsBehind,
  openOrganizations,
  type RuleInForce,
  recoverJobs,
  rulesInForce,
  sweepAlertCredits,
  sweepAlerts,
} from '../../storage/tables/alert-evaluation.ts'
import type { Context } from '../context.ts'
import { judgeForecastRules } from './forecast-rules.ts'
import { judgePricesAge, judgeUnpriced } from './hourly-rules.ts'
import { judgeMinuteRules } from './minute-rules.ts'

const ORGANIZATIONS_AT_ONCE = 200
/** An override that ended so long ago is looked at again: who was locked then is not passed over. */
const LOOKED_BACK_MS = 300_000

/**
 * Looks at what has no event of its own: by the minute at error rates, durations and whoever is
 * behind the rules; by the hour at forecasts, anomalies and calls without a price. One process does
 * it, whichever comes first. Safe when it is done twice: what is told is told once by its key.
 */
export const evaluateAlerts = async (ctx: Context): Promise<void> => {
  const at = ctx.clock.now()
  const { isClaimed, isHour } = await claimAlerts(ctx.db, at)
  if (!isClaimed) return
  await markAlertsBehind(ctx.db, new Date(at.getTime() - LOOKED_BACK_MS), at)
  while ((await sweepAlerts(ctx.db, at, ORGANIZATIONS_AT_ONCE)) === ORGANIZATIONS_AT_ONCE);
  await recoverJobs(ctx.db, at)
  await overOrganizations(ctx, ['error_rate', 'latency'], (rules) =>
    judgeMinuteRules(ctx, rules, at),
  )
  if (!isHour) return
  await judgePricesAge(ctx, at)
  await overOrganizations(ctx, ['unpriced_calls'], (rules) => judgeUnpriced(ctx, rules, at))
  await overOrganizations(ctx, ['limit_forecast', 'anomaly'], (rules) =>
    judgeForecastRules(ctx, rules, at),
  )
  let last: string | undefined = ''
  while (last !== undefined) {
    last = await sweepAlertCredits(ctx.db, last, ORGANIZATIONS_AT_ONCE, at)
  }
}

/** Every open organization that has rules of these kinds, a page at a time. */
const overOrganizations = async (
  ctx: Pick<Context, 'db'>,
  kinds: readonly AlertKind[],
  judge: (rules: readonly RuleInForce[]) => Promise<void>,
): Promise<void> => {
  if (!(await hasRules(ctx.db, kinds))) return
  let after: string | undefined = ''
  while (after !== undefined) {
    const page: readonly string[] = await openOrganizations(ctx.db, after, ORGANIZATIONS_AT_ONCE)
    const rules = page.length > 0 ? await rulesInForce(ctx.db, page, kinds) : []
    if (rules.length > 0) await judge(rules)
    after = page.length === ORGANIZATIONS_AT_ONCE ? page.at(-1) : undefined
  }
}
