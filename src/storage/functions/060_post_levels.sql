-- Adds a batch's flows (sum, count) and maxima to the levels of their windows. One pass over the
-- amounts, by minute; every window is then made of those few rows. The organizations must be
-- locked; call before the events are inserted (minute_seed reads them).
create or replace function tollgate.post_flows(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  states text[] := array(
    select key from tollgate.meters where aggregation in ('latest', 'unique'));
begin
  with minutely as materialized (
    select i.organization_id, a.meter, i.minute, sum(a.units) as total, max(a.units) as peak
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units)
    join (select item, organization_id,
                 date_bin('1 minute', occurred_at, '2000-01-01Z') as minute
          from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
               with ordinality u (organization_id, occurred_at, chosen, item)
          where chosen) i using (item)
    where a.meter <> all (states)
    group by 1, 2, 3),
  kept as materialized (
    select * from tollgate.windows_kept(
      array(select distinct organization_id from minutely), p_at)),
  delta as (
    select organization_id, meter, k.aggregation, k.window_name, k.is_kept,
           tollgate.window_start(k.window_name, minute, k.anchor) as window_start,
           case k.aggregation when 'max' then max(peak) else sum(total) end::bigint as units
    from minutely join kept k using (organization_id, meter) group by 1, 2, 3, 4, 5, 6)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used)
  select d.organization_id, d.meter, d.window_name, d.window_start,
         case when d.window_name <> 'minute' or old.meter is not null then d.units
              else tollgate.merge_levels(d.aggregation, tollgate.minute_seed(
                d.organization_id, d.meter, d.aggregation, d.window_start), d.units)
         end
  from delta d
  left join tollgate.buckets old using (organization_id, meter, window_name, window_start)
  where d.is_kept or old.meter is not null
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = tollgate.merge_levels(
    (select aggregation from tollgate.meters where key = b.meter), b.used, excluded.used);
end
$$;

-- The same for what does not add up: latest keeps the newest report, unique adds what was not
-- seen in the window before.
create or replace function tollgate.post_states(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
begin
  with amount as materialized (
    select i.organization_id, a.meter, m.aggregation, i.id, i.occurred_at,
           a.units, a.value, k.window_name,
           tollgate.window_start(k.window_name, i.occurred_at, k.anchor) as window_start
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units,
                (p_batch).amount_value) a (item, meter, units, value)
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('latest', 'unique')
    join unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_chosen)
         with ordinality i (organization_id, id, occurred_at, chosen, item)
      on i.item = a.item and i.chosen
    join tollgate.windows_kept((p_batch).organization_id, p_at) k
      on k.organization_id = i.organization_id and k.meter = a.meter
    where k.is_kept or exists (
      select 1 from tollgate.buckets b
      where (b.organization_id, b.meter, b.window_name, b.window_start)
          = (i.organization_id, a.meter, k.window_name,
             tollgate.window_start(k.window_name, i.occurred_at, k.anchor)))),
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
    returning organization_id, meter, window_name, window_start)
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
      latest_at = greatest(b.latest_at, excluded.latest_at);
end
$$;
