-- breaking in 0.2.0: tollgate.check_quota: takes whole units, and says why it refuses.

-- The state of the limits of whole organizations. Grants widen max and ceiling; past the ceiling a
-- call is refused. held: reserved units, plus those that processes have on lease. A rate limit has
-- no start, and its used is what has not leaked out yet.
create or replace function tollgate.organization_standings(
  p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text, window_start timestamptz,
  behavior text, burst bigint, cap bigint, overridden boolean, max bigint, ceiling bigint,
  used bigint, held bigint)
language sql stable as $$
  select o.id, l.meter, l.aggregation, l.window_name, w.window_start, l.behavior, l.burst,
         l.cap + (g.widening).for_max, l.overridden, l.max + (g.widening).for_max,
         c.ceiling + g.granted, level.used, level.held
  from tollgate.limits_in_force(p_organizations, p_at) l
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
  cross join lateral (
    select x.widening, case when l.behavior = 'overage' and c.ceiling is not null
             then (x.widening).for_cap else (x.widening).for_max end as granted
    from (select case when l.granted is not null and o.allowance_window is not null
            then tollgate.widening_of(o.id, l.window_name, w.window_start, l.max, l.behavior,
                   l.granted, coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)
            else (0, 0, null)::tollgate.credit_widening end as widening offset 0) x) g
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
  where l.per = 'organization'
$$;

-- The state of the limits on one meter, and whether p_amount more (in its smallest unit) would fit
-- each.
create or replace function tollgate.quota_standings(
  p_organization text, p_meter text, p_amount bigint, p_at timestamptz)
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max bigint, used bigint, held bigint, remaining bigint, allowed boolean)
language sql stable as $$
  select s.meter, s.window_name, s.window_start, s.behavior, s.max, s.used, s.held,
         case when s.max is not null
           then greatest(coalesce(s.ceiling, s.max) - s.used - s.held, 0) end,
         s.ceiling is null
           or tollgate.merge_levels(s.aggregation, s.used + s.held, p_amount)
              <= greatest(s.ceiling, s.used + s.held)
  from tollgate.organization_standings(array[p_organization], p_at) s
  where s.meter = p_meter
  order by s.window_name
$$;

-- The reason of a refusal by a limit, as in core/decision.ts. p_anonymous: the limit is per user or
-- key, and the call named none.
create or replace function tollgate.refusal_reason(
  p_window text, p_behavior text, p_meter text, p_anonymous boolean)
returns text language sql immutable parallel safe as $$
  select case when p_anonymous then 'subject_missing'
              when p_window = 'minute' then 'rate_limited'
              when p_window = 'concurrent' then 'too_many_concurrent'
              when p_behavior = 'overage' then 'spend_cap_reached'
              when p_meter = 'credits' then 'credits_exhausted' else 'limit_exceeded' end
$$;

-- For psql, triggers and pg_cron: would this amount of a meter fit every limit of the organization
-- now? The amount is in whole units: 1.5 credits are 1.5. Nothing is used up.
-- Returns one row for each limit of the whole organization, with the reason if it refuses. If the
-- meter has no limit, or the organization may use nothing, it returns one row without a limit. So
-- bool_and(allowed) is the answer, and never null.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create or replace function tollgate.check_quota(
  p_organization text, p_meter text, p_amount numeric, p_at timestamptz default now())
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max numeric, used numeric, held numeric, remaining numeric, allowed boolean, reason text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  unit numeric := (select power(10::numeric, m.scale) from tollgate.meters m where m.key = p_meter);
  refusal text := tollgate.refusal_of_organization(p_organization, p_at);
begin
  if p_amount is null or p_amount < 0 or p_amount * unit <> trunc(p_amount * unit) then
    raise exception 'an amount of % must be at least 0, in whole smallest units of the meter', p_meter
      using errcode = 'invalid_parameter_value';
  end if;
  if unit is null or refusal is not null then
    return query select p_meter, null::text, null::timestamptz, null::text, null::numeric,
      null::numeric, null::numeric, null::numeric, false, coalesce(refusal, 'unknown_meter');
    return;
  end if;
  return query
  select q.meter, q.window_name, q.window_start, q.behavior, trim_scale(q.max / unit),
         trim_scale(q.used / unit), trim_scale(q.held / unit), trim_scale(q.remaining / unit),
         q.allowed, case when not q.allowed then
           tollgate.refusal_reason(q.window_name, q.behavior, q.meter, false) end
  from tollgate.quota_standings(p_organization, p_meter, (p_amount * unit)::bigint, p_at) q;
  if not found then
    return query select p_meter, null::text, null::timestamptz, null::text, null::numeric,
      null::numeric, null::numeric, null::numeric, true, null::text;
  end if;
end
$$;

-- Why an organization may use nothing at an instant, as a decision's reason; null: it may.
create or replace function tollgate.refusal_of_organization(p_organization text, p_at timestamptz)
returns text language plpgsql stable as $$
begin
  return (
    select case when o.id is null then 'unknown_organization'
                when o.status = 'closed' then 'closed_organization'
                when o.ends_at <= p_at then 'subscription_ended'
                when o.paused_at <= p_at then 'subscription_paused' end
    from (select p_organization as id) asked
    left join tollgate.organizations o on o.id = asked.id);
end
$$;
