-- What the chosen items of a batch add to flows and maxima, by hour. Every window is a sum of these
-- few rows.
create or replace function tollgate.hourly_amounts(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns table (organization_id text, meter text, hour timestamptz, total bigint, peak bigint)
language plpgsql stable as $$
begin
  return query
  select i.organization_id, a.meter, i.hour, sum(a.units)::bigint, max(a.units)
  from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
               unnest((p_batch).amount_units) as units) a
  join (select row_number() over () as item, u.organization_id,
               date_bin('1 hour', u.occurred_at, '2000-01-01Z') as hour, u.chosen
        from (select unnest((p_batch).organization_id) as organization_id,
                     unnest((p_batch).occurred_at) as occurred_at,
                     unnest(p_chosen) as chosen) u) i on i.item = a.item and i.chosen
  group by 1, 2, 3;
end
$$;

-- Adds a batch's flows (sum, count) and maxima to the levels of their windows. The caller must have
-- locked the organizations. Returns the levels that have reached their next alert threshold.
create or replace function tollgate.post_flows(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with hourly as materialized (
    select * from tollgate.hourly_amounts(p_batch, p_chosen)),
  delta as (
    select h.organization_id, h.meter, m.aggregation, w.window_name,
           tollgate.window_start(w.window_name, h.hour, o.starts_at) as window_start,
           h.total, h.peak
    from hourly h
    join tollgate.meters m on m.key = h.meter and m.aggregation in ('sum', 'count', 'max')
    join tollgate.organizations o on o.id = h.organization_id
    cross join tollgate.calendar_windows() w),
  posted as (
    insert into tollgate.buckets as b
      (organization_id, meter, window_name, window_start, used)
    select organization_id, meter, window_name, window_start,
           case aggregation when 'max' then max(peak) else sum(total) end::bigint
    from delta group by organization_id, meter, window_name, window_start, aggregation
    order by 1, 2, 3, 4
    on conflict (organization_id, meter, window_name, window_start) do update
    set used = case when (select aggregation from tollgate.meters where key = b.meter) = 'max'
                    then greatest(b.used, excluded.used) else b.used + excluded.used end
    returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;

-- The same for a whole batch of flows, from the batch's totals.
create or replace function tollgate.post_totals(p_batch tollgate.usage_batch)
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with total as materialized (
    select unnest((p_batch).total_organization) as organization_id,
           unnest((p_batch).total_hour) as hour, unnest((p_batch).total_meter) as meter,
           unnest((p_batch).total_units) as units),
  window_of as materialized (
    select t.organization_id, t.hour, w.window_name,
           tollgate.window_start(w.window_name, t.hour, o.starts_at) as window_start
    from (select distinct organization_id, hour from total) t
    join tollgate.organizations o on o.id = t.organization_id
    cross join tollgate.calendar_windows() w),
  posted as (
    insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, used)
    select t.organization_id, t.meter, w.window_name, w.window_start, sum(t.units)
    from total t join window_of w using (organization_id, hour)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (organization_id, meter, window_name, window_start) do update
    set used = b.used + excluded.used
    returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;

-- The same for states: latest keeps the newest report, unique adds values that are new in the
-- window.
create or replace function tollgate.post_states(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with amount as materialized (
    select i.organization_id, a.meter, m.aggregation, i.id, i.occurred_at,
           a.units, a.value, w.window_name,
           tollgate.window_start(w.window_name, i.occurred_at, o.starts_at) as window_start
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units,
                (p_batch).amount_value) a (item, meter, units, value)
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('latest', 'unique')
    join unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_chosen)
         with ordinality i (organization_id, id, occurred_at, chosen, item)
      on i.item = a.item and i.chosen
    join tollgate.organizations o on o.id = i.organization_id
    cross join tollgate.calendar_windows() w),
  report as (
    select distinct on (organization_id, meter, window_name, window_start)
           organization_id, meter, window_name, window_start, units, occurred_at, id
    from amount where aggregation = 'latest'
    order by organization_id, meter, window_name, window_start, occurred_at desc,
             id collate "C" desc),
  member as (
    insert into tollgate.unique_values
    select distinct organization_id, meter, window_name, window_start, value
    from amount where value is not null
    on conflict do nothing
    returning organization_id, meter, window_name, window_start),
  posted as (
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, latest_at, latest_id)
  select * from report
  union all
  select organization_id, meter, window_name, window_start, count(*), null, null
  from member group by 1, 2, 3, 4
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = case when excluded.latest_at is null then b.used + excluded.used
                  when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.used
                  else b.used end,
      latest_id = case when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.latest_id else b.latest_id end,
      latest_at = greatest(b.latest_at, excluded.latest_at)
  returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;
