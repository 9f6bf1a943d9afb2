-- The roll-ups of every window wholly inside [p_from, p_to), computed from raw events alone. It
-- shares no code with post_rollups on purpose: doctor compares two computations, not one with
-- itself.
create or replace function tollgate.recompute_rollups(p_from timestamptz, p_to timestamptz)
returns setof tollgate.rollups language sql stable as $$
  select e.organization_id, d.dimension, g.grain, w.window_start, d.key,
         sum(s.sign), sum(s.sign) filter (where e.status >= 400),
         sum(s.sign) filter (where e.price_source = 'unpriced'), sum(e.credits),
         coalesce(sum(e.cost_usd), 0), coalesce(sum(e.input_tokens), 0),
         coalesce(sum(e.cached_input_tokens), 0), coalesce(sum(e.output_tokens), 0),
         coalesce(sum(e.reasoning_tokens), 0),
         sum(s.sign) filter (where e.duration_ms is not null),
         coalesce(sum(e.duration_ms * s.sign), 0), tollgate.sum_parts(e.parts)
  from tollgate.events e
  cross join lateral (select case when e.reverses is null then 1 else -1 end as sign) s
  cross join (values ('hour', interval '1 hour'), ('day', interval '24 hours')) g (grain, length)
  cross join lateral (select tollgate.window_start(g.grain, e.occurred_at, null) as window_start) w
  cross join lateral (values ('total', ''), ('event_type', e.event_type), ('user', e.user_id),
    ('endpoint', e.endpoint), ('category', e.category), ('model', e.model)) d (dimension, key)
  where e.occurred_at >= p_from and e.occurred_at < p_to and d.key is not null
    and w.window_start >= p_from and w.window_start + g.length <= p_to
  group by 1, 2, 3, 4, 5
$$;

-- The same for the latency histograms, one row for each bucket that has calls.
create or replace function tollgate.recompute_latencies(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, endpoint text, day timestamptz, bucket smallint, calls bigint)
language sql stable as $$
  select e.organization_id, e.endpoint, w.day, tollgate.latency_bucket(e.duration_ms),
         sum(case when e.reverses is null then 1 else -1 end)
  from tollgate.events e
  cross join lateral (select tollgate.window_start('day', e.occurred_at, null) as day) w
  where e.occurred_at >= p_from and e.occurred_at < p_to
    and e.endpoint is not null and e.duration_ms is not null
    and w.day >= p_from and w.day + interval '24 hours' <= p_to
  group by 1, 2, 3, 4
  having sum(case when e.reverses is null then 1 else -1 end) <> 0
$$;

-- The same for the buckets of every meter.
create or replace function tollgate.recompute_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, used bigint)
language sql stable as $$
  select e.organization_id, m.key, g.window_name, w.window_start,
         -- The filters are needed: every branch of the case is computed, and a set's values are no
         -- numbers.
         case m.aggregation
           when 'unique' then count(distinct q.value)
           when 'max' then max(q.value::bigint) filter (where m.aggregation = 'max')
           when 'latest' then (array_agg(q.value::bigint order by e.occurred_at desc, e.id desc)
                               filter (where m.aggregation = 'latest'))[1]
           else sum(q.value::bigint) filter (where m.aggregation in ('sum', 'count')) end
  from tollgate.events e
  join tollgate.organizations o on o.id = e.organization_id
  cross join lateral jsonb_each_text(e.quantities) q
  join tollgate.meters m on m.key = q.key
  cross join tollgate.calendar_windows() g
  cross join lateral (
    select tollgate.window_start(g.window_name, e.occurred_at, o.starts_at) as window_start) w
  where e.occurred_at >= p_from and e.occurred_at < p_to and w.window_start >= p_from
  group by e.organization_id, m.key, m.aggregation, g.window_name, w.window_start
  -- An aggregate as the argument makes it run once for each window instead of once for each event.
  having tollgate.window_end(g.window_name, w.window_start, min(o.starts_at)) <= p_to
$$;

-- What buckets must hold for open reservations, and what must be on lease in them.
create or replace function tollgate.recompute_held()
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz,
  held bigint, leased bigint)
language sql stable as $$
  select part.organization_id, part.meter, part.window_name, part.window_start,
         sum(part.held)::bigint, sum(part.leased)::bigint
  from (
    select r.organization_id, m.key as meter, w.window_name,
           tollgate.window_start(w.window_name, r.occurred_at, o.starts_at) as window_start,
           (r.quantities ->> m.key)::bigint as held, 0 as leased
    from tollgate.reservations r
    join tollgate.organizations o on o.id = r.organization_id
    cross join lateral jsonb_object_keys(r.quantities) q (key)
    join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
    cross join tollgate.calendar_windows() w
    where r.state = 'held'
    union all
    select l.organization_id, l.meter, l.window_name, l.window_start, 0, l.units
    from tollgate.leases l where l.window_name <> 'minute') part
  group by 1, 2, 3, 4
$$;
