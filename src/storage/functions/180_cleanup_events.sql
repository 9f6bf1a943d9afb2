-- The instant before which retention deletes. Days are subtracted in UTC, where each has 24 hours,
-- whatever the session's time zone.
create or replace function tollgate.kept_from(p_keep interval, p_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select (p_at at time zone 'UTC' - p_keep) at time zone 'UTC'
$$;

-- The same for ids, which must outlive the oldest timestamp that a call may name.
create or replace function tollgate.ids_kept_from(p_keep_ids interval, p_at timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
begin
  if p_keep_ids < interval '65 days' then
    raise exception 'event ids must be kept for 65 days at least, not %', p_keep_ids
      using errcode = 'TG001';
  end if;
  return tollgate.kept_from(p_keep_ids, p_at);
end
$$;

-- Drops the weekly partitions of events or decisions that lie wholly before an instant. Only one
-- caller runs at a time, and none while a partition is created, so no partition disappears
-- meanwhile.
-- It waits for everyone who uses the table: call it once in a transaction, with no other lock held.
create or replace function tollgate.drop_partitions(p_parent text, p_before timestamptz)
returns integer language plpgsql as $$
declare
  child record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  for child in
    select c.relname, w.ends_at
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    cross join lateral (
      select (to_date(substring(c.relname from '\d{4}w\d{2}$'), 'IYYY"w"IW') + 7)::timestamp
             at time zone 'UTC' as ends_at) w
    where i.inhparent = ('tollgate.' || quote_ident(p_parent))::regclass and w.ends_at <= p_before
  loop
    execute format('drop table tollgate.%I', child.relname);
    dropped := dropped + 1;
    if p_parent = 'events' then
      insert into tollgate.retention as r (events_whole_since) values (child.ends_at)
      on conflict (only_row) do update
      set events_whole_since = greatest(r.events_whole_since, excluded.events_whole_since);
    end if;
  end loop;
  return dropped;
end
$$;

-- Deletes old rows: ids received before p_ids_from (never those of backfilled events), reservations
-- and budgets that ended before it, and rates unused for long. Also leases of windows too old for
-- any late event, whose processes are gone.
create or replace function tollgate.forget_old(p_ids_from timestamptz, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  windows_from timestamptz := tollgate.kept_from('36 days', p_at);
  forgotten_ids bigint;
begin
  delete from tollgate.event_ids where received_at < p_ids_from and not backfilled;
  get diagnostics forgotten_ids = row_count;
  delete from tollgate.decision_batches where decided_at < p_ids_from;
  delete from tollgate.unique_values
  where window_name = 'hour' and window_start < windows_from;
  delete from tollgate.rates where charged_at < windows_from and leased = 0;
  delete from tollgate.leases where units = 0 and window_start < windows_from
    and window_name <> 'minute';
  delete from tollgate.nodes where seen_at < windows_from;
  delete from tollgate.reservations where ended_at < p_ids_from;
  delete from tollgate.budgets where closed_at < p_ids_from;
  return forgotten_ids;
end
$$;

-- Retention for psql and pg_cron: all of the above at once. Ids are stored for at least 65 days;
-- roll-ups are never deleted.
-- It is one transaction, and blocks every writer while it runs: with the locks of two tables it
-- could otherwise deadlock with them. The engine's own job uses one transaction for each step.
--   select * from tollgate.cleanup_events();
create or replace function tollgate.cleanup_events(
  p_keep_events interval default '30 days', p_keep_ids interval default '65 days',
  p_at timestamptz default now())
returns table (dropped_partitions integer, forgotten_ids bigint)
language plpgsql as $$
declare
  ids_from timestamptz := tollgate.ids_kept_from(p_keep_ids, p_at);
begin
  lock table tollgate.organizations in exclusive mode;
  dropped_partitions := tollgate.drop_partitions('decisions', ids_from)
    + tollgate.drop_partitions('events', tollgate.kept_from(p_keep_events, p_at));
  forgotten_ids := tollgate.forget_old(ids_from, p_at);
  return next;
end
$$;
