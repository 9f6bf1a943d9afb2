-- The windows whose levels are stored for every meter. They are the meter's roll-up, and a limit
-- that is added later needs them. (A minute is no such window: rate limits slide.)
create or replace function tollgate.calendar_windows()
returns table (window_name text) language sql immutable parallel safe as $$
  values ('hour'), ('day'), ('month'), ('period')
$$;
