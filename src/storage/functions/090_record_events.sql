-- Tells which items of the batch have a free id. The organizations must be locked. Then no other
-- transaction can claim ids, and a free id stays free.
create or replace function tollgate.free_ids(p_batch tollgate.usage_batch)
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(e.id is null order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id)
         with ordinality i (organization_id, id, item)
    left join tollgate.event_ids e using (organization_id, id));
end
$$;

-- Claims the ids of the chosen items. The caller knows that they are free.
create or replace function tollgate.claim_ids(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
                                  backfilled, verb)
  select organization_id, id, fingerprint, occurred_at, received_at, backfilled,
         coalesce(verb, 'record')
  from (select unnest((p_batch).organization_id) as organization_id, unnest((p_batch).id) as id,
               unnest((p_batch).fingerprint) as fingerprint,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).backfilled) as backfilled, unnest((p_batch).verb) as verb,
               unnest(p_chosen) as chosen) i
  where chosen;
end
$$;

-- Tells which items of the batch name an organization that exists and is open.
create or replace function tollgate.open_organizations(p_organizations text[])
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(o.id is not null order by i.item)
    from unnest(p_organizations) with ordinality i (organization_id, item)
    left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active');
end
$$;

-- Records use that already happened, once per (organization, id). Ids must be unique within a
-- batch. Returns an outcome per item, in order: recorded | duplicate (same id and payload) |
-- conflict (same id with another payload, or a reservation's id) | unknown_organization. Only
-- recorded items change anything.
-- Most batches contain only new ids. So all ids are claimed at first, and only looked up if one is
-- taken. That saves a look-up per event.
-- For events that were decided on leases, p_spent_item, p_spent_lease and p_spent_units give the
-- item, its place in p_leases, and the units.
create or replace function tollgate.record_events(
  p_batch tollgate.usage_batch, p_leases tollgate.lease_want[], p_spent_item integer[],
  p_spent_lease integer[], p_spent_units bigint[], p_node text, p_at timestamptz)
returns text[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  is_open boolean[];
  to_record boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  is_open := tollgate.open_organizations((p_batch).organization_id);
  to_record := is_open;
  begin
    perform tollgate.claim_ids(p_batch, to_record);
  exception when unique_violation then
    to_record := array(
      select o and f from unnest(is_open, tollgate.free_ids(p_batch)) with ordinality u (o, f, n)
      order by n);
    perform tollgate.claim_ids(p_batch, to_record);
  end;
  if (p_batch).budget_id is not null then
    perform tollgate.end_budgets((p_batch).organization_id, p_at);
  end if;
  perform tollgate.post_events(p_batch, to_record, p_at);
  if array_remove((p_batch).reverses, null) <> '{}' then
    perform tollgate.tell_reversals(p_batch, to_record, p_at);
  end if;
  if cardinality(p_leases) > 0 then
    perform tollgate.spend_leases(
      p_leases, p_spent_item, p_spent_lease, p_spent_units, to_record, p_node, p_at);
  end if;
  perform tollgate.draw_credits((p_batch).organization_id, p_at);
  if true = all (to_record) then
    return array_fill('recorded'::text, array[cardinality(to_record)]);
  end if;
  return (
    select array_agg(case when i.to_record then 'recorded'
                          when not i.is_open then 'unknown_organization'
                          when e.fingerprint = i.fingerprint and e.reservation_id is null
                            then 'duplicate'
                          else 'conflict' end order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, to_record, is_open)
         with ordinality i (organization_id, id, fingerprint, to_record, is_open, item)
    left join tollgate.event_ids e
      on not i.to_record and e.organization_id = i.organization_id and e.id = i.id);
end
$$;
