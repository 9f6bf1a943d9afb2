-- The role that reads for one organization, by its name in this database. A database from before
-- keeps the role that it has.
create function tollgate.tenant_role()
returns text language sql immutable parallel safe as $$ select 'tollgate_tenant' $$;
