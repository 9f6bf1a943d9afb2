import type { CurrentUsage } from '../../contract/tenancy.ts'
import { MICRO_CREDIT_SCALE, numberFromUnits } from '../../core/amounts.ts'
import { standingAfter } from '../../core/decision.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { type RollupFigures, totalOf } from '../../storage/reports/rollups.ts'
import { lockAndCatchUp } from '../../storage/tables/grants.ts'
import { monthMeters, type StandingRow, standings } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { seenLimit } from '../counters/seen-limit.ts'
import { existing } from '../tenancy/organizations.ts'

/** The current state of an organization's limits, and its totals of the calendar month. */
export const current = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<CurrentUsage> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  await lockAndCatchUp(ctx.db, organizationId, at)
  const atMs = at.getTime()
  const anchorMs = organization.starts_at.getTime()
  const monthStart = new Date(windowStart('month', atMs, anchorMs))
  const monthEnd = new Date(windowEnd('month', atMs, anchorMs))
  const [limits, month, meters] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      standings(tx, organizationId, at),
      totalOf(tx, organizationId, { grain: 'day', from: monthStart, to: monthEnd }),
      monthMeters(tx, organizationId, monthStart),
    ]),
  )
  return {
    organizationId,
    plan: `${organization.catalog}/${organization.plan}`,
    at: at.toISOString(),
    period: {
      start: new Date(windowStart('period', atMs, anchorMs)).toISOString(),
      end: new Date(windowEnd('period', atMs, anchorMs)).toISOString(),
    },
    limits: limits.map((limit) => limitNow(ctx, limit, anchorMs, atMs)),
    month: {
      ...monthFigures(month),
      meters: Object.fromEntries(
        meters.map(({ meter, used }) => [meter, inUnits(ctx, meter, used)]),
      ),
    },
  }
}

const limitNow = (ctx: Context, row: StandingRow, anchorMs: number, atMs: number) => {
  const { meter, window_name: window, max } = row
  const { remaining, percentUsed, endMs } = standingAfter(
    seenLimit(
      { ...row, per: 'organization' },
      {
        subject: '',
        startMs: row.window_start?.getTime() ?? atMs,
        before: row.used + row.held,
        asked: 0n,
      },
    ),
    false,
    ctx.catalog.meter(meter)?.aggregation ?? 'sum',
    anchorMs,
  )
  return {
    limit: `${meter}/${window}`,
    meter,
    window,
    behavior: row.behavior,
    max: max === null ? null : inUnits(ctx, meter, max),
    ...(row.burst !== null && { burst: inUnits(ctx, meter, row.burst) }),
    used: inUnits(ctx, meter, row.used),
    held: inUnits(ctx, meter, row.held),
    remaining: remaining === undefined ? null : inUnits(ctx, meter, remaining),
    percentageUsed: percentUsed ?? null,
    resetAt: endMs === undefined ? null : new Date(endMs).toISOString(),
    overridden: row.overridden,
  }
}

const inUnits = (ctx: Context, meter: string, units: bigint): number =>
  numberFromUnits(units, ctx.catalog.meter(meter)?.scale ?? 0)

const monthFigures = (row: RollupFigures) => ({
  events: Number(row.events),
  errors: Number(row.errors),
  unpriced: Number(row.unpriced),
  credits: numberFromUnits(row.credits, MICRO_CREDIT_SCALE),
  costUsd: trimmed(row.cost_usd),
  inputTokens: Number(row.input_tokens),
  outputTokens: Number(row.output_tokens),
})

/** Turns `47.608895000000` into `47.608895`. */
const trimmed = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
