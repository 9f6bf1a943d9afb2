import type { Queryable } from '../database.ts'

/**
 * Locks the position up to which use was queued for Stripe's meters, until the transaction ends.
 * The first time, it starts at the given instant: earlier use is not sent.
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
 * The external id of an entry with less than one unit of Stripe's meter, for which nothing is sent.
 */
const NOTHING_SENT = 'nothing'

/**
 * Queues the use of some meters in one window, for all organizations, and moves the position to the
 * window's end.
 *
 * The key depends only on organization, meter and window. A remainder of less than one unit is
 * carried to the next window. If there is no whole unit, nothing is sent.
 */
export const writeMeteredUse = async (
  tx: Queryable,
  window: {
    readonly name: 'hour' | 'day'
    readonly from: Date
    readonly to: Date
    readonly kind: string
    /** By the meter's key: the event name of Stripe's meter, and its number of decimals. */
    readonly meters: Readonly<
      Record<string, { readonly eventName: string; readonly decimals: number }>
    >
    readonly at: Date
  },
): Promise<void> => {
  const there = Object.entries(window.meters)
  await tx.query(
    `with used as (
       select b.organization_id, b.meter, n.event_name, n.decimals, m.scale,
              coalesce(r.units, 0) as before, b.used,
              power(10::numeric, m.scale - n.decimals) as per
       from unnest($4::text[], $5::text[], $9::integer[]) n (meter, event_name, decimals)
       join tollgate.meters m on m.key = n.meter and m.aggregation in ('sum', 'count')
       cross join tollgate.organizations o
       join tollgate.buckets b
         on b.organization_id = o.id and b.meter = n.meter and b.window_name = $1
           and b.window_start = $2 and b.used > 0
       left join tollgate.stripe_meter_rests r
         on r.organization_id = o.id and r.meter = n.meter),
     whole as (
       select u.*, trunc((u.before + u.used) / u.per) as value,
              (u.before + u.used - trunc((u.before + u.used) / u.per) * u.per)::bigint as rest
       from used u),
     written as (
       insert into tollgate.outbox
         (organization_id, kind, key, payload, created_at, next_attempt_at, done_at, external_id)
       select w.organization_id, $3,
              'tollgate_' || left(encode(sha256(convert_to(jsonb_build_array(
                w.organization_id, w.meter, $1::text,
                extract(epoch from $2::timestamptz)::bigint)::text, 'UTF8')), 'hex'), 40),
              jsonb_build_object('meter', w.meter, 'eventName', w.event_name,
                'value', trunc(w.value)::text, 'decimals', w.decimals,
                'before', trim_scale(w.before * power(10::numeric, -w.scale))::text,
                'rest', trim_scale(w.rest * power(10::numeric, -w.scale))::text,
                'from', $6::text, 'to', $7::text),
              $8, $8, case when w.value = 0 then $8::timestamptz end,
              case when w.value = 0 then '${NOTHING_SENT}' end
       from whole w
       on conflict (key) do nothing returning organization_id, payload ->> 'meter' as meter)
     insert into tollgate.stripe_meter_rests (organization_id, meter, units)
     select w.organization_id, w.meter, w.rest from whole w
     join written using (organization_id, meter)
     on conflict (organization_id, meter) do update set units = excluded.units`,
    [
      ...[window.name, window.from, window.kind],
      ...[there.map(([meter]) => meter), there.map(([, { eventName }]) => eventName)],
      ...[window.from.toISOString(), window.to.toISOString(), window.at],
      there.map(([, { decimals }]) => decimals),
    ],
  )
  await tx.query('update tollgate.stripe_metering set up_to = $1', [window.to])
}

/**
 * The use of a meter in some windows that was sent, and that should be, in Stripe's unit as decimal
 * text.
 */
export interface MeteredRow {
  readonly event_name: string
  readonly from: Date
  readonly to: Date
  readonly sent: string
  /** The windows' present use, plus the remainder carried in, minus the remainder carried out. */
  readonly used: string
}

/** Use that was queued in a range and sent. Late use appears only in `used`. */
export const meteredOf = (
  db: Queryable,
  organizationId: string,
  range: { readonly kind: string; readonly from: Date; readonly to: Date },
): Promise<MeteredRow[]> =>
  db.query(
    `select x.payload ->> 'eventName' as event_name, min(w.starts) as from, max(w.ends) as to,
            trim_scale(sum((x.payload ->> 'value')::numeric))::text as sent,
            trim_scale(sum((coalesce(b.used * power(10::numeric, -m.scale), 0)
              + coalesce((x.payload ->> 'before')::numeric, 0)
              - coalesce((x.payload ->> 'rest')::numeric, 0))
              * power(10::numeric, coalesce((x.payload ->> 'decimals')::integer, 0))))::text as used
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
