import type { TrialSignal, TrialSignals } from '../../contract/operator-reports.ts'
import { exactDecimal } from '../../core/amounts.ts'
import { median } from '../../core/insight/robust-statistics.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import { type ActivityRow, activities } from '../../storage/reports/operator.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const MOST_TRIALS = 100
/** The percentage of its tightest limit from which a trial counts as near it. */
const NEAR_PERCENT = 80

/**
 * Finds organizations on free plans that behave like paying ones: as many active days as those, use
 * near a limit, or refusals. Each signal comes with its figures. There is no score.
 */
export const trialSignals = async (
  ctx: Context,
  _input: Readonly<Record<never, never>>,
): Promise<TrialSignals> => {
  const at = ctx.clock.now()
  const to = new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS + DAY_MS)
  const from = new Date(to.getTime() - DAYS * DAY_MS)
  const rows = await asPlatform(ctx.db, (tx) => activities(tx, { from, to }))
  const payers = rows.filter(pays)
  const usual = payers.length > 0 ? median(payers.map((row) => row.active_days)) : undefined
  const trials = rows
    .filter(isTrial)
    .sort((a, b) => b.active_days - a.active_days || b.refusals - a.refusals)
    .slice(0, MOST_TRIALS)
  const signals: TrialSignal[] = []
  for (const row of trials) signals.push(await signalOf(ctx, row, usual, at))
  return {
    at: at.toISOString(),
    payers: { organizations: payers.length, medianActiveDays: usual ?? null },
    trials: signals.sort(
      (a, b) => b.signals.length - a.signals.length || b.activeDays - a.activeDays,
    ),
  }
}

const pays = ({ price }: ActivityRow): boolean => price !== null && exactDecimal(price).units > 0n

const isTrial = ({ price }: ActivityRow): boolean =>
  price !== null && exactDecimal(price).units === 0n

const signalOf = async (
  ctx: Context,
  row: ActivityRow,
  usual: number | undefined,
  at: Date,
): Promise<TrialSignal> => {
  const { limits } = await current(ctx, { organizationId: row.id })
  const tightest = limits.reduce<(typeof limits)[number] | undefined>(
    (most, limit) => ((limit.percentageUsed ?? -1) > (most?.percentageUsed ?? -1) ? limit : most),
    undefined,
  )
  const used = tightest?.percentageUsed ?? null
  const facts = [
    {
      signal: 'as_active_as_payers' as const,
      holds: usual !== undefined && row.active_days > 0 && row.active_days >= usual,
      text: `active on ${row.active_days} of ${DAYS} days (half of those who pay: ${usual ?? 0} or more)`,
    },
    {
      signal: 'near_its_limits' as const,
      holds: used !== null && used >= NEAR_PERCENT,
      text: `${used ?? 0} % of ${tightest?.limit} used`,
    },
    {
      signal: 'was_refused' as const,
      holds: row.refusals > 0,
      text: `refused ${row.refusals} times in ${DAYS} days`,
    },
  ].filter(({ holds }) => holds)
  return {
    organizationId: row.id,
    name: row.name,
    plan: row.plan,
    ageDays: Math.floor((at.getTime() - row.starts_at.getTime()) / DAY_MS),
    activeDays: row.active_days,
    calls: Number(row.events),
    refusals: row.refusals,
    tightestLimit: tightest?.limit ?? null,
    percentageUsed: used,
    signals: facts.map(({ signal }) => signal),
    reason: facts.length > 0 ? facts.map(({ text }) => text).join('; ') : 'no signal',
  }
}
