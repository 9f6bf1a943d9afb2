-- Notes that a process is alive. A process that was silent for 3 s is not waited for.
create or replace function tollgate.see_node(p_node text, p_at timestamptz)
returns void language sql as $$
  insert into tollgate.nodes as n (node, seen_at) values (p_node, p_at)
  on conflict (node) do update set seen_at = greatest(n.seen_at, excluded.seen_at)
$$;

-- Returns those of the organizations that have leases of a live process other than p_node.
create or replace function tollgate.organizations_with_leases(
  p_organizations text[], p_node text, p_at timestamptz)
returns text[] language plpgsql stable as $$
begin
  return array(
    select distinct l.organization_id
    from tollgate.leases l
    join tollgate.nodes n using (node)
    where l.organization_id = any (p_organizations) and l.units > 0
      and l.node is distinct from p_node and n.seen_at > p_at - interval '3 seconds');
end
$$;

-- The units of a limit that a process is granted beyond its current need. docs/concepts/gate.md,
-- "How leases are sized", describes the rule and the difference in Redis. p_level includes all
-- leases. lost is the part that was leased to dead processes.
create or replace function tollgate.lease_allowed(
  p_want tollgate.lease_want, p_ceiling bigint, p_level bigint, p_share numeric, p_node text,
  p_at timestamptz)
returns bigint language plpgsql stable as $$
declare
  alive bigint := greatest(1, (
    select count(*) from tollgate.nodes where seen_at > p_at - interval '3 seconds'));
  lost bigint := coalesce((
    select sum(l.units) from tollgate.leases l
    left join tollgate.nodes n on n.node = l.node and n.seen_at > p_at - interval '3 seconds'
    where (l.organization_id, l.meter, l.window_name, l.window_start, l.per, l.subject)
        = (p_want.organization_id, p_want.meter, p_want.window_name, p_want.window_start,
           p_want.per, p_want.subject)
      and n.node is null and l.node <> p_node), 0);
begin
  return greatest(0, least(
    p_want.block,
    (p_ceiling - p_level) / (2 * alive),
    (floor(p_ceiling * p_share)::bigint - lost) / alive - p_want.have));
end
$$;

-- Grants leases, all or nothing per ask, in the order of the asks. ask and want count from 1. An
-- organization that does not exist or is not open has a ceiling of 0.
create or replace function tollgate.take_leases(
  p_wants tollgate.lease_want[], p_node text, p_share numeric, p_at timestamptz)
returns table (
  ask integer, want integer, taken boolean, leased bigint, level bigint, recallable boolean,
  retry_after_ms bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  organizations text[] := array(select distinct organization_id from unnest(p_wants));
  asked integer;
  standing record;
  refusing boolean;
begin
  perform tollgate.see_node(p_node, p_at);
  perform tollgate.lock_organizations(organizations);
  perform tollgate.catch_up(organizations, p_at);
  perform tollgate.end_lost_rate_leases(p_wants, p_at);
  for asked in select distinct w.ask from unnest(p_wants) w order by 1 loop
    refusing := false;
    for standing in select * from tollgate.lease_standings(p_wants, asked, p_at) loop
      if standing.level + standing.units > standing.ceiling and standing.units > 0 then
        refusing := true;
        return query select asked, standing.want, false, 0::bigint, standing.level,
          standing.leased > 0 and standing.organization_id = any (
            tollgate.organizations_with_leases(array[standing.organization_id], p_node, p_at)),
          standing.retry_after_ms;
      end if;
    end loop;
    continue when refusing;
    for standing in select * from tollgate.lease_standings(p_wants, asked, p_at) loop
      leased := case when standing.ceiling is null or standing.block = 0 then 0 else
        tollgate.lease_allowed(p_wants[standing.place], standing.ceiling,
          standing.level + standing.units, p_share, p_node, p_at) end;
      if standing.ceiling is not null and standing.units + leased > 0 then
        perform tollgate.add_lease(p_wants[standing.place], p_node, standing.units + leased, p_at);
      end if;
      return query select asked, standing.want, true, leased,
        standing.level + standing.units + leased, false, null::bigint;
    end loop;
  end loop;
  perform tollgate.draw_credits(organizations, p_at);
end
$$;

-- The levels of the counters that one ask wants.
create or replace function tollgate.lease_standings(
  p_wants tollgate.lease_want[], p_ask integer, p_at timestamptz)
returns table (
  place integer, want integer, organization_id text, units bigint, block bigint, ceiling bigint,
  level bigint, leased bigint, retry_after_ms bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select w.place::integer, w.want, w.organization_id, w.units, w.block, c.ceiling, s.level,
         coalesce(b.leased, r.leased, 0),
         case when w.window_name <> 'minute'
                then floor(extract(epoch from w.ends_at - p_at) * 1000)::bigint
              when w.max > 0 and w.units <= c.ceiling
                then ceil(((s.level + w.units - c.ceiling) * 60000.0 - tollgate.rate_leaked(
                  r.debt, r.charged_at, w.max, p_at)) / w.max)::bigint end
  from unnest(p_wants) with ordinality w (
    ask, want, organization_id, meter, window_name, window_start, per, subject, units, block,
    have, ceiling, max, ends_at, place)
  left join tollgate.organizations o on o.id = w.organization_id and o.status = 'active'
    and o.paused_at is null and coalesce(o.ends_at > p_at, true)
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (w.organization_id, w.meter, w.window_name, w.window_start)
  left join tollgate.rates r on w.window_name = 'minute'
    and (r.organization_id, r.meter, r.per, r.subject)
      = (w.organization_id, w.meter, w.per, w.subject)
  cross join lateral (
    select case when o.id is null then 0
                when o.allowance_window is null or w.meter <> 'credits' then w.ceiling
                else w.ceiling - tollgate.debt_of(o.id) end as ceiling) c
  cross join lateral (
    select coalesce(case when w.window_name = 'minute'
             then tollgate.rate_level(r.debt, r.charged_at, w.max, p_at) + r.leased
             else b.used + b.held + b.leased end, 0) as level) s
  where w.ask = p_ask order by w.want;
end
$$;

-- Converts leases on a rate into debt if their process was silent for more than a minute. They
-- count as used at the latest possible time, and leak out from then. Processes stop using a lease
-- on a rate 3 s after their last contact.
create or replace function tollgate.end_lost_rate_leases(
  p_wants tollgate.lease_want[], p_at timestamptz)
returns void language plpgsql as $$
declare
  wanted tollgate.lease_want;
  lost bigint;
begin
  foreach wanted in array p_wants loop
    continue when wanted.window_name <> 'minute';
    with ended as (
      delete from tollgate.leases l
      where (l.organization_id, l.meter, l.window_name, l.per, l.subject)
          = (wanted.organization_id, wanted.meter, 'minute', wanted.per, wanted.subject)
        and not exists (select 1 from tollgate.nodes n
                        where n.node = l.node and n.seen_at > p_at - interval '63 seconds')
      returning l.units)
    select coalesce(sum(units), 0) into lost from ended;
    continue when lost = 0;
    update tollgate.rates r
    set leased = r.leased - lost,
        debt = tollgate.rate_debt(r.debt, r.charged_at, wanted.max, p_at) + lost::numeric * 60000,
        charged_at = greatest(r.charged_at, p_at)
    where (r.organization_id, r.meter, r.per, r.subject)
        = (wanted.organization_id, wanted.meter, wanted.per, wanted.subject);
  end loop;
end
$$;

-- Adds units to a process's lease.
create or replace function tollgate.add_lease(
  p_want tollgate.lease_want, p_node text, p_units bigint, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.leases as l
    (organization_id, meter, window_name, window_start, per, subject, node, units)
  values (p_want.organization_id, p_want.meter, p_want.window_name, p_want.window_start,
          p_want.per, p_want.subject, p_node, p_units)
  on conflict (organization_id, meter, window_name, window_start, per, subject, node)
  do update set units = l.units + excluded.units;
  if p_want.window_name = 'minute' then
    insert into tollgate.rates as r (organization_id, meter, per, subject, charged_at, leased)
    values (p_want.organization_id, p_want.meter, p_want.per, p_want.subject, p_at, p_units)
    on conflict (organization_id, meter, per, subject)
    do update set leased = r.leased + excluded.leased;
  else
    insert into tollgate.buckets as b
      (organization_id, meter, window_name, window_start, leased)
    values (p_want.organization_id, p_want.meter, p_want.window_name, p_want.window_start, p_units)
    on conflict (organization_id, meter, window_name, window_start)
    do update set leased = b.leased + excluded.leased;
  end if;
end
$$;

-- Removes units from a process's lease. Returns false, and removes nothing, if the lease has fewer
-- units.
create or replace function tollgate.reduce_lease(
  p_want tollgate.lease_want, p_node text, p_units bigint)
returns boolean language plpgsql as $$
begin
  update tollgate.leases l set units = l.units - p_units
  where (l.organization_id, l.meter, l.window_name, l.window_start, l.per, l.subject, l.node)
      = (p_want.organization_id, p_want.meter, p_want.window_name, p_want.window_start,
         p_want.per, p_want.subject, p_node) and l.units >= p_units;
  if not found then return false; end if;
  if p_want.window_name = 'minute' then
    update tollgate.rates r set leased = r.leased - p_units
    where (r.organization_id, r.meter, r.per, r.subject)
        = (p_want.organization_id, p_want.meter, p_want.per, p_want.subject);
  else
    update tollgate.buckets b set leased = b.leased - p_units
    where (b.organization_id, b.meter, b.window_name, b.window_start)
        = (p_want.organization_id, p_want.meter, p_want.window_name, p_want.window_start);
  end if;
  return true;
end
$$;

-- Returns unused leases of a process. A return larger than the lease is ignored.
create or replace function tollgate.give_leases(
  p_wants tollgate.lease_want[], p_node text, p_at timestamptz)
returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  given tollgate.lease_want;
begin
  perform tollgate.lock_organizations(array(select organization_id from unnest(p_wants)));
  perform tollgate.catch_up(array(select organization_id from unnest(p_wants)), p_at);
  foreach given in array p_wants loop
    perform tollgate.reduce_lease(given, p_node, given.units);
  end loop;
  perform tollgate.draw_credits(array(select organization_id from unnest(p_wants)), p_at);
end
$$;

-- Reclaims the leases of dead processes. Only for a database with a single process: when it starts,
-- all others must be dead.
create or replace function tollgate.reclaim_leases(p_node text)
returns void language plpgsql as $$
begin
  update tollgate.buckets set leased = 0 where leased <> 0;
  update tollgate.rates set leased = 0 where leased <> 0;
  delete from tollgate.leases where node <> p_node;
  delete from tollgate.nodes where node <> p_node;
end
$$;

-- Converts leases of recorded events into use. This happens in the statement that posts the events,
-- so no level counts a unit twice or not at all. A rate is charged now, which is never before the
-- use. So a lease never lets a rate leak too early.
create or replace function tollgate.spend_leases(
  p_leases tollgate.lease_want[], p_spent_item integer[], p_spent_lease integer[],
  p_spent_units bigint[], p_recorded boolean[], p_node text, p_at timestamptz)
returns void language plpgsql as $$
declare
  spent record;
begin
  for spent in
    select s.lease, sum(s.units)::bigint as units
    from (select unnest(p_spent_item) as item, unnest(p_spent_lease) as lease,
                 unnest(p_spent_units) as units) s
    where p_recorded[s.item] group by s.lease order by s.lease
  loop
    if tollgate.reduce_lease(p_leases[spent.lease], p_node, spent.units)
       and p_leases[spent.lease].window_name = 'minute' then
      update tollgate.rates r
      set debt = tollgate.rate_debt(r.debt, r.charged_at, p_leases[spent.lease].max, p_at)
                 + spent.units::numeric * 60000,
          charged_at = greatest(r.charged_at, p_at)
      where (r.organization_id, r.meter, r.per, r.subject)
          = (p_leases[spent.lease].organization_id, p_leases[spent.lease].meter,
             p_leases[spent.lease].per, p_leases[spent.lease].subject);
    end if;
  end loop;
end
$$;
