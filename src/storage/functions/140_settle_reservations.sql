-- Ends reservations with the actual use. It removes the hold and records the event in full, even
-- above the hold or after expiry (`late`). The event has the reservation's id and time.
-- Settling again, at once or later, returns the first settlement. outcome: settled | replay |
-- released | unknown_reservation.
create or replace function tollgate.settle_reservations(
  p_batch tollgate.usage_batch, p_reservation_id uuid[], p_at timestamptz)
returns table (item integer, outcome text, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_settle boolean[];
  ending uuid[];
  seen jsonb;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  select array_agg(coalesce(r.state in ('held', 'expired'), false) order by i.item) into to_settle
  from unnest(p_reservation_id, (p_batch).organization_id)
       with ordinality i (id, organization_id, item)
  -- Found by id alone. A plan from when the table was small might otherwise read all that the
  -- organization ever reserved. Here and below the organization is only compared.
  left join tollgate.reservations r
    on r.id = i.id and r.organization_id || '' = i.organization_id;

  if true = any (to_settle) then
    ending := array(
      select r.id from unnest(p_reservation_id, to_settle) u (id, chosen)
      join tollgate.reservations r using (id) where u.chosen and r.state = 'held');
    perform tollgate.give_back_holds(ending);
    if (p_batch).budget_id is not null then
      perform tollgate.end_budgets((p_batch).organization_id, p_at);
      perform tollgate.hold_in_budgets(ending, -1, p_at);
    end if;
    perform tollgate.post_events(p_batch, to_settle, p_at);
    perform tollgate.draw_credits((p_batch).organization_id, p_at);
    seen := tollgate.standing_now(p_batch, p_at);
    update tollgate.reservations r
    set state = 'settled', ended_at = p_at, held_elsewhere = false,
        settlement = jsonb_build_object('credits', i.credits, 'quantities', i.quantities::jsonb,
          'late', r.state = 'expired', 'elsewhere', r.held_elsewhere,
          'seen', seen -> i.organization_id, 'ahead', i.ahead)
    from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).credits,
                (p_batch).quantities, (p_batch).ahead, to_settle)
         i (id, organization_id, credits, quantities, ahead, chosen)
    where i.chosen and r.id = i.id and r.organization_id || '' = i.organization_id;
  end if;

  return query
  select i.item::integer,
         case when i.chosen then 'settled' when r.state = 'settled' then 'replay'
              when r.state = 'released' then 'released' else 'unknown_reservation' end,
         to_jsonb(r)
  from unnest(p_reservation_id, (p_batch).organization_id, to_settle)
       with ordinality i (id, organization_id, chosen, item)
  left join tollgate.reservations r
    on r.id = i.id and r.organization_id || '' = i.organization_id
  order by i.item;
end
$$;

-- The present state of the limits that a written batch touches, and always of those on credits. So
-- even a call that used nothing learns what is left of its credits.
create or replace function tollgate.standing_now(p_batch tollgate.usage_batch, p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  batch tollgate.usage_batch := p_batch;
begin
  select array_agg(t.organization_id), array_agg(date_bin('1 hour', p_at, '2000-01-01Z')),
         array_agg(t.meter), array_agg(t.units)
  into batch.total_organization, batch.total_hour, batch.total_meter, batch.total_units
  from (select u.organization_id, u.meter, sum(u.units)::bigint as units
        from (select unnest((p_batch).total_organization) as organization_id,
                     unnest((p_batch).total_meter) as meter,
                     unnest((p_batch).total_units) as units
              union all
              select unnest((p_batch).organization_id), 'credits', 0) u
        group by 1, 2) t;
  return tollgate.take_together(batch, false, false, false, p_at);
end
$$;

-- The same for the credits of one organization; null: it has no limit on them.
create or replace function tollgate.credits_standing(p_organization text, p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  batch tollgate.usage_batch;
begin
  batch.organization_id := array[p_organization];
  return tollgate.standing_now(batch, p_at) -> p_organization;
end
$$;

-- Ends a reservation with no use. Releasing one that has ended changes nothing. standing: the state
-- of the credits at the first release.
create or replace function tollgate.release_reservation(
  p_organization text, p_reservation_id uuid, p_at timestamptz)
returns table (
  reservation jsonb, was_held boolean, was_held_elsewhere boolean, standing jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  held boolean;
  elsewhere boolean := false;
  budget text;
begin
  perform tollgate.lock_organizations(array[p_organization]);
  perform tollgate.catch_up(array[p_organization], p_at);
  held := exists (select 1 from tollgate.reservations where id = p_reservation_id
                  and organization_id = p_organization and state = 'held');
  if held then
    perform tollgate.give_back_holds(array[p_reservation_id]);
    select held_elsewhere, budget_id into elsewhere, budget
    from tollgate.reservations where id = p_reservation_id;
    if budget is not null then
      perform tollgate.end_budgets(array[p_organization], p_at);
      perform tollgate.hold_in_budgets(array[p_reservation_id], -1, p_at);
    end if;
    update tollgate.reservations
    set state = 'released', ended_at = p_at, held_elsewhere = false
    where id = p_reservation_id;
    perform tollgate.draw_credits(array[p_organization], p_at);
    update tollgate.reservations r set standing = tollgate.credits_standing(p_organization, p_at)
    where r.id = p_reservation_id;
  end if;
  return query
  select to_jsonb(r), held, elsewhere,
         -- The release of an expired reservation stored no state, so it is read now.
         case when r.state = 'expired' then tollgate.credits_standing(p_organization, p_at)
              else r.standing end
  from tollgate.reservations r
  where id = p_reservation_id and organization_id = p_organization;
end
$$;

-- The extension of a reservation that was admitted under an id before; null: there is none.
create or replace function tollgate.first_extension(
  p_organization text, p_reservation_id uuid, p_extension_id text)
returns tollgate.decisions language sql stable as $$
  select d from tollgate.decisions d
  where d.reservation_id = p_reservation_id and d.extension_id = p_extension_id
    and d.organization_id = p_organization
$$;

-- Enlarges a hold by the batch's one item, decided like a reservation of its own, and moves its
-- expiry. An id (p_extension_id; null: none) is admitted once in its reservation. A refusal stores
-- nothing under the id, so a later try is decided again.
-- outcome: decided | recall (refused only because of other processes' leases; nothing is written) |
-- replay (same id, same payload: returns the first decision, whatever the reservation's state) |
-- conflict (same id, another payload) | ended (the reservation is not held any more).
create or replace function tollgate.extend_reservation(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_extension_id text, p_fingerprint uuid, p_elsewhere boolean,
  p_node text, p_final boolean, p_at timestamptz)
returns table (
  outcome text, decision_id uuid, decided_at timestamptz, admitted boolean, seen jsonb,
  expires_at timestamptz, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  organization text := (p_batch).organization_id[1];
  first tollgate.decisions;
  taken tollgate.taken_item;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  if p_extension_id is not null then
    first := tollgate.first_extension(organization, p_reservation_id, p_extension_id);
    if first.id is not null then
      return query
      select case when first.fingerprint = p_fingerprint then 'replay' else 'conflict' end,
             first.id, first.decided_at, first.allowed, first.seen, first.expires_at, to_jsonb(r)
      from tollgate.reservations r where r.id = p_reservation_id;
      return;
    end if;
  end if;
  if exists (select 1 from tollgate.reservations r where r.id = p_reservation_id
             and r.organization_id = organization and r.state = 'held') then
    -- A limit per key counts the key that holds, whichever key asks for the extension.
    p_batch.api_key_id := array(
      select api_key_id from tollgate.reservations where id = p_reservation_id);
    -- A longer hold alone needs nothing of a budget, so it is allowed even after the budget has
    -- ended.
    if (p_batch).amount_item is null or cardinality((p_batch).amount_item) = 0 then
      p_batch.budget_id := null;
    elsif (p_batch).budget_id is not null then
      perform tollgate.end_budgets((p_batch).organization_id, p_at);
    end if;
    taken := (tollgate.take(
      p_batch, array[true], array[true], p_elsewhere, p_node, array[p_final], p_at))[1];
    if not taken.recallable then
      perform tollgate.write_extension(p_batch, p_reservation_id, p_decision_id, p_expires_at,
        p_extension_id, p_fingerprint, taken, p_elsewhere, p_at);
    end if;
  end if;
  return query
  select case when taken.item is null then 'ended' when taken.recallable then 'recall'
              else 'decided' end,
         p_decision_id, p_at, taken.admitted, taken.seen, r.expires_at, to_jsonb(r)
  from tollgate.reservations r
  where r.id = p_reservation_id and r.organization_id = organization;
end
$$;

create or replace function tollgate.write_extension(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_extension_id text, p_fingerprint uuid,
  p_taken tollgate.taken_item, p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  more jsonb := (
    select coalesce(jsonb_object_agg(meter, units), '{}')
    from (select m.key as meter, sum(a.units)::bigint as units
          from unnest((p_batch).amount_meter, (p_batch).amount_units) a (meter, units)
          join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
          group by 1) asked);
begin
  if p_taken.admitted then
    perform tollgate.charge_rates(p_batch, array[true], p_elsewhere, p_at);
    perform tollgate.give_back_holds(array[p_reservation_id]);
    if (p_batch).budget_id is not null then
      perform tollgate.hold_in_budgets(array[p_reservation_id], -1, null);
    end if;
    update tollgate.reservations r
    set expires_at = greatest(r.expires_at, p_expires_at),
        quantities = r.quantities || (
          select coalesce(jsonb_object_agg(
            key, value::bigint + coalesce((r.quantities ->> key)::bigint, 0)), '{}')
          from jsonb_each_text(more))
    where r.id = p_reservation_id;
    perform tollgate.hold(array[p_reservation_id]);
    if (p_batch).budget_id is not null then
      perform tollgate.hold_in_budgets(array[p_reservation_id], 1, p_at);
    end if;
    perform tollgate.draw_credits((p_batch).organization_id, p_at);
  end if;
  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, seen, catalog_version_id,
    reservation_id, extension_id, fingerprint, expires_at)
  select p_decision_id, p_at, o.id, 'extend', (p_batch).id[1], (p_batch).event_type[1],
         (p_batch).occurred_at[1], p_taken.admitted, (p_batch).credits[1], more,
         coalesce(p_taken.seen, jsonb_build_object('warn', o.warn_percent, 'limits', '[]'::jsonb)),
         (p_batch).catalog_version_id[1],
         k.id, k.extension_id, k.fingerprint, k.expires_at
  from tollgate.organizations o
  left join (
    select r.id, p_extension_id as extension_id, p_fingerprint as fingerprint, r.expires_at
    from tollgate.reservations r
    where r.id = p_reservation_id and p_taken.admitted and p_extension_id is not null) k on true
  where o.id = (p_batch).organization_id[1];
  if not p_taken.admitted then
    perform tollgate.tell_refusals((p_batch).organization_id, array[p_taken.seen], p_at);
  end if;
end
$$;
