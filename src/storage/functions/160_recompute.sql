-- What the roll-ups of every window wholly inside [p_from, p_to) must be, from raw events alone.
-- Written apart from post_rollups on purpose: doctor compares two computations, not one with itself.
create or replace function tollgate.recompute_rollups(p_from timestamptz, p_to timestamptz)
returns setof tollgate.rollups language sql stable as $$
  select e.organization_id, d.dimension, g.grain, w.window_start, d.key,
         sum(s.sign), sum(s.sign) filter (where e.status >= 400),
         sum(s.sign) filter (where e.price_source = 'unpriced'), sum(e.credits),
         coalesce(sum(e.cost_usd), 0), coalesce(sum(e.input_tokens), 0),
         coalesce(sum(e.cached_input_tokens), 0), coalesce(sum(e.output_tokens), 0),
         coalesce(sum(e.reasoning_tokens), 0),
         sum(s.sign) filter (where e.duration_ms is not null),
         coalesce(sum(e.duration_ms * s.sign), 0)
  from tollgate.events e
  cross join lateral (select case when e.reverses is null then 1 else -1 end as sign) s
  cross join (values ('hour', interval '1 hour'), ('day', interval '1 day')) g (grain, length)
  cross join lateral (select tollgate.window_start(g.grain, e.occurred_at, null) as window_start) w
  cross join lateral (values ('total', ''), ('event_type', e.event_type), ('user', e.user_id),
    ('endpoint', e.endpoint), ('category', e.category), ('model', e.model)) d (dimension, key)
  where e.occurred_at >= p_from and e.occurred_at < p_to and d.key is not null
    and w.window_start >= p_from
    and (w.window_start at time zone 'UTC' + g.length) at time zone 'UTC' <= p_to
  group by 1, 2, 3, 4, 5
$$;

-- The same for the buckets: hour, day, month for every meter, and the minutes and periods that
-- have one.
create or replace function tollgate.recompute_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, used bigint)
language sql stable as $$
  select e.organization_id, m.key, g.window_name, w.window_start,
         case m.aggregation
           when 'max' then max(q.value::bigint)
           when 'unique' then count(distinct q.value)
           when 'latest' then (array_agg(q.value::bigint
                                order by e.occurred_at desc, e.received_at desc, e.id desc))[1]
           else sum(q.value::bigint) end
  from tollgate.events e
  join tollgate.organizations o on o.id = e.organization_id
  cross join lateral jsonb_each_text(e.quantities) q
  join tollgate.meters m on m.key = q.key
  cross join (values ('minute', interval '1 minute'), ('hour', interval '1 hour'),
    ('day', interval '1 day'), ('month', interval '1 month'),
    ('period', interval '1 month')) g (window_name, length)
  cross join lateral (
    select tollgate.window_start(g.window_name, e.occurred_at, o.starts_at) as window_start) w
  where e.occurred_at >= p_from and e.occurred_at < p_to and w.window_start >= p_from
    and (w.window_start at time zone 'UTC' + g.length) at time zone 'UTC' <= p_to
    and (g.window_name in ('hour', 'day', 'month') or exists (
      select 1 from tollgate.buckets b
      where (b.organization_id, b.meter, b.window_name, b.window_start)
          = (e.organization_id, m.key, g.window_name, w.window_start)))
  group by e.organization_id, m.key, m.aggregation, g.window_name, w.window_start
$$;
