-- breaking in 0.2.0: tollgate.extend_reservation: an extension has an id of its own.

-- What some reservations hold in each of their windows. Only additive meters are held.
create or replace function tollgate.holds_of(p_reservations uuid[])
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, units bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with hourly as materialized (
    select r.organization_id, date_bin('1 hour', r.occurred_at, '2000-01-01Z') as hour,
           m.key as meter, sum((r.quantities ->> m.key)::bigint) as units
    from tollgate.reservations r
    cross join lateral jsonb_object_keys(r.quantities) q (key)
    join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
    where r.id = any (p_reservations)
    group by 1, 2, 3)
  select h.organization_id, h.meter, w.window_name,
         tollgate.window_start(w.window_name, h.hour, o.starts_at), sum(h.units)::bigint
  from hourly h
  join tollgate.organizations o on o.id = h.organization_id
  cross join tollgate.calendar_windows() w
  group by 1, 2, 3, 4 order by 1, 2, 3, 4;
end
$$;

-- Adds the holds of some reservations to their windows. The caller must have locked the
-- organizations.
create or replace function tollgate.hold(p_reservations uuid[])
returns void language plpgsql as $$
begin
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, held)
  select * from tollgate.holds_of(p_reservations)
  on conflict (organization_id, meter, window_name, window_start)
  do update set held = b.held + excluded.held;
end
$$;

-- Removes the holds of some reservations. The caller must have locked the organizations.
create or replace function tollgate.give_back_holds(p_reservations uuid[])
returns void language plpgsql as $$
begin
  update tollgate.buckets b set held = b.held - h.units
  from tollgate.holds_of(p_reservations) h
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (h.organization_id, h.meter, h.window_name, h.window_start);
end
$$;

-- Ends every overdue hold of the organizations. Every decision does so first (catch_up), so a
-- reservation expires exactly at its time. The job only serves idle organizations.
create or replace function tollgate.expire_reservations(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due uuid[] := array(
    select id from tollgate.reservations
    where organization_id = any (p_organizations) and state = 'held' and expires_at <= p_at);
begin
  if cardinality(due) > 0 then
    perform tollgate.give_back_holds(due);
    perform tollgate.hold_in_budgets(due, -1, null);
    update tollgate.reservations set state = 'expired', ended_at = expires_at where id = any (due);
    perform tollgate.draw_credits(p_organizations, p_at);
  end if;
  return cardinality(due);
end
$$;

-- The same for all organizations that have one due, p_most reservations at once, and all that end at
-- the same instant as the last one. It skips an organization that is locked; the next call takes it.
-- If it returns p_most, more may be due.
create or replace function tollgate.expire_due_reservations(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  organization text := '';
  organizations text[] := '{}';
  ended integer := 0;
  due integer;
  until timestamptz;
begin
  while ended < p_most loop
    organization := (
      select organization_id from tollgate.reservations
      where state = 'held' and expires_at <= p_at and organization_id > organization
      order by organization_id limit 1);
    exit when organization is null;
    perform from tollgate.organizations where id = organization for no key update skip locked;
    continue when not found;
    select count(*), max(expires_at) into due, until
    from (select expires_at from tollgate.reservations
          where organization_id = organization and state = 'held' and expires_at <= p_at
          order by expires_at limit p_most - ended) d;
    ended := ended + due;
    if ended < p_most then
      organizations := organizations || organization;
    else
      -- Stops at the last of the p_most holds. Changes apply in order of time, so the next call
      -- continues from there with the same result.
      perform tollgate.catch_up(array[organization], until);
    end if;
  end loop;
  if cardinality(organizations) > 0 then
    perform tollgate.catch_up(organizations, p_at);
  end if;
  return ended;
end
$$;

-- Expired reservations that Redis still holds, of one organization or of all, at most p_most. Each
-- is returned once, and the caller must release it in Redis. If the process dies before it does,
-- Redis holds the units until the window ends. They are never held twice.
create or replace function tollgate.collect_expired(
  p_organization text, p_at timestamptz, p_most integer)
returns table (organization_id text, occurred_at timestamptz, user_id text, api_key_id uuid,
               quantities jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  if p_organization is not null then
    perform tollgate.lock_organizations(array[p_organization]);
    perform tollgate.catch_up(array[p_organization], p_at);
  end if;
  return query
  update tollgate.reservations r set held_elsewhere = false
  where r.id in (
    select id from tollgate.reservations
    where held_elsewhere and state = 'expired'
      and (p_organization is null or organization_id = p_organization)
    limit p_most for update skip locked)
  returning r.organization_id, r.occurred_at, r.user_id, r.api_key_id, r.quantities;
end
$$;

-- The rate limits in force for some organizations that the database decides.
create or replace function tollgate.rates_in_force(
  p_organizations text[], p_elsewhere boolean, p_at timestamptz)
returns table (organization_id text, meter text, per text, max bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select organization_id, meter, per, max
  from tollgate.limits_in_force(p_organizations, p_at)
  where window_name = 'minute' and max is not null
    and not (p_elsewhere and tollgate.may_be_elsewhere(
      window_name, meter, aggregation, cap, durable));
end
$$;

-- Adds what the admitted calls asked for to the rates that they touch. A rate counts what a call
-- asked for when it was admitted: settling, releasing and reversing do not change it.
create or replace function tollgate.charge_rates(
  p_batch tollgate.usage_batch, p_admitted boolean[], p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
begin
  with asked as materialized (
    select i.organization_id, a.meter, i.user_id, i.api_key_id, sum(a.units) as units
    from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
                 unnest((p_batch).amount_units) as units) a
    join (select row_number() over () as item, u.*
          from (select unnest((p_batch).organization_id) as organization_id,
                       unnest((p_batch).user_id) as user_id,
                       unnest((p_batch).api_key_id) as api_key_id,
                       unnest((p_batch).backfilled) as backfilled,
                       unnest(p_admitted) as admitted) u) i
      on i.item = a.item and i.admitted and not i.backfilled
    group by 1, 2, 3, 4),
  in_force as materialized (
    select * from tollgate.rates_in_force(
      array(select distinct organization_id from asked), p_elsewhere, p_at))
  insert into tollgate.rates as r (organization_id, meter, per, subject, debt, charged_at)
  select a.organization_id, a.meter, l.per, s.subject,
         coalesce(tollgate.rate_debt(old.debt, old.charged_at, l.max, p_at), 0)
           + sum(a.units)::numeric * 60000,
         greatest(p_at, old.charged_at)
  from asked a
  join in_force l on l.organization_id = a.organization_id and l.meter = a.meter
  cross join lateral (
    select case l.per when 'user' then a.user_id when 'api_key' then a.api_key_id::text
                      else '' end as subject) s
  left join tollgate.rates old
    on (old.organization_id, old.meter, old.per, old.subject)
     = (a.organization_id, a.meter, l.per, s.subject)
  where s.subject is not null
  group by 1, 2, 3, 4, l.max, old.debt, old.charged_at order by 1, 2, 3, 4
  on conflict (organization_id, meter, per, subject)
  do update set debt = excluded.debt, charged_at = excluded.charged_at;
end
$$;

-- The same for a batch that was admitted together: adds the totals to the rates that take_together
-- marked in p_seen. (Looking up the limits again would cost as much as all the rest.)
create or replace function tollgate.charge_rates_together(
  p_batch tollgate.usage_batch, p_seen jsonb, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.rates as r (organization_id, meter, per, subject, debt, charged_at)
  select a.organization_id, a.meter, l.per, '',
         coalesce(tollgate.rate_debt(old.debt, old.charged_at, l.max, p_at), 0)
           + sum(a.units)::numeric * 60000,
         greatest(p_at, old.charged_at)
  from (select unnest((p_batch).total_organization) as organization_id,
               unnest((p_batch).total_meter) as meter,
               unnest((p_batch).total_units) as units) a
  join lateral jsonb_to_recordset(p_seen -> a.organization_id -> 'limits')
    as l (meter text, per text, max bigint, charged boolean) on l.meter = a.meter and l.charged
  left join tollgate.rates old
    on (old.organization_id, old.meter, old.per, old.subject)
     = (a.organization_id, a.meter, l.per, '')
  group by 1, 2, 3, 4, l.max, old.debt, old.charged_at order by 1, 2, 3, 4
  on conflict (organization_id, meter, per, subject)
  do update set debt = excluded.debt, charged_at = excluded.charged_at;
end
$$;
