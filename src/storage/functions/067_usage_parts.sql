-- Adds amounts by part, as JSON. Parts that sum to zero are left out, so a reversal leaves nothing
-- behind.
create or replace function tollgate.add_parts(p_one jsonb, p_other jsonb)
returns jsonb language sql immutable strict parallel safe as $$
  select coalesce(jsonb_object_agg(part, amount), '{}')
  from (select key as part, sum(value::numeric) as amount
        from (select * from jsonb_each_text(p_one) union all
              select * from jsonb_each_text(p_other)) both_of_them
        group by key having sum(value::numeric) <> 0) summed
$$;

create or replace aggregate tollgate.sum_parts(jsonb) (
  sfunc = tollgate.add_parts, stype = jsonb, combinefunc = tollgate.add_parts, parallel = safe);

-- Adds the parts of a batch's events to roll-ups that already count the events. It is a function of
-- its own, so that the usual batch, which has no parts, costs nothing more.
create or replace function tollgate.post_parts(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  with item as (
    select i.*, date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).event_type) as event_type,
                 unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
                 unnest((p_batch).endpoint) as endpoint, unnest((p_batch).model) as model,
                 unnest((p_batch).parts)::jsonb as parts, unnest(p_chosen) as chosen) i
    where i.chosen and i.parts is not null),
  summed as (
    select i.organization_id, d.dimension, g.grain,
           tollgate.window_start(g.grain, i.hour, null) as window_start, d.key,
           tollgate.sum_parts(i.parts) as parts
    from item i
    cross join lateral (values ('total', ''), ('event_type', i.event_type), ('user', i.user_id),
      ('endpoint', i.endpoint), ('category', i.category), ('model', i.model)) d (dimension, key)
    cross join (values ('hour'), ('day')) g (grain)
    where d.key is not null
    group by 1, 2, 3, 4, 5)
  update tollgate.rollups r
  set parts = coalesce(tollgate.add_parts(r.parts, s.parts), s.parts)
  from summed s
  where r.organization_id = s.organization_id and r.dimension = s.dimension
    and r.grain = s.grain and r.window_start = s.window_start and r.key = s.key;
end
$$;
