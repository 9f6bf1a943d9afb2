-- Keys of the platform for the backends of hosts: any organization, named scopes, no administrator.
-- Until now a key without an organization was the administrator's. Whose a key is, is now said, so
-- that no key becomes the administrator's by having lost something.
alter table tollgate.api_keys add column kind text collate "C" not null default 'organization';
update tollgate.api_keys set kind = 'admin' where organization_id is null;
alter table tollgate.api_keys
  add constraint "a key is an organization's, a service's or the administrator's"
    check (kind in ('organization', 'service', 'admin')),
  add constraint "only the key of an organization has one"
    check ((kind = 'organization') = (organization_id is not null)),
  add constraint "a service key has scopes"
    check (kind <> 'service' or cardinality(scopes) > 0),
  add constraint "an administrator's key has no scopes"
    check (kind <> 'admin' or cardinality(scopes) = 0);
create index "keys of the platform" on tollgate.api_keys (kind, created_at, id)
  where organization_id is null;

-- To record what has happened has become a right of its own, which a new key has only where it is
-- asked for. A key from before could record, as a part of using the gate, and can go on with it.
update tollgate.api_keys set scopes = scopes || '{usage.record}'
where organization_id is not null and 'gate.use' = any (scopes);
