-- Merges two parts of one window into its level. For `latest`, the caller decides by time.
create or replace function tollgate.merge_levels(p_aggregation text, p_level bigint, p_units bigint)
returns bigint language sql immutable parallel safe as $$
  select case p_aggregation
    when 'max' then greatest(p_level, p_units)
    when 'latest' then p_units
    else p_level + p_units
  end
$$;

-- Whether every meter of the batch is additive. Only then do the batch's totals suffice.
create or replace function tollgate.adds_up(p_batch tollgate.usage_batch)
returns boolean language plpgsql stable as $$
begin
  return not exists (
    select 1 from tollgate.meters
    where aggregation not in ('sum', 'count') and key = any ((p_batch).total_meter));
end
$$;
