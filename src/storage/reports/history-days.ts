import type { Queryable } from '../database.ts'
import { rollupOf, wholeSince, wholeWindows } from '../events/event-sums.ts'
import { type EventFilter, filterText, filterValues } from '../events/usage-history.ts'

/**
 * From this offset on, counting days by roll-ups pays off. Nearer pages are reached through the
 * index.
 */
const WORTH_ASKING = 250

/**
 * Where to start reading for a page that is far on in the order of time: after the whole days
 * before it, which roll-ups count. So a page costs the same wherever it is. Returns the page
 * unchanged where no roll-up counts what the filter matches.
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
 * $10 to $11 are whole days. A roll-up subtracts a reversed event, but the history shows the
 * reversal as an event of its own. The events before the first whole day are counted one by one.
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
