import type { AlertKind } from '../../core/alert-kinds.ts'
import {
  claimAlerts,
  endAlertsHour,
  endStrayFirings,
  hasRules,
  keepAlertsHour,
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
 * each firing unique. An hour is done when its evaluation has ended: if that fails, or its process
 * dies, it is repeated.
 *
 * @throws What the first part threw that failed. The others are done all the same.
 */
export const evaluateAlerts = async (ctx: Context): Promise<void> => {
  const at = ctx.clock.now()
  const { isClaimed, isHour } = await claimAlerts(ctx.db, at)
  if (!isClaimed) return
  const failed = [
    ...(await allOf(partsOfMinute(ctx, at))),
    ...(isHour ? await lookOfHour(ctx, at) : []),
  ]
  if (failed.length > 0) throw failed[0]
}

type Part = () => Promise<void>

const partsOfMinute = (ctx: Context, at: Date): readonly Part[] => [
  () => markAlertsBehind(ctx.db, new Date(at.getTime() - LOOKED_BACK_MS), at),
  async () => {
    while ((await sweepAlerts(ctx.db, at, ORGANIZATIONS_AT_ONCE)) === ORGANIZATIONS_AT_ONCE);
  },
  () => recoverJobs(ctx.db, at),
  () => endStrayFirings(ctx.db, at),
  () =>
    overOrganizations(ctx, ['error_rate', 'latency'], (rules) => judgeMinuteRules(ctx, rules, at)),
]

const lookOfHour = async (ctx: Context, at: Date): Promise<readonly unknown[]> => {
  const kept = (judge: (rules: readonly RuleInForce[]) => Promise<void>) => {
    return async (rules: readonly RuleInForce[]): Promise<void> => {
      await keepAlertsHour(ctx.db, ctx.clock.now())
      await judge(rules)
    }
  }
  const failed = await allOf([
    () => judgePricesAge(ctx, at),
    () =>
      overOrganizations(
        ctx,
        ['unpriced_calls'],
        kept((rules) => judgeUnpriced(ctx, rules, at)),
      ),
    () =>
      overOrganizations(
        ctx,
        ['limit_forecast', 'anomaly'],
        kept((rules) => judgeForecastRules(ctx, rules, at)),
      ),
    async () => {
      let last: string | undefined = ''
      while (last !== undefined) {
        await keepAlertsHour(ctx.db, ctx.clock.now())
        last = await sweepAlertCredits(ctx.db, last, ORGANIZATIONS_AT_ONCE, at)
      }
    },
  ])
  await endAlertsHour(ctx.db, failed.length === 0 ? at : undefined)
  return failed
}

/** Does every part, and returns what was thrown. */
const allOf = async (parts: readonly Part[]): Promise<readonly unknown[]> => {
  const failed: unknown[] = []
  for (const part of parts) {
    try {
      await part()
    } catch (error) {
      failed.push(error)
    }
  }
  return failed
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
