-- Creates the missing weekly partitions (Monday to Monday, UTC) of events and decisions from p_from
-- to p_to. An advisory lock keeps two processes from racing.
create or replace function tollgate.ensure_partitions(p_from timestamptz, p_to timestamptz)
returns integer language plpgsql as $$
declare
  week timestamp := date_trunc('week', p_from at time zone 'UTC');
  parent text;
  partition_name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  while week <= p_to at time zone 'UTC' loop
    foreach parent in array array['events', 'decisions'] loop
      partition_name := parent || '_' || to_char(week, 'IYYY"w"IW');
      if to_regclass('tollgate.' || quote_ident(partition_name)) is null then
        execute format('create table tollgate.%I partition of tollgate.%I for values from (%L) to (%L)',
          partition_name, parent, week::text || 'Z', (week + interval '7 days')::text || 'Z');
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end
$$;
