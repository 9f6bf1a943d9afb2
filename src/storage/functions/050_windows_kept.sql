-- The windows in which a meter's level is kept: hour, day and month always (they are its
-- roll-up), minute and period while a limit of the organization asks for them.
create or replace function tollgate.windows_kept(p_organizations text[], p_at timestamptz)
returns table (organization_id text, meter text, aggregation text, anchor timestamptz, window_name text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select o.id, m.key, m.aggregation, o.starts_at, w.window_name
  from tollgate.organizations o
  cross join tollgate.meters m
  cross join (values ('hour'), ('day'), ('month')) w (window_name)
  where o.id = any (p_organizations)
  union all
  select o.id, l.meter, l.aggregation, o.starts_at, l.window_name
  from tollgate.limits_in_force(p_organizations, p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  where l.window_name in ('minute', 'period');
end
$$;

-- What a bucket that does not exist yet must start from, when its limit is younger than its
-- window: a minute is summed from the events, a period from its days; the others always exist.
create or replace function tollgate.window_seed(
  p_organization text, p_meter text, p_aggregation text, p_window text, p_start timestamptz)
returns bigint language sql stable as $$
  select case p_window
    when 'minute' then (
      select case p_aggregation when 'max' then max((quantities ->> p_meter)::bigint)
                                when 'sum' then sum((quantities ->> p_meter)::bigint)
                                when 'count' then sum((quantities ->> p_meter)::bigint)
                                when 'unique' then count(distinct quantities ->> p_meter)
                                else 0 end
      from tollgate.events
      where organization_id = p_organization and quantities ? p_meter
        and occurred_at >= p_start and occurred_at < p_start + interval '1 minute')
    when 'period' then (
      select case when p_aggregation in ('sum', 'count') then sum(used)
                  when p_aggregation = 'max' then max(used) else 0 end
      from tollgate.buckets
      where organization_id = p_organization and meter = p_meter and window_name = 'day'
        and window_start >= p_start and window_start < p_start + interval '1 month')
  end::bigint
$$;
