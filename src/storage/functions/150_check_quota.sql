-- For psql, triggers and pg_cron: would this amount of a meter (in its smallest unit) fit every
-- limit of the organization now? One row a limit of the organization as a whole; nothing is used
-- up. No row: no limit on it. held is what is reserved, and leased by processes in advance; a rate
-- limit has no start, and its used is what has not leaked out yet.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create or replace function tollgate.check_quota(
  p_organization text, p_meter text, p_amount bigint, p_at timestamptz default now())
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max bigint, used bigint, held bigint, remaining bigint, allowed boolean)
language sql stable as $$
  select l.meter, l.window_name, w.window_start, l.behavior, l.max + g.granted, level.used,
         level.held,
         case when l.max is not null then greatest(
           coalesce(c.ceiling, l.max) + g.granted - level.used - level.held, 0) end,
         c.ceiling is null
           or tollgate.merge_levels(l.aggregation, level.used + level.held, p_amount)
              <= greatest(c.ceiling + g.granted, level.used + level.held)
  from tollgate.limits_in_force(array[p_organization], p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling) c
  cross join lateral (
    select case when l.window_name not in ('minute', 'concurrent')
             then tollgate.window_start(l.window_name, p_at, o.starts_at) end as window_start) w
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (l.organization_id, l.meter, l.window_name, w.window_start)
  left join tollgate.rates r on l.window_name = 'minute'
    and (r.organization_id, r.meter, r.per, r.subject)
      = (l.organization_id, l.meter, l.per, '')
  cross join lateral (select coalesce(l.granted + coalesce(b.drawn, 0), 0) as granted) g
  cross join lateral (
    select coalesce(b.used, tollgate.rate_level(r.debt, r.charged_at, l.max, p_at), 0) as used,
           case l.window_name
             when 'minute' then coalesce(r.leased, 0)
             when 'concurrent' then coalesce((
               select sum((v.quantities ->> l.meter)::bigint)::bigint
               from tollgate.reservations v
               where v.organization_id = l.organization_id and v.state = 'held'
                 and v.expires_at > p_at), 0)
             else coalesce(b.leased, 0) + coalesce(b.held, 0) - coalesce((
               select sum((v.quantities ->> l.meter)::bigint)::bigint
               from tollgate.reservations v
               where v.organization_id = l.organization_id and v.state = 'held'
                 and v.expires_at <= p_at and w.window_start
                   = tollgate.window_start(l.window_name, v.occurred_at, o.starts_at)), 0)
           end as held) level
  where l.meter = p_meter and l.per = 'organization'
  order by l.window_name
$$;
