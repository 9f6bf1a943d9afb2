-- The limits of some organizations at a moment: those of the plan, or the override of one.
-- granted: for the plan's allowance of credits, what grants have left in addition; null for others.
-- Without an allowance_window there was never a grant, so the function is not called.
-- refuses_anonymous: whether a limit per user or key refuses a call that names none.
-- (PL/pgSQL here and below where SQL would do. It plans once in a session. An SQL function that
-- cannot be inlined is planned by every statement that calls it, which costs 100 µs.)
create or replace function tollgate.limits_in_force(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text, per text, max bigint,
  behavior text, burst bigint, cap bigint, on_failure text, decide text, durable boolean,
  overridden boolean, granted bigint, refuses_anonymous boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select o.id, l.meter, m.aggregation, l.window_name, l.per, l.max, l.behavior, l.burst, l.cap,
         l.on_failure, l.decide, l.durable, false,
         case when l.meter = 'credits' and l.per = 'organization'
                   and l.window_name in ('month', 'period')
              then case when o.allowance_window is null then 0
                     else tollgate.granted_to(o.id, o.plan_version_id, l.window_name, p_at) end end,
         tollgate.refuses_anonymous(l.per, l.max, l.behavior, l.anonymous)
  from tollgate.organizations o
  join tollgate.plan_limits l using (plan_version_id)
  join tollgate.meters m on m.key = l.meter
  where o.id = any (p_organizations) and not exists (
    select 1 from tollgate.limit_overrides x
    where (x.organization_id, x.meter, x.window_name, x.per)
        = (o.id, l.meter, l.window_name, l.per)
      and x.ended_at is null and (x.expires_at is null or x.expires_at > p_at))
  union all
  select o.organization_id, o.meter, m.aggregation, o.window_name, o.per, o.max, o.behavior,
         o.burst, o.cap, o.on_failure, o.decide, o.durable, true,
         case when o.meter = 'credits' and o.per = 'organization'
                   and o.window_name in ('month', 'period')
              then case when s.allowance_window is null then 0
                     else tollgate.granted_to(s.id, s.plan_version_id, o.window_name, p_at) end end,
         tollgate.refuses_anonymous(o.per, o.max, o.behavior, o.anonymous)
  from tollgate.limit_overrides o
  join tollgate.organizations s on s.id = o.organization_id
  join tollgate.meters m on m.key = o.meter
  where o.organization_id = any (p_organizations)
    and o.ended_at is null and (o.expires_at is null or o.expires_at > p_at);
end
$$;

-- Whether a limit per user or key refuses a call that names none. Without a setting of its own, a
-- hard limit does (core/limit-policy.ts). A limit without a maximum refuses nobody.
create or replace function tollgate.refuses_anonymous(
  p_per text, p_max bigint, p_behavior text, p_anonymous text)
returns boolean language sql immutable parallel safe as $$
  select p_per <> 'organization' and p_max is not null
         and coalesce(p_anonymous, case p_behavior when 'hard' then 'refuse' else 'allow' end)
             = 'refuse'
$$;

-- The level past which a call is refused; null: none. For a rate limit it is the burst, for an
-- overage limit the cap.
create or replace function tollgate.ceiling_of(
  p_window text, p_behavior text, p_max bigint, p_burst bigint, p_cap bigint)
returns bigint language sql immutable parallel safe as $$
  select case when p_max is null or p_behavior = 'soft' then null
              when p_behavior = 'overage' then p_cap
              when p_window = 'minute' then coalesce(p_burst, p_max)
              else p_max end
$$;

-- Whether Redis decides a limit if there is a Redis. The limit must not concern money, must not be
-- durable or concurrent, and must have an additive meter.
create or replace function tollgate.may_be_elsewhere(
  p_window text, p_meter text, p_aggregation text, p_cap bigint, p_durable boolean)
returns boolean language sql immutable parallel safe as $$
  select p_window <> 'concurrent' and p_meter <> 'credits' and p_cap is null and not p_durable
         and p_aggregation in ('sum', 'count')
$$;

-- A rate is a leaky bucket, as src/core/leaky-bucket.ts describes it. This is its debt at a moment,
-- in unit-milliseconds. A clock that went back leaks nothing.
create or replace function tollgate.rate_debt(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns numeric language plpgsql immutable parallel safe as $$
begin
  return greatest(0, p_debt - p_max::numeric * greatest(0,
    floor(extract(epoch from p_at) * 1000) - floor(extract(epoch from p_charged_at) * 1000)));
end
$$;

-- A rate's level at a moment: the units added that have not leaked out yet, rounded up. Calls ask
-- for whole units, so rounding changes no decision.
create or replace function tollgate.rate_level(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns bigint language plpgsql immutable parallel safe as $$
begin
  return ceil(tollgate.rate_debt(p_debt, p_charged_at, p_max, p_at) / 60000)::bigint;
end
$$;

-- The part of the rate's last unit that has leaked already, in unit-milliseconds. It is what
-- rounding up added. A call that must wait fits earlier by this much.
create or replace function tollgate.rate_leaked(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns bigint language plpgsql immutable parallel safe as $$
begin
  return mod(60000 - mod(tollgate.rate_debt(p_debt, p_charged_at, p_max, p_at), 60000), 60000);
end
$$;
