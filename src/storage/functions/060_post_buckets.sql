-- Adds a batch's amounts to the levels of their windows, by each meter's own aggregation:
-- sums add, maxima keep the larger, latest keeps the newest, unique adds what was not seen.
-- One pass over the amounts, by minute; every window is then made of those few rows.
-- The organizations must be locked; call before the events are inserted (window_seed reads them).
create or replace function tollgate.post_buckets(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  states text[] := array(select key from tollgate.meters where aggregation = 'latest');
begin
  with item as materialized (
    select item, organization_id, id, occurred_at, received_at,
           date_bin('1 minute', occurred_at, '2000-01-01Z') as minute
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at,
                (p_batch).received_at, p_chosen)
         with ordinality i (organization_id, id, occurred_at, received_at, chosen, item)
    where chosen),
  kept as materialized (
    select * from tollgate.windows_kept(array(select distinct organization_id from item), p_at)),
  amount as materialized (
    select i.organization_id, a.meter, i.id, i.occurred_at, i.received_at, i.minute, a.units,
           a.value
    from unnest((p_batch).amount_item, (p_batch).amount_meter,
                (p_batch).amount_units, (p_batch).amount_value) a (item, meter, units, value)
    join item i on i.item = a.item),
  minutely as (
    select organization_id, meter, minute, sum(units) as total, max(units) as peak
    from amount where value is null and meter <> all (states) group by 1, 2, 3),
  flow as (
    select organization_id, meter, k.aggregation, k.window_name,
           tollgate.window_start(k.window_name, minute, k.anchor) as window_start,
           case k.aggregation when 'max' then max(peak) else sum(total) end::bigint as units
    from minutely join kept k using (organization_id, meter) group by 1, 2, 3, 4, 5),
  state as (
    select distinct on (organization_id, meter, k.window_name, window_start)
           organization_id, meter, k.window_name, units, occurred_at,
           tollgate.window_start(k.window_name, occurred_at, k.anchor) as window_start
    from amount join kept k using (organization_id, meter)
    where meter = any (states)
    order by organization_id, meter, k.window_name, window_start, occurred_at desc,
             received_at desc, id desc),
  member as (
    insert into tollgate.unique_values
    select distinct organization_id, meter, k.window_name,
           tollgate.window_start(k.window_name, occurred_at, k.anchor), value
    from amount join kept k using (organization_id, meter)
    where value is not null
    on conflict do nothing
    returning organization_id, meter, window_name, window_start),
  delta as (
    select *, null::timestamptz as latest_at from flow
    union all
    select organization_id, meter, 'latest', window_name, window_start, units, occurred_at
    from state
    union all
    select organization_id, meter, 'unique', window_name, window_start, count(*), null
    from member group by 1, 2, 4, 5)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, latest_at)
  select d.organization_id, d.meter, d.window_name, d.window_start,
         case when d.window_name not in ('minute', 'period') or old.meter is not null
              then d.units
              else tollgate.merge_levels(d.aggregation, coalesce(tollgate.window_seed(
                d.organization_id, d.meter, d.aggregation, d.window_name, d.window_start), 0),
                d.units)
         end, d.latest_at
  from delta d
  left join tollgate.buckets old using (organization_id, meter, window_name, window_start)
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = case when excluded.latest_at is null then tollgate.merge_levels(
                    (select aggregation from tollgate.meters where key = b.meter),
                    b.used, excluded.used)
                  when b.latest_at is null or excluded.latest_at >= b.latest_at
                    then excluded.used
                  else b.used end,
      latest_at = greatest(b.latest_at, excluded.latest_at);
end
$$;
