-- Gives the holds of some reservations back to their buckets. The organizations must be locked.
create or replace function tollgate.give_back_holds(p_reservations uuid[])
returns void language sql volatile as $$
  update tollgate.buckets b set held = b.held - h.units
  from (select r.organization_id, h.meter, h.window_name, h.window_start, sum(h.units) as units
        from tollgate.reservation_holds h
        join tollgate.reservations r on r.id = h.reservation_id
        where h.reservation_id = any (p_reservations)
        group by 1, 2, 3, 4) h
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (h.organization_id, h.meter, h.window_name, h.window_start)
$$;

-- Ends every hold of the organizations that is past its time: a reservation expires at its very
-- moment, because each decision calls this first; the job only tidies idle organizations.
create or replace function tollgate.expire_reservations(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due uuid[] := array(
    select id from tollgate.reservations
    where organization_id = any (p_organizations) and state = 'held' and expires_at <= p_at);
begin
  if cardinality(due) > 0 then
    perform tollgate.give_back_holds(due);
    update tollgate.reservations set state = 'expired', ended_at = expires_at where id = any (due);
  end if;
  return cardinality(due);
end
$$;

-- Holds the amounts of the chosen items, each for its reservation, in every window there is, so
-- that a limit set later sees the hold as well. Only meters that add up can be held.
create or replace function tollgate.hold_amounts(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_reservation_id uuid[])
returns void language plpgsql as $$
begin
  with asked as materialized (
    select i.organization_id, i.reservation_id, a.meter, w.window_name,
           tollgate.window_start(w.window_name, i.occurred_at, o.starts_at) as window_start, a.units
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units)
    join unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen, p_reservation_id)
         with ordinality i (organization_id, occurred_at, chosen, reservation_id, item)
      on i.item = a.item and i.chosen
    join tollgate.organizations o on o.id = i.organization_id
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
    cross join (values ('minute'), ('hour'), ('day'), ('month'), ('period')) w (window_name)),
  held as (
    insert into tollgate.reservation_holds as h
    select reservation_id, meter, window_name, window_start, units from asked
    on conflict (reservation_id, meter, window_name, window_start)
    do update set units = h.units + excluded.units)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, held)
  select organization_id, meter, window_name, window_start,
         case when window_name = 'minute' and not exists (
           select 1 from tollgate.buckets old
           where (old.organization_id, old.meter, old.window_name, old.window_start)
               = (asked.organization_id, asked.meter, asked.window_name, asked.window_start))
         then tollgate.minute_seed(organization_id, meter, 'sum', window_start) else 0 end,
         sum(units)
  from asked group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start)
  do update set held = b.held + excluded.held;
end
$$;

-- The same for all organizations that have one due, at most p_most of them in one transaction.
create or replace function tollgate.expire_due_reservations(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  organizations text[] := array(
    select distinct organization_id from tollgate.reservations
    where state = 'held' and expires_at <= p_at limit p_most);
begin
  if cardinality(organizations) = 0 then return 0; end if;
  perform tollgate.lock_organizations(organizations);
  return tollgate.expire_reservations(organizations, p_at);
end
$$;
