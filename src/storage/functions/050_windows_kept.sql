-- The windows of every meter of some organizations. Hour, day, month and period are always kept
-- (they are the meter's roll-up, and what a limit that is set later must know of); a minute is
-- kept while a limit asks for it or where it has been begun, and for unique meters, whose sets
-- cannot be made up later.
create or replace function tollgate.windows_kept(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, anchor timestamptz, window_name text,
  is_kept boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select o.id, m.key, m.aggregation, o.starts_at, w.window_name,
         w.window_name <> 'minute' or m.aggregation = 'unique' or l.meter is not null
  from tollgate.organizations o
  cross join tollgate.meters m
  cross join (values ('minute'), ('hour'), ('day'), ('month'), ('period')) w (window_name)
  left join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = o.id and l.meter = m.key and l.window_name = w.window_name
  where o.id = any (p_organizations);
end
$$;

-- What a minute that was not begun yet must start from, when its limit is younger than itself:
-- the events of that minute. (Holds begin every window, so none is missing.)
create or replace function tollgate.minute_seed(
  p_organization text, p_meter text, p_aggregation text, p_start timestamptz)
returns bigint language sql stable as $$
  select coalesce(case p_aggregation
           when 'max' then max((quantities ->> p_meter)::bigint) else
           sum((quantities ->> p_meter)::bigint) end, 0)::bigint
  from tollgate.events
  where p_aggregation in ('sum', 'count', 'max')
    and organization_id = p_organization and quantities ? p_meter
    and occurred_at >= p_start and occurred_at < p_start + interval '1 minute'
$$;
