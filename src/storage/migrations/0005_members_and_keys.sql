-- Who is in an organization and as what, and what a key may do.

create table tollgate.members (
  organization_id text collate "C" not null references tollgate.organizations,
  user_id         text collate "C" not null,
  role            text not null,
  name            text,
  created_at      timestamptz not null,
  primary key (organization_id, user_id),
  constraint "a member has a known role"
    check (role in ('owner', 'admin', 'member', 'viewer', 'billing'))
);
create index "organizations of a user" on tollgate.members (user_id, organization_id);

-- A key of the platform's administrator has no scopes: it may do everything.
alter table tollgate.api_keys
  add column scopes text[] not null default '{}',
  add column replaced_by uuid references tollgate.api_keys;
update tollgate.api_keys
set scopes = '{gate.use,usage.read,organization.read,limits.read}' where organization_id is not null;
drop index tollgate."keys of an organization";
create index "keys of an organization" on tollgate.api_keys (organization_id, created_at, id);

-- What people of the organization itself set is never looser than the plan; all that was there
-- before is the platform's.
alter table tollgate.limit_overrides add column by_platform boolean not null default true;

-- How often the organization went to another plan: what a counter elsewhere counted under a plan
-- that was left is not all that was used when the organization is back on it.
alter table tollgate.organizations add column plan_changes integer not null default 0;
create index "organizations of a plan" on tollgate.organizations (plan_version_id, id);
