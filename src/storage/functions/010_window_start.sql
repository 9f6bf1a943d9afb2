-- Start of the billing period that contains p_at: anchor + k months. Each is clamped to the month's
-- end from the anchor itself (31 January → 28 February → 31 March), never from the one before.
create or replace function tollgate.period_start(p_anchor timestamptz, p_at timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
declare
  anchor timestamp := date_trunc('day', p_anchor at time zone 'UTC');
  at_utc timestamp := p_at at time zone 'UTC';
  months integer := (extract(year from at_utc) - extract(year from anchor))::integer * 12
    + (extract(month from at_utc) - extract(month from anchor))::integer;
begin
  if anchor + make_interval(months => months) > at_utc then
    months := months - 1;
  end if;
  return (anchor + make_interval(months => months)) at time zone 'UTC';
end
$$;

-- Start of the window that contains p_at. Windows are UTC; only periods use p_anchor.
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

-- The end of a window, which is the start of the next. A period is 28 to 31 days long. So 35 days
-- after its start, the next one has begun and is not over.
create or replace function tollgate.window_end(
  p_window text, p_start timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'period' then tollgate.period_start(p_anchor, p_start + interval '35 days')
    else (p_start at time zone 'UTC' + ('1 ' || p_window)::interval) at time zone 'UTC'
  end
$$;
