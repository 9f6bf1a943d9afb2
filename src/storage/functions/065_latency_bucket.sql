-- The histogram bucket of a duration. Bucket b holds 2^((b-1)/4) < ms <= 2^(b/4), so a percentile
-- read from it is within 10 % of the true one. Bucket 0 holds everything up to 1 ms.
create or replace function tollgate.latency_bucket(p_duration_ms integer)
returns smallint language sql immutable parallel safe as $$
  select case when p_duration_ms <= 1 then 0
              else ceil(4 * ln(p_duration_ms::float8) / ln(2::float8) - 1e-9) end::smallint
$$;

-- Merges two histograms: the calls of each bucket are added.
create or replace function tollgate.merge_histograms(
  p_buckets smallint[], p_calls bigint[], p_more_buckets smallint[], p_more_calls bigint[])
returns table (buckets smallint[], calls bigint[]) language sql immutable parallel safe as $$
  select array_agg(bucket order by bucket), array_agg(total order by bucket)
  from (select bucket, sum(calls)::bigint as total
        from (select unnest(p_buckets) as bucket, unnest(p_calls) as calls
              union all
              select unnest(p_more_buckets), unnest(p_more_calls)) both_parts
        group by bucket) merged
$$;
