-- breaking in 0.2.0: tollgate.settle_credits: tollgate.settle_due_credits stands in for it.

-- Gives credits. They pay debts at once, and can be used from then on. Returns false, and changes
-- nothing, if they were given under this key before. The caller must have locked the organization.
create or replace function tollgate.give_credits(
  p_organization text, p_id uuid, p_source text, p_series uuid, p_key text, p_units bigint,
  p_priority smallint, p_starts timestamptz, p_expires timestamptz, p_reason text, p_actor text,
  p_at timestamptz)
returns boolean language plpgsql as $$
begin
  if exists (select from tollgate.grants
             where organization_id = p_organization and key = p_key) then
    return false;
  end if;
  perform tollgate.account_for_credits(p_organization, p_at);
  insert into tollgate.grants (id, organization_id, source, series_id, key, micro_credits,
    left_units, priority, starts_at, expires_at, reason, actor, created_at)
  values (p_id, p_organization, p_source, p_series, p_key, p_units, p_units, p_priority, p_starts,
          p_expires, p_reason, p_actor, p_at);
  perform tollgate.post_credits(p_organization, 'grant', null, null, array['given', 'grant'],
    array[null, p_id], array[-p_units, p_units], p_at);
  update tollgate.organizations
  set credits_due_at = least(credits_due_at, p_expires, case when p_starts > p_at then p_starts end)
  where id = p_organization;
  perform tollgate.tell_event(
    p_organization, case p_source when 'top_up' then 'credits.topped_up' else 'credits.granted' end,
    'grant:' || p_id, jsonb_build_object(
      'grantId', p_id, 'source', p_source, 'credits', tollgate.credits_of(p_units),
      'reason', p_reason, 'startsAt', tollgate.audit_text(p_starts),
      'expiresAt', tollgate.audit_text(p_expires)), p_at);
  perform tollgate.draw_credits(array[p_organization], p_at);
  perform tollgate.alert_of_credits(array[p_organization], true, false, p_at);
  return true;
end
$$;

-- Starts the accounting of an organization's credits. The plan pays for the use so far.
create or replace function tollgate.account_for_credits(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  update tollgate.organizations set allowance_window = ''
  where id = p_organization and allowance_window is null;
  perform tollgate.draw_credits(array[p_organization], p_at);
end
$$;

-- Takes back what is left of a grant. What was used stays used.
create or replace function tollgate.end_grant(
  p_organization text, p_grant uuid, p_at timestamptz)
returns void language plpgsql as $$
declare
  remaining bigint;
begin
  select left_units into remaining from tollgate.grants
  where organization_id = p_organization and id = p_grant and ended_at is null;
  if remaining is null then return; end if;
  update tollgate.grants set left_units = 0, ended_at = p_at where id = p_grant;
  perform tollgate.post_credits(p_organization, 'end', null, null, array['grant', 'given'],
    array[p_grant, null], array[-remaining, remaining], p_at);
  perform tollgate.refresh_alerts(array[p_organization], p_at);
end
$$;

-- Applies all that is due in the organizations up to a moment, each at its own instant and in the
-- order of those. Overdue holds end, changes of subscriptions are applied, grants begin and expire,
-- and recurring credits are granted.
-- So what is left never depends on when somebody asks or a job runs. Every decision, change or read
-- of what is left calls this first; the jobs only serve idle organizations.
-- The caller must have locked the organizations. It costs one lookup of their rows where nothing is
-- due.
create or replace function tollgate.catch_up(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  organization text;
begin
  for organization in
    select id from tollgate.organizations o
    where o.id = any (p_organizations)
      and (o.credits_due_at <= p_at
           or o.allowance_window is not null and (o.change_due_at <= p_at or exists (
                select from tollgate.reservations r
                where r.organization_id = o.id and r.state = 'held' and r.expires_at <= p_at)))
    order by id
  loop
    perform tollgate.make_due(organization, p_at, null);
  end loop;
  perform tollgate.expire_reservations(p_organizations, p_at);
end
$$;

-- The same for an organization that is not locked: it waits for the lock only if something is due.
create or replace function tollgate.lock_and_catch_up(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (
       select from tollgate.organizations o
       where o.id = p_organization
         and (o.credits_due_at <= p_at or o.change_due_at <= p_at or exists (
                select from tollgate.reservations r
                where r.organization_id = o.id and r.state = 'held' and r.expires_at <= p_at))) then
    perform tollgate.lock_organizations(array[p_organization]);
    perform tollgate.catch_up(array[p_organization], p_at);
    perform tollgate.apply_due_changes(array[p_organization], p_at);
  end if;
end
$$;

-- The same for all organizations with due changes of grants, at most p_most at once. It skips an
-- organization that is locked; the next call takes it.
create or replace function tollgate.settle_due_credits(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  organizations text[] := array(
    select id from tollgate.organizations where credits_due_at <= p_at order by id limit p_most
    for no key update skip locked);
begin
  if cardinality(organizations) = 0 then return 0; end if;
  perform tollgate.lock_organizations(organizations);
  perform tollgate.catch_up(organizations, p_at);
  return cardinality(organizations);
end
$$;

-- Applies what is due in one organization. p_not_before: the earliest instant at which grants pay. A
-- grant that expired before it pays for nothing.
create or replace function tollgate.make_due(
  p_organization text, p_at timestamptz, p_not_before timestamptz)
returns void language plpgsql as $$
declare
  done timestamptz;
  due timestamptz;
  due_of_credits timestamptz;
  due_of_holds timestamptz;
  series tollgate.grant_series;
begin
  select coalesce(credits_due_at - interval '1 microsecond', p_at) into done
  from tollgate.organizations where id = p_organization;
  loop
    due_of_credits := tollgate.next_credits_due(p_organization, done);
    due := least(due_of_credits, (
      select change_due_at from tollgate.organizations where id = p_organization));
    due_of_holds := (
      select min(expires_at) from tollgate.reservations
      where organization_id = p_organization and state = 'held');
    exit when least(due, due_of_holds) is null or least(due, due_of_holds) > p_at;
    if due_of_holds < coalesce(due, 'infinity') then
      due := tollgate.holds_end_together(p_organization, due_of_holds, due, p_at);
    end if;
    perform tollgate.expire_reservations(array[p_organization], due);
    perform tollgate.apply_due_changes(array[p_organization], due);
    if due_of_credits = due then
      perform tollgate.draw_credits(array[p_organization], greatest(due, p_not_before));
      for series in
        select * from tollgate.grant_series s
        where s.organization_id = p_organization and s.ended_at is null
          and tollgate.cycle_start(s, s.made) = due and (s.ends_at is null or due < s.ends_at)
        order by s.id
      loop
        perform tollgate.renew_grant(series, due, greatest(due, p_not_before));
      end loop;
      perform tollgate.expire_grants(p_organization, due);
      perform tollgate.draw_credits(array[p_organization], greatest(due, p_not_before));
    end if;
    done := due;
  end loop;
  update tollgate.organizations set credits_due_at = due_of_credits where id = p_organization;
  perform tollgate.refresh_alerts(array[p_organization], p_at);
end
$$;

-- Until which instant holds may end together, from the first due one (p_first) on. Between two
-- changes of what pays, returned credits only go where they came from. So the sum of the returns is
-- the return of the sum. What changes it is a due change (p_next), an override that expires, or the
-- end of a window.
-- But what returns to grants pays debts at once. So where grants paid for a hold, and a debt is owed
-- in another window, holds end instant by instant until it is paid.
create or replace function tollgate.holds_end_together(
  p_organization text, p_first timestamptz, p_next timestamptz, p_at timestamptz)
returns timestamptz language plpgsql stable as $$
declare
  before timestamptz;
begin
  select least(p_next, min(tollgate.window_end(
           w, tollgate.window_start(w, p_first, o.starts_at), o.starts_at)), (
             select min(l.expires_at) from tollgate.limit_overrides l
             where l.organization_id = p_organization and l.ended_at is null
               and l.expires_at > p_first))
  into before
  from tollgate.organizations o cross join unnest(array['hour', 'period']) w
  where o.id = p_organization;
  if exists (
       select from tollgate.credit_windows c
       join tollgate.organizations o on o.id = c.organization_id
       join tollgate.reservations r on r.organization_id = o.id and r.state = 'held'
         and r.expires_at <= p_at and r.expires_at < before
       join tollgate.buckets b
         on (b.organization_id, b.meter, b.window_name, b.window_start)
          = (o.id, 'credits', o.allowance_window,
             tollgate.window_start(o.allowance_window, r.occurred_at, o.starts_at))
       where c.organization_id = p_organization and c.owed > 0 and b.drawn > 0
         and (c.window_name, c.window_start) <> (b.window_name, b.window_start)) then
    return p_first;
  end if;
  return (
    select max(expires_at) from tollgate.reservations
    where organization_id = p_organization and state = 'held'
      and expires_at <= p_at and expires_at < before);
end
$$;

-- When the k-th grant of a series is made. It is clamped to the month's end from the first grant
-- itself.
create or replace function tollgate.cycle_start(p_series tollgate.grant_series, p_cycle integer)
returns timestamptz language sql immutable parallel safe as $$
  select (p_series.starts_at at time zone 'UTC'
          + make_interval(months => p_series.months * p_cycle)) at time zone 'UTC'
$$;

create or replace function tollgate.next_credits_due(p_organization text, p_after timestamptz)
returns timestamptz language plpgsql stable as $$
begin
  return least(
    (select min(starts_at) from tollgate.grants
     where organization_id = p_organization and left_units > 0 and starts_at > p_after),
    (select min(expires_at) from tollgate.grants
     where organization_id = p_organization and ended_at is null
       and (left_units > 0 or expires_at > p_after)),
    (select min(tollgate.cycle_start(s, s.made)) from tollgate.grant_series s
     where s.organization_id = p_organization and s.ended_at is null
       and (s.ends_at is null or tollgate.cycle_start(s, s.made) < s.ends_at)));
end
$$;

-- Makes the next grant of a series, which expires when the one after it is made. Up to rollover_max
-- of the expiring grants is carried over into a grant of its own.
-- An organization that is closed or has ended gets nothing. During a pause, what is left is carried
-- over, but no new grant is made, then or later.
create or replace function tollgate.renew_grant(
  p_series tollgate.grant_series, p_due timestamptz, p_at timestamptz)
returns void language plpgsql as $$
declare
  until timestamptz := tollgate.cycle_start(p_series, p_series.made + 1);
  name text := 'series:' || p_series.id || ':' || p_series.made;
  state text;
begin
  select case when least(o.closed_at, o.ends_at) <= p_due then 'ended'
              when o.paused_at <= p_due then 'paused' else 'active' end
  into state from tollgate.organizations o where o.id = p_series.organization_id;
  if state <> 'ended' then
    perform tollgate.roll_over(p_series, p_due, until, name || ':rollover', p_at);
  end if;
  if state = 'active' then
    perform tollgate.give_credits(
      p_series.organization_id, md5(name)::uuid, 'recurring', p_series.id, name,
      p_series.micro_credits, p_series.priority, p_due, until, p_series.reason, p_series.actor,
      p_at);
  end if;
  update tollgate.grant_series set made = made + 1 where id = p_series.id;
end
$$;

create or replace function tollgate.roll_over(
  p_series tollgate.grant_series, p_due timestamptz, p_until timestamptz, p_key text,
  p_at timestamptz)
returns void language plpgsql as $$
declare
  carried bigint := least(p_series.rollover_max, (
    select coalesce(sum(left_units), 0)::bigint from tollgate.grants
    where series_id = p_series.id and left_units > 0 and expires_at = p_due));
  sources uuid[];
  parts bigint[];
begin
  if carried = 0 then return; end if;
  select array_agg(id order by id), array_agg(units order by id) into sources, parts
  from (select id, least(left_units, greatest(0, carried - coalesce(sum(left_units) over (
                 order by id rows between unbounded preceding and 1 preceding), 0)))::bigint as units
        from tollgate.grants
        where series_id = p_series.id and left_units > 0 and expires_at = p_due) part
  where units > 0;
  update tollgate.grants g set left_units = g.left_units - p.units
  from unnest(sources, parts) p (id, units) where g.id = p.id;
  insert into tollgate.grants (id, organization_id, source, series_id, key, micro_credits,
    left_units, priority, starts_at, expires_at, reason, actor, created_at)
  values (md5(p_key)::uuid, p_series.organization_id, 'rollover', p_series.id, p_key, carried,
          carried, p_series.priority, p_due, p_until, p_series.reason, p_series.actor, p_at);
  perform tollgate.post_credits(
    p_series.organization_id, 'rollover', null, null,
    array(select 'grant' from unnest(sources)) || array['grant'], sources || md5(p_key)::uuid,
    array(select -units from unnest(parts) units) || carried, p_due);
end
$$;

-- Removes what is left of expired grants.
create or replace function tollgate.expire_grants(
  p_organization text, p_due timestamptz)
returns void language plpgsql as $$
declare
  over record;
begin
  for over in
    select id, left_units from tollgate.grants
    where organization_id = p_organization and left_units > 0 and expires_at <= p_due order by id
  loop
    update tollgate.grants set left_units = 0 where id = over.id;
    perform tollgate.post_credits(p_organization, 'expire', null, null, array['grant', 'expired'],
      array[over.id, null], array[-over.left_units, over.left_units], p_due);
    perform tollgate.tell_event(p_organization, 'credits.expired', 'grant:' || over.id,
      jsonb_build_object('grantId', over.id, 'credits', tollgate.credits_of(over.left_units)), p_due);
  end loop;
end
$$;
