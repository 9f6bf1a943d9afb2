-- Who pays for credits. The level of an allowance's window (used, held and leased) is always
-- covered in full. It is covered by grants (drawn), the plan's allowance (from_plan), charges of
-- the plan (overage), or a debt (owed) until a grant pays it.
-- More use is paid in the order of priority, expiry and age. The allowance is one among the grants,
-- with priority 100 and the end of its window as expiry. Less use is returned in the opposite
-- order.

-- Windows of the allowance whose cover differs from their level, oldest first, however old. A
-- window that is over keeps the terms of its last movement. is_adopted: the allowance had another
-- window before, or none. If the plan has no allowance now, it pays for nothing in the window.
create or replace function tollgate.uncovered_windows(p_organizations text[], p_at timestamptz)
returns setof tollgate.credit_standing language plpgsql stable as $$
begin
  return query
  select o.id, w.window_name, b.window_start, e.window_end,
         case when t.is_kept then c.allowance else l.max end,
         case when t.is_kept then c.behavior else coalesce(l.behavior, 'soft') end,
         v.level, b.drawn, v.from_plan, v.owed, v.overage,
         o.allowance_window <> w.window_name, e.window_end <= p_at
  from tollgate.organizations o
  left join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = o.id and l.granted is not null
  cross join lateral (
    select coalesce(l.window_name, nullif(o.allowance_window, '')) as window_name) w
  join tollgate.buckets b
    on b.organization_id = o.id and b.meter = 'credits' and b.window_name = w.window_name
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (o.id, w.window_name, b.window_start)
  cross join lateral (
    select b.used + b.held + b.leased as level, coalesce(c.from_plan, 0) as from_plan,
           coalesce(c.owed, 0) as owed, coalesce(c.overage, 0) as overage) v
  cross join lateral (
    select tollgate.window_end(w.window_name, b.window_start, o.starts_at) as window_end) e
  cross join lateral (select e.window_end <= p_at and c.behavior is not null as is_kept) t
  where o.id = any (p_organizations) and o.allowance_window is not null
    and v.level <> b.drawn + v.from_plan + v.owed + v.overage
  order by 1, 3;
end
$$;

-- Covers new use, holds and leases, and returns the cover of those that are gone; then pays debts.
-- Call it after levels, terms or grants have changed, with the organizations locked. It costs one
-- lookup where no credits were given. It also fires the alerts on low credits.
create or replace function tollgate.draw_credits(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  is_drawn boolean;
  is_watched boolean;
begin
  select bool_or(allowance_window is not null), bool_or('credits_below' = any (alert_kinds))
  into is_drawn, is_watched
  from tollgate.organizations where id = any (p_organizations);
  if is_drawn then perform tollgate.cover_windows(p_organizations, p_at); end if;
  if is_watched then
    perform tollgate.alert_of_credits(p_organizations, false, false, p_at);
  end if;
end
$$;

create or replace function tollgate.cover_windows(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  standings tollgate.credit_standing[];
  standing tollgate.credit_standing;
begin
  standings := array(select u from tollgate.uncovered_windows(p_organizations, p_at) u);
  foreach standing in array standings loop
    if standing.level < standing.drawn + standing.from_plan + standing.owed + standing.overage then
      perform tollgate.uncover(standing, p_at);
    elsif standing.is_adopted then
      perform tollgate.open_window(standing, p_at);
    end if;
  end loop;
  perform tollgate.repay_debts(p_organizations, p_at);
  foreach standing in array standings loop
    if not standing.is_adopted and standing.level
         > standing.drawn + standing.from_plan + standing.owed + standing.overage then
      perform tollgate.cover(standing, p_at);
    end if;
  end loop;
  update tollgate.organizations o set allowance_window = l.window_name
  from tollgate.limits_in_force(p_organizations, p_at) l
  where o.id = l.organization_id and l.granted is not null
    and o.allowance_window <> l.window_name;
  perform tollgate.ask_for_top_ups(p_organizations, p_at);
end
$$;

-- The same after an organization's terms have changed. What was paid so far stays paid, and the
-- current window continues under the new terms. So do its alerts.
create or replace function tollgate.change_allowance(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (select from tollgate.organizations
             where id = p_organization and allowance_window is not null) then
    perform tollgate.move_allowance(p_organization, p_at);
  end if;
  perform tollgate.refresh_alerts(array[p_organization], p_at);
end
$$;

create or replace function tollgate.move_allowance(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  perform tollgate.draw_credits(array[p_organization], p_at);
  update tollgate.credit_windows c set allowance = l.max, behavior = coalesce(l.behavior, 'soft')
  from tollgate.organizations o
  left join tollgate.limits_in_force(array[p_organization], p_at) l on l.granted is not null
  where o.id = p_organization and c.organization_id = o.id
    and c.window_name = o.allowance_window
    and c.window_start = tollgate.window_start(c.window_name, p_at, o.starts_at);
  perform tollgate.repay_debts(array[p_organization], p_at);
end
$$;

-- The part of a window's level without cover: no grant, allowance, charge or debt.
create or replace function tollgate.uncovered(p_standing tollgate.credit_standing)
returns bigint language sql immutable parallel safe as $$
  select p_standing.level - p_standing.drawn - p_standing.from_plan - p_standing.owed
       - p_standing.overage
$$;

-- Covers a window whose limit has become the allowance: the plan pays for its level. In one case the
-- part past the allowance becomes a debt or overage instead. That is the current window at the first
-- grant, if the plan was in force for all of it.
create or replace function tollgate.open_window(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  more bigint := tollgate.uncovered(p_standing);
  past bigint := 0;
begin
  if not p_standing.is_over and exists (
       select from tollgate.organizations
       where id = p_standing.organization_id and allowance_window = '')
     and not exists (
       select from tollgate.audit_events a
       where a.organization_id = p_standing.organization_id
         and a.action in ('organization.updated', 'organization.moved')
         and a.occurred_at > p_standing.window_start
         and coalesce(a.entry::json -> 'old' ->> 'plan',
                      a.entry::json -> 'old' ->> 'planVersion') is not null) then
    past := greatest(0, coalesce(p_standing.level - p_standing.max, 0));
  end if;
  perform tollgate.move_cover(p_standing, 0, more - past, past);
  perform tollgate.post_credits(
    p_standing.organization_id, 'opening', p_standing.window_name, p_standing.window_start,
    array['plan', tollgate.account_past(p_standing.behavior), 'used'],
    array[null, null, null]::uuid[], array[past - more, -past, more], p_at);
end
$$;

-- The account for use past everything: a debt (owed), or the plan, which charges it or lets it
-- pass.
create or replace function tollgate.account_past(p_behavior text)
returns text language sql immutable parallel safe as $$
  select case p_behavior when 'hard' then 'owed' else 'plan' end
$$;

-- Takes credits for a window from all that can pay, in their order, up to p_wanted. They are the
-- grants and, up to p_room, the window's own allowance. Returns who paid (null: the allowance), and
-- how much each.
create or replace function tollgate.take_credits(
  p_standing tollgate.credit_standing, p_room bigint, p_wanted bigint, p_at timestamptz,
  out sources uuid[], out parts bigint[], out taken bigint, out by_plan bigint)
language plpgsql as $$
begin
  with source as (
    select g.id, g.left_units as available, g.priority, g.expires_at, g.starts_at
    from tollgate.grants g
    where g.organization_id = p_standing.organization_id and g.left_units > 0
      and g.starts_at <= p_at and (g.expires_at is null or g.expires_at > p_at)
    union all
    select null, p_room, 100, p_standing.window_end, p_standing.window_start),
  part as (
    select s.*, least(available, greatest(0, p_wanted - coalesce(sum(available) over (
             order by priority, expires_at nulls last, starts_at, id nulls first
             rows between unbounded preceding and 1 preceding), 0)))::bigint as units
    from source s)
  select coalesce(array_agg(id order by priority, expires_at nulls last, starts_at, id nulls first),
                  '{}'),
         coalesce(array_agg(units order by priority, expires_at nulls last, starts_at,
                            id nulls first), '{}'),
         coalesce(sum(units), 0), coalesce(sum(units) filter (where id is null), 0)
  into sources, parts, taken, by_plan
  from part where units > 0;
  update tollgate.grants g set left_units = g.left_units - p.units
  from unnest(sources, parts) p (id, units) where g.id = p.id;
  insert into tollgate.grant_draws as d
  select p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id, p.units
  from unnest(sources, parts) p (id, units) where p.id is not null
  on conflict (organization_id, window_name, window_start, grant_id)
  do update set units = d.units + excluded.units;
end
$$;

-- What a window's allowance can still pay in it; p_most if it has no limit.
create or replace function tollgate.room_of(
  p_standing tollgate.credit_standing, p_most bigint)
returns bigint language plpgsql stable as $$
begin
  if p_standing.max is null then return p_most; end if;
  return greatest(0, p_standing.max - coalesce((
    select c.from_plan + c.overage from tollgate.credit_windows c
    where (c.organization_id, c.window_name, c.window_start)
        = (p_standing.organization_id, p_standing.window_name, p_standing.window_start)), 0));
end
$$;

create or replace function tollgate.cover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  more bigint := tollgate.uncovered(p_standing);
  paid record;
begin
  select * into paid
  from tollgate.take_credits(p_standing, tollgate.room_of(p_standing, more), more, p_at);
  perform tollgate.move_cover(
    p_standing, paid.taken - paid.by_plan, paid.by_plan, more - paid.taken);
  perform tollgate.post_credits(
    p_standing.organization_id, 'draw', p_standing.window_name, p_standing.window_start,
    array(select case when id is null then 'plan' else 'grant' end from unnest(paid.sources) id)
      || array[tollgate.account_past(p_standing.behavior), 'used'],
    paid.sources || array[null, null]::uuid[],
    array(select -units from unnest(paid.parts) units) || array[paid.taken - more, more], p_at);
end
$$;

-- Pays debts, the oldest first, from grants. A debt is also paid from its own window's allowance if
-- that has been raised since.
create or replace function tollgate.repay_debts(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  debt tollgate.credit_standing;
  paid record;
begin
  for debt in
    select c.organization_id, c.window_name, c.window_start, e.window_end,
           case when c.behavior is null then 0 else c.allowance end, c.behavior, 0, 0,
           c.from_plan, c.owed, c.overage, false,
           e.window_end <= p_at
    from tollgate.credit_windows c
    join tollgate.organizations o on o.id = c.organization_id
    cross join lateral (
      select tollgate.window_end(c.window_name, c.window_start, o.starts_at) as window_end) e
    where c.organization_id = any (p_organizations) and c.owed > 0
    order by c.organization_id, c.window_start, c.window_name
  loop
    select * into paid
    from tollgate.take_credits(debt, tollgate.room_of(debt, debt.owed), debt.owed, p_at);
    continue when paid.taken = 0;
    perform tollgate.move_cover(debt, paid.taken - paid.by_plan, paid.by_plan, 0, -paid.taken);
    perform tollgate.post_credits(
      debt.organization_id, 'repay', debt.window_name, debt.window_start,
      array(select case when id is null then 'plan' else 'grant' end from unnest(paid.sources) id)
        || array['owed'],
      paid.sources || array[null]::uuid[],
      array(select -units from unnest(paid.parts) units) || array[paid.taken], p_at);
  end loop;
end
$$;

-- Returns the cover of use that is gone. What returns to a grant in dispute is frozen, up to the
-- disputed amount.
create or replace function tollgate.uncover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  less bigint := p_standing.drawn + p_standing.from_plan + p_standing.owed + p_standing.overage
    - p_standing.level;
  forgiven bigint := least(less, p_standing.owed);
  uncharged bigint := least(less - forgiven, p_standing.overage);
  sources uuid[];
  parts bigint[];
  frozen bigint[];
  to_plan bigint;
begin
  with source as (
    select g.id, d.units as available, g.priority, g.expires_at, g.starts_at
    from tollgate.grant_draws d join tollgate.grants g on g.id = d.grant_id
    where (d.organization_id, d.window_name, d.window_start)
        = (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
    union all
    select null, p_standing.from_plan, 100, p_standing.window_end, p_standing.window_start),
  part as (
    select s.*, least(available, greatest(0, less - forgiven - uncharged
             - coalesce(sum(available) over (
             order by priority desc, expires_at desc nulls first, starts_at desc,
                      id desc nulls last
             rows between unbounded preceding and 1 preceding), 0)))::bigint as units
    from source s)
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(units), '{}'),
         coalesce(sum(units) filter (where id is null), 0)
  into sources, parts, to_plan
  from part where units > 0;
  update tollgate.grant_draws d set units = d.units - p.units
  from unnest(sources, parts) p (id, units)
  where (d.organization_id, d.window_name, d.window_start, d.grant_id)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id);
  -- A grant that is over gets nothing back. To compensate, give a new one.
  frozen := array(
    select case when g.id is null then 0
                else least(p.units, g.disputed_units - g.frozen_units) end
    from unnest(sources, parts) with ordinality p (id, units, place)
    left join tollgate.grants g on g.id = p.id and g.ended_at is null
      and (g.expires_at is null or g.expires_at > p_at) order by p.place);
  update tollgate.grants g
  set left_units = g.left_units + p.units - p.frozen, frozen_units = g.frozen_units + p.frozen
  from unnest(sources, parts, frozen) p (id, units, frozen)
  where g.id = p.id and g.ended_at is null and (g.expires_at is null or g.expires_at > p_at);
  perform tollgate.move_cover(
    p_standing, -(less - forgiven - uncharged - to_plan), -to_plan, 0, -forgiven, -uncharged);
  perform tollgate.post_credits(
    p_standing.organization_id, 'return', p_standing.window_name, p_standing.window_start,
    array(select case when p.id is null then 'plan' when g.left_units is null then 'expired'
                      else 'grant' end
          from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || array_fill('frozen'::text, array[cardinality(sources)]) || array['owed', 'plan', 'used'],
    array(select g.id from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || sources || array[null, null, null]::uuid[],
    array(select u - f from unnest(parts, frozen) with ordinality p (u, f, place) order by place)
      || frozen || array[forgiven, uncharged, -less], p_at);
end
$$;

-- Changes who pays for a window's level. p_past is the part past everything: a debt or overage, by
-- the window's terms. The terms are stored with the window for late use.
create or replace function tollgate.move_cover(
  p_standing tollgate.credit_standing, p_drawn bigint, p_from_plan bigint, p_past bigint,
  p_owed bigint default 0, p_overage bigint default 0)
returns void language plpgsql as $$
declare
  is_debt boolean := tollgate.account_past(p_standing.behavior) = 'owed';
begin
  update tollgate.buckets b set drawn = b.drawn + p_drawn
  where (b.organization_id, b.meter, b.window_name, b.window_start) = (p_standing.organization_id,
    'credits', p_standing.window_name, p_standing.window_start) and p_drawn <> 0;
  insert into tollgate.credit_windows (organization_id, window_name, window_start)
  values (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
  on conflict do nothing;
  update tollgate.credit_windows c
  set from_plan = c.from_plan + p_from_plan,
      owed = c.owed + p_owed + case when is_debt then p_past else 0 end,
      overage = c.overage + p_overage + case when is_debt then 0 else p_past end,
      allowance = p_standing.max, behavior = p_standing.behavior
  where (c.organization_id, c.window_name, c.window_start)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start);
end
$$;
