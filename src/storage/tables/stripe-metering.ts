import type { Queryable } from '../database.ts'

/**
 * Locked until the transaction ends: up to when use was written down for Stripe's meters. The first
 * time it is the instant given: what was used before is not sent.
 */
export const lockMetering = async (tx: Queryable, first: Date): Promise<Date> => {
  await tx.query(
    'insert into tollgate.stripe_metering (up_to) values ($1) on conflict (only_row) do nothing',
    [first],
  )
  const rows = await tx.query<{ up_to: Date }>(
    'select up_to from tollgate.stripe_metering for update',
  )
  return (rows[0] as { up_to: Date }).up_to
}

/**
 * Writes the use of some meters in one window of all organizations into the outbox, as it is now, and
 * moves the mark to the window's end. The key follows from organization, meter and window alone.
 */
export const writeMeteredUse = async (
  tx: Queryable,
  window: {
    readonly name: 'hour' | 'day'
    readonly from: Date
    readonly to: Date
    readonly kind: string
    /** By the key of the meter: what Stripe's meter calls it. */
    readonly eventNames: Readonly<Record<string, string>>
    readonly at: Date
  },
): Promise<number> => {
  const rows = await tx.query(
    `insert into tollgate.outbox
       (organization_id, kind, key, payload, created_at, next_attempt_at)
     select b.organization_id, $3,
            'tollgate_' || left(encode(sha256(convert_to(jsonb_build_array(
              b.organization_id, b.meter, b.window_name,
              extract(epoch from b.window_start)::bigint)::text, 'UTF8')), 'hex'), 40),
            jsonb_build_object('meter', b.meter, 'eventName', n.event_name,
              'value', trim_scale(b.used * power(10::numeric, -m.scale))::text,
              'from', $6::text, 'to', $7::text),
            $8, $8
     from unnest($4::text[], $5::text[]) n (meter, event_name)
     join tollgate.meters m on m.key = n.meter and m.aggregation in ('sum', 'count')
     cross join tollgate.organizations o
     join tollgate.buckets b
       on b.organization_id = o.id and b.meter = n.meter and b.window_name = $1
         and b.window_start = $2 and b.used > 0
     on conflict (key) do nothing returning id`,
    [
      ...[window.name, window.from, window.kind],
      ...[Object.keys(window.eventNames), Object.values(window.eventNames)],
      ...[window.from.toISOString(), window.to.toISOString(), window.at],
    ],
  )
  await tx.query('update tollgate.stripe_metering set up_to = $1', [window.to])
  return rows.length
}

/** What was sent of a meter in some windows, and what the same windows have now, as decimal text. */
export interface MeteredRow {
  readonly event_name: string
  readonly from: Date
  readonly to: Date
  readonly sent: string
  readonly used: string
}

/** Of what was written down in a range and sent; use that came late is only in what there is now. */
export const meteredOf = (
  db: Queryable,
  organizationId: string,
  range: { readonly kind: string; readonly from: Date; readonly to: Date },
): Promise<MeteredRow[]> =>
  db.query(
    `select x.payload ->> 'eventName' as event_name, min(w.starts) as from, max(w.ends) as to,
            trim_scale(sum((x.payload ->> 'value')::numeric))::text as sent,
            trim_scale(coalesce(sum(b.used * power(10::numeric, -m.scale)), 0))::text as used
     from tollgate.outbox x
     cross join lateral (select (x.payload ->> 'from')::timestamptz as starts,
                                (x.payload ->> 'to')::timestamptz as ends) w
     join tollgate.meters m on m.key = x.payload ->> 'meter'
     left join tollgate.buckets b
       on b.organization_id = x.organization_id and b.meter = m.key
         and b.window_start = w.starts
         and b.window_name = case when w.ends - w.starts = interval '1 hour'
                                  then 'hour' else 'day' end
     where x.organization_id = $1 and x.kind = $2 and x.created_at >= $3 and x.created_at < $4
       and x.external_id is not null
     group by 1 order by 1`,
    [organizationId, range.kind, range.from, range.to],
  )
