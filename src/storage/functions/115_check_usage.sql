-- Would the batch's items be admitted now? It records nothing. It only ends overdue holds, if there
-- are any; otherwise a check waits for no lock.
create or replace function tollgate.check_usage(
  p_batch tollgate.usage_batch, p_elsewhere boolean, p_at timestamptz)
returns setof tollgate.taken_item language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  every_place boolean[] := array_fill(true, array[cardinality((p_batch).id)]);
begin
  if exists (select 1 from tollgate.reservations r
             where r.organization_id = any ((p_batch).organization_id)
               and r.state = 'held' and r.expires_at <= p_at)
     or exists (select 1 from tollgate.organizations o
                where o.id = any ((p_batch).organization_id) and o.credits_due_at <= p_at) then
    perform tollgate.lock_organizations((p_batch).organization_id);
    perform tollgate.catch_up((p_batch).organization_id, p_at);
  end if;
  if (p_batch).budget_id is not null then
    perform tollgate.lock_and_end_budgets((p_batch).organization_id[1], p_at);
  end if;
  return query
  select t.* from unnest(tollgate.take(
    p_batch, every_place, array_fill(false, array[cardinality(every_place)]), p_elsewhere,
    null, every_place, p_at)) t;
end
$$;
