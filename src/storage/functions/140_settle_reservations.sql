-- Ends reservations at what was really used: the hold goes back and the event, which carries the
-- reservation's id and time, is recorded in full, even above the hold or after expiry (`late`).
-- Settling again, at once or later, returns the first settlement. outcome: settled | replay |
-- released | unknown_reservation.
create or replace function tollgate.settle_reservations(
  p_batch tollgate.usage_batch, p_reservation_id uuid[], p_at timestamptz)
returns table (item integer, outcome text, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_settle boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  select array_agg(coalesce(r.state in ('held', 'expired'), false) order by i.item) into to_settle
  from unnest(p_reservation_id, (p_batch).organization_id)
       with ordinality i (id, organization_id, item)
  left join tollgate.reservations r using (id, organization_id);

  perform tollgate.give_back_holds(array(
    select r.id from tollgate.reservations r
    where r.id = any (p_reservation_id) and r.state = 'held'
      and r.organization_id = any ((p_batch).organization_id)));
  update tollgate.reservations r
  set state = 'settled', ended_at = p_at,
      settlement = jsonb_build_object('credits', i.credits, 'quantities', i.quantities::jsonb,
        'late', r.state = 'expired', 'limits', coalesce(t.limits, '[]'))
  from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).credits,
              (p_batch).quantities, to_settle)
       with ordinality i (id, organization_id, credits, quantities, chosen, item)
  left join tollgate.take(p_batch, to_settle, p_at) t on t.item = i.item
  where i.chosen and r.id = i.id and r.organization_id = i.organization_id;
  perform tollgate.post_events(p_batch, to_settle, p_at);

  return query
  select i.item::integer,
         case when i.chosen then 'settled' when r.state = 'settled' then 'replay'
              when r.state = 'released' then 'released' else 'unknown_reservation' end,
         to_jsonb(r)
  from unnest(p_reservation_id, (p_batch).organization_id, to_settle)
       with ordinality i (id, organization_id, chosen, item)
  left join tollgate.reservations r using (id, organization_id)
  order by i.item;
end
$$;

-- Ends a reservation with nothing used. Releasing one that has ended changes nothing.
create or replace function tollgate.release_reservation(
  p_organization text, p_reservation_id uuid, p_at timestamptz)
returns setof tollgate.reservations language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform tollgate.lock_organizations(array[p_organization]);
  perform tollgate.expire_reservations(array[p_organization], p_at);
  if exists (select 1 from tollgate.reservations where id = p_reservation_id
             and organization_id = p_organization and state = 'held') then
    perform tollgate.give_back_holds(array[p_reservation_id]);
    update tollgate.reservations set state = 'released', ended_at = p_at
    where id = p_reservation_id;
  end if;
  return query select * from tollgate.reservations
  where id = p_reservation_id and organization_id = p_organization;
end
$$;

-- Enlarges a hold by the batch's one item, decided like a reservation of its own, and moves its
-- expiry. Returns no decision when the reservation is not held any more.
create or replace function tollgate.extend_reservation(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_at timestamptz)
returns table (decision jsonb, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  taken record;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  if exists (select 1 from tollgate.reservations r where r.id = p_reservation_id
             and r.organization_id = (p_batch).organization_id[1] and r.state = 'held') then
    select coalesce(bool_and(t.admitted), true) as admitted,
           coalesce((array_agg(t.limits))[1], '[]') as limits into taken
    from tollgate.take(p_batch, array[true], p_at) t;
    insert into tollgate.decisions
    select p_decision_id, p_at, o.id, 'extend', (p_batch).id[1], (p_batch).event_type[1],
           (p_batch).occurred_at[1], taken.admitted, (p_batch).credits[1],
           (p_batch).quantities[1]::jsonb, taken.limits, o.warn_percent,
           (p_batch).catalog_version_id[1]
    from tollgate.organizations o where o.id = (p_batch).organization_id[1];
    if taken.admitted then
      perform tollgate.hold_amounts(p_batch, array[true], array[p_reservation_id]);
      update tollgate.reservations r
      set expires_at = greatest(r.expires_at, p_expires_at),
          quantities = (
            select coalesce(jsonb_object_agg(
              key, coalesce((r.quantities ->> key)::bigint, 0) + units), '{}')
            from (select key, sum(value::bigint)::bigint as units
                  from jsonb_each_text((p_batch).quantities[1]::jsonb) group by key) more)
            || r.quantities - array(select jsonb_object_keys((p_batch).quantities[1]::jsonb))
      where r.id = p_reservation_id;
    end if;
  end if;
  return query
  select to_jsonb(d), to_jsonb(r) from tollgate.reservations r
  left join tollgate.decisions d on d.id = p_decision_id and d.decided_at = p_at
  where r.id = p_reservation_id and r.organization_id = (p_batch).organization_id[1];
end
$$;
