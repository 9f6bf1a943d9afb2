-- For psql, triggers and pg_cron: would this amount of a meter (in its smallest unit) fit every
-- limit of the organization now? One row a limit; nothing is used up. No row: no limit on it.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create or replace function tollgate.check_quota(
  p_organization text, p_meter text, p_amount bigint, p_at timestamptz default now())
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max bigint, used bigint, held bigint, remaining bigint, allowed boolean)
language sql stable as $$
  select l.meter, l.window_name, w.window_start, l.behavior, l.max, level.used, level.held,
         case when l.max is not null then greatest(l.max - level.used - level.held, 0) end,
         l.behavior <> 'hard' or l.max is null
           or tollgate.merge_levels(l.aggregation, level.used + level.held, p_amount)
              <= greatest(l.max, level.used + level.held)
  from tollgate.limits_in_force(array[p_organization], p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.window_start(l.window_name, p_at, o.starts_at) as window_start) w
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (l.organization_id, l.meter, l.window_name, w.window_start)
  cross join lateral (
    select coalesce(b.used, case when l.window_name = 'minute' then tollgate.minute_seed(
             l.organization_id, l.meter, l.aggregation, w.window_start) end, 0) as used,
           coalesce(b.held, 0) - coalesce((
             select sum(h.units)::bigint from tollgate.reservations r
             join tollgate.reservation_holds h on h.reservation_id = r.id
             where r.organization_id = l.organization_id and r.state = 'held'
               and r.expires_at <= p_at and (h.meter, h.window_name, h.window_start)
                 = (l.meter, l.window_name, w.window_start)), 0) as held) level
  where l.meter = p_meter
  order by l.window_name
$$;
