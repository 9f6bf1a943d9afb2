-- How two parts of one window make its level. `latest` is decided by time, by the caller.
create or replace function tollgate.merge_levels(p_aggregation text, p_level bigint, p_units bigint)
returns bigint language sql immutable parallel safe as $$
  select case p_aggregation
    when 'max' then greatest(p_level, p_units)
    when 'latest' then p_units
    else p_level + p_units
  end
$$;
