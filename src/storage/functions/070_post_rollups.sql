-- Adds a batch's events to the roll-ups: first by hour and dimension, in one pass over the batch,
-- then by day from those few rows. (Months are read as sums of their days, see monthly_rollups.) A
-- reversal counts minus one.
create or replace function tollgate.post_rollups(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  with item as materialized (
    select i.*, date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour,
           case when i.reverses is null then 1 else -1 end as sign
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).event_type) as event_type,
                 unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
                 unnest((p_batch).endpoint) as endpoint, unnest((p_batch).model) as model,
                 unnest((p_batch).credits) as credits, unnest((p_batch).cost_usd) as cost_usd,
                 unnest((p_batch).price_source) as price_source,
                 unnest((p_batch).input_tokens) as input_tokens,
                 unnest((p_batch).cached_input_tokens) as cached_input_tokens,
                 unnest((p_batch).output_tokens) as output_tokens,
                 unnest((p_batch).reasoning_tokens) as reasoning_tokens,
                 unnest((p_batch).status) as status,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where i.chosen),
  hourly as materialized (
    select organization_id, hour,
           case when grouping(event_type) = 0 then 'event_type'
                when grouping(user_id) = 0 then 'user'
                when grouping(endpoint) = 0 then 'endpoint'
                when grouping(category) = 0 then 'category'
                when grouping(model) = 0 then 'model' else 'total' end as dimension,
           coalesce(event_type, user_id, endpoint, category, model) as key,
           sum(sign) as events,
           coalesce(sum(sign) filter (where status >= 400), 0) as errors,
           coalesce(sum(sign) filter (where price_source = 'unpriced'), 0) as unpriced,
           sum(credits) as credits, coalesce(sum(cost_usd), 0) as cost_usd,
           coalesce(sum(input_tokens), 0) as input_tokens,
           coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
           coalesce(sum(output_tokens), 0) as output_tokens,
           coalesce(sum(reasoning_tokens), 0) as reasoning_tokens,
           coalesce(sum(sign) filter (where duration_ms is not null), 0) as timed,
           coalesce(sum(duration_ms * sign), 0) as duration_ms
    from item
    group by grouping sets ((organization_id, hour), (organization_id, hour, event_type),
      (organization_id, hour, user_id), (organization_id, hour, endpoint),
      (organization_id, hour, category), (organization_id, hour, model)))
  insert into tollgate.rollups as r
  select organization_id, dimension, grain,
         tollgate.window_start(grain, hour, null) as window_start, coalesce(key, ''),
         sum(events), sum(errors), sum(unpriced), sum(credits), sum(cost_usd),
         sum(input_tokens), sum(cached_input_tokens), sum(output_tokens),
         sum(reasoning_tokens), sum(timed), sum(duration_ms)
  from hourly cross join (values ('hour'), ('day')) g (grain)
  where dimension = 'total' or key is not null
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (organization_id, dimension, grain, window_start, key) do update
  set events = r.events + excluded.events,
      errors = r.errors + excluded.errors,
      unpriced = r.unpriced + excluded.unpriced,
      credits = r.credits + excluded.credits,
      cost_usd = r.cost_usd + excluded.cost_usd,
      input_tokens = r.input_tokens + excluded.input_tokens,
      cached_input_tokens = r.cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = r.output_tokens + excluded.output_tokens,
      reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
      timed = r.timed + excluded.timed,
      duration_ms = r.duration_ms + excluded.duration_ms;
end
$$;

-- Adds the durations of a batch's events to the latency histograms of their endpoints and days.
create or replace function tollgate.post_latencies(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  insert into tollgate.latency_rollups as l
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from (
    select organization_id, endpoint, date_bin('1 day', occurred_at, '2000-01-01Z') as day,
           tollgate.latency_bucket(duration_ms) as bucket,
           sum(case when reverses is null then 1 else -1 end)::bigint as calls
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).endpoint) as endpoint,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where chosen and endpoint is not null and duration_ms is not null
    group by 1, 2, 3, 4) counted
  group by 1, 2, 3 order by 1, 3, 2
  on conflict (organization_id, day, endpoint) do update
  set (buckets, calls) = (select * from tollgate.merge_histograms(
    l.buckets, l.calls, excluded.buckets, excluded.calls));
end
$$;
