-- What is sold (meters, catalogs, plan versions), and to whom (organizations, keys, overrides).

create table tollgate.meters (
  key         text collate "C" primary key,
  unit        text not null,
  aggregation text not null,
  scale       smallint not null default 0,
  constraint "a meter aggregates in a known way"
    check (aggregation in ('sum', 'count', 'max', 'unique', 'latest')),
  constraint "a meter keeps at most six decimals" check (scale between 0 and 6)
);

-- Every change of a catalog is a new row holding the whole document; the newest is in force.
create table tollgate.catalog_versions (
  id          bigint generated always as identity primary key,
  catalog     text not null,
  version     integer not null,
  document    jsonb not null,
  source      text not null,
  source_hash text,
  actor       text not null,
  note        text,
  created_at  timestamptz not null,
  constraint "a catalog comes from a file or the API" check (source in ('file', 'api')),
  constraint "one catalog version a number" unique (catalog, version)
);

-- Immutable: an edited plan is a new version, and organizations stay on theirs until moved.
create table tollgate.plan_versions (
  id         bigint generated always as identity primary key,
  catalog    text not null,
  plan       text not null,
  version    integer not null,
  document   jsonb not null,
  created_at timestamptz not null,
  constraint "one plan version a number" unique (catalog, plan, version)
);

create table tollgate.plan_limits (
  plan_version_id bigint not null references tollgate.plan_versions,
  meter           text collate "C" not null references tollgate.meters,
  window_name     text collate "C" not null,
  per             text collate "C" not null default 'organization',
  max             bigint,
  behavior        text not null,
  burst           bigint,
  cap             bigint,
  on_failure      text,
  decide          text,
  durable         boolean not null default false,
  primary key (plan_version_id, meter, window_name, per),
  constraint "a limit has a known window"
    check (window_name in ('minute', 'hour', 'day', 'month', 'period', 'concurrent')),
  constraint "a limit is per organization, key or user"
    check (per in ('organization', 'api_key', 'user')),
  constraint "a limit has a known behavior" check (behavior in ('hard', 'soft', 'overage')),
  constraint "a maximum is not negative" check (max >= 0)
);
comment on column tollgate.plan_limits.max is 'In the meter''s smallest unit; null means unlimited.';
comment on column tollgate.plan_limits.burst is
  'Of a rate limit: how much at once; null means max. Refilled at max a minute.';
comment on column tollgate.plan_limits.cap is
  'Of an overage limit: past it the call is refused; null means never.';

create table tollgate.organizations (
  id              text collate "C" primary key,
  name            text not null,
  plan_version_id bigint not null references tollgate.plan_versions,
  status          text not null default 'active',
  starts_at       timestamptz not null,
  warn_percent    smallint not null default 80,
  created_at      timestamptz not null,
  closed_at       timestamptz,
  constraint "an organization is active or closed" check (status in ('active', 'closed')),
  constraint "a warning threshold is a percentage" check (warn_percent between 1 and 100)
);
comment on column tollgate.organizations.starts_at is
  'Start of the subscription; its UTC day anchors the billing periods.';

create table tollgate.limit_overrides (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  meter           text collate "C" not null references tollgate.meters,
  window_name     text collate "C" not null,
  per             text collate "C" not null default 'organization',
  max             bigint,
  behavior        text not null,
  burst           bigint,
  cap             bigint,
  on_failure      text,
  decide          text,
  durable         boolean not null default false,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  expires_at      timestamptz,
  ended_at        timestamptz,
  constraint "an override has a known window"
    check (window_name in ('minute', 'hour', 'day', 'month', 'period', 'concurrent')),
  constraint "an override is per organization, key or user"
    check (per in ('organization', 'api_key', 'user')),
  constraint "an override has a known behavior" check (behavior in ('hard', 'soft', 'overage')),
  constraint "an overriding maximum is not negative" check (max >= 0)
);
create unique index "one override in force per limit"
  on tollgate.limit_overrides (organization_id, meter, window_name, per) where ended_at is null;

-- Only the SHA-256 of a key is kept; organization_id is null for a platform administrator's key.
create table tollgate.api_keys (
  id              uuid primary key,
  organization_id text collate "C" references tollgate.organizations,
  name            text not null,
  prefix          text not null,
  hash            bytea not null unique,
  created_at      timestamptz not null,
  expires_at      timestamptz,
  revoked_at      timestamptz,
  last_used_at    timestamptz
);
create index "keys of an organization" on tollgate.api_keys (organization_id, created_at);
