-- When a budget ends by itself: at its end, or when it has been idle for long enough.
create or replace function tollgate.budget_due_at(
  p_ends_at timestamptz, p_last_used_at timestamptz, p_idle_ms bigint)
returns timestamptz language sql immutable parallel safe as $$
  select least(p_ends_at, p_last_used_at + p_idle_ms * interval '1 millisecond')
$$;

-- The budgets that draws use: one row for each draw and budget. They are the named budget and those
-- above it, up to the first that has an allotment of the meter. The ones above that one already
-- hold the allotment.
create or replace function tollgate.drawn_budgets(
  p_organization text[], p_budget text[], p_meter text[])
returns table (
  draw integer, place integer, organization_id text, budget_id text, meter text, ceiling bigint,
  used bigint, held bigint, final_share numeric)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select draw::integer, place::integer, organization_id, id, meter, ceiling, used, held, final_share
  from (
    select d.draw, p.place, d.organization_id, x.id, d.meter, l.ceiling, l.used, l.held,
           x.final_share,
           bool_or(x.allotted and x.closed_at is null and l.ceiling is not null) over (
             partition by d.draw order by p.place
             rows between unbounded preceding and 1 preceding) is true as is_held_above
    from unnest(p_organization, p_budget, p_meter)
         with ordinality d (organization_id, budget_id, meter, draw)
    join tollgate.budgets b on (b.organization_id, b.id) = (d.organization_id, d.budget_id)
    cross join lateral unnest(b.path) with ordinality p (id, place)
    join tollgate.budgets x on (x.organization_id, x.id) = (d.organization_id, p.id)
    left join tollgate.budget_levels l
      on (l.organization_id, l.budget_id, l.meter) = (d.organization_id, x.id, d.meter)) above
  where not is_held_above;
end
$$;

-- Adds to the used and held units of budgets and of those above them. The caller must have locked
-- the organizations.
create or replace function tollgate.move_budgets(
  p_organization text[], p_budget text[], p_meter text[], p_used bigint[], p_held bigint[])
returns void language plpgsql as $$
begin
  insert into tollgate.budget_levels (organization_id, budget_id, meter)
  select distinct organization_id, budget_id, meter
  from tollgate.drawn_budgets(p_organization, p_budget, p_meter)
  where used is null
  on conflict (organization_id, budget_id, meter) do nothing;
  update tollgate.budget_levels l set used = l.used + m.used, held = l.held + m.held
  from (
    select d.organization_id, d.budget_id, d.meter, sum(u.used) as used, sum(u.held) as held
    from tollgate.drawn_budgets(p_organization, p_budget, p_meter) d
    join unnest(p_used, p_held) with ordinality u (used, held, draw) using (draw)
    group by 1, 2, 3) m
  where (l.organization_id, l.budget_id, l.meter) = (m.organization_id, m.budget_id, m.meter);
end
$$;

-- Counts steps of budgets and of those above them, and notes that they were used at a moment. A
-- budget that has ended stays ended.
create or replace function tollgate.touch_budgets(
  p_organization text[], p_budget text[], p_steps bigint[], p_at timestamptz)
returns void language plpgsql as $$
begin
  update tollgate.budgets x
  set steps = x.steps + t.steps, last_used_at = greatest(x.last_used_at, p_at),
      due_at = tollgate.budget_due_at(x.ends_at, greatest(x.last_used_at, p_at), x.idle_ms)
  from (
    select d.organization_id, p.id, sum(d.steps) as steps
    from unnest(p_organization, p_budget, p_steps) d (organization_id, budget_id, steps)
    join tollgate.budgets b on (b.organization_id, b.id) = (d.organization_id, d.budget_id)
    cross join lateral unnest(b.path) p (id)
    group by 1, 2) t
  where (x.organization_id, x.id) = (t.organization_id, t.id);
end
$$;

-- Adds the use of the chosen items of a batch to their budgets, even if a budget has ended.
create or replace function tollgate.post_budgets(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
declare
  organizations text[]; budgets text[]; meters text[]; units bigint[]; nothing bigint[];
  steps bigint[]; at timestamptz;
begin
  select array_agg(i.organization_id), array_agg(i.budget_id), array_agg(a.meter),
         array_agg(a.units), array_agg(0::bigint)
  into organizations, budgets, meters, units, nothing
  from unnest((p_batch).organization_id, (p_batch).budget_id, p_chosen)
       with ordinality i (organization_id, budget_id, chosen, item)
  join unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
       a (item, meter, units) using (item)
  join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
  where i.chosen and i.budget_id is not null;
  perform tollgate.move_budgets(organizations, budgets, meters, units, nothing);
  select array_agg(organization_id), array_agg(budget_id),
         array_agg(case when reverses is null then 1 else -1 end), max(received_at)
  into organizations, budgets, steps, at
  from (select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).budget_id) as budget_id, unnest((p_batch).reverses) as reverses,
               unnest((p_batch).received_at) as received_at, unnest(p_chosen) as chosen) i
  where chosen and budget_id is not null;
  perform tollgate.touch_budgets(organizations, budgets, steps, at);
end
$$;

-- Adds (p_sign 1) or removes (-1) the holds of some reservations in their budgets. With p_at, the
-- budgets count as used then. An expiry passes null, since it is no use.
create or replace function tollgate.hold_in_budgets(
  p_reservations uuid[], p_sign integer, p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[]; budgets text[]; meters text[]; units bigint[]; nothing bigint[];
begin
  select array_agg(r.organization_id), array_agg(r.budget_id), array_agg(m.key),
         array_agg((r.quantities ->> m.key)::bigint * p_sign), array_agg(0::bigint)
  into organizations, budgets, meters, units, nothing
  from tollgate.reservations r
  cross join lateral jsonb_object_keys(r.quantities) q (key)
  join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
  where r.id = any (p_reservations) and r.budget_id is not null;
  if organizations is null then return; end if;
  perform tollgate.move_budgets(organizations, budgets, meters, nothing, units);
  if p_at is not null then
    perform tollgate.touch_budgets(organizations, budgets, nothing, p_at);
  end if;
end
$$;

-- The ceilings of budgets that a batch touches, as in touched_limits: one row for each item, budget
-- and meter.
-- The share reserved for the final call counts as used for all other calls. Budgets above keep
-- their own share even from the final call.
-- A hold without an amount (units 0) adds nothing, but needs one unit left (at_least).
-- A budget that is unknown or has ended, or lies within one that has, gives a row that always
-- refuses.
create or replace function tollgate.touched_budgets(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_at timestamptz)
returns table (
  item integer, bucket bigint, aggregation text, ceiling bigint, level bigint, leased bigint,
  units bigint, value text, limit_shown jsonb)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with named as materialized (
    select i.* from (
      select (row_number() over ())::integer as item, u.* from (
        select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).budget_id) as budget_id, unnest((p_batch).budget_final) as final,
               unnest(p_candidate) as candidate, unnest(p_reserving) as reserving) u) i
    where i.candidate and i.budget_id is not null),
  ended as materialized (
    select n.item, n.budget_id as named, x.id as which
    from named n
    left join tollgate.budgets b on (b.organization_id, b.id) = (n.organization_id, n.budget_id)
    left join lateral (
      select x.id from unnest(b.path) with ordinality p (id, place)
      join tollgate.budgets x on (x.organization_id, x.id) = (n.organization_id, p.id)
      where x.closed_at is not null order by p.place limit 1) x on true
    where b.id is null or x.id is not null),
  asked as materialized (
    select (row_number() over ())::integer as draw, n.item, n.organization_id, n.budget_id, n.final,
           a.meter, a.units, n.reserving and a.units = 0 as is_unsaid
    from named n
    join unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units) using (item)
    where not exists (select from ended e where e.item = n.item)),
  drawn as materialized (
    select a.item, a.budget_id as named, a.units, a.is_unsaid, d.organization_id, d.budget_id, d.meter,
           d.used + d.held as level,
           d.ceiling - case when d.place = 1 and a.final then 0
                            else floor(d.ceiling * d.final_share)::bigint end as ceiling
    from (select array_agg(organization_id order by draw) as organizations,
                 array_agg(budget_id order by draw) as budgets,
                 array_agg(meter order by draw) as meters from asked) all_asked
    cross join lateral tollgate.drawn_budgets(organizations, budgets, meters) d
    join asked a using (draw)
    where d.ceiling is not null)
  select item, -dense_rank() over (order by organization_id, budget_id, meter), 'sum', ceiling,
         level, 0::bigint, units, null::text,
         jsonb_build_object('budget', named, 'which', budget_id, 'meter', meter,
           'max', ceiling::text) || case when is_unsaid then '{"at_least": 1}' else '{}'::jsonb end
  from drawn
  union all
  select item, -1000000 - item, 'sum', 0::bigint, 0::bigint, 0::bigint, 1::bigint, null::text,
         jsonb_build_object('budget', named, 'which', which,
           'state', case when which is null then 'unknown' else 'closed' end)
  from ended;
end
$$;

-- Splits what a decision looked at into limits and budgets.
create or replace function tollgate.budgets_apart(p_seen jsonb)
returns jsonb language sql immutable parallel safe as $$
  select p_seen || jsonb_build_object(
    'limits', coalesce(jsonb_agg(e order by n) filter (where not e ? 'budget'), '[]'),
    'budgets', coalesce(jsonb_agg(e order by n) filter (where e ? 'budget'), '[]'))
  from jsonb_array_elements(p_seen -> 'limits') with ordinality l (e, n)
$$;

-- The reason of a refusal by a budget (core/budget.ts); null: no budget refused.
create or replace function tollgate.refusal_of_budget(p_seen jsonb)
returns text language sql immutable parallel safe as $$
  select case when bool_or(b ->> 'state' = 'unknown') then 'unknown_budget'
              when bool_or(b ->> 'state' = 'closed') then 'budget_closed'
              when count(*) > 0 then 'budget_exceeded' end
  from jsonb_array_elements(coalesce(p_seen -> 'budgets', '[]')) b
  where (b ->> 'refused')::boolean
$$;

-- Counts the refused items of a batch in their budgets.
create or replace function tollgate.count_budget_refusals(
  p_batch tollgate.usage_batch, p_taken tollgate.taken_item[])
returns void language plpgsql as $$
begin
  update tollgate.budgets x set refusals = x.refusals + r.refusals
  from (select i.organization_id, i.budget_id, count(*) as refusals
        from unnest((p_batch).organization_id, (p_batch).budget_id)
             with ordinality i (organization_id, budget_id, item)
        join unnest(p_taken) t on t.item = i.item and not (t.admitted or t.recallable)
        where i.budget_id is not null group by 1, 2) r
  where (x.organization_id, x.id) = (r.organization_id, r.budget_id);
end
$$;
