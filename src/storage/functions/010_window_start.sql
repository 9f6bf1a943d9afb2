-- Start of the k-th billing period that contains p_at: anchor + k months, clamped to the month's
-- end from the anchor itself (31 January → 28 February → 31 March), never from the one before.
create or replace function tollgate.period_start(p_anchor timestamptz, p_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case when candidate > at_utc then anchor + make_interval(months => months - 1)
              else candidate end at time zone 'UTC'
  from (select date_trunc('day', p_anchor at time zone 'UTC') as anchor,
               p_at at time zone 'UTC' as at_utc) t
  cross join lateral (select (extract(year from at_utc) - extract(year from anchor))::int * 12
               + (extract(month from at_utc) - extract(month from anchor))::int as months) m
  cross join lateral (select anchor + make_interval(months => months) as candidate) c
$$;

-- Start of the window that contains p_at. Windows are UTC; p_anchor is used by periods only.
create or replace function tollgate.window_start(
  p_window text, p_at timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'minute' then date_bin('1 minute', p_at, '2000-01-01Z')
    when 'hour'   then date_bin('1 hour', p_at, '2000-01-01Z')
    when 'day'    then date_bin('1 day', p_at, '2000-01-01Z')
    when 'month'  then date_trunc('month', p_at at time zone 'UTC') at time zone 'UTC'
    when 'period' then tollgate.period_start(p_anchor, p_at)
  end
$$;

-- The end of a window, which is the start of the next. A period is 28 to 31 days long, so 35 days
-- after its start the next one has begun and is not over.
create or replace function tollgate.window_end(
  p_window text, p_start timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'period' then tollgate.period_start(p_anchor, p_start + interval '35 days')
    else (p_start at time zone 'UTC' + ('1 ' || p_window)::interval) at time zone 'UTC'
  end
$$;
