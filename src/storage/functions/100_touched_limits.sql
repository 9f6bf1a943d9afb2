-- Every limit that the candidates touch: one row for each item and limit, with the level before the
-- batch and what the item adds. A value already in a unique meter's set adds nothing. A report of a
-- state that is older than the latest one changes nothing.
-- Rates and concurrent limits have no windows. `per` says whose use a limit counts. For a call
-- without that subject, a limit that refuses such calls has the ceiling -1 and an empty subject;
-- others are not touched. Backfilled events touch no rate.
-- p_elsewhere: limits that Redis may decide have no ceiling here. Budgets that calls name are added
-- in the same form.
create or replace function tollgate.touched_limits(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_at timestamptz) returns table (
  item integer, bucket bigint, aggregation text, ceiling bigint, level bigint, leased bigint,
  units bigint, value text, limit_shown jsonb)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select i.*, (row_number() over ())::integer as item,
           date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).id) as id, unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).user_id) as user_id, unnest((p_batch).api_key_id) as api_key_id,
                 unnest((p_batch).backfilled) as backfilled, unnest(p_candidate) as candidate,
                 unnest(p_reserving) as reserving) i),
  in_force as materialized (
    select l.*, case when not (p_elsewhere and tollgate.may_be_elsewhere(
               window_name, meter, aggregation, cap, durable))
             then tollgate.ceiling_of(window_name, behavior, max, burst, cap) end as ceiling
    from tollgate.limits_in_force(array(select distinct organization_id from item), p_at) l),
  touched as materialized (
    select i.item, i.organization_id, i.hour, i.occurred_at, i.id, l.meter, l.window_name, l.per,
           coalesce(s.subject, '') as subject, l.aggregation,
           case when s.subject is null then -1 else l.ceiling end as ceiling, a.units, a.value
    from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
                 unnest((p_batch).amount_units) as units, unnest((p_batch).amount_value) as value) a
    join item i on i.item = a.item and i.candidate
    join in_force l on l.organization_id = i.organization_id and l.meter = a.meter
    cross join lateral (
      select case l.per when 'user' then i.user_id when 'api_key' then i.api_key_id::text else '' end
        as subject) s
    where case l.window_name when 'concurrent' then i.reserving
                             when 'minute' then not i.backfilled else true end
      and (s.subject is not null or l.refuses_anonymous)),
  bucket as materialized (
    select t.*, s.start, b.latest_at, b.latest_id, coalesce(b.leased, r.leased, 0) as leased,
           case l.behavior when 'overage' then g.for_cap else g.for_max end as widened,
           dense_rank() over (
             order by t.organization_id, t.meter, t.window_name, t.per, t.subject, s.start) as bucket,
           case t.window_name
             when 'minute' then tollgate.rate_level(r.debt, r.charged_at, l.max, p_at) + r.leased
             when 'concurrent' then tollgate.units_in_flight(
               t.organization_id, t.meter, t.per, t.subject)
             else b.used + b.held + b.leased end as level,
           jsonb_build_object('meter', t.meter, 'window', t.window_name,
             'start', greatest(s.start, r.charged_at), 'per', t.per, 'subject', t.subject,
             'max', (l.max + g.for_max)::text, 'behavior', l.behavior, 'burst', l.burst::text,
             'cap', (l.cap + g.for_cap)::text, 'past', g.past::text, 'drawn', b.drawn::text,
             'leaked', tollgate.rate_leaked(r.debt, r.charged_at, l.max, p_at)::text) as limit_shown
    from (select distinct organization_id, hour, meter, window_name, per, subject from touched) t
    join in_force l using (organization_id, meter, window_name, per)
    join tollgate.organizations o on o.id = t.organization_id
    cross join lateral (select case when t.window_name in ('minute', 'concurrent') then p_at
      else tollgate.window_start(t.window_name, t.hour, o.starts_at) end) s (start)
    left join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
        = (t.organization_id, t.meter, t.window_name, s.start)
    left join tollgate.rates r on t.window_name = 'minute'
      and (r.organization_id, r.meter, r.per, r.subject) = (t.organization_id, t.meter, t.per, t.subject)
    cross join lateral tollgate.widening_of(o.id, l.window_name, s.start, l.max,
      l.behavior, l.granted, b.used + b.held + b.leased, b.drawn, p_at) g)
  select t.item, b.bucket, t.aggregation, t.ceiling + b.widened, coalesce(b.level, 0), b.leased,
         case when (b.latest_at, b.latest_id) > (t.occurred_at, t.id) then b.level
              when t.value is not null and exists (
                select 1 from tollgate.unique_values u
                where (u.organization_id, u.meter, u.window_name, u.window_start, u.value)
                    = (t.organization_id, t.meter, t.window_name, b.start, t.value)) then 0
              else t.units end,
         t.value, b.limit_shown
  from touched t join bucket b using (organization_id, hour, meter, window_name, per, subject);
  if (p_batch).budget_id is null then return; end if;
  return query select * from tollgate.touched_budgets(p_batch, p_candidate, p_reserving, p_at);
end
$$;

-- The units of a meter that open reservations hold now, for the organization or one user or key. It
-- reads each open reservation; the limit itself keeps their number small.
create or replace function tollgate.units_in_flight(
  p_organization text, p_meter text, p_per text, p_subject text)
returns bigint language plpgsql stable as $$
begin
  return (
    select coalesce(sum((quantities ->> p_meter)::bigint), 0)
    from tollgate.reservations
    where organization_id = p_organization and state = 'held'
      and case p_per when 'user' then user_id = p_subject
                     when 'api_key' then api_key_id::text = p_subject else true end);
end
$$;
