-- The second wall between organizations. Whatever is read for one of them is read as a role that
-- cannot see past it: a query that forgets its filter answers with nothing that is not the
-- organization's own. Writes go through the functions, which run as the owner: they take batches of
-- many organizations, and match every row by the organization that it came with.

-- A role is of the whole server, and other databases on it may be migrated at the same moment.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'tollgate_tenant') then
    create role tollgate_tenant nologin nobypassrls noinherit;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'the role tollgate_tenant is missing, and % may not create it', current_user
      using hint = format('Run once as an administrator: create role tollgate_tenant nologin; '
                          'grant tollgate_tenant to %I;', current_user);
end
$$;
do $$
begin
  if not pg_has_role(current_user, 'tollgate_tenant', 'member') then
    execute format('grant tollgate_tenant to %I', current_user);
  end if;
end
$$;

grant usage on schema tollgate to tollgate_tenant;

-- Whose rows the role may see; null, and so no row, where nobody has said so.
create function tollgate.own_organization()
returns text language sql stable parallel safe as $$
  select nullif(current_setting('tollgate.organization_id', true), '')
$$;

-- To be called for every table that holds rows of organizations; a test holds them to it.
create function tollgate.wall_off(p_table regclass, p_column text default 'organization_id')
returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('create policy "own organization" on %s for select to tollgate_tenant
    using (%I = (select tollgate.own_organization()))', p_table, p_column);
  execute format('grant select on %s to tollgate_tenant', p_table);
end
$$;

select tollgate.wall_off('tollgate.organizations', 'id');
select tollgate.wall_off('tollgate.limit_overrides');
select tollgate.wall_off('tollgate.api_keys');
select tollgate.wall_off('tollgate.members');
select tollgate.wall_off('tollgate.events');
select tollgate.wall_off('tollgate.event_ids');
select tollgate.wall_off('tollgate.buckets');
select tollgate.wall_off('tollgate.rates');
select tollgate.wall_off('tollgate.unique_values');
select tollgate.wall_off('tollgate.rollups');
select tollgate.wall_off('tollgate.latency_rollups');
select tollgate.wall_off('tollgate.decisions');
select tollgate.wall_off('tollgate.reservations');
select tollgate.wall_off('tollgate.leases');
select tollgate.wall_off('tollgate.audit_events');
select tollgate.wall_off('tollgate.audit_heads');

-- The catalogs are of nobody in particular.
grant select on tollgate.meters, tollgate.catalog_versions, tollgate.plan_versions,
  tollgate.plan_limits, tollgate.retention to tollgate_tenant;
