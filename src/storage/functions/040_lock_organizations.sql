-- Serializes all writes of an organization: every write path locks its organizations first, in
-- order of id, so that paths never deadlock and the statement after sees all that was committed.
create or replace function tollgate.lock_organizations(p_organizations text[])
returns void language plpgsql as $$
begin
  perform 1 from tollgate.organizations
  where id = any (p_organizations) order by id for no key update;
end
$$;
