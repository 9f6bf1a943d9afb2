-- Retention: drops the weekly partitions of events and decisions that lie wholly before what is
-- kept, and forgets old ids and minute levels. Ids are kept for 65 days at least, longer than the
-- oldest timestamp that is taken; those of backfilled events for ever. Roll-ups stay for ever.
--   select tollgate.cleanup_events();
create or replace function tollgate.cleanup_events(
  p_keep_events interval default '30 days', p_keep_ids interval default '65 days',
  p_at timestamptz default now())
returns table (dropped_partitions integer, forgotten_ids bigint, forgotten_minutes bigint)
language plpgsql as $$
declare
  child record;
begin
  if p_keep_ids < interval '65 days' then
    raise exception 'event ids must be kept for 65 days at least, not %', p_keep_ids
      using errcode = 'TG001';
  end if;
  dropped_partitions := 0;
  for child in
    select c.relname from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    join pg_class p on p.oid = i.inhparent
    where (p.oid = 'tollgate.events'::regclass
           and to_date(substring(c.relname from '\d{4}w\d{2}$'), 'IYYY"w"IW') + 7
             <= (p_at - p_keep_events) at time zone 'UTC')
       or (p.oid = 'tollgate.decisions'::regclass
           and to_date(substring(c.relname from '\d{4}w\d{2}$'), 'IYYY"w"IW') + 7
             <= (p_at - p_keep_ids) at time zone 'UTC')
  loop
    execute format('drop table tollgate.%I', child.relname);
    dropped_partitions := dropped_partitions + 1;
  end loop;
  delete from tollgate.event_ids where received_at < p_at - p_keep_ids and not backfilled;
  get diagnostics forgotten_ids = row_count;
  delete from tollgate.buckets where window_name = 'minute' and window_start < p_at - interval '36 days';
  get diagnostics forgotten_minutes = row_count;
  delete from tollgate.unique_values
  where window_name in ('minute', 'hour') and window_start < p_at - interval '36 days';
  delete from tollgate.reservations where ended_at < p_at - p_keep_ids;
  return next;
end
$$;
