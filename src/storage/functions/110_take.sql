-- THE rule of admission. In the order of the batch, an item is admitted when no hard limit that
-- it touches would be raised past its maximum; an admitted item moves all its levels, a refused
-- one none. A value that an admitted item brought to a unique meter adds nothing again.
-- Read-only: the caller locks first and posts what was admitted afterwards.
create or replace function tollgate.take(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_at timestamptz)
returns table (item integer, admitted boolean, limits jsonb) language plpgsql stable as $$
declare
  asked record;
  level bigint[] := '{}';
  before bigint[];
  after bigint[];
  refused boolean[];
  members text[] := '{}';
  added bigint;
begin
  for asked in
    select t.item, array_agg(t.bucket) as bucket, array_agg(t.level) as level,
           array_agg(t.units) as units, array_agg(t.max) as max,
           array_agg(t.bucket || ' ' || t.value) as member,
           array_agg(t.behavior = 'hard') as hard, array_agg(t.aggregation) as aggregation,
           jsonb_agg(jsonb_build_object('meter', t.meter, 'window', t.window_name,
             'start', t.window_start, 'max', t.max::text, 'behavior', t.behavior,
             'asked', t.units::text)) as shown
    from tollgate.touched_limits(p_batch, p_candidate, p_at) t
    group by t.item order by t.item
  loop
    before := '{}'; after := '{}'; refused := '{}';
    for i in 1 .. cardinality(asked.bucket) loop
      before[i] := coalesce(level[asked.bucket[i]], asked.level[i]);
      added := case when asked.member[i] = any (members) then 0 else asked.units[i] end;
      after[i] := tollgate.merge_levels(asked.aggregation[i], before[i], added);
      refused[i] := asked.hard[i] and asked.max[i] is not null
                    and after[i] > asked.max[i] and after[i] > before[i];
    end loop;
    item := asked.item;
    admitted := not (true = any (refused));
    if admitted then
      for i in 1 .. cardinality(asked.bucket) loop
        level[asked.bucket[i]] := after[i];
        members := members || asked.member[i];
      end loop;
    end if;
    select jsonb_agg(shown || jsonb_build_object('before', before[n]::text, 'refused', refused[n])
                     order by n)
    into limits from jsonb_array_elements(asked.shown) with ordinality e (shown, n);
    return next;
  end loop;
end
$$;
