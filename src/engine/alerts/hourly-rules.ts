import {
  firingNow,
  judgeAlert,
  platformRules,
  type RuleInForce,
  stateName,
  unpricedCalls,
} from '../../storage/tables/alert-evaluation.ts'
import { PRICE_LIBRARY } from '../catalog/price-library.ts'
import type { Context } from '../context.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const HOURS_LOOKED_AT = 24

/** Evaluates rules on calls whose model had no price, over the last 24 complete hours. */
export const judgeUnpriced = async (
  ctx: Pick<Context, 'db'>,
  rules: readonly RuleInForce[],
  at: Date,
): Promise<void> => {
  const to = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS)
  const from = new Date(to.getTime() - HOURS_LOOKED_AT * HOUR_MS)
  const organizations = [...new Set(rules.map(({ organization_id }) => organization_id))]
  const [found, firing] = await Promise.all([
    unpricedCalls(ctx.db, organizations, from, to),
    firingNow(ctx.db, [...new Set(rules.map(({ id }) => id))]),
  ])
  const callsOf = new Map(found.map((row) => [row.organization_id, Number(row.calls)]))
  for (const { organization_id: organizationId, id: ruleId, levels } of rules) {
    const calls = callsOf.get(organizationId) ?? 0
    for (const level of levels) {
      const isBad = calls >= Number(level)
      const subject = 'unpriced_calls'
      if (!isBad && !firing.has(stateName(organizationId, ruleId, subject, level))) continue
      await judgeAlert(
        ctx.db,
        {
          organizationId,
          ruleId,
          level,
          subject,
          isBad,
          isGood: calls === 0,
          bad: 1,
          good: 1,
          gapMs: DAY_MS,
          how: 'recovered',
          key: null,
          about: {},
          value: String(calls),
          maximum: null,
          unit: 'calls',
          window: null,
          isHourly: true,
        },
        at,
      )
    }
  }
}

/** Evaluates the age of the model prices that come with this version. Fires once per price list. */
export const judgePricesAge = async (ctx: Pick<Context, 'db'>, at: Date): Promise<void> => {
  const { version, publishedAt } = PRICE_LIBRARY
  const days = Math.floor((at.getTime() - Date.parse(publishedAt)) / DAY_MS)
  for (const { id: ruleId, levels } of await platformRules(ctx.db, 'prices_age')) {
    for (const level of levels) {
      const isBad = days >= Number(level)
      await judgeAlert(
        ctx.db,
        {
          organizationId: '',
          ruleId,
          level,
          subject: 'model_prices',
          isBad,
          isGood: !isBad,
          bad: 1,
          good: 1,
          gapMs: 0,
          how: 'recovered',
          key: version,
          about: {},
          value: String(days),
          maximum: null,
          unit: 'days',
          window: null,
          isHourly: true,
        },
        at,
      )
    }
  }
}
