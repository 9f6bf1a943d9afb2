import type { Queryable } from '../database.ts'
import type { HistoryRow } from './usage-history.ts'

/** The events of a meter in some stretches of time, as far as they were received by an instant. */
export interface MeterEvents {
  readonly meter: string
  /** From the first of the stretches, and before the end of the last. */
  readonly from: Date
  readonly to: Date
  readonly windows: readonly { readonly from: Date; readonly to: Date }[]
  readonly receivedBy: Date
}

/** In the order in which they happened, from after one of them. */
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

/** How many there are; and of a meter that adds up, what they come to. */
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

/** Since when events are kept whole; null while none was dropped. */
export const eventsKeptSince = async (db: Queryable): Promise<Date | null> => {
  const rows = await db.query<{ since: Date | null }>(
    'select tollgate.events_whole_since() as since',
  )
  return rows[0]?.since ?? null
}
