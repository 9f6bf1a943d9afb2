-- Sets received_at of an event in a billed period to after the billing, to the millisecond. So an
-- invoice is made of exactly the events that were received by its instant. post_events calls it
-- only where a billed period may reach into the batch.
create or replace function tollgate.dated_after_billing(p_batch tollgate.usage_batch)
returns tollgate.usage_batch language plpgsql stable as $$
begin
  if exists (
    select from (select unnest((p_batch).total_organization) as organization_id,
                        unnest((p_batch).total_hour) as hour) t
    join tollgate.organizations o on o.id = t.organization_id and t.hour < o.billed_until) then
    p_batch.received_at := array(
      select case when i.occurred_at < o.billed_until
               then greatest(i.received_at, o.billed_at + interval '1 millisecond')
               else i.received_at end
      from unnest((p_batch).organization_id, (p_batch).occurred_at, (p_batch).received_at)
           with ordinality i (organization_id, occurred_at, received_at, item)
      left join tollgate.organizations o on o.id = i.organization_id
      order by i.item);
  end if;
  return p_batch;
end
$$;

-- Writes the chosen events of a batch with all that they change. The caller has locked the
-- organizations and claimed the ids.
-- One lookup of the organizations says what else there is to do: rules on alerts, late use, steps of
-- workflows that wait. It is exact, because whoever changes one of these holds the same locks.
-- Without any of it, the batch is passed to no function for it, which would copy the batch.
-- Columns are unnested in the select list, where they stream side by side. In `from`, each would be
-- materialized first, which costs 2 µs for each event.
create or replace function tollgate.post_events(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  raised tollgate.raised_level[];
  is_behind boolean;
  is_spending boolean;
  may_be_billed boolean;
  is_awaited boolean;
begin
  select bool_or(o.alert_epoch < e.epoch), bool_or('spend_above' = any (o.alert_kinds)),
         bool_or(o.billed_until > (select min(t.hour) from unnest((p_batch).total_hour) t (hour))),
         bool_or(exists (
           select from tollgate.workflow_steps s
           where s.organization_id = o.id
             and s.wakes_on is not null and s.woken_at is null and s.done_at is null))
  into is_behind, is_spending, may_be_billed, is_awaited
  from tollgate.alert_epoch e cross join tollgate.organizations o
  where o.id = any ((p_batch).organization_id);
  if is_behind then perform tollgate.refresh_stale_alerts((p_batch).organization_id, p_at); end if;
  if may_be_billed then p_batch := tollgate.dated_after_billing(p_batch); end if;
  if true = all (p_chosen) and tollgate.adds_up(p_batch) then
    raised := tollgate.post_totals(p_batch);
  else
    raised := tollgate.post_flows(p_batch, p_chosen) || tollgate.post_states(p_batch, p_chosen);
  end if;
  perform tollgate.post_rollups(p_batch, p_chosen);
  if raised is not null or is_behind or is_spending then
    perform tollgate.raise_alerts(p_batch, p_chosen, raised, p_at);
  end if;
  if (p_batch).parts is not null then perform tollgate.post_parts(p_batch, p_chosen); end if;
  if (p_batch).budget_id is not null then perform tollgate.post_budgets(p_batch, p_chosen); end if;
  if (p_batch).duration_ms is not null then perform tollgate.post_latencies(p_batch, p_chosen); end if;
  insert into tollgate.events
    (organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
     session_id, api_key_id, quantities, credits, cost_usd, price_source, provider, model,
     input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint, method,
     status, duration_ms, catalog_version_id, properties, price_name, priced_as_text, parts,
     budget_id)
  select organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
         session_id, api_key_id, quantities::jsonb, credits, cost_usd, price_source, provider,
         model, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint,
         method, status, duration_ms, catalog_version_id, properties::jsonb, price_name,
         priced_as_text, parts::jsonb, budget_id
  from (select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).occurred_at) as occurred_at, unnest((p_batch).id) as id,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).reverses) as reverses, unnest((p_batch).event_type) as event_type,
               unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
               unnest((p_batch).session_id) as session_id,
               unnest((p_batch).api_key_id) as api_key_id,
               unnest((p_batch).quantities) as quantities, unnest((p_batch).credits) as credits,
               unnest((p_batch).cost_usd) as cost_usd,
               unnest((p_batch).price_source) as price_source,
               unnest((p_batch).provider) as provider, unnest((p_batch).model) as model,
               unnest((p_batch).input_tokens) as input_tokens,
               unnest((p_batch).cached_input_tokens) as cached_input_tokens,
               unnest((p_batch).output_tokens) as output_tokens,
               unnest((p_batch).reasoning_tokens) as reasoning_tokens,
               unnest((p_batch).endpoint) as endpoint, unnest((p_batch).method) as method,
               unnest((p_batch).status) as status, unnest((p_batch).duration_ms) as duration_ms,
               unnest((p_batch).catalog_version_id) as catalog_version_id,
               unnest((p_batch).properties) as properties,
               unnest((p_batch).price_name) as price_name,
               unnest((p_batch).priced_as_text) as priced_as_text,
               unnest((p_batch).parts) as parts, unnest((p_batch).budget_id) as budget_id,
               unnest(p_chosen) as chosen) i
  where chosen;
  if is_awaited then perform tollgate.wake_by_usage(p_batch, p_chosen); end if;
end
$$;
