-- How credits are paid for. What stands in a window of the allowance (used, held and leased) is
-- always covered: by grants (drawn), by the plan's allowance (from_plan), or by nobody (owed). More
-- is taken in the order of priority, expiry and age, in which the allowance is one among the grants:
-- priority 100, over at its window's end. Less goes back in the opposite order.

-- The windows of the allowance whose cover does not fit them, oldest first. Only windows that late
-- events still reach are looked at. is_new: nothing was accounted for in it, and before it another
-- window (or none) was the allowance's.
create or replace function tollgate.uncovered_windows(p_organizations text[], p_at timestamptz)
returns setof tollgate.credit_standing language plpgsql stable as $$
begin
  return query
  select o.id, l.window_name, b.window_start,
         tollgate.window_end(l.window_name, b.window_start, o.starts_at), l.max, v.level, b.drawn,
         coalesce(c.from_plan, 0), coalesce(c.owed, 0), coalesce(l.behavior = 'hard', false),
         c.organization_id is null and o.allowance_window <> l.window_name
  from tollgate.organizations o
  join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = o.id and l.granted is not null
  join tollgate.buckets b
    on b.organization_id = o.id and b.meter = 'credits' and b.window_name = l.window_name
   and b.window_start > p_at - interval '65 days'
  cross join lateral (select b.used + b.held + b.leased as level) v
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (o.id, l.window_name, b.window_start)
  where o.id = any (p_organizations) and o.allowance_window is not null
    and (v.level <> b.drawn + coalesce(c.from_plan, 0) + coalesce(c.owed, 0)
         or l.behavior = 'hard' and c.owed > 0)
  order by 1, 3;
end
$$;

-- Covers what was used, held or leased since, and gives back what no longer is. To be called where
-- levels have moved, under the organizations' locks. Costs nothing where no credits were given.
create or replace function tollgate.draw_credits(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  standing tollgate.credit_standing;
  adopted record;
begin
  if not exists (select from tollgate.organizations
                 where id = any (p_organizations) and allowance_window is not null) then
    return;
  end if;
  for standing in select * from tollgate.uncovered_windows(p_organizations, p_at) loop
    if standing.is_new then
      perform tollgate.open_window(standing, p_at);
    elsif standing.level < standing.drawn + standing.from_plan + standing.owed then
      perform tollgate.uncover(standing, p_at);
    else
      perform tollgate.cover(standing, p_at);
    end if;
  end loop;
  for adopted in
    select o.id, l.window_name from tollgate.organizations o
    join tollgate.limits_in_force(p_organizations, p_at) l
      on l.organization_id = o.id and l.granted is not null
    where o.id = any (p_organizations) and o.allowance_window <> l.window_name
  loop
    update tollgate.organizations set allowance_window = adopted.window_name
    where id = adopted.id;
  end loop;
  perform tollgate.ask_for_top_ups(p_organizations, p_at);
end
$$;

-- What was used before there were grants, or under another allowance, is the plan's.
create or replace function tollgate.open_window(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  paid bigint := least(p_standing.level, coalesce(p_standing.max, p_standing.level));
begin
  insert into tollgate.credit_windows
  values (p_standing.organization_id, p_standing.window_name, p_standing.window_start,
          paid, p_standing.level - paid);
  perform tollgate.post_credits(
    p_standing.organization_id, 'opening', p_standing.window_name, p_standing.window_start,
    array['plan', 'owed', 'used'], array[null, null, null]::uuid[],
    array[-paid, paid - p_standing.level, p_standing.level], p_at);
end
$$;

create or replace function tollgate.cover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  more bigint := p_standing.level - p_standing.drawn - p_standing.from_plan - p_standing.owed;
  debt bigint := case when p_standing.is_debt then p_standing.owed else 0 end;
  sources uuid[];
  parts bigint[];
  taken bigint;
  by_plan bigint;
begin
  with source as (
    select g.id, g.left_units as available, g.priority, g.expires_at, g.starts_at
    from tollgate.grants g
    where g.organization_id = p_standing.organization_id and g.left_units > 0
      and g.starts_at <= p_at and (g.expires_at is null or g.expires_at > p_at)
    union all
    select null, case when p_standing.max is null then more + debt
                      else greatest(0, p_standing.max - p_standing.from_plan) end,
           100, p_standing.window_end, p_standing.window_start),
  part as (
    select s.*, least(available, greatest(0, more + debt - coalesce(sum(available) over (
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
  if taken = 0 and more = 0 then return; end if;
  update tollgate.grants g set left_units = g.left_units - p.units
  from unnest(sources, parts) p (id, units) where g.id = p.id;
  insert into tollgate.grant_draws as d
  select p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id, p.units
  from unnest(sources, parts) p (id, units) where p.id is not null
  on conflict (organization_id, window_name, window_start, grant_id)
  do update set units = d.units + excluded.units;
  perform tollgate.move_cover(p_standing, taken - by_plan, by_plan, more - taken);
  perform tollgate.post_credits(
    p_standing.organization_id, case when more > 0 then 'draw' else 'repay' end,
    p_standing.window_name, p_standing.window_start,
    array(select case when id is null then 'plan' else 'grant' end from unnest(sources) id)
      || array['owed', 'used'],
    sources || array[null, null]::uuid[],
    array(select -units from unnest(parts) units) || array[taken - more, more], p_at);
end
$$;

create or replace function tollgate.uncover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  less bigint := p_standing.drawn + p_standing.from_plan + p_standing.owed - p_standing.level;
  forgiven bigint := least(less, p_standing.owed);
  sources uuid[];
  parts bigint[];
  lapsed bigint;
  to_plan bigint;
begin
  with source as (
    select g.id, d.units as available, g.priority, g.expires_at, g.starts_at,
           g.ended_at is not null or coalesce(g.expires_at <= p_at, false) as is_over
    from tollgate.grant_draws d join tollgate.grants g on g.id = d.grant_id
    where (d.organization_id, d.window_name, d.window_start)
        = (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
    union all
    select null, p_standing.from_plan, 100, p_standing.window_end, p_standing.window_start, false),
  part as (
    select s.*, least(available, greatest(0, less - forgiven - coalesce(sum(available) over (
             order by priority desc, expires_at desc nulls first, starts_at desc,
                      id desc nulls last
             rows between unbounded preceding and 1 preceding), 0)))::bigint as units
    from source s)
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(units), '{}'),
         coalesce(sum(units) filter (where is_over), 0),
         coalesce(sum(units) filter (where id is null), 0)
  into sources, parts, lapsed, to_plan
  from part where units > 0;
  update tollgate.grant_draws d set units = d.units - p.units
  from unnest(sources, parts) p (id, units)
  where (d.organization_id, d.window_name, d.window_start, d.grant_id)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id);
  -- A grant that is over stays so: to make up for it is to give a new one.
  update tollgate.grants g set left_units = g.left_units + p.units
  from unnest(sources, parts) p (id, units)
  where g.id = p.id and g.ended_at is null and (g.expires_at is null or g.expires_at > p_at);
  perform tollgate.move_cover(p_standing, -(less - forgiven - to_plan), -to_plan, -forgiven);
  perform tollgate.post_credits(
    p_standing.organization_id, 'return', p_standing.window_name, p_standing.window_start,
    array(select case when p.id is null then 'plan' when g.left_units is null then 'expired'
                      else 'grant' end
          from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || array['owed', 'used'],
    array(select g.id from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || array[null, null]::uuid[],
    parts || array[forgiven, -less], p_at);
end
$$;

-- How much more of a window's level each pays for.
create or replace function tollgate.move_cover(
  p_standing tollgate.credit_standing, p_drawn bigint, p_from_plan bigint, p_owed bigint)
returns void language plpgsql as $$
begin
  update tollgate.buckets b set drawn = b.drawn + p_drawn
  where (b.organization_id, b.meter, b.window_name, b.window_start) = (p_standing.organization_id,
    'credits', p_standing.window_name, p_standing.window_start) and p_drawn <> 0;
  insert into tollgate.credit_windows
  values (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
  on conflict do nothing;
  update tollgate.credit_windows c
  set from_plan = c.from_plan + p_from_plan, owed = c.owed + p_owed
  where (c.organization_id, c.window_name, c.window_start)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start);
end
$$;
