import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import {
  type DailyUsage,
  DEFAULT_DAYS,
  type dailyRequestSchema,
} from '../../contract/usage-reports.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import { type DayFigures, totalsByDay } from '../../storage/reports/report-rollups.ts'
import { type RollupFigures, sumOf } from '../../storage/reports/rollups.ts'
import type { Context } from '../context.ts'
import { tokenFigures, usageFigures } from '../rating/figures.ts'
import { aboutOrganization, type Question } from './answers.ts'
import { reportRange } from './report-range.ts'

const HOUR_MS = 3_600_000

type AskedDays = Owned<z.output<typeof dailyRequestSchema>>

/** An organization's figures by day of a time zone, from its hourly roll-ups. */
export const dailyUsage = (ctx: Context, input: AskedDays): Promise<DailyUsage> =>
  ctx.reports.answers.get(dailyQuestion(ctx, input))

export const dailyQuestion = (
  ctx: Context,
  { organizationId, ...given }: AskedDays,
): Question<DailyUsage> =>
  aboutOrganization(ctx, { what: 'daily', organizationId, given }, async () => ({
    value: await readDays(ctx, { organizationId, ...given }),
    untilMs: Number.POSITIVE_INFINITY,
  }))

const readDays = async (
  ctx: Context,
  { organizationId, days: count = DEFAULT_DAYS.daily, timezone }: AskedDays,
): Promise<DailyUsage> => {
  const now = ctx.clock.now()
  const [{ days, told }, used] = await asOrganization(ctx.db, organizationId, async (tx) => {
    const zone = timezone ?? (await timezoneOf(tx, organizationId))
    const range = reportRange(now, count, zone)
    // UTC days have roll-ups of their own, which are fewer rows to read.
    const isUtc = range.days.every(({ fromMs }) => fromMs % (24 * HOUR_MS) === 0)
    const grain = isUtc ? 'day' : 'hour'
    const boundaries = range.days.map(({ fromMs }) => new Date(fromMs))
    const rows = await totalsByDay(tx, organizationId, { grain, boundaries, to: range.to })
    return [range, rows] as const
  })
  const byPlace = new Map(used.map((figures) => [figures.place, figures]))
  const nothing = sumOf([])
  return {
    organizationId,
    ...told,
    days: days.map(({ date, fromMs, toMs }, place) => ({
      date,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      hours: (toMs - fromMs) / HOUR_MS,
      ...figuresOf(byPlace.get(place) ?? nothing, partsOfDays([byPlace.get(place)])),
    })),
    total: figuresOf(sumOf(used), partsOfDays(used)),
  }
}

const figuresOf = (figures: RollupFigures, parts: Record<string, number>) => ({
  ...usageFigures(figures),
  ...tokenFigures(figures),
  parts,
})

const partsOfDays = (
  days: readonly (Pick<DayFigures, 'parts'> | undefined)[],
): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const [part, count] of days.flatMap((day) => Object.entries(day?.parts ?? {}))) {
    // Seconds have three decimals. A sum of floating-point numbers can have more.
    sums[part] = Math.round(((sums[part] ?? 0) + count) * 1_000) / 1_000
  }
  return sums
}
