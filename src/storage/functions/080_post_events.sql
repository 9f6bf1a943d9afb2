-- Writes the chosen events of a batch with everything that follows from them. The caller has
-- locked the organizations and claimed the ids.
create or replace function tollgate.post_events(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
begin
  perform tollgate.post_buckets(p_batch, p_chosen, p_at);
  perform tollgate.post_rollups(p_batch, p_chosen);
  insert into tollgate.events
    (organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
     session_id, api_key_id, quantities, credits, cost_usd, price_source, provider, model,
     input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint, method,
     status, duration_ms, catalog_version_id, properties)
  select i.organization_id, i.occurred_at, i.id, i.received_at, i.reverses, i.event_type,
         i.category, i.user_id, i.session_id, i.api_key_id, i.quantities::jsonb, i.credits,
         i.cost_usd, i.price_source, i.provider, i.model, i.input_tokens,
         i.cached_input_tokens, i.output_tokens, i.reasoning_tokens, i.endpoint, i.method,
         i.status, i.duration_ms, i.catalog_version_id, i.properties::jsonb
  from unnest((p_batch).organization_id, (p_batch).occurred_at, (p_batch).id,
              (p_batch).received_at, (p_batch).reverses, (p_batch).event_type,
              (p_batch).category, (p_batch).user_id, (p_batch).session_id,
              (p_batch).api_key_id, (p_batch).quantities, (p_batch).credits,
              (p_batch).cost_usd, (p_batch).price_source, (p_batch).provider, (p_batch).model,
              (p_batch).input_tokens, (p_batch).cached_input_tokens, (p_batch).output_tokens,
              (p_batch).reasoning_tokens, (p_batch).endpoint, (p_batch).method,
              (p_batch).status, (p_batch).duration_ms, (p_batch).catalog_version_id,
              (p_batch).properties, p_chosen)
       i (organization_id, occurred_at, id, received_at, reverses, event_type, category,
          user_id, session_id, api_key_id, quantities, credits, cost_usd, price_source,
          provider, model, input_tokens, cached_input_tokens, output_tokens,
          reasoning_tokens, endpoint, method, status, duration_ms, catalog_version_id,
          properties, chosen)
  where i.chosen;
end
$$;
