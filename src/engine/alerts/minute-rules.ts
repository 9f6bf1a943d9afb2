import { MINUTE_TERMS } from '../../core/alert-kinds.ts'
import { judgeMinutes, type MinuteOfCalls, minutesLookedAt } from '../../core/alert-minutes.ts'
import { grouped } from '../../core/grouped.ts'
import {
  callsByMinute,
  firingNow,
  judgeAlert,
  type MinuteRow,
  type RuleInForce,
  stateName,
} from '../../storage/tables/alert-evaluation.ts'
import type { Context } from '../context.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** The grace time after a minute. Calls that are recorded later are ignored. */
const SETTLED_MS = 15_000

/**
 * Evaluates rules on error rates and latencies over complete minutes. An episode starts at most
 * once an hour.
 */
export const judgeMinuteRules = async (
  ctx: Pick<Context, 'db'>,
  rules: readonly RuleInForce[],
  at: Date,
): Promise<void> => {
  const endMs = Math.floor((at.getTime() - SETTLED_MS) / MINUTE_MS) * MINUTE_MS
  for (const [, same] of grouped(rules, ({ id }) => id)) {
    const [rule] = same
    if (!rule) continue
    const { terms } = rule
    const organizations = same.map(({ organization_id }) => organization_id)
    const [rows, firing] = await Promise.all([
      callsByMinute(ctx.db, organizations, {
        from: new Date(endMs - minutesLookedAt(terms) * MINUTE_MS),
        to: new Date(endMs),
        endpoint: terms.endpoint,
        percentile: percentileOf(rule),
      }),
      firingNow(ctx.db, [rule.id]),
    ])
    const rowsOf = grouped(rows, ({ organization_id }) => organization_id)
    for (const organizationId of organizations) {
      const minutes = (rowsOf.get(organizationId) ?? []).map((row) => minuteOf(rule, row))
      for (const level of rule.levels) {
        const { isBad, isGood, worst } = judgeMinutes(minutes, Number(level), endMs, terms)
        const subject = terms.endpoint ?? ''
        // A good result is only stored if it may end a firing.
        if (!isBad && !firing.has(stateName(organizationId, rule.id, subject, level))) continue
        await judgeAlert(
          ctx.db,
          {
            organizationId,
            ruleId: rule.id,
            level,
            subject,
            isBad,
            isGood,
            bad: 1,
            good: 1,
            gapMs: HOUR_MS,
            how: 'recovered',
            key: null,
            about: { endpoint: terms.endpoint ?? null, percentile: percentileOf(rule) },
            value: worst === undefined ? null : String(worst),
            maximum: null,
            unit: rule.kind === 'latency' ? 'ms' : 'percent',
            window: null,
            isHourly: false,
          },
          at,
        )
      }
    }
  }
}

const minuteOf = ({ kind }: RuleInForce, row: MinuteRow): MinuteOfCalls => {
  const minuteMs = row.minute.getTime()
  if (kind === 'latency') {
    return { minuteMs, calls: Number(row.timed), value: row.took_ms ?? 0 }
  }
  const calls = Number(row.calls)
  const percent = Math.round((Number(row.errors) / calls) * 10_000) / 100
  return { minuteMs, calls, value: percent }
}

const percentileOf = ({ terms }: RuleInForce): number => terms.percentile ?? MINUTE_TERMS.percentile
