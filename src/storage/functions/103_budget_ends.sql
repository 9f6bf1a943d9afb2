-- Ends one budget. Its allotment returns to the budgets above. Its used and held units then count
-- there instead.
create or replace function tollgate.end_budget(
  p_organization text, p_budget text, p_by text, p_at timestamptz)
returns void language plpgsql as $$
declare
  ended tollgate.budgets;
begin
  update tollgate.budgets set closed_at = p_at, ended_by = p_by
  where organization_id = p_organization and id = p_budget and closed_at is null
  returning * into ended;
  if not ended.allotted or ended.path[2] is null then return; end if;
  perform tollgate.move_budgets(
    array_agg(p_organization), array_agg(ended.path[2]), array_agg(l.meter), array_agg(l.used),
    array_agg(l.held - l.ceiling))
  from tollgate.budget_levels l
  where l.organization_id = p_organization and l.budget_id = p_budget and l.ceiling is not null;
end
$$;

-- Ends a budget and all within it, the innermost first. Returns false if it had ended before. The
-- caller must have locked the organization.
create or replace function tollgate.close_budget(
  p_organization text, p_budget text, p_by text, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  inner_one text;
  is_open boolean := exists (
    select from tollgate.budgets
    where organization_id = p_organization and id = p_budget and closed_at is null);
begin
  if not is_open then return false; end if;
  for inner_one in
    with recursive inside as (
      select id, path from tollgate.budgets
      where organization_id = p_organization and path[2] = p_budget and closed_at is null
      union all
      select b.id, b.path from tollgate.budgets b join inside i on b.path[2] = i.id
      where b.organization_id = p_organization and b.closed_at is null)
    select id from inside order by cardinality(path) desc, id
  loop
    perform tollgate.end_budget(p_organization, inner_one, 'within', p_at);
  end loop;
  perform tollgate.end_budget(p_organization, p_budget, p_by, p_at);
  return true;
end
$$;

-- Ends the budgets of some organizations that are past their end, or have been idle for too long
-- with no open reservation. Each ends at its own instant. Every decision on a budget calls this
-- first.
-- The caller must have locked the organizations. One call writes all the events, so that the event
-- heads are locked in order.
create or replace function tollgate.end_budgets(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  due record;
  owners text[];
  subjects text[];
  said jsonb[];
  moments timestamptz[];
begin
  for due in
    select organization_id, id, opened_at, due_at, ends_at <= due_at as is_past
    from tollgate.budgets b
    where organization_id = any (p_organizations) and closed_at is null and due_at <= p_at
      and (ends_at <= p_at or not tollgate.is_budget_at_work(organization_id, id))
    order by cardinality(path) desc, due_at
  loop
    -- A budget within one that ended here has ended with it, and gets no event of its own.
    continue when not tollgate.close_budget(due.organization_id, due.id,
      case when due.is_past then 'time' else 'idle' end, due.due_at);
    owners := owners || due.organization_id;
    subjects := subjects || ('budget:' || due.id);
    said := said || jsonb_build_object('budgetId', due.id,
      'openedAt', tollgate.audit_text(due.opened_at),
      'by', case when due.is_past then 'time' else 'idle' end);
    moments := moments || due.due_at;
  end loop;
  if owners is not null then
    perform tollgate.tell_events(owners, array_fill('budget.expired'::text,
      array[cardinality(owners)]), subjects, said, array_fill(null::text,
      array[cardinality(owners)]), moments);
  end if;
end
$$;

-- Whether a reservation is held in a budget, or in one within it.
create or replace function tollgate.is_budget_at_work(p_organization text, p_budget text)
returns boolean language plpgsql stable as $$
begin
  return exists (
    select from tollgate.reservations r
    join tollgate.budgets b on (b.organization_id, b.id) = (r.organization_id, r.budget_id)
    where r.organization_id = p_organization and r.budget_id is not null and r.state = 'held'
      and b.path @> array[p_budget]);
end
$$;

-- For readers: ends overdue reservations, then budgets that are due. It takes the lock only if
-- there are any.
create or replace function tollgate.lock_and_end_budgets(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (select from tollgate.budgets
             where organization_id = p_organization and closed_at is null and due_at <= p_at)
     or exists (select from tollgate.reservations
                where organization_id = p_organization and state = 'held' and expires_at <= p_at
                  and budget_id is not null) then
    perform tollgate.lock_organizations(array[p_organization]);
    perform tollgate.catch_up(array[p_organization], p_at);
    perform tollgate.end_budgets(array[p_organization], p_at);
  end if;
end
$$;

-- Opens a budget. The caller must have locked the organization. outcome: opened | replay (the same
-- id and terms) | conflict (the same id with other terms) | unknown_budget, budget_closed (its
-- parent is unknown or has ended) | too_deep | too_many | does_not_fit (the budget `which` has only
-- `rest` of `meter` left).
create or replace function tollgate.open_budget(
  p_organization text, p_budget text, p_within text, p_meter text[], p_ceiling bigint[],
  p_allotted boolean, p_final_share numeric, p_idle_ms bigint, p_ends_at timestamptz,
  p_user_id text, p_fingerprint uuid, p_depth_max integer, p_open_max integer, p_at timestamptz)
returns table (outcome text, which text, meter text, rest bigint) language plpgsql as $$
#variable_conflict use_column
declare
  before tollgate.budgets;
  above tollgate.budgets;
  tight record;
begin
  perform tollgate.catch_up(array[p_organization], p_at);
  perform tollgate.end_budgets(array[p_organization], p_at);
  select * into before from tollgate.budgets where organization_id = p_organization and id = p_budget;
  if before.id is not null then
    return query select case when before.fingerprint = p_fingerprint then 'replay' else 'conflict' end,
                        null::text, null::text, null::bigint;
    return;
  end if;
  select * into above from tollgate.budgets where organization_id = p_organization and id = p_within;
  outcome := case
    when p_within is not null and above.id is null then 'unknown_budget'
    when above.closed_at is not null then 'budget_closed'
    when coalesce(cardinality(above.path), 0) >= p_depth_max then 'too_deep'
    when (select count(*) >= p_open_max from (
            select from tollgate.budgets
            where organization_id = p_organization and closed_at is null limit p_open_max) o)
      then 'too_many'
    end;
  if outcome is not null then return next; return; end if;
  if p_allotted then
    select d.budget_id, d.meter,
           greatest(0, d.ceiling - floor(d.ceiling * d.final_share)::bigint - d.used - d.held) as rest
    into tight
    from tollgate.drawn_budgets(array_fill(p_organization, array[cardinality(p_meter)]),
           array_fill(p_within, array[cardinality(p_meter)]), p_meter) d
    join unnest(p_ceiling) with ordinality c (ceiling, draw) using (draw)
    -- As for a draw: a ceiling of zero is never refused.
    where c.ceiling > 0
      and d.ceiling - floor(d.ceiling * d.final_share)::bigint < d.used + d.held + c.ceiling
    order by d.place, d.meter limit 1;
    if found then
      return query select 'does_not_fit', tight.budget_id, tight.meter, tight.rest;
      return;
    end if;
    perform tollgate.move_budgets(
      array_agg(p_organization), array_agg(p_within), p_meter, array_agg(0::bigint), p_ceiling)
    from unnest(p_meter) m;
  end if;
  insert into tollgate.budgets (organization_id, id, path, allotted, final_share, idle_ms, ends_at,
    user_id, fingerprint, opened_at, last_used_at, due_at)
  values (p_organization, p_budget, array[p_budget] || above.path, p_allotted, p_final_share,
    p_idle_ms, p_ends_at, p_user_id, p_fingerprint, p_at, p_at,
    tollgate.budget_due_at(p_ends_at, p_at, p_idle_ms));
  insert into tollgate.budget_levels (organization_id, budget_id, meter, ceiling)
  select p_organization, p_budget, m, c from unnest(p_meter, p_ceiling) u (m, c);
  if p_within is not null then
    perform tollgate.touch_budgets(array[p_organization], array[p_within], array[0::bigint], p_at);
  end if;
  return query select 'opened', null::text, null::text, null::bigint;
end
$$;
