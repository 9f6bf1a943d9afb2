-- breaking in 0.2.0: tollgate.usage_batch: carries prices by part, and budgets.

-- Claims the ids of admitted calls, and stores the limits that they saw. These come from p_taken.
-- If the whole batch was admitted, p_taken is null, and they are stored under p_batch_id. Raises a
-- unique violation if an id is taken.
create or replace function tollgate.claim_decided_ids(
  p_batch tollgate.usage_batch, p_verb text[], p_reservation_id uuid[],
  p_taken tollgate.taken_item[], p_batch_id bigint, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
    backfilled, verb, reservation_id, credits, batch_id, ahead, asked, seen)
  select i.organization_id, i.id, i.fingerprint, i.occurred_at, p_at, i.backfilled, i.verb,
         i.reservation_id, i.credits, p_batch_id, i.ahead, i.asked, t.seen
  from (select generate_subscripts((p_batch).id, 1) as item,
               unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).id) as id, unnest((p_batch).fingerprint) as fingerprint,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).backfilled) as backfilled,
               unnest((p_batch).credits) as credits, unnest((p_batch).ahead) as ahead,
               unnest((p_batch).quantities) as asked, unnest(p_verb) as verb,
               unnest(p_reservation_id) as reservation_id) i
  left join unnest(p_taken) t on t.item = i.item
  where p_taken is null or t.admitted;
end
$$;

-- Writes the results of a batch of decisions: ids with decisions, events of tracked calls, and
-- holds of reserved ones. A refusal only leaves its decision. p_taken and p_batch_id are as in
-- claim_decided_ids.
create or replace function tollgate.write_decisions(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_taken tollgate.taken_item[], p_seen jsonb,
  p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  admitted boolean[];
  batch_id bigint;
begin
  if p_taken is null then
    admitted := array_fill(true, array[cardinality(p_verb)]);
    insert into tollgate.decision_batches (decided_at, seen) values (p_at, p_seen)
    returning id into batch_id;
  else
    admitted := array(
      select coalesce(t.admitted, false) from generate_subscripts(p_verb, 1) i (item)
      left join unnest(p_taken) t using (item) order by i.item);
  end if;
  perform tollgate.claim_decided_ids(
    p_batch, p_verb, p_reservation_id, p_taken, batch_id, p_at);
  if not 'reserve' = any (p_verb) then
    perform tollgate.post_events(p_batch, admitted, p_at);
  else
    perform tollgate.post_events(p_batch, array(
      select a and v = 'track' from unnest(admitted, p_verb) with ordinality u (a, v, n)
      order by n), p_at);
    perform tollgate.write_reservations(
      p_batch, admitted, p_verb, p_reservation_id, p_expires_at, p_request, p_elsewhere, p_at);
  end if;
  if p_taken is not null then
    perform tollgate.charge_rates(p_batch, admitted, p_elsewhere, p_at);
  elsif p_seen @? '$.*.limits[*] ? (@.charged == true)' then
    perform tollgate.charge_rates_together(p_batch, p_seen, p_at);
  end if;
  perform tollgate.draw_credits((p_batch).organization_id, p_at);
  if false = any (admitted) then
    perform tollgate.write_refusals(p_batch, p_verb, p_decision_id, p_taken, p_at);
    if (p_batch).budget_id is not null then
      perform tollgate.count_budget_refusals(p_batch, p_taken);
    end if;
  end if;
end
$$;

create or replace function tollgate.write_reservations(
  p_batch tollgate.usage_batch, p_admitted boolean[], p_verb text[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  made uuid[] := array(
    select r from unnest(p_reservation_id, p_verb, p_admitted) u (r, v, a)
    where a and v = 'reserve');
begin
  insert into tollgate.reservations (id, organization_id, event_id, user_id, api_key_id, request,
    quantities, catalog_version_id, occurred_at, created_at, expires_at, held_elsewhere, budget_id)
  select reservation_id, organization_id, id, user_id, api_key_id, request::jsonb,
         quantities::jsonb, catalog_version_id, occurred_at, p_at, expires_at, p_elsewhere, budget_id
  from (select unnest(p_reservation_id) as reservation_id,
               unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).id) as id, unnest((p_batch).user_id) as user_id,
               unnest((p_batch).api_key_id) as api_key_id, unnest(p_request) as request,
               unnest((p_batch).quantities) as quantities,
               unnest((p_batch).catalog_version_id) as catalog_version_id,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).budget_id) as budget_id,
               unnest(p_expires_at) as expires_at, unnest(p_verb) as verb,
               unnest(p_admitted) as admitted) i
  where admitted and verb = 'reserve';
  perform tollgate.hold(made);
  if (p_batch).budget_id is not null then
    perform tollgate.hold_in_budgets(made, 1, p_at);
  end if;
end
$$;

create or replace function tollgate.write_refusals(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[],
  p_taken tollgate.taken_item[], p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, seen, catalog_version_id)
  select i.decision_id, p_at, i.organization_id, i.verb, i.id, i.event_type, i.occurred_at, false,
         i.credits, i.quantities::jsonb, t.seen, i.catalog_version_id
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).event_type,
              (p_batch).occurred_at, (p_batch).credits, (p_batch).quantities,
              (p_batch).catalog_version_id, p_verb, p_decision_id)
       with ordinality i (organization_id, id, event_type, occurred_at, credits, quantities,
                          catalog_version_id, verb, decision_id, item)
  join unnest(p_taken) t on t.item = i.item and not (t.admitted or t.recallable);
  perform tollgate.tell_refusals(
    array(select (p_batch).organization_id[t.item] from unnest(p_taken) t
          where not (t.admitted or t.recallable) order by t.item),
    array(select t.seen from unnest(p_taken) t
          where not (t.admitted or t.recallable) order by t.item), p_at);
end
$$;

-- The answers for items that were not decided: the first answer for their id, or the reason why
-- there is none.
create or replace function tollgate.first_answers(
  p_batch tollgate.usage_batch, p_verb text[], p_decided boolean[])
returns table (
  item integer, outcome text, decided_at timestamptz, verb text, credits bigint, seen jsonb,
  ahead text, asked text, reservation jsonb)
language plpgsql stable as $$
begin
  return query
  select i.item::integer,
         case when o.id is null then 'unknown_organization'
              when e.id is null then case when o.status = 'closed' then 'closed_organization'
                                          when o.paused_at is not null then 'subscription_paused'
                                          else 'subscription_ended' end
              when e.fingerprint = i.fingerprint
                   and (e.reservation_id is not null) = (i.verb = 'reserve') then 'replay'
              else 'conflict' end,
         e.received_at, e.verb, e.credits, coalesce(e.seen, b.seen -> e.organization_id), e.ahead,
         e.asked, to_jsonb(r)
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, p_verb, p_decided)
       with ordinality i (organization_id, id, fingerprint, verb, decided, item)
  left join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.event_ids e on e.organization_id = i.organization_id and e.id = i.id
  left join tollgate.decision_batches b on b.id = e.batch_id
  left join tollgate.reservations r on r.id = e.reservation_id
  where not i.decided;
end
$$;

-- Decides a batch of track and reserve calls in order, and writes the results. Ids must be unique
-- within a batch. The outcomes are: all_admitted (one row, item 0, for the whole batch, with what
-- was seen by organization) | decided | recall (refused because of leases of other processes;
-- nothing is written; recall them and try again; never with p_final) | replay (same id and payload:
-- the first decision again) | conflict (same id with another payload or verb) |
-- unknown_organization | closed_organization | subscription_paused | subscription_ended.
-- Most batches fit as a whole and contain only new ids. So all ids are assumed free at first. They
-- are looked up if one is taken, and before any refusal. An id that was admitted before gets its
-- first answer, even if a limit is now full.
create or replace function tollgate.decide_usage(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_elsewhere boolean, p_node text,
  p_final boolean[], p_at timestamptz)
returns table (
  item integer, outcome text, admitted boolean, decided_at timestamptz, verb text,
  credits bigint, seen jsonb, ahead text, asked text, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  candidate boolean[];
  all_seen jsonb;
  taken tollgate.taken_item[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  candidate := tollgate.subscribed_organizations((p_batch).organization_id, p_at);
  if (p_batch).budget_id is not null then
    perform tollgate.end_budgets((p_batch).organization_id, p_at);
  elsif true = all (candidate) and tollgate.adds_up(p_batch) then
    all_seen := tollgate.take_together(
      p_batch, 'reserve' = any (p_verb), true, p_elsewhere, p_at);
  end if;
  for attempt in 1 .. 2 loop
    if all_seen is null then
      candidate := array(
        select o and f from unnest(candidate, tollgate.free_ids(p_batch)) with ordinality u (o, f, n)
        order by n);
      taken := tollgate.take(p_batch, candidate, array(
        select v = 'reserve' from unnest(p_verb) with ordinality u (v, n) order by n),
        p_elsewhere, p_node, p_final, p_at);
    end if;
    begin
      perform tollgate.write_decisions(p_batch, p_verb, p_decision_id, p_reservation_id,
        p_expires_at, p_request, taken, all_seen, p_elsewhere, p_at);
      exit;
    exception when unique_violation then
      if attempt = 2 then raise; end if;
      all_seen := null;
    end;
  end loop;
  if all_seen is not null then
    return query select 0, 'all_admitted', true, p_at, null::text, null::bigint, all_seen,
                        null::text, null::text, null::jsonb;
    return;
  end if;
  return query
  select t.item, case when t.recallable then 'recall' else 'decided' end, t.admitted, p_at,
         null::text, null::bigint, t.seen, null::text, null::text, null::jsonb
  from unnest(taken) t;
  if false = any (candidate) then
    return query
    select f.item, f.outcome, true, f.decided_at, f.verb, f.credits, f.seen, f.ahead, f.asked,
           f.reservation
    from tollgate.first_answers(p_batch, p_verb, candidate) f;
  end if;
end
$$;
