-- What one organization's calls saw in a batch that may span several. It is for readers that run as
-- one organization, and hides the other organizations' part.
create or replace function tollgate.seen_in_batch(p_batch_id bigint)
returns jsonb language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select seen -> tollgate.own_organization() from tollgate.decision_batches where id = p_batch_id
$$;
