-- What the calls of one organization saw in a batch, which may be of several: for those who read
-- as one organization, and may not see the others' part of it.
create or replace function tollgate.seen_in_batch(p_batch_id bigint)
returns jsonb language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select seen -> tollgate.own_organization() from tollgate.decision_batches where id = p_batch_id
$$;
