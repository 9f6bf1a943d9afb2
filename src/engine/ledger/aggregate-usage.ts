import type { z } from 'zod'
import { invalid } from '../../contract/errors.ts'
import {
  type Aggregated,
  type aggregateSchema,
  MOST_DIFFERENCES_SHOWN,
} from '../../contract/usage-reports.ts'
import type { Context } from '../context.ts'
import { aggregate } from './aggregate.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS_BEFORE = 2

/**
 * Recomputes the totals of a range from raw events, and repairs differences unless `repair` is
 * false.
 */
export const aggregateUsage = async (
  ctx: Context,
  { startDate, endDate, repair = true }: z.output<typeof aggregateSchema>,
): Promise<Aggregated> => {
  const today = Math.floor(ctx.clock.now().getTime() / DAY_MS) * DAY_MS
  const from = startDate ?? new Date(today - DEFAULT_DAYS_BEFORE * DAY_MS)
  const to = endDate ?? new Date(today + DAY_MS)
  if (to <= from) throw invalid({ field: 'endDate', message: 'must be after startDate' })
  return aggregatedOf(await aggregate(ctx, { from, to, repair }), repair)
}

/** The answer for callers. It lists the first differences only. */
export const aggregatedOf = (
  found: Awaited<ReturnType<typeof aggregate>>,
  repair: boolean,
): Aggregated => {
  const differences = found.differences.slice(0, MOST_DIFFERENCES_SHOWN).map((difference) => ({
    ...difference,
    windowStart: difference.windowStart.toISOString(),
    stored: plain(difference.stored),
    recomputed: plain(difference.recomputed),
  }))
  return {
    from: found.from.toISOString(),
    to: found.to.toISOString(),
    repaired: repair,
    events: Number(found.events),
    differencesInAll: found.differences.length,
    differences,
  }
}

/** Converts to plain JSON, with large integers as text. */
const plain = (value: unknown): unknown => {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  )
  return text === undefined ? undefined : JSON.parse(text)
}
