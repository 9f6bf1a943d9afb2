-- Every limit that the candidates touch, a row an item and limit, with the bucket's level before
-- the batch (used and held) and what the item adds. A value already in a unique meter's set adds
-- nothing, and a report of a state from before the latest one changes nothing.
create or replace function tollgate.touched_limits(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_at timestamptz)
returns table (
  item bigint, bucket bigint, meter text, aggregation text, window_name text,
  window_start timestamptz, max bigint, behavior text, level bigint, units bigint, value text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select i.item, i.organization_id, i.id, i.occurred_at, o.starts_at
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_candidate)
         with ordinality i (organization_id, id, occurred_at, candidate, item)
    join tollgate.organizations o on o.id = i.organization_id
    where i.candidate),
  touched as materialized (
    select i.item, i.organization_id, l.meter, l.aggregation, l.window_name, l.max, l.behavior,
           tollgate.window_start(l.window_name, i.occurred_at, i.starts_at) as window_start,
           i.id, i.occurred_at, a.units, a.value
    from unnest((p_batch).amount_item, (p_batch).amount_meter,
                (p_batch).amount_units, (p_batch).amount_value) a (item, meter, units, value)
    join item i on i.item = a.item
    join tollgate.limits_in_force(array(select distinct organization_id from item), p_at) l
      on l.organization_id = i.organization_id and l.meter = a.meter),
  bucket as materialized (
    select t.*, coalesce(b.used + b.held, case when t.window_name = 'minute' then
             tollgate.minute_seed(t.organization_id, t.meter, t.aggregation, t.window_start) end,
             0) as level, b.latest_at, b.latest_id, row_number() over () as bucket
    from (select distinct organization_id, meter, aggregation, window_name, window_start
          from touched) t
    left join tollgate.buckets b using (organization_id, meter, window_name, window_start))
  select t.item, b.bucket, t.meter, t.aggregation, t.window_name, t.window_start, t.max,
         t.behavior, b.level,
         case when (b.latest_at, b.latest_id) > (t.occurred_at, t.id) then b.level
              when t.value is not null and exists (
                select 1 from tollgate.unique_values u
                where (u.organization_id, u.meter, u.window_name, u.window_start, u.value)
                    = (t.organization_id, t.meter, t.window_name, t.window_start, t.value)) then 0
              else t.units end, t.value
  from touched t
  join bucket b using (organization_id, meter, window_name, window_start);
end
$$;
