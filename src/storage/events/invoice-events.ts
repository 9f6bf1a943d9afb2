import type { Queryable } from '../database.ts'
import type { HistoryRow } from './usage-history.ts'

/** Selects the events of a meter in some ranges of time that were received by a given instant. */
export interface MeterEvents {
  readonly meter: string
  /** The start of the first range, and the end of the last, exclusive. */
  readonly from: Date
  readonly to: Date
  readonly windows: readonly { readonly from: Date; readonly to: Date }[]
  readonly receivedBy: Date
}

/** The events, oldest first, that come after a given event. */
export const meterEvents = (
  db: Queryable,
  organizationId: string,
  { meter, from, to, windows, receivedBy }: MeterEvents,
  page: { readonly after: { at: Date; id: string } | undefined; readonly limit: number },
): Promise<HistoryRow[]> =>
  db.query(
    `select * from tollgate.events
     where organization_id = $1 and occurred_at >= $2 and occurred_at < $3 and quantities ? $4
       and ($5::timestamptz is null or (occurred_at, id) > ($5, $6::text))
       and received_at <= $8 and ${inWindows('occurred_at', '$9', '$10')}
     order by occurred_at, id limit $7`,
    [
      organizationId,
      page.after && page.after.at > from ? page.after.at : from,
      to,
      meter,
      page.after?.at ?? null,
      page.after?.id ?? null,
      page.limit,
      ...[receivedBy, windows.map((one) => one.from), windows.map((one) => one.to)],
    ],
  )

const inWindows = (at: string, from: string, to: string): string =>
  `exists (select from unnest(${from}::timestamptz[], ${to}::timestamptz[]) w (since, until)
           where ${at} >= w.since and ${at} < w.until)`

/** The number of events and, for an additive meter, their total. */
export const meterEventsTotal = async (
  db: Queryable,
  organizationId: string,
  { meter, from, to, windows, receivedBy }: MeterEvents,
): Promise<{ readonly events: bigint; readonly total: bigint | null }> => {
  const rows = await db.query<{ events: bigint; total: bigint | null }>(
    `select count(*) as events,
            (sum((e.quantities ->> $4)::bigint) filter (where m.aggregation in ('sum', 'count')))
              ::bigint as total
     from tollgate.events e join tollgate.meters m on m.key = $4
     where e.organization_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
       and e.quantities ? $4 and e.received_at <= $5
       and ${inWindows('e.occurred_at', '$6', '$7')}`,
    [
      ...[organizationId, from, to, meter, receivedBy],
      ...[windows.map((one) => one.from), windows.map((one) => one.to)],
    ],
  )
  return rows[0] ?? { events: 0n, total: null }
}

/** The instant from which all raw events are still stored; null if none was dropped. */
export const eventsKeptSince = async (db: Queryable): Promise<Date | null> => {
  const rows = await db.query<{ since: Date | null }>(
    'select tollgate.events_whole_since() as since',
  )
  return rows[0]?.since ?? null
}
