-- The title of a firing: one line of English, with amounts as people write them. All titles are
-- made here. p_level is the threshold that was reached, and p_about has the findings.
create or replace function tollgate.alert_title(p_kind text, p_level numeric, p_about jsonb)
returns text language sql stable parallel safe as $$
  select case p_kind
    when 'limit_share' then format('%s %% of %s%s is used: %s',
      tollgate.decimal_words(threshold), name,
      ' of ' || nullif(whose, ''), tollgate.share_words(value, maximum, unit, meter))
    when 'limit_forecast' then format('%s is expected to come to %s by its end', name,
      tollgate.share_words(value, maximum, unit, meter))
    -- The amount is truncated to the threshold's digits, so it is never rounded up to the
    -- threshold.
    when 'spend_above' then format('Spend on models is past its threshold in this %s: %s',
      p_about ->> 'window',
      tollgate.share_words(trunc(value, greatest(2, scale(threshold))), threshold, unit))
    when 'credits_below' then format('%s left: %s or less',
      tollgate.amount_words(value, 'credits') || case value when 1 then ' is' else ' are' end,
      tollgate.decimal_words(threshold))
    when 'anomaly' then format('%s on %s, where %s is usual',
      tollgate.amount_words((p_about ->> 'total')::numeric, p_about ->> 'counted', meter),
      p_about ->> 'day',
      tollgate.number_words((p_about ->> 'usual')::numeric, p_about ->> 'counted'))
    when 'error_rate' then format('%s of calls%s are errors: past %s',
      tollgate.amount_words(value, 'percent'), of_endpoint,
      tollgate.amount_words(threshold, 'percent'))
    when 'latency' then format('The %sth percentile of durations%s is at %s: past %s',
      p_about ->> 'percentile', of_endpoint, tollgate.amount_words(value, 'ms'),
      tollgate.amount_words(threshold, 'ms'))
    when 'unpriced_calls' then format('%s of the last 24 hours %s no price: %s not known',
      tollgate.amount_words(value, 'calls'), case value when 1 then 'has' else 'have' end,
      case value when 1 then 'its model is' else 'their models are' end)
    when 'prices_age' then format(
      'The prices of models are %s old: a newer version of Tollgate has newer ones',
      tollgate.amount_words(value, 'days'))
    when 'payment_failed' then case
      when value is null then format('The invoice %s will not be paid', p_about ->> 'invoice')
      else format('The payment of %s failed for the %s time', p_about ->> 'invoice',
        to_char(value, 'FM999,999,990th')) end
    when 'job_failed' then format('The job %s failed: %s', p_about ->> 'job',
      left(p_about ->> 'error', 200)) end
  from (
    select trim_scale(p_level) as threshold, (p_about ->> 'value')::numeric as value,
           (p_about ->> 'maximum')::numeric as maximum, p_about ->> 'unit' as unit,
           p_about ->> 'meter' as meter, p_about ->> 'whose' as whose,
           concat(p_about ->> 'meter', '/', p_about ->> 'window') as name,
           coalesce(' of ' || (p_about ->> 'endpoint'), '') as of_endpoint) a
$$;
