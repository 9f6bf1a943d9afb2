-- Serializes all writes of an organization. Every write path locks its organizations first, in
-- order of id. So paths never deadlock, and the next statement sees all that was committed before.
-- Our own sessions wait at most for their setting tollgate.lock_wait, then fail with 55P03
-- (lock_not_available). So a transaction that stays open cannot block calls of other organizations.
-- Other sessions (psql, a host's own transaction) wait as their own settings say.
create or replace function tollgate.lock_organizations(p_organizations text[])
returns void language plpgsql as $$
begin
  if current_setting('tollgate.lock_wait', true) <> '' then
    perform set_config('lock_timeout', current_setting('tollgate.lock_wait'), true);
  end if;
  perform 1 from tollgate.organizations
  where id = any (p_organizations) order by id for no key update;
end
$$;

-- Those of the organizations that another transaction has locked now. It waits for none of them.
create or replace function tollgate.busy_organizations(p_organizations text[])
returns text[] language plpgsql as $$
declare
  free text[] := array(
    select id from tollgate.organizations
    where id = any (p_organizations) order by id for no key update skip locked);
begin
  return array(
    select id from tollgate.organizations
    where id = any (p_organizations) and not id = any (free));
end
$$;
