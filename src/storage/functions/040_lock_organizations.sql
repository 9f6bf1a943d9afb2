-- Serializes all writes of an organization: every write path locks its organizations first, in
-- order of id, so that paths never deadlock and the statement after sees all that was committed.
-- A session of ours waits no longer for one than its setting tollgate.lock_wait says, and then fails
-- with 55P03 (lock_not_available): a transaction of somebody's that stays open must not hold up
-- those who have nothing to do with it. Elsewhere (psql, a host's own transaction) it is as that
-- session has it.
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

-- Which of the organizations another transaction has locked at this moment. Waits for none of them.
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
