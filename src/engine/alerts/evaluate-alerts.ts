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
/**
 * Overrides that ended within this time are looked at again, since their organization may have been
 * locked.
 */
const LOOKED_BACK_MS = 300_000

/**
 * Evaluates rules on conditions without an event of their own. Each minute: error rates, latencies,
 * and organizations whose rules have changed. Each hour: forecasts, anomalies and unpriced calls.
 *
 * The first process to claim the minute does the work. It is safe to repeat, because a key makes
 * each firing unique.
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

/** Passes the rules of these kinds to `judge`, for all open organizations, a page at a time. */
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
