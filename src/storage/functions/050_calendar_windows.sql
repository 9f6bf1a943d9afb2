-- The windows whose levels are kept for every meter: they are its roll-up, and what a limit that
-- is set later must know of. (A minute is no such window: rate limits slide.)
create or replace function tollgate.calendar_windows()
returns table (window_name text) language sql immutable parallel safe as $$
  values ('hour'), ('day'), ('month'), ('period')
$$;
