import type { Queryable } from '../database.ts'
import { rollupOf, wholeSince, wholeWindows } from '../events/event-sums.ts'
import { type EventFilter, filterText, filterValues } from '../events/usage-history.ts'

/** Pages that begin this far on are worth asking for; what lies nearer is walked to. */
const WORTH_ASKING = 250

/**
 * Where to begin walking to a page far on in the order of time: after the whole days that lie before
 * it, which roll-ups count. So a page takes as long wherever it is. As it was given where roll-ups
 * do not count what the filter lets through.
 */
export const nearerToPage = async (
  db: Queryable,
  organizationId: string,
  filter: EventFilter,
  page: { readonly descending: boolean; readonly skip: number },
): Promise<{ readonly filter: EventFilter; readonly skip: number }> => {
  const { descending, skip } = page
  const rollup = rollupOf(filter)
  if (!rollup || skip < WORTH_ASKING) return { filter, skip }
  const { days } = wholeWindows(filter, await wholeSince(db))
  if (days.from >= days.to) return { filter, skip }
  const [row] = await db.query<{ day: Date; passed: number }>(passedDays(filter, descending), [
    ...filterValues(organizationId, filter),
    ...[days.from, days.to, rollup.dimension, rollup.key, skip],
  ])
  if (!row) return { filter, skip }
  const { day, passed } = row
  return {
    filter: descending ? { ...filter, to: day } : { ...filter, from: day },
    skip: skip - passed,
  }
}

/**
 * $10 to $11 are whole days. A roll-up has taken one off for a reversal, which in a history is an
 * event itself. What lies before the first of the days in the order is counted.
 */
const passedDays = (filter: EventFilter, descending: boolean): string => {
  const events = `from tollgate.events where ${filterText(filter)}`
  const order = descending ? 'desc' : 'asc'
  return `with counted as (
      select window_start, events from tollgate.rollups
      where organization_id = $1 and dimension = $12 and key = $13 and grain = 'day'
        and window_start >= $10 and window_start < $11
      union all
      select date_bin('1 day', occurred_at, '2000-01-01Z'), 2 ${events}
        and occurred_at >= $10 and occurred_at < $11 and reverses is not null
      union all
      select ${descending ? '$11::timestamptz' : "$10::timestamptz - interval '1 day'"}, count(*)
      ${events} and occurred_at ${descending ? '>= $11' : '< $10'}),
    passed as (
      select window_start, sum(sum(events)) over (order by window_start ${order}) as events
      from counted group by window_start)
    select ${descending ? 'window_start' : "window_start + interval '1 day'"} as day,
           events::float8 as passed
    from passed where events <= $14 order by events desc, window_start ${order} limit 1`
}
