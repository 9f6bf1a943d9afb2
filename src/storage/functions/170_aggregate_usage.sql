-- The roll-ups and latency histograms of windows wholly inside [p_from, p_to) that differ from the
-- raw events.
create or replace function tollgate.differing_rollups(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select r.* from tollgate.rollups r
    where r.window_start >= p_from
      and tollgate.window_end(r.grain, r.window_start, null) <= p_to)
  select coalesce(s.organization_id, t.organization_id),
         'rollup ' || coalesce(s.dimension, t.dimension), coalesce(s.grain, t.grain),
         coalesce(s.window_start, t.window_start), coalesce(s.key, t.key), to_jsonb(s), to_jsonb(t)
  from stored s
  full join tollgate.recompute_rollups(p_from, p_to) t
    on (s.organization_id, s.dimension, s.grain, s.window_start, s.key)
     = (t.organization_id, t.dimension, t.grain, t.window_start, t.key)
  where (s.events, s.errors, s.unpriced, s.credits, s.cost_usd, s.input_tokens,
         s.cached_input_tokens, s.output_tokens, s.reasoning_tokens, s.timed, s.duration_ms,
         coalesce(s.parts, '{}'))
    is distinct from
        (t.events, coalesce(t.errors, 0), coalesce(t.unpriced, 0), t.credits, t.cost_usd,
         t.input_tokens, t.cached_input_tokens, t.output_tokens, t.reasoning_tokens,
         coalesce(t.timed, 0), t.duration_ms, coalesce(t.parts, '{}'))
  union all
  select coalesce(s.organization_id, t.organization_id), 'latency', 'day', coalesce(s.day, t.day),
         coalesce(s.endpoint, t.endpoint), s.histogram, t.histogram
  from (select l.organization_id, l.endpoint, l.day,
               jsonb_object_agg(u.bucket, u.calls) filter (where u.calls <> 0) as histogram
        from tollgate.latency_rollups l
        cross join lateral unnest(l.buckets, l.calls) u (bucket, calls)
        where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to
        group by 1, 2, 3) s
  full join (
    select c.organization_id, c.endpoint, c.day, jsonb_object_agg(c.bucket, c.calls) as histogram
    from tollgate.recompute_latencies(p_from, p_to) c group by 1, 2, 3) t
    on (s.organization_id, s.day, s.endpoint) = (t.organization_id, t.day, t.endpoint)
  where s.histogram is distinct from t.histogram
$$;

-- The levels of windows wholly inside [p_from, p_to) that differ, and all holds that do.
create or replace function tollgate.differing_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select b.* from tollgate.buckets b join tollgate.organizations o on o.id = b.organization_id
    where b.window_start >= p_from
      and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to)
  select coalesce(s.organization_id, t.organization_id), 'bucket',
         coalesce(s.window_name, t.window_name), coalesce(s.window_start, t.window_start),
         coalesce(s.meter, t.meter), to_jsonb(s.used), to_jsonb(t.used)
  from stored s
  full join tollgate.recompute_buckets(p_from, p_to) t
    on (s.organization_id, s.meter, s.window_name, s.window_start)
     = (t.organization_id, t.meter, t.window_name, t.window_start)
  where coalesce(s.used, 0) <> coalesce(t.used, 0)
  union all
  select coalesce(b.organization_id, h.organization_id), 'hold',
         coalesce(b.window_name, h.window_name), coalesce(b.window_start, h.window_start),
         coalesce(b.meter, h.meter), jsonb_build_array(b.held, b.leased),
         jsonb_build_array(h.held, h.leased)
  from (select * from tollgate.buckets where held <> 0 or leased <> 0) b
  full join tollgate.recompute_held() h
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (h.organization_id, h.meter, h.window_name, h.window_start)
  where coalesce(b.held, 0) <> coalesce(h.held, 0)
     or coalesce(b.leased, 0) <> coalesce(h.leased, 0)
$$;

-- The instant from which raw events are complete; null if retention has dropped none.
create or replace function tollgate.events_whole_since()
returns timestamptz language sql stable as $$
  select events_whole_since from tollgate.retention
$$;

-- Recomputes every roll-up, histogram, bucket and hold of the windows wholly inside [p_from, p_to)
-- from raw events. Returns the differences; no row means that there are none. With p_repair it sets
-- the stored figures to the recomputed ones. It always skips windows from which retention has
-- dropped events: their figures cannot be recomputed.
--   select * from tollgate.aggregate_usage(now() - interval '7 days', now());
create or replace function tollgate.aggregate_usage(
  p_from timestamptz, p_to timestamptz, p_repair boolean default false)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language plpgsql as $$
begin
  p_from := greatest(p_from, tollgate.events_whole_since());
  if p_repair then
    -- It must lock every organization, so it waits without a time limit.
    perform set_config('tollgate.lock_wait', '', true);
    perform set_config('lock_timeout', '0', true);
    perform tollgate.lock_organizations(array(select id from tollgate.organizations));
  end if;
  return query select * from tollgate.differing_rollups(p_from, p_to);
  return query select * from tollgate.differing_buckets(p_from, p_to);
  return query select * from tollgate.differing_credits();
  if p_repair then
    perform tollgate.repair_usage(p_from, p_to);
  end if;
end
$$;

-- Sets the stored figures of [p_from, p_to) to the recomputed ones.
create or replace function tollgate.repair_usage(p_from timestamptz, p_to timestamptz)
returns void language plpgsql as $$
begin
  delete from tollgate.rollups r
  where r.window_start >= p_from and tollgate.window_end(r.grain, r.window_start, null) <= p_to;
  insert into tollgate.rollups
  select organization_id, dimension, grain, window_start, key, events, coalesce(errors, 0),
         coalesce(unpriced, 0), credits, cost_usd, input_tokens, cached_input_tokens,
         output_tokens, reasoning_tokens, coalesce(timed, 0), duration_ms, parts
  from tollgate.recompute_rollups(p_from, p_to);
  delete from tollgate.latency_rollups l
  where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to;
  insert into tollgate.latency_rollups
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from tollgate.recompute_latencies(p_from, p_to) group by 1, 2, 3;
  update tollgate.buckets b set used = 0
  from tollgate.organizations o
  where o.id = b.organization_id and b.window_start >= p_from
    and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to;
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, used)
  select * from tollgate.recompute_buckets(p_from, p_to)
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = excluded.used;
  update tollgate.buckets set held = 0, leased = 0 where held <> 0 or leased <> 0;
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, held, leased)
  select * from tollgate.recompute_held()
  on conflict (organization_id, meter, window_name, window_start) do update
  set held = excluded.held, leased = excluded.leased;
  perform tollgate.draw_credits(
    array(select id from tollgate.organizations where allowance_window is not null), now());
end
$$;
