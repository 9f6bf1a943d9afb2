-- Takes the ids of the candidates and says which were free: true where this call now owns the
-- id. The organizations must be locked, so that no other claim is in flight.
create or replace function tollgate.claim_events(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_decision_id uuid[], p_reservation_id uuid[])
returns boolean[] language plpgsql as $$
declare
  claimed boolean[];
begin
  with claim as (
    insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
                                    backfilled, decision_id, reservation_id)
    select organization_id, id, fingerprint, occurred_at, received_at, backfilled, decision_id,
           reservation_id
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint,
                (p_batch).occurred_at, (p_batch).received_at, (p_batch).backfilled,
                p_candidate, p_decision_id, p_reservation_id)
         i (organization_id, id, fingerprint, occurred_at, received_at, backfilled,
            candidate, decision_id, reservation_id)
    where candidate
    on conflict do nothing
    returning organization_id, id)
  select array_agg(c.id is not null order by i.item) into claimed
  from unnest((p_batch).organization_id, (p_batch).id)
       with ordinality i (organization_id, id, item)
  left join claim c using (organization_id, id);
  return claimed;
end
$$;

-- Which places of the batch name an organization that exists and is open.
create or replace function tollgate.open_organizations(p_organizations text[])
returns boolean[] language sql stable as $$
  select array_agg(o.id is not null order by i.item)
  from unnest(p_organizations) with ordinality i (organization_id, item)
  left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active'
$$;

-- Records use that has already happened, each (organization, id) once. One call a batch; within
-- a batch an id must be unique. Returns, in the batch's order: recorded | duplicate (same id,
-- same payload) | conflict (same id, another payload, or a reservation's id) |
-- unknown_organization. What is not recorded moves nothing.
create or replace function tollgate.record_events(p_batch tollgate.usage_batch, p_at timestamptz)
returns text[] language plpgsql as $$
declare
  is_open boolean[];
  claimed boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  is_open := tollgate.open_organizations((p_batch).organization_id);
  claimed := tollgate.claim_events(p_batch, is_open, null, null);
  perform tollgate.post_events(p_batch, claimed, p_at);
  if true = all (claimed) then
    return array_fill('recorded'::text, array[cardinality(claimed)]);
  end if;
  return (
    select array_agg(case when i.claimed then 'recorded'
                          when not i.is_open then 'unknown_organization'
                          when e.fingerprint = i.fingerprint and e.reservation_id is null
                            then 'duplicate'
                          else 'conflict' end order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, claimed, is_open)
         with ordinality i (organization_id, id, fingerprint, claimed, is_open, item)
    left join tollgate.event_ids e
      on not i.claimed and e.organization_id = i.organization_id and e.id = i.id);
end
$$;
