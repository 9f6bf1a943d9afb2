-- The answer to each call of a batch that was decided: its own decision, or the first one that was
-- given under its id.
create or replace function tollgate.answers(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_decided boolean[])
returns table (item integer, outcome text, decision jsonb, reservation jsonb)
language sql stable as $$
  select i.item::integer,
         case when i.decided then 'decided' when o.id is null then 'unknown_organization'
              when e.id is null then 'closed_organization'
              when e.fingerprint = i.fingerprint
                   and (e.reservation_id is not null) = (i.verb = 'reserve') then 'replay'
              else 'conflict' end,
         to_jsonb(d), to_jsonb(r)
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, p_verb,
              p_decision_id, p_decided)
       with ordinality i (organization_id, id, fingerprint, verb, decision_id, decided, item)
  left join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.event_ids e on e.organization_id = i.organization_id and e.id = i.id
  left join tollgate.decisions d on d.id = coalesce(e.decision_id, i.decision_id)
  left join tollgate.reservations r
    on r.organization_id = i.organization_id and r.event_id = i.id
  order by i.item
$$;

-- Decides a batch of track and reserve calls, in its order, and writes what follows from each:
-- the event or the hold, the decision, and nothing for a refusal but its decision. outcome:
-- decided | replay (same id, same payload: the first decision again) | conflict (same id,
-- another payload or another verb) | unknown_organization | closed_organization.
create or replace function tollgate.decide_usage(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_at timestamptz)
returns table (item integer, outcome text, decision jsonb, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_decide boolean[];
  to_claim boolean[];
  to_post boolean[];
  to_hold boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  to_decide := array(
    select i.is_open and i.is_free
    from unnest(tollgate.open_organizations((p_batch).organization_id),
                tollgate.free_ids(p_batch)) with ordinality i (is_open, is_free, item)
    order by i.item);

  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, limits, warn_percent, catalog_version_id)
  select i.decision_id, p_at, i.organization_id, i.verb, i.id, i.event_type, i.occurred_at,
         coalesce(t.admitted, true), i.credits, i.quantities::jsonb, coalesce(t.limits, '[]'),
         o.warn_percent, i.catalog_version_id
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).event_type,
              (p_batch).occurred_at, (p_batch).credits, (p_batch).quantities,
              (p_batch).catalog_version_id, p_verb, p_decision_id, to_decide)
       with ordinality i (organization_id, id, event_type, occurred_at, credits, quantities,
                          catalog_version_id, verb, decision_id, candidate, item)
  join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.take(p_batch, to_decide, p_at) t on t.item = i.item
  where i.candidate;

  select array_agg(coalesce(d.allowed, false) order by i.item),
         array_agg(coalesce(d.allowed and d.verb = 'track', false) order by i.item),
         array_agg(coalesce(d.allowed and d.verb = 'reserve', false) order by i.item)
  into to_claim, to_post, to_hold
  from unnest(p_decision_id, to_decide) with ordinality i (decision_id, candidate, item)
  left join tollgate.decisions d on i.candidate and d.id = i.decision_id and d.decided_at = p_at;

  perform tollgate.claim_ids(p_batch, to_claim, p_decision_id, p_reservation_id);
  if true = any (to_post) then
    perform tollgate.post_events(p_batch, to_post, p_at);
  end if;
  if true = any (to_hold) then
    insert into tollgate.reservations (id, organization_id, event_id, request, quantities,
                                       occurred_at, created_at, expires_at)
    select reservation_id, organization_id, id, request::jsonb, quantities::jsonb, occurred_at,
           p_at, expires_at
    from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).id, p_request,
                (p_batch).quantities, (p_batch).occurred_at, p_expires_at, to_hold)
         i (reservation_id, organization_id, id, request, quantities, occurred_at, expires_at,
            chosen) where chosen;
    perform tollgate.hold_amounts(p_batch, to_hold, p_reservation_id);
  end if;

  return query select * from tollgate.answers(p_batch, p_verb, p_decision_id, to_decide);
end
$$;
