// Written by scripts/gen.mjs: change the .sql files beside this folder, then `npm run gen`.
import type { SqlFile } from '../sql-files.ts'

/** In the order in which they are applied. */
export const migrations: readonly SqlFile[] = [
  {
    name: '0001_catalog_and_organizations',
    text: `-- What is sold (meters, catalogs, plan versions), and to whom (organizations, keys, overrides).

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
`,
  },
  {
    name: '0002_ledger',
    text: `-- What was used. Events and decisions are partitioned by ISO week (see ensure_partitions), so
-- that retention drops tables; everything else is small or kept for ever. Keys compare as bytes
-- (collate "C"): the cheapest order there is, and the same on every host.

create table tollgate.events (
  organization_id     text collate "C" not null,
  occurred_at         timestamptz not null,
  id                  text collate "C" not null,
  received_at         timestamptz not null,
  reverses            text,
  event_type          text not null,
  category            text not null,
  user_id             text,
  session_id          text,
  api_key_id          uuid,
  quantities          jsonb not null,
  credits             bigint not null,
  cost_usd            numeric(24, 12),
  price_source        text,
  provider            text,
  model               text,
  input_tokens        bigint,
  cached_input_tokens bigint,
  output_tokens       bigint,
  reasoning_tokens    bigint,
  endpoint            text,
  method              text,
  status              smallint,
  duration_ms         integer,
  catalog_version_id  bigint not null,
  properties          jsonb,
  primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
comment on column tollgate.events.quantities is
  'Meter → amount in its smallest unit, or the distinct value for a unique meter.';
comment on column tollgate.events.credits is 'In micro-credits; negative on a reversal.';
comment on column tollgate.events.price_source is
  'Where the model price came from: override, catalog, library, or unpriced; null: no model.';

-- From when on raw events are whole: retention has dropped some or all from before. What starts
-- earlier cannot be recomputed from them. No row while nothing was dropped.
create table tollgate.retention (
  only_row           boolean primary key default true,
  events_whole_since timestamptz not null,
  constraint "there is one retention" check (only_row)
);

-- The idempotency keys, and what was decided under each, so that a retry is given the first answer.
-- Not partitioned by time, so that a key counts once whatever timestamp a retry carries; kept for
-- 65 days (the oldest timestamp taken is 35), backfills for ever.
create table tollgate.event_ids (
  organization_id text collate "C" not null,
  id              text collate "C" not null,
  fingerprint     uuid not null,
  occurred_at     timestamptz not null,
  received_at     timestamptz not null,
  backfilled      boolean not null,
  verb            text not null,
  reservation_id  uuid,
  credits         bigint,
  batch_id        bigint,
  ahead           text,
  asked           text,
  seen            jsonb,
  primary key (organization_id, id),
  constraint "an id is of a known verb" check (verb in ('record', 'track', 'reserve'))
);
create index "old event ids" on tollgate.event_ids using brin (received_at);
comment on column tollgate.event_ids.batch_id is
  'The batch that it was decided in together with others: what they saw is kept once.';
comment on column tollgate.event_ids.seen is
  'What it saw when it was decided in turn: as in decision_batches, of its organization alone.';
comment on column tollgate.event_ids.ahead is
  'JSON of meter → units that earlier calls of the same batch asked for.';
comment on column tollgate.event_ids.asked is 'JSON of meter → units that the call asked for.';

-- What the calls of a batch saw that were all admitted: by organization, the warning threshold and
-- every limit that was touched, with its level before the batch.
create table tollgate.decision_batches (
  id         bigint generated always as identity primary key,
  decided_at timestamptz not null,
  seen       jsonb not null
);
create index "old decision batches" on tollgate.decision_batches using brin (decided_at);

-- A meter's level in one window. Hour, day, month and period are kept for every meter and are its
-- roll-up. leased: debited by processes that decide on it by themselves, and not yet recorded.
-- latest_at and latest_id name the report that made the level of a \`latest\` meter: of two of one
-- instant, the one with the greater id.
create table tollgate.buckets (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  used            bigint not null default 0,
  held            bigint not null default 0,
  leased          bigint not null default 0,
  latest_at       timestamptz,
  latest_id       text collate "C",
  primary key (organization_id, meter, window_name, window_start),
  constraint "a hold is never negative" check (held >= 0),
  constraint "a lease is never negative" check (leased >= 0)
) with (fillfactor = 80);

-- The rate limits, as leaky buckets: a call of u units pours in u × 60,000 unit-milliseconds, and
-- the limit's maximum leaks out every millisecond. Whole numbers throughout, so it is exact.
create table tollgate.rates (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  debt            numeric not null default 0,
  charged_at      timestamptz not null,
  leased          bigint not null default 0,
  primary key (organization_id, meter, per, subject),
  constraint "a lease of a rate is never negative" check (leased >= 0)
) with (fillfactor = 80);

-- The members of the sets that unique meters count.
create table tollgate.unique_values (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  value           text collate "C" not null,
  primary key (organization_id, meter, window_name, window_start, value)
);

create table tollgate.rollups (
  organization_id     text collate "C" not null,
  dimension           text collate "C" not null,
  grain               text collate "C" not null,
  window_start        timestamptz not null,
  key                 text collate "C" not null,
  events              bigint not null,
  errors              bigint not null,
  unpriced            bigint not null,
  credits             bigint not null,
  cost_usd            numeric(30, 12) not null,
  input_tokens        bigint not null,
  cached_input_tokens bigint not null,
  output_tokens       bigint not null,
  reasoning_tokens    bigint not null,
  timed               bigint not null,
  duration_ms         bigint not null,
  primary key (organization_id, dimension, grain, window_start, key),
  constraint "a roll-up has a known dimension"
    check (dimension in ('total', 'event_type', 'user', 'endpoint', 'category', 'model')),
  constraint "a roll-up has a known grain" check (grain in ('hour', 'day', 'month'))
) with (fillfactor = 80);

-- Mergeable latency histograms, one row an endpoint and day: bucket b counts the calls that took
-- 2^((b-1)/4) < ms <= 2^(b/4). Two arrays side by side, since a row a bucket would make this the
-- larger half of all roll-up rows.
create table tollgate.latency_rollups (
  organization_id text collate "C" not null,
  endpoint        text collate "C" not null,
  day             timestamptz not null,
  buckets         smallint[] not null,
  calls           bigint[] not null,
  primary key (organization_id, day, endpoint)
) with (fillfactor = 80);

-- The refusals, and what was decided on reservations that were to grow. (What was let through is
-- explained by its id and its event.)
create table tollgate.decisions (
  id                 uuid not null,
  decided_at         timestamptz not null,
  organization_id    text collate "C" not null,
  verb               text not null,
  event_id           text collate "C" not null,
  event_type         text not null,
  occurred_at        timestamptz not null,
  allowed            boolean not null,
  credits            bigint not null,
  quantities         jsonb not null,
  seen               jsonb not null,
  catalog_version_id bigint not null,
  primary key (id, decided_at)
) partition by range (decided_at);

-- What a reservation holds is in quantities, by meter; it is held in every window that contains
-- occurred_at.
create table tollgate.reservations (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  event_id        text collate "C" not null,
  user_id         text,
  api_key_id      uuid,
  state           text not null default 'held',
  request         jsonb not null,
  quantities      jsonb not null,
  catalog_version_id bigint not null,
  occurred_at     timestamptz not null,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  ended_at        timestamptz,
  settlement      jsonb,
  held_elsewhere  boolean not null default false,
  unique (organization_id, event_id),
  constraint "a reservation is held, settled, released or expired"
    check (state in ('held', 'settled', 'released', 'expired')),
  constraint "only a held reservation has not ended" check ((state = 'held') = (ended_at is null))
);
create index "reservations that will expire"
  on tollgate.reservations (organization_id, expires_at) where state = 'held';
create index "reservations that Redis holds"
  on tollgate.reservations (organization_id) where held_elsewhere and state <> 'held';
comment on column tollgate.reservations.held_elsewhere is
  'Redis holds it as well, and has not been given it back.';

-- A batch of use as columns: one array an attribute, one place an event. Typed, quick to send,
-- and read by every statement of the write path. The amount_ arrays hold one place a meter of
-- an event, pointing at it by its place (from 1). What follows from those is sent beside them,
-- since whoever made the batch has it at hand and a statement would sort for it: ahead is what the
-- places before ask for in the same organization and hour, by meter, as JSON; the total_ arrays
-- are what all of them ask for (flows only), an organization, hour and meter a place.
create type tollgate.usage_batch as (
  organization_id     text[],
  id                  text[],
  fingerprint         uuid[],
  occurred_at         timestamptz[],
  received_at         timestamptz[],
  backfilled          boolean[],
  reverses            text[],
  verb                text[],
  event_type          text[],
  category            text[],
  user_id             text[],
  session_id          text[],
  api_key_id          uuid[],
  quantities          text[],
  credits             bigint[],
  cost_usd            numeric[],
  price_source        text[],
  provider            text[],
  model               text[],
  input_tokens        bigint[],
  cached_input_tokens bigint[],
  output_tokens       bigint[],
  reasoning_tokens    bigint[],
  endpoint            text[],
  method              text[],
  status              smallint[],
  duration_ms         integer[],
  catalog_version_id  bigint[],
  properties          text[],
  amount_item         integer[],
  amount_meter        text[],
  amount_units        bigint[],
  amount_value        text[],
  ahead               text[],
  total_organization  text[],
  total_hour          timestamptz[],
  total_meter         text[],
  total_units         bigint[]
);

-- What was decided on one item of a batch.
create type tollgate.taken_item as (
  item       integer,
  admitted   boolean,
  recallable boolean,
  seen       jsonb
);
`,
  },
  {
    name: '0003_leases',
    text: `-- What processes have debited in advance, and who they are.

-- The processes that lease, and when each was last heard of.
create table tollgate.nodes (
  node    text collate "C" primary key,
  seen_at timestamptz not null
) with (fillfactor = 50);

-- What processes have debited in advance. A row is what one of them may still use of one limit; its
-- units are also in the bucket's (or the rate's) leased, and never granted to anyone else before
-- they come back.
create table tollgate.leases (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  node            text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter, window_name, window_start, per, subject, node),
  constraint "a lease is of something" check (units >= 0)
) with (fillfactor = 80);

-- What one ask wants of one counter, and how much more on lease (block) beside what the process
-- has. ceiling: past it nothing is granted, null: nothing is refused or leased. max: of a rate,
-- how much leaks out a minute.
create type tollgate.lease_want as (
  ask             integer,
  want            integer,
  organization_id text,
  meter           text,
  window_name     text,
  window_start    timestamptz,
  per             text,
  subject         text,
  units           bigint,
  block           bigint,
  have            bigint,
  ceiling         bigint,
  max             bigint,
  ends_at         timestamptz
);

-- Who this store is, for those who keep something of it elsewhere. Made when it is first asked for.
create table tollgate.store (
  only_row boolean primary key default true,
  id       uuid not null,
  constraint "there is one store" check (only_row)
);
`,
  },
  {
    name: '0004_audit',
    text: `-- What was done, by whom, and what was refused: one chain of entries an organization, and one for
-- the platform (organization ''), in which each entry commits to all before it.

-- The instant that an entry names, as "2026-03-10T12:00:00.000Z": text to instant without any
-- setting of the session, so that a column can be generated from it.
create function tollgate.audit_instant(p_text text)
returns timestamptz language sql immutable strict parallel safe as $$
  select make_timestamp(
    substr(p_text, 1, 4)::integer, substr(p_text, 6, 2)::integer, substr(p_text, 9, 2)::integer,
    substr(p_text, 12, 2)::integer, substr(p_text, 15, 2)::integer, substr(p_text, 18, 6)::float8)
    at time zone 'UTC'
$$;

-- The text of an entry is what is hashed; the columns to look for entries by are generated from it,
-- so that nothing that is found can differ from what was hashed.
create table tollgate.audit_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  previous_hash   bytea not null,
  entry           text not null,
  hash            bytea not null,
  category        text collate "C" not null generated always as (entry::json ->> 'category') stored,
  action          text collate "C" not null generated always as (entry::json ->> 'action') stored,
  actor           text collate "C" not null generated always as (entry::json ->> 'actor') stored,
  actor_start     text collate "C" not null
    generated always as (left(entry::json ->> 'actor', 100)) stored,
  occurred_at     timestamptz not null
    generated always as (tollgate.audit_instant(entry::json ->> 'occurredAt')) stored,
  resolves        bigint generated always as (
    case when entry::json ->> 'action' = 'audit.resolved'
         then (entry::json #>> '{new,resolves}')::bigint end) stored,
  primary key (organization_id, sequence),
  constraint "an entry says whose it is and which place it has" check (starts_with(entry,
    '{"organizationId":' || to_json(organization_id)::text || ',"sequence":' || sequence || ',')),
  constraint "a hash commits to the entry and to the one before"
    check (hash = sha256(previous_hash || convert_to(entry, 'UTF8')))
);
comment on column tollgate.audit_events.actor_start is
  'How the actor begins, for the index: an actor may be longer than an index can hold.';
comment on column tollgate.audit_events.hash is 'sha256(previous_hash || the entry in UTF-8).';
create index "audit events by category"
  on tollgate.audit_events (organization_id, category, sequence);
create index "audit events by action" on tollgate.audit_events (organization_id, action, sequence);
create index "audit events by actor"
  on tollgate.audit_events (organization_id, actor_start, sequence);
create index "audit events by time" on tollgate.audit_events (organization_id, occurred_at);
create unique index "one resolution an audit event"
  on tollgate.audit_events (organization_id, resolves) where resolves is not null;

-- Where each chain ends, and where it starts since retention last took its oldest entries.
create table tollgate.audit_heads (
  organization_id text collate "C" primary key,
  sequence        bigint not null default 0,
  hash            bytea not null default decode(repeat('00', 32), 'hex'),
  start_sequence  bigint not null default 0,
  start_hash      bytea not null default decode(repeat('00', 32), 'hex'),
  constraint "a chain does not end before it starts" check (start_sequence between 0 and sequence)
) with (fillfactor = 50);
comment on column tollgate.audit_heads.start_sequence is
  'The last entry that retention took: the chain starts after it, from start_hash.';

create function tollgate.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'TG002';
end
$$;

-- Only what is before the start of its chain may go, and only an entry of the chain moves its start.
create function tollgate.guard_audit_delete() returns trigger language plpgsql as $$
begin
  if exists (
    select from removed r left join tollgate.audit_heads h using (organization_id)
    where h.start_sequence is null or r.sequence > h.start_sequence) then
    raise exception 'the audit log is append-only: delete of audit_events is refused'
      using errcode = 'TG002';
  end if;
  return null;
end
$$;

create function tollgate.guard_audit_head() returns trigger language plpgsql as $$
begin
  if new.organization_id <> old.organization_id or new.sequence < old.sequence
     or new.sequence = old.sequence and new.hash <> old.hash
     or new.start_sequence < old.start_sequence
     or new.start_sequence = old.start_sequence and new.start_hash <> old.start_hash
     or new.start_sequence > old.start_sequence and not exists (
       select from tollgate.audit_events e
       where e.organization_id = new.organization_id and e.sequence = new.sequence
         and e.action = 'audit.trimmed'
         and (e.entry::json #>> '{new,startsAfter}')::bigint = new.start_sequence
         and e.entry::json #>> '{new,startHash}' = encode(new.start_hash, 'hex')) then
    raise exception 'the audit log is append-only: update of audit_heads is refused'
      using errcode = 'TG002';
  end if;
  return new;
end
$$;

create trigger "entries do not change" before update on tollgate.audit_events
  for each statement execute function tollgate.refuse_audit_change();
create trigger "entries are not emptied" before truncate on tollgate.audit_events
  for each statement execute function tollgate.refuse_audit_change();
create trigger "entries stay" after delete on tollgate.audit_events
  referencing old table as removed
  for each statement execute function tollgate.guard_audit_delete();
create trigger "a chain only grows" before update on tollgate.audit_heads
  for each row execute function tollgate.guard_audit_head();
create trigger "a chain has a head" before delete on tollgate.audit_heads
  for each statement execute function tollgate.refuse_audit_change();
create trigger "heads are not emptied" before truncate on tollgate.audit_heads
  for each statement execute function tollgate.refuse_audit_change();

revoke update, delete, truncate on tollgate.audit_events from public;
revoke delete, truncate on tollgate.audit_heads from public;
`,
  },
  {
    name: '0005_members_and_keys',
    text: `-- Who is in an organization and as what, and what a key may do.

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
`,
  },
  {
    name: '0006_sign_in',
    text: `-- What the credentials rest on that Tollgate itself gives out: read tokens and sessions.

-- By what is derived from it every process on this database signs. One secret is in force; those
-- before it are good for checking what they signed, until their time is over.
create table tollgate.server_secrets (
  id             uuid primary key,
  secret         bytea not null,
  created_at     timestamptz not null,
  accepted_until timestamptz,
  constraint "a server secret has 32 bytes" check (octet_length(secret) = 32)
);
comment on column tollgate.server_secrets.accepted_until is 'Null: in force.';
create unique index "one server secret in force"
  on tollgate.server_secrets ((true)) where accepted_until is null;

-- Who signed in to the console: a user, or an administrator by a key, which may be the configured
-- one that no table knows. A session ends with its time, with its sign-out and with its key.
create table tollgate.sessions (
  id                uuid primary key,
  actor             text collate "C" not null,
  user_id           text,
  is_admin_by_claim boolean not null,
  api_key_id        uuid references tollgate.api_keys,
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  constraint "a session is a user's or a key's"
    check (num_nonnulls(user_id, api_key_id) <= 1)
);
create index "sessions by actor" on tollgate.sessions (actor);
create index "sessions by their end" on tollgate.sessions (expires_at);

-- A key that was revoked is as unknown as one that never was, also by the time that it takes.
alter table tollgate.api_keys alter column hash drop not null;
update tollgate.api_keys set hash = null where revoked_at is not null;
alter table tollgate.api_keys add constraint "a key that is not revoked has its hash"
  check (hash is not null or revoked_at is not null);
`,
  },
  {
    name: '0007_row_level_security',
    text: `-- The second wall between organizations. Whatever is read for one of them is read as a role that
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
`,
  },
  {
    name: '0008_history',
    text: `-- An organization's history, filtered, sorted and summed up from the key of the events alone: what
-- history is filtered by stands in the leaves of the key, so that a page reads the rows that it
-- shows and no others, and writing an event still enters one index and not two.

-- How a user and a session begin: both may be longer than an index can hold (255 characters each).
alter table tollgate.events
  add column user_start text collate "C" generated always as (left(user_id, 64)) stored,
  add column session_start text collate "C" generated always as (left(session_id, 64)) stored;

alter table tollgate.events drop constraint events_pkey;
alter table tollgate.events add primary key (organization_id, occurred_at, id)
  include (event_type, category, user_start, session_start, credits, cost_usd);

-- Roll-ups count a reversal as minus one, and a history as one event more: to sum up a history from
-- roll-ups takes the number of reversals. There are few, and no other event enters this index.
create index "reversals" on tollgate.events (organization_id, occurred_at)
  where reverses is not null;
`,
  },
  {
    name: '0009_insight',
    text: `-- What reports need beside the roll-ups.

-- In whose days an organization reads its reports. Limits and their windows stay in UTC.
alter table tollgate.organizations add column timezone text not null default 'UTC';
comment on column tollgate.organizations.timezone is
  'A name of the IANA database; the engine knows which there are.';

-- How often an organization was refused, without looking at anybody else's refusals.
create index "refusals of an organization"
  on tollgate.decisions (organization_id, decided_at) where not allowed;
`,
  },
  {
    name: '0010_billing',
    text: `-- Billing: what was billed for which period, and what is still to be told to whoever collects it.

-- An organization has one invoice a period: the unique constraint is what makes two processes, or a
-- second run, bill once, whatever else goes wrong.
create table tollgate.invoices (
  id                  uuid primary key,
  organization_id     text collate "C" not null references tollgate.organizations,
  period_start        timestamptz not null,
  period_end          timestamptz not null,
  state               text not null,
  currency            text not null,
  total_minor_units   bigint not null,
  due_minor_units     bigint not null,
  carried_minor_units bigint not null,
  created_at          timestamptz not null,
  constraint "one invoice a period" unique (organization_id, period_start),
  constraint "an invoice is a draft or final" check (state in ('draft', 'final')),
  constraint "a billed period is not empty" check (period_end > period_start),
  constraint "what is due or carried adds up to the total" check (
    due_minor_units >= 0 and carried_minor_units >= 0
    and total_minor_units = due_minor_units - carried_minor_units)
);
comment on column tollgate.invoices.total_minor_units is
  'The sum of the lines, each rounded once to the minor unit of the currency.';

create table tollgate.invoice_lines (
  invoice_id      uuid not null references tollgate.invoices,
  line            smallint not null,
  organization_id text collate "C" not null references tollgate.organizations,
  kind            text not null,
  description     text not null,
  meter           text collate "C",
  window_name     text collate "C",
  units           text,
  amount          text not null,
  minor_units     bigint not null,
  steps           jsonb not null,
  primary key (invoice_id, line),
  constraint "a line is of a known kind"
    check (kind in ('subscription', 'overage', 'proration', 'credit', 'adjustment'))
);
comment on column tollgate.invoice_lines.units is 'Of overage: decimal text, in whole units.';
comment on column tollgate.invoice_lines.amount is
  'Exact, before rounding: decimal text, or a fraction where there is no finite decimal.';

-- Acts outside of this database, written down with what causes them, and done afterwards until
-- they are known to be done. A row is tried by one process at a time, which has it on lease.
create table tollgate.outbox (
  id              bigint generated always as identity primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  kind            text not null,
  key             text collate "C" not null unique,
  payload         jsonb not null,
  created_at      timestamptz not null,
  attempts        integer not null default 0,
  refusals        integer not null default 0,
  next_attempt_at timestamptz not null,
  lease           uuid,
  leased_until    timestamptz,
  last_error      text,
  done_at         timestamptz,
  external_id     text,
  constraint "what is done has a name out there" check ((done_at is null) = (external_id is null))
);
comment on column tollgate.outbox.key is
  'The same whoever writes the act down: what was done under it is found by it.';
comment on column tollgate.outbox.refusals is
  'Definite answers of no; each begins a new idempotency key, as the old one would replay the no.';
create index "what is to be done of an organization"
  on tollgate.outbox (organization_id, next_attempt_at) where done_at is null;

-- Who an organization is at Stripe.
create table tollgate.stripe_customers (
  organization_id text collate "C" primary key references tollgate.organizations,
  customer_id     text collate "C" not null unique,
  updated_at      timestamptz not null
);

select tollgate.wall_off('tollgate.invoices');
select tollgate.wall_off('tollgate.invoice_lines');
select tollgate.wall_off('tollgate.outbox');
select tollgate.wall_off('tollgate.stripe_customers');
`,
  },
  {
    name: '0011_credits',
    text: `-- Credits that are given to an organization beside its plan's allowance, and their journal.

-- The accounting window: the limit on credits that is the plan's allowance ('period', else 'month').
-- Null while the organization was never given credits, which spares everyone else the accounting.
alter table tollgate.organizations add column allowance_window text collate "C";
alter table tollgate.organizations add column credits_due_at timestamptz;
comment on column tollgate.organizations.credits_due_at is
  'When the next grant expires or is to be made; null: none.';

alter table tollgate.buckets add column drawn bigint not null default 0;
comment on column tollgate.buckets.drawn is
  'Of credits: what of used, held and leased was taken from grants.';

-- Credits that come again: one grant a cycle, each over when the next is made.
create table tollgate.grant_series (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  key             text collate "C" not null,
  micro_credits   bigint not null,
  priority        smallint not null,
  starts_at       timestamptz not null,
  months          smallint not null,
  made            integer not null default 0,
  rollover_max    bigint not null default 0,
  ends_at         timestamptz,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  ended_at        timestamptz,
  constraint "credits begin to come again once a key" unique (organization_id, key),
  constraint "credits come again by the month" check (months between 1 and 12),
  constraint "a recurring grant is of something" check (micro_credits > 0),
  constraint "what is carried over is not negative" check (rollover_max >= 0)
);
comment on column tollgate.grant_series.made is
  'Grants made so far: the next is due made × months after starts_at.';
create index "recurring grants of an organization"
  on tollgate.grant_series (organization_id) where ended_at is null;

create table tollgate.grants (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  source          text not null,
  series_id       uuid references tollgate.grant_series,
  key             text collate "C" not null,
  micro_credits   bigint not null,
  left_units      bigint not null,
  priority        smallint not null,
  starts_at       timestamptz not null,
  expires_at      timestamptz,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  ended_at        timestamptz,
  constraint "credits come once a key" unique (organization_id, key),
  constraint "a grant is of a known source"
    check (source in ('given', 'recurring', 'rollover', 'top_up')),
  constraint "a grant is of something" check (micro_credits > 0),
  constraint "no grant is below zero, and none has more than it came to"
    check (left_units between 0 and micro_credits),
  constraint "a grant expires after it starts" check (expires_at > starts_at)
);
comment on column tollgate.grants.priority is
  'Lower goes first; the plan''s allowance is at 100, and over at the end of its window.';
comment on column tollgate.grants.left_units is 'What can still be used of it: micro-credits.';
create index "grants that have something left"
  on tollgate.grants (organization_id) where left_units > 0;
create index "grants of an organization" on tollgate.grants (organization_id, created_at, id);

-- How a window's credits were paid for, as far as grants did not: by the plan's allowance, or by
-- nobody. Both with drawn make used, held and leased of the window.
create table tollgate.credit_windows (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  from_plan       bigint not null default 0,
  owed            bigint not null default 0,
  primary key (organization_id, window_name, window_start),
  constraint "what was paid or is owed is not negative" check (from_plan >= 0 and owed >= 0)
) with (fillfactor = 50);
comment on column tollgate.credit_windows.owed is
  'Past everything: overage, or under a hard limit a debt that the next grant pays first.';

-- What each grant gave to each window, by which a use that is undone goes back where it came from.
create table tollgate.grant_draws (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  grant_id        uuid not null references tollgate.grants,
  units           bigint not null,
  primary key (organization_id, window_name, window_start, grant_id),
  constraint "no grant gave less than nothing" check (units >= 0)
) with (fillfactor = 50);

-- The journal, in double entry: the entries of a transaction sum to zero, and every balance is the
-- sum of its entries.
create table tollgate.credit_transactions (
  id              bigint generated always as identity,
  organization_id text collate "C" not null,
  occurred_at     timestamptz not null,
  kind            text not null,
  window_name     text collate "C",
  window_start    timestamptz,
  primary key (organization_id, id),
  constraint "a movement of credits is of a known kind" check (
    kind in ('opening', 'grant', 'rollover', 'draw', 'return', 'repay', 'expire', 'end'))
);
create table tollgate.credit_entries (
  organization_id text collate "C" not null,
  transaction_id  bigint not null,
  place           smallint not null,
  account         text not null,
  grant_id        uuid,
  units           bigint not null,
  primary key (organization_id, transaction_id, place),
  foreign key (organization_id, transaction_id) references tollgate.credit_transactions,
  constraint "an entry is in a known account"
    check (account in ('given', 'grant', 'plan', 'used', 'owed', 'expired')),
  constraint "an account of a grant names it" check ((account = 'grant') = (grant_id is not null)),
  constraint "an entry moves something" check (units <> 0)
);
comment on column tollgate.credit_entries.units is
  'Micro-credits: above zero goes into the account, below zero comes out of it.';

-- How a window of an allowance stands, and how it is covered.
create type tollgate.credit_standing as (
  organization_id text,
  window_name     text,
  window_start    timestamptz,
  window_end      timestamptz,
  max             bigint,
  level           bigint,
  drawn           bigint,
  from_plan       bigint,
  owed            bigint,
  is_debt         boolean,
  is_new          boolean
);

create function tollgate.refuse_credit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the journal of credits is append-only: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'TG002';
end
$$;
create trigger "transactions do not change" before update or delete or truncate
  on tollgate.credit_transactions for each statement
  execute function tollgate.refuse_credit_change();
create trigger "entries do not change" before update or delete or truncate
  on tollgate.credit_entries for each statement execute function tollgate.refuse_credit_change();
revoke update, delete, truncate on tollgate.credit_transactions, tollgate.credit_entries from public;

select tollgate.wall_off('tollgate.grant_series');
select tollgate.wall_off('tollgate.grants');
select tollgate.wall_off('tollgate.credit_windows');
select tollgate.wall_off('tollgate.grant_draws');
select tollgate.wall_off('tollgate.credit_transactions');
select tollgate.wall_off('tollgate.credit_entries');
`,
  },
  {
    name: '0012_subscriptions',
    text: `-- Subscriptions: when one is free, stands still or is over, and what is to change at an instant.

alter table tollgate.organizations
  add column trial_ends_at timestamptz,
  add column paused_at     timestamptz,
  add column ends_at       timestamptz,
  add column change_due_at timestamptz;
comment on column tollgate.organizations.trial_ends_at is 'Free until then; null: never a trial.';
comment on column tollgate.organizations.paused_at is 'Null: it is not paused.';
comment on column tollgate.organizations.ends_at is
  'The subscription is over from then on, which may be to come; null: it goes on.';
comment on column tollgate.organizations.change_due_at is
  'When the next of its scheduled changes is due; null: none.';
create index "organizations with a change to come"
  on tollgate.organizations (change_due_at) where change_due_at is not null;

-- What takes effect at its instant: whoever locks the organization next applies what is due.
create table tollgate.scheduled_changes (
  organization_id text collate "C" not null references tollgate.organizations,
  kind            text not null,
  due_at          timestamptz not null,
  plan_version_id bigint references tollgate.plan_versions,
  actor           text not null,
  primary key (organization_id, kind),
  constraint "a change is of a known kind" check (kind in ('trial_end', 'plan', 'end')),
  constraint "a change of plan has a plan" check (kind <> 'plan' or plan_version_id is not null)
);
comment on column tollgate.scheduled_changes.plan_version_id is
  'Of a trial''s end: the plan that follows; null: the same goes on, and is paid.';

-- Times that are over and were not paid for: pauses, and from an end to a new beginning.
create table tollgate.unpaid_stretches (
  organization_id text collate "C" not null references tollgate.organizations,
  started_at      timestamptz not null,
  ended_at        timestamptz not null,
  primary key (organization_id, started_at),
  constraint "a stretch does not end before it starts" check (ended_at >= started_at)
);

select tollgate.wall_off('tollgate.scheduled_changes');
select tollgate.wall_off('tollgate.unpaid_stretches');
`,
  },
  {
    name: '0013_stripe',
    text: `-- What Stripe tells of customers, subscriptions and payments, and what is sent to its meters.

-- Every event that came, for good: one that comes again has no effect. No more of it is kept than
-- what it was about, since what is true now is asked of Stripe and not read off an event.
create table tollgate.stripe_events (
  id          text collate "C" primary key,
  type        text collate "C" not null,
  object_id   text collate "C",
  created_at  timestamptz not null,
  received_at timestamptz not null,
  outcome     text not null,
  detail      jsonb,
  constraint "an event was applied, kept, or about what is gone"
    check (outcome in ('applied', 'kept', 'gone'))
);
comment on column tollgate.stripe_events.detail is 'Of errors of a meter: how many, when, and why.';
create index "errors of meters by time" on tollgate.stripe_events (created_at)
  where detail is not null;

-- State at Stripe as it was when it was last asked for. The version tells whether another answer was
-- written down since it was read: who finds one asks again, so that no older answer comes on top.
create table tollgate.stripe_subscriptions (
  id                   text collate "C" primary key,
  customer_id          text collate "C" not null,
  organization_id      text collate "C" references tollgate.organizations,
  status               text not null,
  cancel_at_period_end boolean not null,
  current_period_end   timestamptz,
  ended_at             timestamptz,
  version              integer not null,
  seen_at              timestamptz not null
);
comment on column tollgate.stripe_subscriptions.organization_id is
  'Null while nobody has said whose customer it is.';
create index "subscriptions of a customer" on tollgate.stripe_subscriptions (customer_id);
create index "subscriptions of an organization" on tollgate.stripe_subscriptions (organization_id);

create table tollgate.stripe_invoices (
  id               text collate "C" primary key,
  customer_id      text collate "C",
  organization_id  text collate "C" references tollgate.organizations,
  status           text not null,
  attempts         integer not null,
  currency         text not null,
  due_minor_units  bigint not null,
  paid_minor_units bigint not null,
  paid_at          timestamptz,
  version          integer not null,
  seen_at          timestamptz not null
);
comment on column tollgate.stripe_invoices.status is
  'As Stripe says: draft, open, paid, uncollectible, void.';
create index "invoices at Stripe of an organization" on tollgate.stripe_invoices (organization_id);
create index "invoices at Stripe of a customer" on tollgate.stripe_invoices (customer_id);

alter table tollgate.stripe_customers add column deleted_at timestamptz;
comment on column tollgate.stripe_customers.deleted_at is
  'When it was found deleted at Stripe: nothing is charged until another is named.';

alter table tollgate.outbox
  add column first_attempt_at timestamptz,
  add column stripe_invoice_id text collate "C";
comment on column tollgate.outbox.first_attempt_at is
  'Committed before anything is asked: while it is null, nothing was ever asked.';
comment on column tollgate.outbox.stripe_invoice_id is 'The invoice at Stripe that has the charge.';
create index "what was done by its name out there" on tollgate.outbox (external_id)
  where external_id is not null;
create index "acts by time" on tollgate.outbox (organization_id, kind, created_at);
create index "charges of an invoice" on tollgate.outbox (organization_id, (payload ->> 'invoiceId'));

-- Up to when use was written down for Stripe's meters: a bucket of an hour or a day that ended by
-- then is in the outbox as it was, and never again.
create table tollgate.stripe_metering (
  only_row boolean primary key default true,
  up_to    timestamptz not null,
  constraint "there is one mark of metering" check (only_row)
);

select tollgate.wall_off('tollgate.stripe_subscriptions');
select tollgate.wall_off('tollgate.stripe_invoices');
`,
  },
  {
    name: '0014_history_indexes',
    text: `-- The events of a session, which the key of the events cannot answer without reading an
-- organization's events through. Without what the key has in its leaves: few rows are looked up, and
-- every event of a session enters this as well. The last column brings the order of time.
create index "events of a session"
  on tollgate.events (organization_id, session_start, occurred_at)
  where session_start is not null;
`,
  },
  {
    name: '0015_jobs',
    text: `-- What is done by a schedule, in which any number of processes take part: the row is the leader's.
create table tollgate.job_runs (
  job           text collate "C" not null,
  scheduled_for timestamptz not null,
  node          text not null,
  started_at    timestamptz not null,
  heard_at      timestamptz not null,
  finished_at   timestamptz,
  outcome       text,
  report        jsonb,
  error         text,
  primary key (job, scheduled_for),
  constraint "a run was done, failed or skipped" check (outcome in ('done', 'failed', 'skipped')),
  constraint "what has finished has an outcome" check ((finished_at is null) = (outcome is null))
) with (fillfactor = 70);
comment on column tollgate.job_runs.heard_at is
  'When its process was last heard of; one that was not for a minute is not waited for.';
`,
  },
  {
    name: '0016_adjustments',
    text: `-- What comes after an invoice: late use, and what is given back.

alter table tollgate.invoices add column basis jsonb;
comment on column tollgate.invoices.basis is
  'What each limit was charged by and for, so that late use is charged as it would have been.';

alter table tollgate.invoice_lines add column adjusts uuid references tollgate.invoices;
comment on column tollgate.invoice_lines.adjusts is 'The earlier invoice that the line corrects.';
create index "corrections of an invoice" on tollgate.invoice_lines (adjusts)
  where adjusts is not null;

-- Given back of an invoice by hand; it is on the next invoice as a credit.
create table tollgate.credit_notes (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  invoice_id      uuid not null references tollgate.invoices,
  key             text collate "C" not null,
  minor_units     bigint not null,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  applied_to      uuid references tollgate.invoices,
  constraint "money is given back once a key" unique (organization_id, key),
  constraint "something is given back" check (minor_units > 0)
);
create index "credit notes of an invoice" on tollgate.credit_notes (invoice_id);
create index "credit notes that wait"
  on tollgate.credit_notes (organization_id) where applied_to is null;
select tollgate.wall_off('tollgate.credit_notes');

-- Since credits are given beside an allowance, it says what they have left. Made again with the
-- other functions.
drop function if exists tollgate.limits_in_force(text[], timestamptz);
`,
  },
  {
    name: '0017_top_ups',
    text: `-- Credits that are bought by themselves when few are left.
create table tollgate.top_up_settings (
  organization_id text collate "C" primary key references tollgate.organizations,
  below           bigint not null,
  units           bigint not null,
  minor_units     bigint not null,
  currency        text not null,
  most_a_month    smallint not null,
  actor           text not null,
  updated_at      timestamptz not null,
  constraint "something is bought" check (units > 0 and minor_units > 0),
  constraint "bought when some are left, at most so often"
    check (below >= 0 and most_a_month between 1 and 1000)
);
comment on column tollgate.top_up_settings.below is
  'When less can be used than this, so many units are bought: micro-credits, both.';
create index "top-ups of an organization" on tollgate.outbox (organization_id, created_at)
  where kind = 'top_up';
select tollgate.wall_off('tollgate.top_up_settings');
`,
  },
  {
    name: '0018_extension_ids',
    text: `-- An extension of a reservation that is sent again is given the first answer. Its id is kept with
-- the decision, for as long as that is.
alter table tollgate.decisions
  add column reservation_id uuid,
  add column extension_id   text collate "C",
  add column fingerprint    uuid,
  add column expires_at     timestamptz;
comment on column tollgate.decisions.extension_id is
  'Of an extension that was let through: its id, which counts once in its reservation.';
comment on column tollgate.decisions.fingerprint is
  'Of what was sent under extension_id.';
comment on column tollgate.decisions.expires_at is
  'Of what was sent under extension_id: until when its reservation was then held.';
create index "extensions of a reservation" on tollgate.decisions (reservation_id, extension_id)
  where extension_id is not null;

-- Made again with the other functions, with more parameters or columns.
drop function if exists tollgate.extend_reservation(
  tollgate.usage_batch, uuid, uuid, timestamptz, boolean, text, boolean, timestamptz);
drop function if exists tollgate.write_extension(
  tollgate.usage_batch, uuid, uuid, timestamptz, tollgate.taken_item, boolean, timestamptz);
drop function if exists tollgate.release_reservation(text, uuid, timestamptz);
`,
  },
  {
    name: '0019_service_keys',
    text: `-- Keys of the platform for the backends of hosts: any organization, named scopes, no administrator.
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
`,
  },
  {
    name: '0020_anonymous_calls',
    text: `-- What a limit per user or API key does with a call that names none: null is what its behavior says
-- (\`hard\` refuses, \`soft\` lets through). And functions whose results or arguments change.
alter table tollgate.plan_limits add column anonymous text
  constraint "an anonymous call is refused or allowed" check (anonymous in ('refuse', 'allow'));
alter table tollgate.limit_overrides add column anonymous text
  constraint "an anonymous call is refused or allowed" check (anonymous in ('refuse', 'allow'));

drop function if exists tollgate.limits_in_force(text[], timestamptz);
drop function if exists tollgate.check_quota(text, text, bigint, timestamptz);
`,
  },
  {
    name: '0021_debts_last',
    text: `-- A debt lasts until it is paid, and is told apart from overage, which the plan charges.

alter table tollgate.credit_windows
  add column overage bigint not null default 0,
  add column allowance bigint,
  add column behavior text,
  add constraint "no overage is negative" check (overage >= 0);
comment on column tollgate.credit_windows.owed is
  'A debt: past everything under a hard limit. The next grant pays it first, whenever it comes.';
comment on column tollgate.credit_windows.overage is
  'Past everything under another limit: the plan charges it, or lets it pass.';
comment on column tollgate.credit_windows.allowance is
  'The maximum that was in force when the window last moved; null: none, or not known.';
comment on column tollgate.credit_windows.behavior is
  'How that limit behaved; null: not known. What comes late is covered by these terms.';
create index "debts of an organization"
  on tollgate.credit_windows (organization_id) where owed > 0;

-- What is owed under a limit that charges was never a debt.
with other as (
  select c.organization_id, c.window_name, c.window_start, c.owed
  from tollgate.credit_windows c
  join tollgate.organizations o on o.id = c.organization_id
  left join tollgate.plan_limits l
    on l.plan_version_id = o.plan_version_id
   and (l.meter, l.window_name, l.per) = ('credits', c.window_name, 'organization')
  left join tollgate.limit_overrides x
    on x.organization_id = c.organization_id
   and (x.meter, x.window_name, x.per) = ('credits', c.window_name, 'organization')
   and x.ended_at is null and (x.expires_at is null or x.expires_at > now())
  where c.owed > 0 and coalesce(x.behavior, l.behavior, 'hard') <> 'hard'),
moved as (
  update tollgate.credit_windows c set overage = other.owed, owed = 0 from other
  where (c.organization_id, c.window_name, c.window_start)
      = (other.organization_id, other.window_name, other.window_start)
  returning c.organization_id, c.window_name, c.window_start, c.overage),
told as (
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start)
  select organization_id, now(), 'opening', window_name, window_start from moved
  returning *)
insert into tollgate.credit_entries
select t.organization_id, t.id, e.place, e.account, null, e.sign * m.overage
from told t
join moved m using (organization_id, window_name, window_start)
cross join (values (1, 'owed', 1), (2, 'plan', -1)) e (place, account, sign);

-- Windows that were too old to be looked at: what stands in them and nobody paid for is the plan's.
with old as (
  select b.organization_id, b.window_name, b.window_start,
         b.used + b.held + b.leased - b.drawn - coalesce(c.from_plan + c.owed + c.overage, 0) as units
  from tollgate.organizations o
  join tollgate.buckets b on b.organization_id = o.id and b.meter = 'credits'
    and b.window_name = o.allowance_window and b.window_start <= now() - interval '65 days'
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (b.organization_id, b.window_name, b.window_start)),
paid as (
  insert into tollgate.credit_windows as c
    (organization_id, window_name, window_start, from_plan)
  select * from old where units > 0
  on conflict (organization_id, window_name, window_start)
  do update set from_plan = c.from_plan + excluded.from_plan
  returning c.organization_id, c.window_name, c.window_start),
told as (
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start)
  select organization_id, now(), 'opening', window_name, window_start from paid
  returning *)
insert into tollgate.credit_entries
select t.organization_id, t.id, e.place, e.account, null, e.sign * old.units
from told t
join old using (organization_id, window_name, window_start)
cross join (values (1, 'plan', -1), (2, 'used', 1)) e (place, account, sign);

-- How a window of an allowance stands, and how it is covered. Made again with the functions.
drop type tollgate.credit_standing cascade;
create type tollgate.credit_standing as (
  organization_id text,
  window_name     text,
  window_start    timestamptz,
  window_end      timestamptz,
  max             bigint,
  behavior        text,
  level           bigint,
  drawn           bigint,
  from_plan       bigint,
  owed            bigint,
  overage         bigint,
  is_adopted      boolean,
  is_over         boolean
);

-- How much further than its plan's a limit on credits goes.
create type tollgate.credit_widening as (for_max bigint, for_cap bigint, past bigint);

-- When an organization was last billed, and until when: what is counted later is dated later.
alter table tollgate.organizations
  add column billed_at timestamptz,
  add column billed_until timestamptz;
update tollgate.organizations o
set billed_at = i.created_at, billed_until = i.period_end
from (select distinct on (organization_id) organization_id, created_at, period_end
      from tollgate.invoices order by organization_id, period_start desc) i
where i.organization_id = o.id;

alter table tollgate.invoice_lines add column counted bigint;
comment on column tollgate.invoice_lines.counted is
  'Of use: what of its windows the line is for, in the smallest unit. Grants paid for the rest.';

drop function if exists tollgate.settle_credits(text[], timestamptz);
drop function if exists tollgate.apply_due_credits(text, timestamptz);
drop function if exists tollgate.open_window(tollgate.credit_standing, timestamptz);
drop function if exists tollgate.move_cover(tollgate.credit_standing, bigint, bigint, bigint);
`,
  },
  {
    name: '0022_money_at_stripe',
    text: `-- What Stripe says of money: what it is to be told exactly, and what comes back.

-- Credits that were bought, and whose money was returned or is in dispute.
alter table tollgate.grants
  add column frozen_units bigint not null default 0,
  add column reversed_units bigint not null default 0,
  add column stripe_invoice_id text collate "C",
  add constraint "what is frozen or was taken back is not negative"
    check (frozen_units >= 0 and reversed_units >= 0),
  add constraint "no more is frozen than it came to" check (left_units + frozen_units <= micro_credits);
comment on column tollgate.grants.frozen_units is
  'Not to be used while its payment is in dispute: micro-credits, beside what is left.';
comment on column tollgate.grants.reversed_units is
  'Taken back since its money was returned: micro-credits.';
comment on column tollgate.grants.stripe_invoice_id is 'The invoice at Stripe that paid for it.';
update tollgate.grants set stripe_invoice_id = substring(reason from '^paid at Stripe: (.+)$')
where source = 'top_up';

alter table tollgate.credit_transactions
  drop constraint "a movement of credits is of a known kind",
  add constraint "a movement of credits is of a known kind" check (
    kind in ('opening', 'grant', 'rollover', 'draw', 'return', 'repay', 'expire', 'end',
             'take_back', 'give_back', 'freeze', 'unfreeze'));
alter table tollgate.credit_entries
  drop constraint "an entry is in a known account",
  drop constraint "an account of a grant names it",
  add constraint "an entry is in a known account"
    check (account in ('given', 'grant', 'frozen', 'plan', 'used', 'owed', 'expired')),
  add constraint "an account of a grant names it"
    check ((account in ('grant', 'frozen')) = (grant_id is not null));

alter table tollgate.stripe_subscriptions
  add column cancel_at timestamptz,
  add column paused_collection text;
comment on column tollgate.stripe_subscriptions.cancel_at is
  'When it ends: at the period''s end or at a time that was set. Null: it goes on.';
comment on column tollgate.stripe_subscriptions.paused_collection is
  'What becomes of its invoices while they are not collected, as Stripe says; null: they are.';

-- Customers whose metadata name an organization that is not there yet. It is theirs once it is made.
create table tollgate.stripe_named_customers (
  customer_id     text collate "C" primary key,
  organization_id text collate "C" not null,
  named_at        timestamptz not null
);
create index "customers that name an organization"
  on tollgate.stripe_named_customers (organization_id);
select tollgate.wall_off('tollgate.stripe_named_customers');

-- What was used of a meter and is less than one of the units that Stripe counts: it goes on to the
-- next hour or day.
create table tollgate.stripe_meter_rests (
  organization_id text collate "C" not null references tollgate.organizations,
  meter           text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter),
  constraint "a rest is not negative" check (units >= 0)
);
comment on column tollgate.stripe_meter_rests.units is 'In the smallest unit of the meter.';
select tollgate.wall_off('tollgate.stripe_meter_rests');

-- Use with decimals that waits was refused, and would be for ever: its whole part is sent, and the
-- rest goes on to the next.
with waiting as (
  select o.id, o.organization_id, o.payload ->> 'meter' as meter,
         (o.payload ->> 'value')::numeric as value, m.scale
  from tollgate.outbox o join tollgate.meters m on m.key = o.payload ->> 'meter'
  where o.kind = 'use' and o.done_at is null and o.payload ->> 'value' like '%.%'),
cut as (
  update tollgate.outbox o
  set payload = o.payload || jsonb_build_object('value', trunc(w.value)::text,
        'rest', trim_scale(w.value - trunc(w.value))::text),
      done_at = case when trunc(w.value) = 0 then o.created_at end,
      external_id = case when trunc(w.value) = 0 then 'nothing' end,
      lease = null, leased_until = null
  from waiting w where o.id = w.id)
insert into tollgate.stripe_meter_rests
select organization_id, meter, sum((value - trunc(value)) * power(10::numeric, scale))::bigint
from waiting group by 1, 2;

-- Charges past what Stripe takes at once were refused, and would be for ever: they are split.
with waiting as (
  select *, (payload ->> 'minorUnits')::bigint as units from tollgate.outbox
  where kind = 'charge' and done_at is null and abs((payload ->> 'minorUnits')::bigint) > 99999999),
parts as (
  select w.*, part, (sign(w.units) * least(99999999, abs(w.units) - 99999999 * (part - 1)))::bigint
           as units_of_part
  from waiting w
  cross join lateral generate_series(1, ((abs(w.units) + 99999998) / 99999999)::integer) part),
first as (
  update tollgate.outbox o
  set payload = o.payload || jsonb_build_object('minorUnits', p.units_of_part::text)
  from parts p where o.id = p.id and p.part = 1)
insert into tollgate.outbox (organization_id, kind, key, payload, created_at, next_attempt_at)
select organization_id, kind, key || '_' || part,
       payload || jsonb_build_object('minorUnits', units_of_part::text), created_at, next_attempt_at
from parts where part > 1
on conflict (key) do nothing;
`,
  },
  {
    name: '0023_room_probe',
    text: `-- Where it is tried out whether the database can write: \`tollgate.probe_room()\` leaves nothing here.
create table tollgate.room_probe (filler text not null);
alter table tollgate.room_probe alter column filler set storage external;
`,
  },
  {
    name: '0024_usage_parts',
    text: `-- What of a call has a price of its own and no column: what was written to a cache, audio, images,
-- searches. As one JSON, since most calls have none of it; a column that is null costs nothing.
-- And which price an event was priced at, beside where that price came from.
alter table tollgate.events
  add column price_name     text,
  add column priced_as_text boolean,
  add column parts          jsonb;
comment on column tollgate.events.price_name is
  'The price that it was priced at, as provider/model; null: no model, or unpriced.';
comment on column tollgate.events.priced_as_text is
  'The price has audio or images of the input apart, of which the event told nothing.';
comment on column tollgate.events.parts is
  'Amounts by field of the event; those of tokens are in input_tokens or output_tokens as well.';
alter table tollgate.rollups add column parts jsonb;
comment on column tollgate.rollups.parts is 'The sums of the parts of the events; null: none.';

alter type tollgate.usage_batch add attribute price_name text[];
alter type tollgate.usage_batch add attribute priced_as_text boolean[];
alter type tollgate.usage_batch add attribute parts text[];

-- Made again with the other functions, with the days that are kept.
drop function if exists tollgate.trim_audit(text, timestamptz, bigint, timestamptz);

-- Movements of credits are told by a number of their organization's own: the sequence over all
-- organizations told everybody how much goes on in them together.
alter table tollgate.credit_transactions add column number bigint;
alter table tollgate.credit_transactions disable trigger "transactions do not change";
update tollgate.credit_transactions t set number = n.number
from (select organization_id, id,
             row_number() over (partition by organization_id order by id) as number
      from tollgate.credit_transactions) n
where t.organization_id = n.organization_id and t.id = n.id;
alter table tollgate.credit_transactions enable trigger "transactions do not change";
alter table tollgate.credit_transactions alter column number set not null;
create unique index "movements of an organization"
  on tollgate.credit_transactions (organization_id, number);
`,
  },
  {
    name: '0025_chains_and_trials',
    text: `-- The platform's chain names every organization that was made, so that a chain of any other was
-- invented. Those from before are named here, as they stand now; a chain without an organization is
-- not. Written out, since what appends later may change.
do $$
declare
  head tollgate.audit_heads;
  named record;
  text_of_entry text;
begin
  for named in
    select json_agg(o.id order by o.id)::text as ids
    from (select id, (row_number() over (order by id) - 1) / 500 as part
          from tollgate.organizations) o
    group by o.part order by o.part
  loop
    insert into tollgate.audit_heads (organization_id) values ('')
    on conflict (organization_id) do nothing;
    select * into head from tollgate.audit_heads where organization_id = '' for no key update;
    text_of_entry := '{"organizationId":"","sequence":' || head.sequence + 1
      || ',"action":"audit.chains_carried","actor":"migration","address":null,'
      || '"category":"organization","new":{"organizations":' || named.ids || '},"occurredAt":"'
      || to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      || '","old":null,"subject":"audit:chains"}';
    insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
    values ('', head.sequence + 1, head.hash, text_of_entry,
            sha256(head.hash || convert_to(text_of_entry, 'UTF8')));
    update tollgate.audit_heads
    set sequence = head.sequence + 1, hash = sha256(head.hash || convert_to(text_of_entry, 'UTF8'))
    where organization_id = '';
  end loop;
end
$$;

-- A change that is what a trial was for says so in the log when it takes effect.
alter table tollgate.scheduled_changes add column trial_plan text;
comment on column tollgate.scheduled_changes.trial_plan is
  'The plan of the trial, as catalog/plan, that this change upgrades; null: it upgrades none.';
`,
  },
  {
    name: '0026_tenant_role',
    text: `-- The role that reads for one organization, by its name in this database. A database from before
-- keeps the role that it has.
create function tollgate.tenant_role()
returns text language sql immutable parallel safe as $$ select 'tollgate_tenant' $$;
`,
  },
  {
    name: '0027_standing_of_a_release',
    text: `-- What a release says is left, for whoever sends it again.
alter table tollgate.reservations add column standing jsonb;
comment on column tollgate.reservations.standing is
  'How the limits on credits stood when it was released; null: it was not.';
-- Made again with the other functions, with what is left.
drop function if exists tollgate.release_reservation(text, uuid, timestamptz);
`,
  },
  {
    name: '0028_disputed_credits',
    text: `-- What of a grant is in dispute, whether it was used or not: what is given back of it meanwhile is
-- frozen as well.
alter table tollgate.grants
  add column disputed_units bigint not null default 0,
  add constraint "what is in dispute is not negative" check (disputed_units >= 0),
  add constraint "no more is frozen than is in dispute" check (frozen_units <= disputed_units)
    not valid;
update tollgate.grants set disputed_units = frozen_units where frozen_units > 0;
alter table tollgate.grants validate constraint "no more is frozen than is in dispute";
comment on column tollgate.grants.disputed_units is
  'Of all that it came to, what its payment in dispute is worth: micro-credits.';
`,
  },
  {
    name: '0029_budgets',
    text: `-- Budgets of runs: limits whose window is a run and not a time. What is drawn on one is drawn on
-- those above it as well.
create table tollgate.budgets (
  organization_id text collate "C" not null references tollgate.organizations,
  id              text collate "C" not null,
  path            text[] collate "C" not null,
  allotted        boolean not null,
  final_share     numeric(5, 4) not null,
  idle_ms         bigint not null,
  ends_at         timestamptz,
  user_id         text,
  fingerprint     uuid not null,
  opened_at       timestamptz not null,
  last_used_at    timestamptz not null,
  due_at          timestamptz not null,
  closed_at       timestamptz,
  ended_by        text,
  steps           bigint not null default 0,
  refusals        bigint not null default 0,
  primary key (organization_id, id),
  constraint "a budget is first in its path" check (path[1] = id),
  constraint "what has ended says by what" check ((closed_at is null) = (ended_by is null)),
  constraint "a budget ends in a known way"
    check (ended_by in ('closed', 'idle', 'time', 'within'))
) with (fillfactor = 80);
comment on column tollgate.budgets.path is
  'The budget, the one that it is within, and so on, the outermost last.';
comment on column tollgate.budgets.allotted is
  'Its ceilings are held in those above it while it is open, and draws on it move only itself.';
comment on column tollgate.budgets.due_at is
  'When it ends by itself, unless it is used before or something is held in it.';
create index "budgets that end" on tollgate.budgets (organization_id, due_at)
  where closed_at is null;
create index "budgets within others" on tollgate.budgets (organization_id, (path[2]))
  where closed_at is null;
create index "budgets by age" on tollgate.budgets (organization_id, opened_at, id);
create index "old budgets" on tollgate.budgets (closed_at) where closed_at is not null;

-- What was drawn on a budget of each meter that adds up, in its smallest unit. A ceiling that is
-- null does not bind: the row is for the report.
create table tollgate.budget_levels (
  organization_id text collate "C" not null,
  budget_id       text collate "C" not null,
  meter           text collate "C" not null,
  ceiling         bigint,
  used            bigint not null default 0,
  held            bigint not null default 0,
  primary key (organization_id, budget_id, meter),
  foreign key (organization_id, budget_id) references tollgate.budgets on delete cascade,
  constraint "a ceiling is not negative" check (ceiling >= 0),
  constraint "a hold of a budget is never negative" check (held >= 0)
) with (fillfactor = 80);
comment on column tollgate.budget_levels.held is
  'By reservations, and by budgets within it that were allotted a share.';

select tollgate.wall_off('tollgate.budgets');
select tollgate.wall_off('tollgate.budget_levels');

-- Which budget a use was drawn on; null for nearly all of them, and costs nothing then.
alter table tollgate.reservations add column budget_id text collate "C";
create index "holds of a budget" on tollgate.reservations (organization_id, budget_id)
  where budget_id is not null and state = 'held';
alter table tollgate.events add column budget_id text collate "C";
alter type tollgate.usage_batch add attribute budget_id text[];
alter type tollgate.usage_batch add attribute budget_final boolean[];
`,
  },
  {
    name: '0030_jobs_on_request',
    text: `-- Jobs that somebody asks for: who, with what, and how far they are.
alter table tollgate.job_runs
  add column requested_by text,
  add column asked jsonb,
  add column progress jsonb;
comment on column tollgate.job_runs.requested_by is 'Null: its schedule.';
comment on column tollgate.job_runs.asked is 'What it was asked for, where a job takes anything.';
comment on column tollgate.job_runs.progress is 'How far it was when it was last heard of.';
`,
  },
  {
    name: '0032_domain_events',
    text: `-- What has happened, for whoever wants to be told: one outbox of events that are written in the
-- transaction of what they tell of. Those of an organization are numbered in the order in which
-- they were committed; those of the platform are of the organization ''.
create table tollgate.domain_event_heads (
  organization_id text collate "C" primary key,
  sequence        bigint not null
) with (fillfactor = 50);
comment on table tollgate.domain_event_heads is
  'The last number that was given out; its row is locked until the transaction of the event ends.';

create table tollgate.domain_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  id              uuid not null unique,
  kind            text collate "C" not null,
  subject         text not null,
  data            jsonb not null,
  key             text collate "C",
  occurred_at     timestamptz not null,
  fanned_out_at   timestamptz,
  primary key (organization_id, sequence)
);
comment on column tollgate.domain_events.key is
  'Of what is told once: a second event under the same key of an organization is not written.';
comment on column tollgate.domain_events.fanned_out_at is
  'When the deliveries of it were written. Null: they are still to be.';
create unique index "an event is told once" on tollgate.domain_events (organization_id, key)
  where key is not null;
create index "events without deliveries" on tollgate.domain_events (occurred_at)
  where fanned_out_at is null;
create index "events of a kind" on tollgate.domain_events (organization_id, kind, sequence);
create index "events by age" on tollgate.domain_events (occurred_at);

select tollgate.wall_off('tollgate.domain_event_heads');
select tollgate.wall_off('tollgate.domain_events');
`,
  },
  {
    name: '0033_deliveries',
    text: `-- Who is told of events, and what became of it.

-- Somewhere that wants to be told: of an organization, or of the platform (''), which is told of
-- all organizations. A process has it on lease while it sends, so that two never send the same.
create table tollgate.endpoints (
  id              uuid primary key,
  organization_id text collate "C" not null,
  channel         text not null,
  target          text not null,
  description     text,
  kinds           text[] collate "C" not null,
  state           text not null,
  reason          text,
  secret          text,
  former_secret   text,
  former_until    timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  failing_since   timestamptz,
  last_ok_at      timestamptz,
  due_at          timestamptz,
  lease           uuid,
  leased_until    timestamptz,
  constraint "an endpoint is of a known channel" check (channel in ('webhook', 'slack', 'email')),
  constraint "an endpoint is on, paused or disabled" check (state in ('on', 'paused', 'disabled')),
  constraint "a former secret has an end" check ((former_secret is null) = (former_until is null))
) with (fillfactor = 70);
comment on column tollgate.endpoints.kinds is
  'Kinds of events, or all of a group (invoice.*). Empty: everything.';
comment on column tollgate.endpoints.secret is 'Sealed with a key of the server.';
comment on column tollgate.endpoints.failing_since is
  'When the first delivery failed since the last that came through.';
comment on column tollgate.endpoints.due_at is
  'Not later than the next delivery that waits. Null: none does.';
create index "endpoints of an organization" on tollgate.endpoints (organization_id, created_at, id);
create index "endpoints with something due" on tollgate.endpoints (due_at)
  where due_at is not null and state = 'on';

-- An event for an endpoint. One that came to no endpoint that was on is kept as well, so that it
-- can be sent later.
create table tollgate.deliveries (
  id              uuid primary key,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null references tollgate.endpoints on delete cascade,
  event_id        uuid not null references tollgate.domain_events (id) on delete cascade,
  kind            text collate "C" not null,
  state           text not null,
  reason          text,
  attempts        integer not null default 0,
  round_attempts  integer not null default 0,
  next_attempt_at timestamptz,
  created_at      timestamptz not null,
  done_at         timestamptz,
  constraint "one delivery an event and endpoint" unique (endpoint_id, event_id),
  constraint "a delivery waits, or is over" check (state in ('waiting', 'done', 'failed', 'skipped')),
  constraint "what waits has its time" check ((state = 'waiting') = (next_attempt_at is not null))
) with (fillfactor = 80);
comment on column tollgate.deliveries.organization_id is 'Whose the endpoint is.';
comment on column tollgate.deliveries.round_attempts is
  'Those since it was last sent again by hand: the waits between them begin anew then.';
create index "deliveries that wait" on tollgate.deliveries (endpoint_id, next_attempt_at)
  where state = 'waiting';
create index "deliveries of an endpoint" on tollgate.deliveries (endpoint_id, created_at, id);
create index "deliveries of an event" on tollgate.deliveries (event_id);

-- Every try, with what was answered.
create table tollgate.delivery_tries (
  delivery_id     uuid not null references tollgate.deliveries on delete cascade,
  attempt         integer not null,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  tried_at        timestamptz not null,
  took_ms         integer not null,
  status          smallint,
  error           text,
  answer          text,
  primary key (delivery_id, attempt)
);
comment on column tollgate.delivery_tries.answer is
  'How the answer began: what somebody else wrote, so never to be trusted.';
create index "tries by age" on tollgate.delivery_tries (tried_at);
create index "tries of an endpoint" on tollgate.delivery_tries (endpoint_id, tried_at);

select tollgate.wall_off('tollgate.endpoints');
select tollgate.wall_off('tollgate.deliveries');
select tollgate.wall_off('tollgate.delivery_tries');
`,
  },
  {
    name: '0034_alerts',
    text: `-- Rules by which somebody is told that something is near, wrong or over, how each stands, and what
-- was told. A rule of the platform ('') is of every organization, or of all on a plan: no row of it
-- is made for each.
create table tollgate.alert_rules (
  id              uuid primary key,
  version         integer not null,
  organization_id text collate "C" not null,
  plan            text,
  kind            text collate "C" not null,
  name            text,
  meter           text collate "C",
  window_name     text collate "C",
  maximum         bigint,
  levels          numeric[] not null,
  severities      text[] not null,
  terms           jsonb not null,
  enabled         boolean not null,
  built_in        boolean not null default false,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  constraint "only a rule of the platform is of a plan" check (plan is null or organization_id = ''),
  constraint "each level has its severity" check (cardinality(levels) = cardinality(severities)
    and cardinality(levels) > 0)
);
comment on column tollgate.alert_rules.version is
  'Rises when what is measured or a level changes: what was told by then says nothing of it.';
comment on column tollgate.alert_rules.maximum is
  'Of what the share is, in the meter''s smallest unit; null: of the limit.';
comment on column tollgate.alert_rules.levels is
  'In rising order: percents, credits, dollars, milliseconds, calls or days, by the kind.';
create index "rules of an owner" on tollgate.alert_rules (organization_id, created_at, id);

-- A rule of the platform that an organization has turned off for itself.
create table tollgate.alert_mutes (
  organization_id text collate "C" not null,
  rule_id         uuid not null references tollgate.alert_rules on delete cascade,
  primary key (organization_id, rule_id)
);

-- How far a window has come by a rule: a level that only rises under one maximum.
create table tollgate.alert_levels (
  organization_id text collate "C" not null,
  rule_id         uuid not null references tollgate.alert_rules on delete cascade,
  rule_version    integer not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  maximum         numeric,
  prev            smallint not null,
  level           smallint not null,
  value           numeric not null,
  primary key (organization_id, rule_id, rule_version, meter, window_name, window_start)
) with (fillfactor = 80);
comment on column tollgate.alert_levels.prev is
  'The level before the last change: what lies between the two was told by that change.';
create index "levels by age" on tollgate.alert_levels (window_start);

-- How a rule stands that goes both ways.
create table tollgate.alert_states (
  organization_id text collate "C" not null,
  rule_id         uuid not null references tollgate.alert_rules on delete cascade,
  subject         text collate "C" not null,
  rule_version    integer not null,
  episode         integer not null default 0,
  firing          boolean not null default false,
  firing_id       uuid,
  key             text,
  bad             integer not null default 0,
  good            integer not null default 0,
  fired_at        timestamptz,
  primary key (organization_id, rule_id, subject)
) with (fillfactor = 80);
comment on column tollgate.alert_states.key is
  'What is judged, such as a window: with another one it begins anew.';
create index "states that fire" on tollgate.alert_states (rule_id) where firing;

-- What was told, and what became of it.
create table tollgate.alert_firings (
  id              uuid primary key,
  organization_id text collate "C" not null,
  rule_id         uuid not null,
  rule_version    integer not null,
  rule_kind       text collate "C" not null,
  severity        text collate "C" not null,
  key             text collate "C" not null,
  title           text not null,
  subject         text,
  value           numeric,
  threshold       numeric,
  maximum         numeric,
  unit            text,
  window_start    timestamptz,
  window_end      timestamptz,
  occurred_at     timestamptz not null,
  decided_at      timestamptz not null,
  standing        boolean not null,
  cause           text not null,
  suppressed      text,
  ended           text,
  ended_at        timestamptz,
  ended_value     numeric,
  constraint "a level of a window is told once" unique (organization_id, key),
  constraint "a firing is info, a warning or critical"
    check (severity in ('info', 'warning', 'critical')),
  constraint "what has ended says how" check ((ended is null) = (ended_at is null))
);
comment on column tollgate.alert_firings.suppressed is 'Why nobody was told; null: they were.';
create index "firings of an owner" on tollgate.alert_firings (organization_id, decided_at, id);
create index "firings by age" on tollgate.alert_firings (decided_at);
create index "firings of a rule" on tollgate.alert_firings (rule_id, decided_at);

-- Rises with every change of a rule of the platform. An organization whose own number is behind is
-- looked at before it is posted to.
create table tollgate.alert_epoch (
  only_row     boolean primary key default true,
  epoch        integer not null,
  looked_until timestamptz,
  hour_done    timestamptz,
  due_at       timestamptz,
  constraint "there is one epoch" check (only_row)
);
comment on column tollgate.alert_epoch.due_at is 'When a process looks next at what has no event.';

alter table tollgate.organizations add column alert_epoch integer not null default 0;
alter table tollgate.organizations add column alert_kinds text[] not null default '{}';
comment on column tollgate.organizations.alert_kinds is
  'The kinds of its rules that are not on the level of a meter.';
create index "organizations that are behind the rules" on tollgate.organizations (alert_epoch);

alter table tollgate.buckets
  add column alert_at bigint not null default (-9223372036854775808)::bigint;
comment on column tollgate.buckets.alert_at is
  'From this level on its rules are to be looked at. Too low costs a look; who lowers it looks at once.';

create type tollgate.raised_level as (
  organization_id text,
  meter           text,
  window_name     text,
  window_start    timestamptz,
  used            bigint,
  occurred_at     timestamptz
);

-- What a rule measures in a window. value and maximum are in units of 10^-scale.
create type tollgate.alert_measure as (
  organization_id text,
  rule_id         uuid,
  meter           text,
  window_name     text,
  window_start    timestamptz,
  window_end      timestamptz,
  value           numeric,
  maximum         numeric,
  scale           smallint,
  unit            text,
  occurred_at     timestamptz
);

-- These have other results now, or other parameters.
drop function if exists tollgate.post_flows(tollgate.usage_batch, boolean[]);
drop function if exists tollgate.post_totals(tollgate.usage_batch);
drop function if exists tollgate.post_states(tollgate.usage_batch, boolean[]);
drop function if exists tollgate.post_events(tollgate.usage_batch, boolean[]);

select tollgate.wall_off('tollgate.alert_mutes');
select tollgate.wall_off('tollgate.alert_levels');
select tollgate.wall_off('tollgate.alert_states');
select tollgate.wall_off('tollgate.alert_firings');
select tollgate.wall_off('tollgate.alert_rules');

-- What there is from the beginning: an epoch, and the rules that everybody has until they are turned
-- off.
create function tollgate.seed_alerts()
returns void language sql as $$
  insert into tollgate.alert_epoch (epoch) values (1);
  insert into tollgate.alert_rules (id, version, organization_id, kind, name, levels, severities,
    terms, enabled, built_in, created_at, updated_at)
  values
    ('a1e20000-0000-4000-8000-000000000001', 1, '', 'limit_share', 'Share of a limit',
     '{50,80,90,100}', '{info,warning,warning,critical}', '{}', true, true,
     '2026-01-01Z', '2026-01-01Z'),
    ('a1e20000-0000-4000-8000-000000000002', 1, '', 'limit_forecast', 'Forecast past a limit',
     '{100}', '{warning}', '{}', true, true, '2026-01-01Z', '2026-01-01Z'),
    ('a1e20000-0000-4000-8000-000000000003', 1, '', 'unpriced_calls', 'Calls without a price',
     '{1}', '{warning}', '{}', true, true, '2026-01-01Z', '2026-01-01Z'),
    ('a1e20000-0000-4000-8000-000000000004', 1, '', 'payment_failed', 'Failed payment',
     '{1,3}', '{warning,critical}', '{}', true, true, '2026-01-01Z', '2026-01-01Z'),
    ('a1e20000-0000-4000-8000-000000000005', 1, '', 'job_failed', 'Failed job',
     '{1}', '{warning}', '{}', true, true, '2026-01-01Z', '2026-01-01Z'),
    ('a1e20000-0000-4000-8000-000000000006', 1, '', 'prices_age', 'Age of the price table',
     '{60,180}', '{info,warning}', '{}', true, true, '2026-01-01Z', '2026-01-01Z');
$$;
select tollgate.seed_alerts();
`,
  },
  {
    name: '0035_channels',
    text: `-- People are told of events as well, by Slack and by mail. A channel is an endpoint of another
-- kind: it has the same lease, schedule and log of tries. What it is sent are messages, each of
-- which is of one or more deliveries.
alter table tollgate.endpoints
  add column minimum_severity text,
  add column zone             text,
  add column quiet_from       text collate "C",
  add column quiet_until      text collate "C",
  add column digest_at        text collate "C",
  add column refusals         integer not null default 0,
  add column not_before       timestamptz,
  add constraint "a channel says what it is told of, and when" check (
    case when channel = 'webhook' then num_nonnulls(minimum_severity, zone, quiet_from, digest_at) = 0
         else minimum_severity is not null and zone is not null end),
  add constraint "quiet hours begin and end" check ((quiet_from is null) = (quiet_until is null));
comment on column tollgate.endpoints.quiet_from is
  'The time of day in its zone, HH:MM, from which on only what is critical is sent.';
comment on column tollgate.endpoints.digest_at is
  'The time of day at which what is not critical is sent, all together. Null: as it happens.';
comment on column tollgate.endpoints.refusals is
  'How many messages were finally refused since the last that came through.';
comment on column tollgate.endpoints.not_before is
  'Nothing is sent to it earlier: it asked for that, or takes so much in a second and no more.';

alter table tollgate.deliveries
  add column message_id uuid,
  add column held       boolean not null default false;
comment on column tollgate.deliveries.message_id is
  'The message that it is sent in. Tries have the same, so that whoever gets two can tell.';
comment on column tollgate.deliveries.held is
  'It waited for the end of quiet hours, or for the time of the digest.';
create index "deliveries of a message" on tollgate.deliveries (message_id)
  where message_id is not null;

create index "events of a firing" on tollgate.domain_events ((data ->> 'firingId'))
  where kind in ('alert.fired', 'alert.recovered');
`,
  },
  {
    name: '0036_jobs_on_lease',
    text: `-- Jobs of which one process at a time does one: how far its schedule was followed, and the number
-- by which what a process writes of a run is told from what its successor does.
create table tollgate.jobs (
  job           text collate "C" primary key,
  due_through   timestamptz not null,
  epoch         bigint not null default 0,
  failures      integer not null default 0,
  failing_since timestamptz
) with (fillfactor = 50);
comment on column tollgate.jobs.due_through is
  'The last time of its schedule that was begun or passed over: none up to it is begun again.';
comment on column tollgate.jobs.epoch is
  'Rises whenever a run begins or another process takes it over.';
comment on column tollgate.jobs.failing_since is
  'When the first run failed since the last that did not; that it fails was told then.';

alter table tollgate.job_runs
  drop constraint "a run was done, failed or skipped",
  add constraint "a run was done, failed, lost or skipped"
    check (outcome in ('done', 'failed', 'lost', 'skipped')),
  add column epoch bigint not null default 0,
  add column leased_until timestamptz,
  add column attempts integer not null default 1,
  add column missed integer not null default 0;
comment on column tollgate.job_runs.epoch is
  'Whoever does not know this number does not do this run any more, and writes nothing of it.';
comment on column tollgate.job_runs.leased_until is
  'Unless it is heard of until then, another process takes it over.';
comment on column tollgate.job_runs.missed is
  'Times of the schedule before this one at which nobody was there, and for which this one stands.';
update tollgate.job_runs set leased_until = heard_at + interval '1 minute';
alter table tollgate.job_runs alter column leased_until set not null;
create index "runs under way" on tollgate.job_runs (job) where finished_at is null;

insert into tollgate.jobs (job, due_through)
select job, coalesce(max(scheduled_for) filter (where requested_by is null), max(scheduled_for))
from tollgate.job_runs group by job;
alter table tollgate.job_runs add foreign key (job) references tollgate.jobs (job);

drop function if exists tollgate.claim_job(text, timestamptz, text, timestamptz);
drop function if exists tollgate.begin_job(text, text, timestamptz, text, jsonb);
`,
  },
  {
    name: '0037_traces',
    text: `-- The trace in which an event happened, so that its deliveries can be linked to it.
alter table tollgate.domain_events add column traceparent text;
comment on column tollgate.domain_events.traceparent is
  'As W3C Trace Context writes it. Null: nobody traced it.';
`,
  },
  {
    name: '0038_workflows',
    text: `-- Work of several steps that must come to an end whatever happens to the process that does it.

-- A run of a workflow: which step it is at, in which direction, and who does it now. Of nobody's
-- organization where it is '', the platform.
create table tollgate.workflow_runs (
  id              uuid primary key,
  organization_id text collate "C" not null,
  workflow        text collate "C" not null,
  version         text collate "C" not null,
  key             text collate "C" not null unique,
  steps           text[] collate "C" not null,
  step            integer not null default 0,
  direction       text not null default 'do',
  state           text not null,
  input           jsonb not null,
  started_by      text not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  ended_at        timestamptz,
  due_at          timestamptz,
  attempts        integer not null default 0,
  error           text,
  epoch           bigint not null default 0,
  leased_until    timestamptz,
  constraint "a run is done or undone" check (direction in ('do', 'undo')),
  constraint "a run is in a known state" check (state in
    ('running', 'waiting', 'undoing', 'paused', 'stuck', 'done', 'undone', 'canceled')),
  constraint "what is undone goes back" check (
    case when state in ('undoing', 'undone') then direction = 'undo'
         when state in ('running', 'waiting', 'done') then direction = 'do' else true end),
  constraint "what is over has its time" check (
    (ended_at is not null) = (state in ('done', 'undone', 'canceled')))
) with (fillfactor = 70);
comment on column tollgate.workflow_runs.key is 'Of what is started once.';
comment on column tollgate.workflow_runs.steps is
  'The names of its steps when it was started: other code of the same version is not its own.';
comment on column tollgate.workflow_runs.step is
  'The place of the step that is to be done, or undone, next.';
comment on column tollgate.workflow_runs.epoch is
  'Rises with each process that takes the run: what one writes that had it before is refused.';
comment on column tollgate.workflow_runs.due_at is 'Null: only an event wakes it.';
create index "workflow runs that are due" on tollgate.workflow_runs (due_at)
  where state in ('running', 'waiting', 'undoing');
create index "workflow runs by time" on tollgate.workflow_runs (created_at, id);
create index "workflow runs of an organization" on tollgate.workflow_runs
  (organization_id, created_at, id);
create index "workflow runs by their end" on tollgate.workflow_runs (ended_at)
  where ended_at is not null;

-- A step of a run, once in each direction: what it gave, how far it is, and what it waits for.
create table tollgate.workflow_steps (
  run_id          uuid not null references tollgate.workflow_runs on delete cascade,
  step            text collate "C" not null,
  direction       text not null,
  organization_id text collate "C" not null,
  place           integer not null,
  started_at      timestamptz not null,
  done_at         timestamptz,
  outcome         text,
  output          jsonb,
  progress        jsonb,
  wakes_on        text[] collate "C",
  woken_at        timestamptz,
  primary key (run_id, step, direction),
  constraint "a step is done or undone" check (direction in ('do', 'undo')),
  constraint "what is over has an outcome" check ((done_at is null) = (outcome is null)),
  constraint "a step did something, or nothing" check (outcome in ('done', 'nothing'))
) with (fillfactor = 70);
comment on column tollgate.workflow_steps.wakes_on is
  'Kinds of domain events, and usage:<event type> (usage:* for any), of the organization.';
comment on column tollgate.workflow_steps.woken_at is
  'Written by the transaction of the event that it waits for.';
create index "steps that wait for an event" on tollgate.workflow_steps (organization_id)
  where wakes_on is not null and woken_at is null and done_at is null;
create index "steps that an event has woken" on tollgate.workflow_steps (run_id)
  where woken_at is not null and done_at is null;

select tollgate.wall_off('tollgate.workflow_runs');
select tollgate.wall_off('tollgate.workflow_steps');
`,
  },
  {
    name: '0041_words_of_alerts',
    text: `-- What a firing says is made of what was found, in one place: see alert_title.
drop function if exists tollgate.title_of_level(
  text, text, text, numeric, numeric, numeric, text);
drop function if exists tollgate.write_firing(
  text, tollgate.alert_rules, integer, jsonb, text, text, numeric, text, boolean, text, timestamptz,
  timestamptz);
drop function if exists tollgate.judge_alert(
  text, uuid, numeric, text, boolean, boolean, integer, integer, interval, text, text, text,
  numeric, numeric, text, timestamptz, timestamptz, timestamptz);
`,
  },
  {
    name: '0042_batches_and_runs_watched',
    text: `-- Endpoints are given back together: see release_endpoints.
drop function if exists tollgate.release_endpoint(uuid, uuid);

-- How many runs are in which state is looked at with each scrape, however many are over.
create index "workflow runs that are not over" on tollgate.workflow_runs (workflow, state)
  where ended_at is null;
`,
  },
  {
    name: '0045_consent_holds_and_looks',
    text: `-- A reader who ended the mails of a channel is not mailed again, whatever else the channel goes
-- through.
alter table tollgate.endpoints add column unsubscribed_target text;
comment on column tollgate.endpoints.unsubscribed_target is
  'The last address whose reader ended the mails. Only its reader takes that back.';
update tollgate.endpoints set unsubscribed_target = target
where channel = 'email' and state = 'disabled' and reason = 'whoever reads the mail ended it';

-- A process that stops gives its runs back, which is no failure and no attempt.
alter table tollgate.job_runs add column released boolean not null default false;
comment on column tollgate.job_runs.released is
  'Its process stopped and gave it back: the next process goes on with it.';

-- Jobs that each process does by itself, and that fail in some of them.
create table tollgate.job_failures (
  job           text collate "C" not null,
  node          text collate "C" not null,
  failing_since timestamptz not null,
  heard_at      timestamptz not null,
  primary key (job, node)
) with (fillfactor = 70);
comment on column tollgate.job_failures.heard_at is
  'When its process last said that the job fails. One that says nothing any more is gone.';

-- An hour's look is on lease, and done when it has ended. A look that is repeated counts once.
alter table tollgate.alert_epoch add column hour_leased_until timestamptz;
comment on column tollgate.alert_epoch.hour_leased_until is
  'Until then one process does the look of this hour.';
alter table tollgate.alert_states add column looked_at timestamptz;
comment on column tollgate.alert_states.looked_at is
  'The hour of the last look that was counted; null: each look counts.';
comment on column tollgate.alert_epoch.looked_until is
  'Until when overrides that ended were looked for.';
drop function if exists tollgate.mark_alerts_behind(timestamptz, timestamptz);
drop function if exists tollgate.judge_alert(
  text, uuid, numeric, text, boolean, boolean, integer, integer, interval, text, text, jsonb,
  numeric, numeric, text, timestamptz, timestamptz, timestamptz);

-- The recent test messages and resends that people asked for. Their number is limited.
create table tollgate.sends_by_hand (
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  sent_at         timestamptz not null
);
create index "sends by hand of an owner" on tollgate.sends_by_hand (organization_id, sent_at);
select tollgate.wall_off('tollgate.sends_by_hand');
`,
  },
]

/** In the order in which they are created. */
export const functions: readonly SqlFile[] = [
  {
    name: '010_window_start',
    text: `-- Start of the billing period that contains p_at: anchor + k months. Each is clamped to the month's
-- end from the anchor itself (31 January → 28 February → 31 March), never from the one before.
create or replace function tollgate.period_start(p_anchor timestamptz, p_at timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
declare
  anchor timestamp := date_trunc('day', p_anchor at time zone 'UTC');
  at_utc timestamp := p_at at time zone 'UTC';
  months integer := (extract(year from at_utc) - extract(year from anchor))::integer * 12
    + (extract(month from at_utc) - extract(month from anchor))::integer;
begin
  if anchor + make_interval(months => months) > at_utc then
    months := months - 1;
  end if;
  return (anchor + make_interval(months => months)) at time zone 'UTC';
end
$$;

-- Start of the window that contains p_at. Windows are UTC; only periods use p_anchor.
create or replace function tollgate.window_start(
  p_window text, p_at timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'minute' then date_bin('1 minute', p_at, '2000-01-01Z')
    when 'hour'   then date_bin('1 hour', p_at, '2000-01-01Z')
    when 'day'    then date_bin('1 day', p_at, '2000-01-01Z')
    when 'month'  then date_trunc('month', p_at at time zone 'UTC') at time zone 'UTC'
    when 'period' then tollgate.period_start(p_anchor, p_at)
  end
$$;

-- The end of a window, which is the start of the next. A period is 28 to 31 days long. So 35 days
-- after its start, the next one has begun and is not over.
create or replace function tollgate.window_end(
  p_window text, p_start timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'period' then tollgate.period_start(p_anchor, p_start + interval '35 days')
    else (p_start at time zone 'UTC' + ('1 ' || p_window)::interval) at time zone 'UTC'
  end
$$;
`,
  },
  {
    name: '020_limits_in_force',
    text: `-- The limits of some organizations at a moment: those of the plan, or the override of one.
-- granted: for the plan's allowance of credits, what grants have left in addition; null for others.
-- Without an allowance_window there was never a grant, so the function is not called.
-- refuses_anonymous: whether a limit per user or key refuses a call that names none.
-- (PL/pgSQL here and below where SQL would do. It plans once in a session. An SQL function that
-- cannot be inlined is planned by every statement that calls it, which costs 100 µs.)
create or replace function tollgate.limits_in_force(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text, per text, max bigint,
  behavior text, burst bigint, cap bigint, on_failure text, decide text, durable boolean,
  overridden boolean, granted bigint, refuses_anonymous boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select o.id, l.meter, m.aggregation, l.window_name, l.per, l.max, l.behavior, l.burst, l.cap,
         l.on_failure, l.decide, l.durable, false,
         case when l.meter = 'credits' and l.per = 'organization'
                   and l.window_name in ('month', 'period')
              then case when o.allowance_window is null then 0
                     else tollgate.granted_to(o.id, o.plan_version_id, l.window_name, p_at) end end,
         tollgate.refuses_anonymous(l.per, l.max, l.behavior, l.anonymous)
  from tollgate.organizations o
  join tollgate.plan_limits l using (plan_version_id)
  join tollgate.meters m on m.key = l.meter
  where o.id = any (p_organizations) and not exists (
    select 1 from tollgate.limit_overrides x
    where (x.organization_id, x.meter, x.window_name, x.per)
        = (o.id, l.meter, l.window_name, l.per)
      and x.ended_at is null and (x.expires_at is null or x.expires_at > p_at))
  union all
  select o.organization_id, o.meter, m.aggregation, o.window_name, o.per, o.max, o.behavior,
         o.burst, o.cap, o.on_failure, o.decide, o.durable, true,
         case when o.meter = 'credits' and o.per = 'organization'
                   and o.window_name in ('month', 'period')
              then case when s.allowance_window is null then 0
                     else tollgate.granted_to(s.id, s.plan_version_id, o.window_name, p_at) end end,
         tollgate.refuses_anonymous(o.per, o.max, o.behavior, o.anonymous)
  from tollgate.limit_overrides o
  join tollgate.organizations s on s.id = o.organization_id
  join tollgate.meters m on m.key = o.meter
  where o.organization_id = any (p_organizations)
    and o.ended_at is null and (o.expires_at is null or o.expires_at > p_at);
end
$$;

-- Whether a limit per user or key refuses a call that names none. Without a setting of its own, a
-- hard limit does (core/limit-policy.ts). A limit without a maximum refuses nobody.
create or replace function tollgate.refuses_anonymous(
  p_per text, p_max bigint, p_behavior text, p_anonymous text)
returns boolean language sql immutable parallel safe as $$
  select p_per <> 'organization' and p_max is not null
         and coalesce(p_anonymous, case p_behavior when 'hard' then 'refuse' else 'allow' end)
             = 'refuse'
$$;

-- The level past which a call is refused; null: none. For a rate limit it is the burst, for an
-- overage limit the cap.
create or replace function tollgate.ceiling_of(
  p_window text, p_behavior text, p_max bigint, p_burst bigint, p_cap bigint)
returns bigint language sql immutable parallel safe as $$
  select case when p_max is null or p_behavior = 'soft' then null
              when p_behavior = 'overage' then p_cap
              when p_window = 'minute' then coalesce(p_burst, p_max)
              else p_max end
$$;

-- Whether Redis decides a limit if there is a Redis. The limit must not concern money, must not be
-- durable or concurrent, and must have an additive meter.
create or replace function tollgate.may_be_elsewhere(
  p_window text, p_meter text, p_aggregation text, p_cap bigint, p_durable boolean)
returns boolean language sql immutable parallel safe as $$
  select p_window <> 'concurrent' and p_meter <> 'credits' and p_cap is null and not p_durable
         and p_aggregation in ('sum', 'count')
$$;

-- A rate is a leaky bucket, as src/core/leaky-bucket.ts describes it. This is its debt at a moment,
-- in unit-milliseconds. A clock that went back leaks nothing.
create or replace function tollgate.rate_debt(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns numeric language plpgsql immutable parallel safe as $$
begin
  return greatest(0, p_debt - p_max::numeric * greatest(0,
    floor(extract(epoch from p_at) * 1000) - floor(extract(epoch from p_charged_at) * 1000)));
end
$$;

-- A rate's level at a moment: the units added that have not leaked out yet, rounded up. Calls ask
-- for whole units, so rounding changes no decision.
create or replace function tollgate.rate_level(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns bigint language plpgsql immutable parallel safe as $$
begin
  return ceil(tollgate.rate_debt(p_debt, p_charged_at, p_max, p_at) / 60000)::bigint;
end
$$;

-- The part of the rate's last unit that has leaked already, in unit-milliseconds. It is what
-- rounding up added. A call that must wait fits earlier by this much.
create or replace function tollgate.rate_leaked(
  p_debt numeric, p_charged_at timestamptz, p_max bigint, p_at timestamptz)
returns bigint language plpgsql immutable parallel safe as $$
begin
  return mod(60000 - mod(tollgate.rate_debt(p_debt, p_charged_at, p_max, p_at), 60000), 60000);
end
$$;
`,
  },
  {
    name: '030_partitions',
    text: `-- Creates the missing weekly partitions (Monday to Monday, UTC) of events and decisions from p_from
-- to p_to. An advisory lock keeps two processes from racing.
create or replace function tollgate.ensure_partitions(p_from timestamptz, p_to timestamptz)
returns integer language plpgsql as $$
declare
  week timestamp := date_trunc('week', p_from at time zone 'UTC');
  parent text;
  partition_name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  while week <= p_to at time zone 'UTC' loop
    foreach parent in array array['events', 'decisions'] loop
      partition_name := parent || '_' || to_char(week, 'IYYY"w"IW');
      if to_regclass('tollgate.' || quote_ident(partition_name)) is null then
        execute format('create table tollgate.%I partition of tollgate.%I for values from (%L) to (%L)',
          partition_name, parent, week::text || 'Z', (week + interval '7 days')::text || 'Z');
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end
$$;
`,
  },
  {
    name: '040_lock_organizations',
    text: `-- Serializes all writes of an organization. Every write path locks its organizations first, in
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
`,
  },
  {
    name: '050_calendar_windows',
    text: `-- The windows whose levels are stored for every meter. They are the meter's roll-up, and a limit
-- that is added later needs them. (A minute is no such window: rate limits slide.)
create or replace function tollgate.calendar_windows()
returns table (window_name text) language sql immutable parallel safe as $$
  values ('hour'), ('day'), ('month'), ('period')
$$;
`,
  },
  {
    name: '055_merge_levels',
    text: `-- Merges two parts of one window into its level. For \`latest\`, the caller decides by time.
create or replace function tollgate.merge_levels(p_aggregation text, p_level bigint, p_units bigint)
returns bigint language sql immutable parallel safe as $$
  select case p_aggregation
    when 'max' then greatest(p_level, p_units)
    when 'latest' then p_units
    else p_level + p_units
  end
$$;

-- Whether every meter of the batch is additive. Only then do the batch's totals suffice.
create or replace function tollgate.adds_up(p_batch tollgate.usage_batch)
returns boolean language plpgsql stable as $$
begin
  return not exists (
    select 1 from tollgate.meters
    where aggregation not in ('sum', 'count') and key = any ((p_batch).total_meter));
end
$$;
`,
  },
  {
    name: '060_post_levels',
    text: `-- What the chosen items of a batch add to flows and maxima, by hour. Every window is a sum of these
-- few rows.
create or replace function tollgate.hourly_amounts(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns table (organization_id text, meter text, hour timestamptz, total bigint, peak bigint)
language plpgsql stable as $$
begin
  return query
  select i.organization_id, a.meter, i.hour, sum(a.units)::bigint, max(a.units)
  from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
               unnest((p_batch).amount_units) as units) a
  join (select row_number() over () as item, u.organization_id,
               date_bin('1 hour', u.occurred_at, '2000-01-01Z') as hour, u.chosen
        from (select unnest((p_batch).organization_id) as organization_id,
                     unnest((p_batch).occurred_at) as occurred_at,
                     unnest(p_chosen) as chosen) u) i on i.item = a.item and i.chosen
  group by 1, 2, 3;
end
$$;

-- Adds a batch's flows (sum, count) and maxima to the levels of their windows. The caller must have
-- locked the organizations. Returns the levels that have reached their next alert threshold.
create or replace function tollgate.post_flows(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with hourly as materialized (
    select * from tollgate.hourly_amounts(p_batch, p_chosen)),
  delta as (
    select h.organization_id, h.meter, m.aggregation, w.window_name,
           tollgate.window_start(w.window_name, h.hour, o.starts_at) as window_start,
           h.total, h.peak
    from hourly h
    join tollgate.meters m on m.key = h.meter and m.aggregation in ('sum', 'count', 'max')
    join tollgate.organizations o on o.id = h.organization_id
    cross join tollgate.calendar_windows() w),
  posted as (
    insert into tollgate.buckets as b
      (organization_id, meter, window_name, window_start, used)
    select organization_id, meter, window_name, window_start,
           case aggregation when 'max' then max(peak) else sum(total) end::bigint
    from delta group by organization_id, meter, window_name, window_start, aggregation
    order by 1, 2, 3, 4
    on conflict (organization_id, meter, window_name, window_start) do update
    set used = case when (select aggregation from tollgate.meters where key = b.meter) = 'max'
                    then greatest(b.used, excluded.used) else b.used + excluded.used end
    returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;

-- The same for a whole batch of flows, from the batch's totals.
create or replace function tollgate.post_totals(p_batch tollgate.usage_batch)
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with total as materialized (
    select unnest((p_batch).total_organization) as organization_id,
           unnest((p_batch).total_hour) as hour, unnest((p_batch).total_meter) as meter,
           unnest((p_batch).total_units) as units),
  window_of as materialized (
    select t.organization_id, t.hour, w.window_name,
           tollgate.window_start(w.window_name, t.hour, o.starts_at) as window_start
    from (select distinct organization_id, hour from total) t
    join tollgate.organizations o on o.id = t.organization_id
    cross join tollgate.calendar_windows() w),
  posted as (
    insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, used)
    select t.organization_id, t.meter, w.window_name, w.window_start, sum(t.units)
    from total t join window_of w using (organization_id, hour)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (organization_id, meter, window_name, window_start) do update
    set used = b.used + excluded.used
    returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;

-- The same for states: latest keeps the newest report, unique adds values that are new in the
-- window.
create or replace function tollgate.post_states(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql as $$
declare
  raised tollgate.raised_level[];
begin
  with amount as materialized (
    select i.organization_id, a.meter, m.aggregation, i.id, i.occurred_at,
           a.units, a.value, w.window_name,
           tollgate.window_start(w.window_name, i.occurred_at, o.starts_at) as window_start
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units,
                (p_batch).amount_value) a (item, meter, units, value)
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('latest', 'unique')
    join unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_chosen)
         with ordinality i (organization_id, id, occurred_at, chosen, item)
      on i.item = a.item and i.chosen
    join tollgate.organizations o on o.id = i.organization_id
    cross join tollgate.calendar_windows() w),
  report as (
    select distinct on (organization_id, meter, window_name, window_start)
           organization_id, meter, window_name, window_start, units, occurred_at, id
    from amount where aggregation = 'latest'
    order by organization_id, meter, window_name, window_start, occurred_at desc,
             id collate "C" desc),
  member as (
    insert into tollgate.unique_values
    select distinct organization_id, meter, window_name, window_start, value
    from amount where value is not null
    on conflict do nothing
    returning organization_id, meter, window_name, window_start),
  posted as (
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, latest_at, latest_id)
  select * from report
  union all
  select organization_id, meter, window_name, window_start, count(*), null, null
  from member group by 1, 2, 3, 4
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = case when excluded.latest_at is null then b.used + excluded.used
                  when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.used
                  else b.used end,
      latest_id = case when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.latest_id else b.latest_id end,
      latest_at = greatest(b.latest_at, excluded.latest_at)
  returning b.organization_id, b.meter, b.window_name, b.window_start, b.used, b.alert_at)
  select array_agg(row(organization_id, meter, window_name, window_start, used, null)
                   ::tollgate.raised_level) into raised
  from posted where used >= alert_at;
  return raised;
end
$$;
`,
  },
  {
    name: '065_latency_bucket',
    text: `-- The histogram bucket of a duration. Bucket b holds 2^((b-1)/4) < ms <= 2^(b/4), so a percentile
-- read from it is within 10 % of the true one. Bucket 0 holds everything up to 1 ms.
create or replace function tollgate.latency_bucket(p_duration_ms integer)
returns smallint language sql immutable parallel safe as $$
  select case when p_duration_ms <= 1 then 0
              else ceil(4 * ln(p_duration_ms::float8) / ln(2::float8) - 1e-9) end::smallint
$$;

-- Merges two histograms: the calls of each bucket are added.
create or replace function tollgate.merge_histograms(
  p_buckets smallint[], p_calls bigint[], p_more_buckets smallint[], p_more_calls bigint[])
returns table (buckets smallint[], calls bigint[]) language sql immutable parallel safe as $$
  select array_agg(bucket order by bucket), array_agg(total order by bucket)
  from (select bucket, sum(calls)::bigint as total
        from (select unnest(p_buckets) as bucket, unnest(p_calls) as calls
              union all
              select unnest(p_more_buckets), unnest(p_more_calls)) both_parts
        group by bucket) merged
$$;
`,
  },
  {
    name: '067_usage_parts',
    text: `-- Adds amounts by part, as JSON. Parts that sum to zero are left out, so a reversal leaves nothing
-- behind.
create or replace function tollgate.add_parts(p_one jsonb, p_other jsonb)
returns jsonb language sql immutable strict parallel safe as $$
  select coalesce(jsonb_object_agg(part, amount), '{}')
  from (select key as part, sum(value::numeric) as amount
        from (select * from jsonb_each_text(p_one) union all
              select * from jsonb_each_text(p_other)) both_of_them
        group by key having sum(value::numeric) <> 0) summed
$$;

create or replace aggregate tollgate.sum_parts(jsonb) (
  sfunc = tollgate.add_parts, stype = jsonb, combinefunc = tollgate.add_parts, parallel = safe);

-- Adds the parts of a batch's events to roll-ups that already count the events. It is a function of
-- its own, so that the usual batch, which has no parts, costs nothing more.
create or replace function tollgate.post_parts(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  with item as (
    select i.*, date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).event_type) as event_type,
                 unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
                 unnest((p_batch).endpoint) as endpoint, unnest((p_batch).model) as model,
                 unnest((p_batch).parts)::jsonb as parts, unnest(p_chosen) as chosen) i
    where i.chosen and i.parts is not null),
  summed as (
    select i.organization_id, d.dimension, g.grain,
           tollgate.window_start(g.grain, i.hour, null) as window_start, d.key,
           tollgate.sum_parts(i.parts) as parts
    from item i
    cross join lateral (values ('total', ''), ('event_type', i.event_type), ('user', i.user_id),
      ('endpoint', i.endpoint), ('category', i.category), ('model', i.model)) d (dimension, key)
    cross join (values ('hour'), ('day')) g (grain)
    where d.key is not null
    group by 1, 2, 3, 4, 5)
  update tollgate.rollups r
  set parts = coalesce(tollgate.add_parts(r.parts, s.parts), s.parts)
  from summed s
  where r.organization_id = s.organization_id and r.dimension = s.dimension
    and r.grain = s.grain and r.window_start = s.window_start and r.key = s.key;
end
$$;
`,
  },
  {
    name: '070_post_rollups',
    text: `-- Adds a batch's events to the roll-ups: first by hour and dimension, in one pass over the batch,
-- then by day from those few rows. (Months are read as sums of their days, see monthly_rollups.) A
-- reversal counts minus one.
create or replace function tollgate.post_rollups(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  with item as materialized (
    select i.*, date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour,
           case when i.reverses is null then 1 else -1 end as sign
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).event_type) as event_type,
                 unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
                 unnest((p_batch).endpoint) as endpoint, unnest((p_batch).model) as model,
                 unnest((p_batch).credits) as credits, unnest((p_batch).cost_usd) as cost_usd,
                 unnest((p_batch).price_source) as price_source,
                 unnest((p_batch).input_tokens) as input_tokens,
                 unnest((p_batch).cached_input_tokens) as cached_input_tokens,
                 unnest((p_batch).output_tokens) as output_tokens,
                 unnest((p_batch).reasoning_tokens) as reasoning_tokens,
                 unnest((p_batch).status) as status,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where i.chosen),
  hourly as materialized (
    select organization_id, hour,
           case when grouping(event_type) = 0 then 'event_type'
                when grouping(user_id) = 0 then 'user'
                when grouping(endpoint) = 0 then 'endpoint'
                when grouping(category) = 0 then 'category'
                when grouping(model) = 0 then 'model' else 'total' end as dimension,
           coalesce(event_type, user_id, endpoint, category, model) as key,
           sum(sign) as events,
           coalesce(sum(sign) filter (where status >= 400), 0) as errors,
           coalesce(sum(sign) filter (where price_source = 'unpriced'), 0) as unpriced,
           sum(credits) as credits, coalesce(sum(cost_usd), 0) as cost_usd,
           coalesce(sum(input_tokens), 0) as input_tokens,
           coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
           coalesce(sum(output_tokens), 0) as output_tokens,
           coalesce(sum(reasoning_tokens), 0) as reasoning_tokens,
           coalesce(sum(sign) filter (where duration_ms is not null), 0) as timed,
           coalesce(sum(duration_ms * sign), 0) as duration_ms
    from item
    group by grouping sets ((organization_id, hour), (organization_id, hour, event_type),
      (organization_id, hour, user_id), (organization_id, hour, endpoint),
      (organization_id, hour, category), (organization_id, hour, model)))
  insert into tollgate.rollups as r
  select organization_id, dimension, grain,
         tollgate.window_start(grain, hour, null) as window_start, coalesce(key, ''),
         sum(events), sum(errors), sum(unpriced), sum(credits), sum(cost_usd),
         sum(input_tokens), sum(cached_input_tokens), sum(output_tokens),
         sum(reasoning_tokens), sum(timed), sum(duration_ms)
  from hourly cross join (values ('hour'), ('day')) g (grain)
  where dimension = 'total' or key is not null
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (organization_id, dimension, grain, window_start, key) do update
  set events = r.events + excluded.events,
      errors = r.errors + excluded.errors,
      unpriced = r.unpriced + excluded.unpriced,
      credits = r.credits + excluded.credits,
      cost_usd = r.cost_usd + excluded.cost_usd,
      input_tokens = r.input_tokens + excluded.input_tokens,
      cached_input_tokens = r.cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = r.output_tokens + excluded.output_tokens,
      reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
      timed = r.timed + excluded.timed,
      duration_ms = r.duration_ms + excluded.duration_ms;
end
$$;

-- Adds the durations of a batch's events to the latency histograms of their endpoints and days.
create or replace function tollgate.post_latencies(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  insert into tollgate.latency_rollups as l
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from (
    select organization_id, endpoint, date_bin('1 day', occurred_at, '2000-01-01Z') as day,
           tollgate.latency_bucket(duration_ms) as bucket,
           sum(case when reverses is null then 1 else -1 end)::bigint as calls
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).endpoint) as endpoint,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where chosen and endpoint is not null and duration_ms is not null
    group by 1, 2, 3, 4) counted
  group by 1, 2, 3 order by 1, 3, 2
  on conflict (organization_id, day, endpoint) do update
  set (buckets, calls) = (select * from tollgate.merge_histograms(
    l.buckets, l.calls, excluded.buckets, excluded.calls));
end
$$;
`,
  },
  {
    name: '080_post_events',
    text: `-- Sets received_at of an event in a billed period to after the billing, to the millisecond. So an
-- invoice is made of exactly the events that were received by its instant. post_events calls it
-- only where a billed period may reach into the batch.
create or replace function tollgate.dated_after_billing(p_batch tollgate.usage_batch)
returns tollgate.usage_batch language plpgsql stable as $$
begin
  if exists (
    select from (select unnest((p_batch).total_organization) as organization_id,
                        unnest((p_batch).total_hour) as hour) t
    join tollgate.organizations o on o.id = t.organization_id and t.hour < o.billed_until) then
    p_batch.received_at := array(
      select case when i.occurred_at < o.billed_until
               then greatest(i.received_at, o.billed_at + interval '1 millisecond')
               else i.received_at end
      from unnest((p_batch).organization_id, (p_batch).occurred_at, (p_batch).received_at)
           with ordinality i (organization_id, occurred_at, received_at, item)
      left join tollgate.organizations o on o.id = i.organization_id
      order by i.item);
  end if;
  return p_batch;
end
$$;

-- Writes the chosen events of a batch with all that they change. The caller has locked the
-- organizations and claimed the ids.
-- One lookup of the organizations says what else there is to do: rules on alerts, late use, steps of
-- workflows that wait. It is exact, because whoever changes one of these holds the same locks.
-- Without any of it, the batch is passed to no function for it, which would copy the batch.
-- Columns are unnested in the select list, where they stream side by side. In \`from\`, each would be
-- materialized first, which costs 2 µs for each event.
create or replace function tollgate.post_events(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  raised tollgate.raised_level[];
  is_behind boolean;
  is_spending boolean;
  may_be_billed boolean;
  is_awaited boolean;
begin
  select bool_or(o.alert_epoch < e.epoch), bool_or('spend_above' = any (o.alert_kinds)),
         bool_or(o.billed_until > (select min(t.hour) from unnest((p_batch).total_hour) t (hour))),
         bool_or(exists (
           select from tollgate.workflow_steps s
           where s.organization_id = o.id
             and s.wakes_on is not null and s.woken_at is null and s.done_at is null))
  into is_behind, is_spending, may_be_billed, is_awaited
  from tollgate.alert_epoch e cross join tollgate.organizations o
  where o.id = any ((p_batch).organization_id);
  if is_behind then perform tollgate.refresh_stale_alerts((p_batch).organization_id, p_at); end if;
  if may_be_billed then p_batch := tollgate.dated_after_billing(p_batch); end if;
  if true = all (p_chosen) and tollgate.adds_up(p_batch) then
    raised := tollgate.post_totals(p_batch);
  else
    raised := tollgate.post_flows(p_batch, p_chosen) || tollgate.post_states(p_batch, p_chosen);
  end if;
  perform tollgate.post_rollups(p_batch, p_chosen);
  if raised is not null or is_behind or is_spending then
    perform tollgate.raise_alerts(p_batch, p_chosen, raised, p_at);
  end if;
  if (p_batch).parts is not null then perform tollgate.post_parts(p_batch, p_chosen); end if;
  if (p_batch).budget_id is not null then perform tollgate.post_budgets(p_batch, p_chosen); end if;
  if (p_batch).duration_ms is not null then perform tollgate.post_latencies(p_batch, p_chosen); end if;
  insert into tollgate.events
    (organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
     session_id, api_key_id, quantities, credits, cost_usd, price_source, provider, model,
     input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint, method,
     status, duration_ms, catalog_version_id, properties, price_name, priced_as_text, parts,
     budget_id)
  select organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
         session_id, api_key_id, quantities::jsonb, credits, cost_usd, price_source, provider,
         model, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint,
         method, status, duration_ms, catalog_version_id, properties::jsonb, price_name,
         priced_as_text, parts::jsonb, budget_id
  from (select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).occurred_at) as occurred_at, unnest((p_batch).id) as id,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).reverses) as reverses, unnest((p_batch).event_type) as event_type,
               unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
               unnest((p_batch).session_id) as session_id,
               unnest((p_batch).api_key_id) as api_key_id,
               unnest((p_batch).quantities) as quantities, unnest((p_batch).credits) as credits,
               unnest((p_batch).cost_usd) as cost_usd,
               unnest((p_batch).price_source) as price_source,
               unnest((p_batch).provider) as provider, unnest((p_batch).model) as model,
               unnest((p_batch).input_tokens) as input_tokens,
               unnest((p_batch).cached_input_tokens) as cached_input_tokens,
               unnest((p_batch).output_tokens) as output_tokens,
               unnest((p_batch).reasoning_tokens) as reasoning_tokens,
               unnest((p_batch).endpoint) as endpoint, unnest((p_batch).method) as method,
               unnest((p_batch).status) as status, unnest((p_batch).duration_ms) as duration_ms,
               unnest((p_batch).catalog_version_id) as catalog_version_id,
               unnest((p_batch).properties) as properties,
               unnest((p_batch).price_name) as price_name,
               unnest((p_batch).priced_as_text) as priced_as_text,
               unnest((p_batch).parts) as parts, unnest((p_batch).budget_id) as budget_id,
               unnest(p_chosen) as chosen) i
  where chosen;
  if is_awaited then perform tollgate.wake_by_usage(p_batch, p_chosen); end if;
end
$$;
`,
  },
  {
    name: '090_record_events',
    text: `-- Tells which items of the batch have a free id. The organizations must be locked. Then no other
-- transaction can claim ids, and a free id stays free.
create or replace function tollgate.free_ids(p_batch tollgate.usage_batch)
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(e.id is null order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id)
         with ordinality i (organization_id, id, item)
    left join tollgate.event_ids e using (organization_id, id));
end
$$;

-- Claims the ids of the chosen items. The caller knows that they are free.
create or replace function tollgate.claim_ids(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
                                  backfilled, verb)
  select organization_id, id, fingerprint, occurred_at, received_at, backfilled,
         coalesce(verb, 'record')
  from (select unnest((p_batch).organization_id) as organization_id, unnest((p_batch).id) as id,
               unnest((p_batch).fingerprint) as fingerprint,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).backfilled) as backfilled, unnest((p_batch).verb) as verb,
               unnest(p_chosen) as chosen) i
  where chosen;
end
$$;

-- Tells which items of the batch name an organization that exists and is open.
create or replace function tollgate.open_organizations(p_organizations text[])
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(o.id is not null order by i.item)
    from unnest(p_organizations) with ordinality i (organization_id, item)
    left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active');
end
$$;

-- Records use that already happened, once per (organization, id). Ids must be unique within a
-- batch. Returns an outcome per item, in order: recorded | duplicate (same id and payload) |
-- conflict (same id with another payload, or a reservation's id) | unknown_organization. Only
-- recorded items change anything.
-- Most batches contain only new ids. So all ids are claimed at first, and only looked up if one is
-- taken. That saves a look-up per event.
-- For events that were decided on leases, p_spent_item, p_spent_lease and p_spent_units give the
-- item, its place in p_leases, and the units.
create or replace function tollgate.record_events(
  p_batch tollgate.usage_batch, p_leases tollgate.lease_want[], p_spent_item integer[],
  p_spent_lease integer[], p_spent_units bigint[], p_node text, p_at timestamptz)
returns text[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  is_open boolean[];
  to_record boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  is_open := tollgate.open_organizations((p_batch).organization_id);
  to_record := is_open;
  begin
    perform tollgate.claim_ids(p_batch, to_record);
  exception when unique_violation then
    to_record := array(
      select o and f from unnest(is_open, tollgate.free_ids(p_batch)) with ordinality u (o, f, n)
      order by n);
    perform tollgate.claim_ids(p_batch, to_record);
  end;
  if (p_batch).budget_id is not null then
    perform tollgate.end_budgets((p_batch).organization_id, p_at);
  end if;
  perform tollgate.post_events(p_batch, to_record, p_at);
  if array_remove((p_batch).reverses, null) <> '{}' then
    perform tollgate.tell_reversals(p_batch, to_record, p_at);
  end if;
  if cardinality(p_leases) > 0 then
    perform tollgate.spend_leases(
      p_leases, p_spent_item, p_spent_lease, p_spent_units, to_record, p_node, p_at);
  end if;
  perform tollgate.draw_credits((p_batch).organization_id, p_at);
  if true = all (to_record) then
    return array_fill('recorded'::text, array[cardinality(to_record)]);
  end if;
  return (
    select array_agg(case when i.to_record then 'recorded'
                          when not i.is_open then 'unknown_organization'
                          when e.fingerprint = i.fingerprint and e.reservation_id is null
                            then 'duplicate'
                          else 'conflict' end order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, to_record, is_open)
         with ordinality i (organization_id, id, fingerprint, to_record, is_open, item)
    left join tollgate.event_ids e
      on not i.to_record and e.organization_id = i.organization_id and e.id = i.id);
end
$$;
`,
  },
  {
    name: '100_touched_limits',
    text: `-- Every limit that the candidates touch: one row for each item and limit, with the level before the
-- batch and what the item adds. A value already in a unique meter's set adds nothing. A report of a
-- state that is older than the latest one changes nothing.
-- Rates and concurrent limits have no windows. \`per\` says whose use a limit counts. For a call
-- without that subject, a limit that refuses such calls has the ceiling -1 and an empty subject;
-- others are not touched. Backfilled events touch no rate.
-- p_elsewhere: limits that Redis may decide have no ceiling here. Budgets that calls name are added
-- in the same form.
create or replace function tollgate.touched_limits(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_at timestamptz) returns table (
  item integer, bucket bigint, aggregation text, ceiling bigint, level bigint, leased bigint,
  units bigint, value text, limit_shown jsonb)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select i.*, (row_number() over ())::integer as item,
           date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).id) as id, unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).user_id) as user_id, unnest((p_batch).api_key_id) as api_key_id,
                 unnest((p_batch).backfilled) as backfilled, unnest(p_candidate) as candidate,
                 unnest(p_reserving) as reserving) i),
  in_force as materialized (
    select l.*, case when not (p_elsewhere and tollgate.may_be_elsewhere(
               window_name, meter, aggregation, cap, durable))
             then tollgate.ceiling_of(window_name, behavior, max, burst, cap) end as ceiling
    from tollgate.limits_in_force(array(select distinct organization_id from item), p_at) l),
  touched as materialized (
    select i.item, i.organization_id, i.hour, i.occurred_at, i.id, l.meter, l.window_name, l.per,
           coalesce(s.subject, '') as subject, l.aggregation,
           case when s.subject is null then -1 else l.ceiling end as ceiling, a.units, a.value
    from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
                 unnest((p_batch).amount_units) as units, unnest((p_batch).amount_value) as value) a
    join item i on i.item = a.item and i.candidate
    join in_force l on l.organization_id = i.organization_id and l.meter = a.meter
    cross join lateral (
      select case l.per when 'user' then i.user_id when 'api_key' then i.api_key_id::text else '' end
        as subject) s
    where case l.window_name when 'concurrent' then i.reserving
                             when 'minute' then not i.backfilled else true end
      and (s.subject is not null or l.refuses_anonymous)),
  bucket as materialized (
    select t.*, s.start, b.latest_at, b.latest_id, coalesce(b.leased, r.leased, 0) as leased,
           case l.behavior when 'overage' then g.for_cap else g.for_max end as widened,
           dense_rank() over (
             order by t.organization_id, t.meter, t.window_name, t.per, t.subject, s.start) as bucket,
           case t.window_name
             when 'minute' then tollgate.rate_level(r.debt, r.charged_at, l.max, p_at) + r.leased
             when 'concurrent' then tollgate.units_in_flight(
               t.organization_id, t.meter, t.per, t.subject)
             else b.used + b.held + b.leased end as level,
           jsonb_build_object('meter', t.meter, 'window', t.window_name,
             'start', greatest(s.start, r.charged_at), 'per', t.per, 'subject', t.subject,
             'max', (l.max + g.for_max)::text, 'behavior', l.behavior, 'burst', l.burst::text,
             'cap', (l.cap + g.for_cap)::text, 'past', g.past::text, 'drawn', b.drawn::text,
             'leaked', tollgate.rate_leaked(r.debt, r.charged_at, l.max, p_at)::text) as limit_shown
    from (select distinct organization_id, hour, meter, window_name, per, subject from touched) t
    join in_force l using (organization_id, meter, window_name, per)
    join tollgate.organizations o on o.id = t.organization_id
    cross join lateral (select case when t.window_name in ('minute', 'concurrent') then p_at
      else tollgate.window_start(t.window_name, t.hour, o.starts_at) end) s (start)
    left join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
        = (t.organization_id, t.meter, t.window_name, s.start)
    left join tollgate.rates r on t.window_name = 'minute'
      and (r.organization_id, r.meter, r.per, r.subject) = (t.organization_id, t.meter, t.per, t.subject)
    cross join lateral tollgate.widening_of(o.id, l.window_name, s.start, l.max,
      l.behavior, l.granted, b.used + b.held + b.leased, b.drawn, p_at) g)
  select t.item, b.bucket, t.aggregation, t.ceiling + b.widened, coalesce(b.level, 0), b.leased,
         case when (b.latest_at, b.latest_id) > (t.occurred_at, t.id) then b.level
              when t.value is not null and exists (
                select 1 from tollgate.unique_values u
                where (u.organization_id, u.meter, u.window_name, u.window_start, u.value)
                    = (t.organization_id, t.meter, t.window_name, b.start, t.value)) then 0
              else t.units end,
         t.value, b.limit_shown
  from touched t join bucket b using (organization_id, hour, meter, window_name, per, subject);
  if (p_batch).budget_id is null then return; end if;
  return query select * from tollgate.touched_budgets(p_batch, p_candidate, p_reserving, p_at);
end
$$;

-- The units of a meter that open reservations hold now, for the organization or one user or key. It
-- reads each open reservation; the limit itself keeps their number small.
create or replace function tollgate.units_in_flight(
  p_organization text, p_meter text, p_per text, p_subject text)
returns bigint language plpgsql stable as $$
begin
  return (
    select coalesce(sum((quantities ->> p_meter)::bigint), 0)
    from tollgate.reservations
    where organization_id = p_organization and state = 'held'
      and case p_per when 'user' then user_id = p_subject
                     when 'api_key' then api_key_id::text = p_subject else true end);
end
$$;
`,
  },
  {
    name: '102_budgets',
    text: `-- When a budget ends by itself: at its end, or when it has been idle for long enough.
create or replace function tollgate.budget_due_at(
  p_ends_at timestamptz, p_last_used_at timestamptz, p_idle_ms bigint)
returns timestamptz language sql immutable parallel safe as $$
  select least(p_ends_at, p_last_used_at + p_idle_ms * interval '1 millisecond')
$$;

-- The budgets that draws use: one row for each draw and budget. They are the named budget and those
-- above it, up to the first that has an allotment of the meter. The ones above that one already
-- hold the allotment.
create or replace function tollgate.drawn_budgets(
  p_organization text[], p_budget text[], p_meter text[])
returns table (
  draw integer, place integer, organization_id text, budget_id text, meter text, ceiling bigint,
  used bigint, held bigint, final_share numeric)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select draw::integer, place::integer, organization_id, id, meter, ceiling, used, held, final_share
  from (
    select d.draw, p.place, d.organization_id, x.id, d.meter, l.ceiling, l.used, l.held,
           x.final_share,
           bool_or(x.allotted and x.closed_at is null and l.ceiling is not null) over (
             partition by d.draw order by p.place
             rows between unbounded preceding and 1 preceding) is true as is_held_above
    from unnest(p_organization, p_budget, p_meter)
         with ordinality d (organization_id, budget_id, meter, draw)
    join tollgate.budgets b on (b.organization_id, b.id) = (d.organization_id, d.budget_id)
    cross join lateral unnest(b.path) with ordinality p (id, place)
    join tollgate.budgets x on (x.organization_id, x.id) = (d.organization_id, p.id)
    left join tollgate.budget_levels l
      on (l.organization_id, l.budget_id, l.meter) = (d.organization_id, x.id, d.meter)) above
  where not is_held_above;
end
$$;

-- Adds to the used and held units of budgets and of those above them. The caller must have locked
-- the organizations.
create or replace function tollgate.move_budgets(
  p_organization text[], p_budget text[], p_meter text[], p_used bigint[], p_held bigint[])
returns void language plpgsql as $$
begin
  insert into tollgate.budget_levels (organization_id, budget_id, meter)
  select distinct organization_id, budget_id, meter
  from tollgate.drawn_budgets(p_organization, p_budget, p_meter)
  where used is null
  on conflict (organization_id, budget_id, meter) do nothing;
  update tollgate.budget_levels l set used = l.used + m.used, held = l.held + m.held
  from (
    select d.organization_id, d.budget_id, d.meter, sum(u.used) as used, sum(u.held) as held
    from tollgate.drawn_budgets(p_organization, p_budget, p_meter) d
    join unnest(p_used, p_held) with ordinality u (used, held, draw) using (draw)
    group by 1, 2, 3) m
  where (l.organization_id, l.budget_id, l.meter) = (m.organization_id, m.budget_id, m.meter);
end
$$;

-- Counts steps of budgets and of those above them, and notes that they were used at a moment. A
-- budget that has ended stays ended.
create or replace function tollgate.touch_budgets(
  p_organization text[], p_budget text[], p_steps bigint[], p_at timestamptz)
returns void language plpgsql as $$
begin
  update tollgate.budgets x
  set steps = x.steps + t.steps, last_used_at = greatest(x.last_used_at, p_at),
      due_at = tollgate.budget_due_at(x.ends_at, greatest(x.last_used_at, p_at), x.idle_ms)
  from (
    select d.organization_id, p.id, sum(d.steps) as steps
    from unnest(p_organization, p_budget, p_steps) d (organization_id, budget_id, steps)
    join tollgate.budgets b on (b.organization_id, b.id) = (d.organization_id, d.budget_id)
    cross join lateral unnest(b.path) p (id)
    group by 1, 2) t
  where (x.organization_id, x.id) = (t.organization_id, t.id);
end
$$;

-- Adds the use of the chosen items of a batch to their budgets, even if a budget has ended.
create or replace function tollgate.post_budgets(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
declare
  organizations text[]; budgets text[]; meters text[]; units bigint[]; nothing bigint[];
  steps bigint[]; at timestamptz;
begin
  select array_agg(i.organization_id), array_agg(i.budget_id), array_agg(a.meter),
         array_agg(a.units), array_agg(0::bigint)
  into organizations, budgets, meters, units, nothing
  from unnest((p_batch).organization_id, (p_batch).budget_id, p_chosen)
       with ordinality i (organization_id, budget_id, chosen, item)
  join unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
       a (item, meter, units) using (item)
  join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
  where i.chosen and i.budget_id is not null;
  perform tollgate.move_budgets(organizations, budgets, meters, units, nothing);
  select array_agg(organization_id), array_agg(budget_id),
         array_agg(case when reverses is null then 1 else -1 end), max(received_at)
  into organizations, budgets, steps, at
  from (select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).budget_id) as budget_id, unnest((p_batch).reverses) as reverses,
               unnest((p_batch).received_at) as received_at, unnest(p_chosen) as chosen) i
  where chosen and budget_id is not null;
  perform tollgate.touch_budgets(organizations, budgets, steps, at);
end
$$;

-- Adds (p_sign 1) or removes (-1) the holds of some reservations in their budgets. With p_at, the
-- budgets count as used then. An expiry passes null, since it is no use.
create or replace function tollgate.hold_in_budgets(
  p_reservations uuid[], p_sign integer, p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[]; budgets text[]; meters text[]; units bigint[]; nothing bigint[];
begin
  select array_agg(r.organization_id), array_agg(r.budget_id), array_agg(m.key),
         array_agg((r.quantities ->> m.key)::bigint * p_sign), array_agg(0::bigint)
  into organizations, budgets, meters, units, nothing
  from tollgate.reservations r
  cross join lateral jsonb_object_keys(r.quantities) q (key)
  join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
  where r.id = any (p_reservations) and r.budget_id is not null;
  if organizations is null then return; end if;
  perform tollgate.move_budgets(organizations, budgets, meters, nothing, units);
  if p_at is not null then
    perform tollgate.touch_budgets(organizations, budgets, nothing, p_at);
  end if;
end
$$;

-- The ceilings of budgets that a batch touches, as in touched_limits: one row for each item, budget
-- and meter.
-- The share reserved for the final call counts as used for all other calls. Budgets above keep
-- their own share even from the final call.
-- A hold without an amount (units 0) adds nothing, but needs one unit left (at_least).
-- A budget that is unknown or has ended, or lies within one that has, gives a row that always
-- refuses.
create or replace function tollgate.touched_budgets(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_at timestamptz)
returns table (
  item integer, bucket bigint, aggregation text, ceiling bigint, level bigint, leased bigint,
  units bigint, value text, limit_shown jsonb)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with named as materialized (
    select i.* from (
      select (row_number() over ())::integer as item, u.* from (
        select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).budget_id) as budget_id, unnest((p_batch).budget_final) as final,
               unnest(p_candidate) as candidate, unnest(p_reserving) as reserving) u) i
    where i.candidate and i.budget_id is not null),
  ended as materialized (
    select n.item, n.budget_id as named, x.id as which
    from named n
    left join tollgate.budgets b on (b.organization_id, b.id) = (n.organization_id, n.budget_id)
    left join lateral (
      select x.id from unnest(b.path) with ordinality p (id, place)
      join tollgate.budgets x on (x.organization_id, x.id) = (n.organization_id, p.id)
      where x.closed_at is not null order by p.place limit 1) x on true
    where b.id is null or x.id is not null),
  asked as materialized (
    select (row_number() over ())::integer as draw, n.item, n.organization_id, n.budget_id, n.final,
           a.meter, a.units, n.reserving and a.units = 0 as is_unsaid
    from named n
    join unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units) using (item)
    where not exists (select from ended e where e.item = n.item)),
  drawn as materialized (
    select a.item, a.budget_id as named, a.units, a.is_unsaid, d.organization_id, d.budget_id, d.meter,
           d.used + d.held as level,
           d.ceiling - case when d.place = 1 and a.final then 0
                            else floor(d.ceiling * d.final_share)::bigint end as ceiling
    from (select array_agg(organization_id order by draw) as organizations,
                 array_agg(budget_id order by draw) as budgets,
                 array_agg(meter order by draw) as meters from asked) all_asked
    cross join lateral tollgate.drawn_budgets(organizations, budgets, meters) d
    join asked a using (draw)
    where d.ceiling is not null)
  select item, -dense_rank() over (order by organization_id, budget_id, meter), 'sum', ceiling,
         level, 0::bigint, units, null::text,
         jsonb_build_object('budget', named, 'which', budget_id, 'meter', meter,
           'max', ceiling::text) || case when is_unsaid then '{"at_least": 1}' else '{}'::jsonb end
  from drawn
  union all
  select item, -1000000 - item, 'sum', 0::bigint, 0::bigint, 0::bigint, 1::bigint, null::text,
         jsonb_build_object('budget', named, 'which', which,
           'state', case when which is null then 'unknown' else 'closed' end)
  from ended;
end
$$;

-- Splits what a decision looked at into limits and budgets.
create or replace function tollgate.budgets_apart(p_seen jsonb)
returns jsonb language sql immutable parallel safe as $$
  select p_seen || jsonb_build_object(
    'limits', coalesce(jsonb_agg(e order by n) filter (where not e ? 'budget'), '[]'),
    'budgets', coalesce(jsonb_agg(e order by n) filter (where e ? 'budget'), '[]'))
  from jsonb_array_elements(p_seen -> 'limits') with ordinality l (e, n)
$$;

-- The reason of a refusal by a budget (core/budget.ts); null: no budget refused.
create or replace function tollgate.refusal_of_budget(p_seen jsonb)
returns text language sql immutable parallel safe as $$
  select case when bool_or(b ->> 'state' = 'unknown') then 'unknown_budget'
              when bool_or(b ->> 'state' = 'closed') then 'budget_closed'
              when count(*) > 0 then 'budget_exceeded' end
  from jsonb_array_elements(coalesce(p_seen -> 'budgets', '[]')) b
  where (b ->> 'refused')::boolean
$$;

-- Counts the refused items of a batch in their budgets.
create or replace function tollgate.count_budget_refusals(
  p_batch tollgate.usage_batch, p_taken tollgate.taken_item[])
returns void language plpgsql as $$
begin
  update tollgate.budgets x set refusals = x.refusals + r.refusals
  from (select i.organization_id, i.budget_id, count(*) as refusals
        from unnest((p_batch).organization_id, (p_batch).budget_id)
             with ordinality i (organization_id, budget_id, item)
        join unnest(p_taken) t on t.item = i.item and not (t.admitted or t.recallable)
        where i.budget_id is not null group by 1, 2) r
  where (x.organization_id, x.id) = (r.organization_id, r.budget_id);
end
$$;
`,
  },
  {
    name: '103_budget_ends',
    text: `-- Ends one budget. Its allotment returns to the budgets above. Its used and held units then count
-- there instead.
create or replace function tollgate.end_budget(
  p_organization text, p_budget text, p_by text, p_at timestamptz)
returns void language plpgsql as $$
declare
  ended tollgate.budgets;
begin
  update tollgate.budgets set closed_at = p_at, ended_by = p_by
  where organization_id = p_organization and id = p_budget and closed_at is null
  returning * into ended;
  if not ended.allotted or ended.path[2] is null then return; end if;
  perform tollgate.move_budgets(
    array_agg(p_organization), array_agg(ended.path[2]), array_agg(l.meter), array_agg(l.used),
    array_agg(l.held - l.ceiling))
  from tollgate.budget_levels l
  where l.organization_id = p_organization and l.budget_id = p_budget and l.ceiling is not null;
end
$$;

-- Ends a budget and all within it, the innermost first. Returns false if it had ended before. The
-- caller must have locked the organization.
create or replace function tollgate.close_budget(
  p_organization text, p_budget text, p_by text, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  inner_one text;
  is_open boolean := exists (
    select from tollgate.budgets
    where organization_id = p_organization and id = p_budget and closed_at is null);
begin
  if not is_open then return false; end if;
  for inner_one in
    with recursive inside as (
      select id, path from tollgate.budgets
      where organization_id = p_organization and path[2] = p_budget and closed_at is null
      union all
      select b.id, b.path from tollgate.budgets b join inside i on b.path[2] = i.id
      where b.organization_id = p_organization and b.closed_at is null)
    select id from inside order by cardinality(path) desc, id
  loop
    perform tollgate.end_budget(p_organization, inner_one, 'within', p_at);
  end loop;
  perform tollgate.end_budget(p_organization, p_budget, p_by, p_at);
  return true;
end
$$;

-- Ends the budgets of some organizations that are past their end, or have been idle for too long
-- with no open reservation. Each ends at its own instant. Every decision on a budget calls this
-- first.
-- The caller must have locked the organizations. One call writes all the events, so that the event
-- heads are locked in order.
create or replace function tollgate.end_budgets(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  due record;
  owners text[];
  subjects text[];
  said jsonb[];
  moments timestamptz[];
begin
  for due in
    select organization_id, id, opened_at, due_at, ends_at <= due_at as is_past
    from tollgate.budgets b
    where organization_id = any (p_organizations) and closed_at is null and due_at <= p_at
      and (ends_at <= p_at or not tollgate.is_budget_at_work(organization_id, id))
    order by cardinality(path) desc, due_at
  loop
    -- A budget within one that ended here has ended with it, and gets no event of its own.
    continue when not tollgate.close_budget(due.organization_id, due.id,
      case when due.is_past then 'time' else 'idle' end, due.due_at);
    owners := owners || due.organization_id;
    subjects := subjects || ('budget:' || due.id);
    said := said || jsonb_build_object('budgetId', due.id,
      'openedAt', tollgate.audit_text(due.opened_at),
      'by', case when due.is_past then 'time' else 'idle' end);
    moments := moments || due.due_at;
  end loop;
  if owners is not null then
    perform tollgate.tell_events(owners, array_fill('budget.expired'::text,
      array[cardinality(owners)]), subjects, said, array_fill(null::text,
      array[cardinality(owners)]), moments);
  end if;
end
$$;

-- Whether a reservation is held in a budget, or in one within it.
create or replace function tollgate.is_budget_at_work(p_organization text, p_budget text)
returns boolean language plpgsql stable as $$
begin
  return exists (
    select from tollgate.reservations r
    join tollgate.budgets b on (b.organization_id, b.id) = (r.organization_id, r.budget_id)
    where r.organization_id = p_organization and r.budget_id is not null and r.state = 'held'
      and b.path @> array[p_budget]);
end
$$;

-- For readers: ends overdue reservations, then budgets that are due. It takes the lock only if
-- there are any.
create or replace function tollgate.lock_and_end_budgets(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (select from tollgate.budgets
             where organization_id = p_organization and closed_at is null and due_at <= p_at)
     or exists (select from tollgate.reservations
                where organization_id = p_organization and state = 'held' and expires_at <= p_at
                  and budget_id is not null) then
    perform tollgate.lock_organizations(array[p_organization]);
    perform tollgate.catch_up(array[p_organization], p_at);
    perform tollgate.end_budgets(array[p_organization], p_at);
  end if;
end
$$;

-- Opens a budget. The caller must have locked the organization. outcome: opened | replay (the same
-- id and terms) | conflict (the same id with other terms) | unknown_budget, budget_closed (its
-- parent is unknown or has ended) | too_deep | too_many | does_not_fit (the budget \`which\` has only
-- \`rest\` of \`meter\` left).
create or replace function tollgate.open_budget(
  p_organization text, p_budget text, p_within text, p_meter text[], p_ceiling bigint[],
  p_allotted boolean, p_final_share numeric, p_idle_ms bigint, p_ends_at timestamptz,
  p_user_id text, p_fingerprint uuid, p_depth_max integer, p_open_max integer, p_at timestamptz)
returns table (outcome text, which text, meter text, rest bigint) language plpgsql as $$
#variable_conflict use_column
declare
  before tollgate.budgets;
  above tollgate.budgets;
  tight record;
begin
  perform tollgate.catch_up(array[p_organization], p_at);
  perform tollgate.end_budgets(array[p_organization], p_at);
  select * into before from tollgate.budgets where organization_id = p_organization and id = p_budget;
  if before.id is not null then
    return query select case when before.fingerprint = p_fingerprint then 'replay' else 'conflict' end,
                        null::text, null::text, null::bigint;
    return;
  end if;
  select * into above from tollgate.budgets where organization_id = p_organization and id = p_within;
  outcome := case
    when p_within is not null and above.id is null then 'unknown_budget'
    when above.closed_at is not null then 'budget_closed'
    when coalesce(cardinality(above.path), 0) >= p_depth_max then 'too_deep'
    when (select count(*) >= p_open_max from (
            select from tollgate.budgets
            where organization_id = p_organization and closed_at is null limit p_open_max) o)
      then 'too_many'
    end;
  if outcome is not null then return next; return; end if;
  if p_allotted then
    select d.budget_id, d.meter,
           greatest(0, d.ceiling - floor(d.ceiling * d.final_share)::bigint - d.used - d.held) as rest
    into tight
    from tollgate.drawn_budgets(array_fill(p_organization, array[cardinality(p_meter)]),
           array_fill(p_within, array[cardinality(p_meter)]), p_meter) d
    join unnest(p_ceiling) with ordinality c (ceiling, draw) using (draw)
    -- As for a draw: a ceiling of zero is never refused.
    where c.ceiling > 0
      and d.ceiling - floor(d.ceiling * d.final_share)::bigint < d.used + d.held + c.ceiling
    order by d.place, d.meter limit 1;
    if found then
      return query select 'does_not_fit', tight.budget_id, tight.meter, tight.rest;
      return;
    end if;
    perform tollgate.move_budgets(
      array_agg(p_organization), array_agg(p_within), p_meter, array_agg(0::bigint), p_ceiling)
    from unnest(p_meter) m;
  end if;
  insert into tollgate.budgets (organization_id, id, path, allotted, final_share, idle_ms, ends_at,
    user_id, fingerprint, opened_at, last_used_at, due_at)
  values (p_organization, p_budget, array[p_budget] || above.path, p_allotted, p_final_share,
    p_idle_ms, p_ends_at, p_user_id, p_fingerprint, p_at, p_at,
    tollgate.budget_due_at(p_ends_at, p_at, p_idle_ms));
  insert into tollgate.budget_levels (organization_id, budget_id, meter, ceiling)
  select p_organization, p_budget, m, c from unnest(p_meter, p_ceiling) u (m, c);
  if p_within is not null then
    perform tollgate.touch_budgets(array[p_organization], array[p_within], array[0::bigint], p_at);
  end if;
  return query select 'opened', null::text, null::text, null::bigint;
end
$$;
`,
  },
  {
    name: '110_take',
    text: `-- THE rule of admission. Items are decided in the order of the batch. An item is admitted if it
-- would raise no limit past its ceiling. An admitted item raises all its levels, a refused one
-- none. A value that an earlier admitted item added to a unique meter counts once.
-- Read-only: the caller locks before, and posts the admitted items afterwards. recallable: a limit
-- that refused the item is partly leased to other processes.
create or replace function tollgate.take_in_turn(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_at timestamptz)
returns setof tollgate.taken_item language plpgsql stable as $$
declare
  asked record;
  taken tollgate.taken_item;
  level bigint[] := '{}';
  before bigint[];
  after bigint[];
  refused boolean[];
  members text[] := '{}';
begin
  for asked in
    select t.item, array_agg(t.bucket) as bucket, array_agg(t.level) as level,
           array_agg(t.units) as units, array_agg(t.leased) as leased,
           array_agg(t.ceiling) as ceiling, array_agg(t.bucket || ' ' || t.value) as member,
           array_agg(t.aggregation) as aggregation, jsonb_agg(t.limit_shown) as shown,
           min(o.warn_percent) as warn
    from tollgate.touched_limits(p_batch, p_candidate, p_reserving, p_elsewhere, p_at) t
    join tollgate.organizations o on o.id = (p_batch).organization_id[t.item]
    group by t.item order by t.item
  loop
    before := '{}'; after := '{}'; refused := '{}'; taken.recallable := false;
    for i in 1 .. cardinality(asked.bucket) loop
      before[i] := coalesce(level[asked.bucket[i]], asked.level[i]);
      if asked.member[i] = any (members) then asked.units[i] := 0; end if;
      after[i] := tollgate.merge_levels(asked.aggregation[i], before[i], asked.units[i]);
      refused[i] := (after[i] > asked.ceiling[i] and after[i] > before[i]) is true;
      if (p_batch).budget_id is not null then
        refused[i] := refused[i] or (before[i] + (asked.shown -> (i - 1) ->> 'at_least')::bigint
                                     > asked.ceiling[i]) is true;
      end if;
      taken.recallable := taken.recallable or (refused[i] and asked.leased[i] > 0);
    end loop;
    taken.item := asked.item;
    taken.admitted := not (true = any (refused));
    if taken.admitted then
      for i in 1 .. cardinality(asked.bucket) loop
        level[asked.bucket[i]] := after[i];
        members := members || asked.member[i];
      end loop;
    end if;
    taken.seen := jsonb_build_object('warn', asked.warn, 'limits', (
      select jsonb_agg(shown || jsonb_build_object('before', before[n]::text,
               'asked', asked.units[n]::text, 'refused', refused[n]) order by n)
      from jsonb_array_elements(asked.shown) with ordinality e (shown, n)));
    if (p_batch).budget_id is not null then
      taken.seen := tollgate.budgets_apart(taken.seen);
    end if;
    return next taken;
  end loop;
end
$$;

-- The same rule for the usual case, in which the whole batch fits. Then all items are admitted, in
-- any order. The level before an item is the level before the batch plus the items ahead of it. So
-- only totals are checked, and the cost does not grow with the batch.
-- Returns what was seen by organization. Null: the rule must be applied in turn. The reason is an
-- item to refuse, a limit not for the whole organization, or a meter that is not additive.
-- Without p_enforced, it only reports the limits after the batch was written. Rates are left out,
-- since recorded use does not change them.
create or replace function tollgate.take_together(
  p_batch tollgate.usage_batch, p_reserving boolean, p_enforced boolean, p_elsewhere boolean,
  p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  seen jsonb;
  fits boolean;
begin
  with total as materialized (
    select unnest((p_batch).total_organization) as organization_id,
           unnest((p_batch).total_hour) as hour, unnest((p_batch).total_meter) as meter,
           unnest((p_batch).total_units) as units),
  organization as materialized (
    select o.id, o.starts_at, o.warn_percent, o.allowance_window,
           min(t.hour) as hour, max(t.hour) as latest_hour
    from total t join tollgate.organizations o on o.id = t.organization_id
    group by o.id, o.starts_at, o.warn_percent, o.allowance_window),
  in_force as materialized (
    select * from tollgate.limits_in_force(array(select id from organization), p_at)),
  limited as materialized (
    select l.*, o.warn_percent, o.allowance_window, t.units,
           not (p_elsewhere and tollgate.may_be_elsewhere(
             l.window_name, l.meter, l.aggregation, l.cap, l.durable)) as is_here,
           tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling,
           o.hour = o.latest_hour and l.per = 'organization'
             and not (l.window_name = 'concurrent' and p_reserving)
             and not (l.window_name = 'minute' and true = any ((p_batch).backfilled)) as is_simple,
           case l.window_name when 'minute' then p_at when 'concurrent' then p_at
             else tollgate.window_start(l.window_name, o.hour, o.starts_at) end as start
    from total t
    join organization o on o.id = t.organization_id
    join in_force l on l.organization_id = t.organization_id and l.meter = t.meter
    where case l.window_name when 'concurrent' then p_reserving
                             when 'minute' then p_enforced else true end),
  standing as materialized (
    select l.*, r.charged_at, r.debt, coalesce(case l.window_name
             when 'minute' then tollgate.rate_level(r.debt, r.charged_at, l.max, p_at) + r.leased
             else b.used + b.held + b.leased end, 0) as level,
           case when l.granted is not null and l.allowance_window is not null
             then tollgate.widening_of(l.organization_id, l.window_name, l.start, l.max,
                    l.behavior, l.granted, coalesce(b.used + b.held + b.leased, 0),
                    coalesce(b.drawn, 0), p_at)
             else (0, 0, null)::tollgate.credit_widening end as widening
    from limited l
    left join tollgate.buckets b
      on (b.organization_id, b.meter, b.window_name, b.window_start)
       = (l.organization_id, l.meter, l.window_name, l.start)
    left join tollgate.rates r on l.window_name = 'minute'
      and (r.organization_id, r.meter, r.per, r.subject)
        = (l.organization_id, l.meter, l.per, ''))
  select coalesce(jsonb_object_agg(organization_id, shown), '{}'), bool_and(fitting) is not false
  into seen, fits
  from (
    select organization_id, jsonb_build_object('warn', min(warn_percent), 'limits', jsonb_agg(
             jsonb_build_object('meter', meter, 'window', window_name,
               'start', greatest(start, charged_at), 'per', per, 'subject', '',
               'max', (max + (widening).for_max)::text, 'behavior', behavior,
               'burst', burst::text, 'cap', (cap + (widening).for_cap)::text,
               'past', (widening).past::text,
               'level', (case when p_enforced or aggregation in ('max', 'latest') then level
                         else level - units end)::text,
               'leaked', tollgate.rate_leaked(debt, charged_at, max, p_at)::text,
               'charged', window_name = 'minute' and max is not null and is_here))) as shown,
           bool_and(is_simple and (not is_here or level + units <= ceiling + case behavior
             when 'overage' then (widening).for_cap else (widening).for_max end) is not false)
             as fitting
    from standing group by organization_id) each_organization;
  return case when fits or not p_enforced then seen end;
end
$$;

-- Decides the candidates of a batch, one row each. An item that touches no limit is admitted.
-- recallable is true only if an item is refused because live processes hold leases, and p_final is
-- not set for it.
create or replace function tollgate.take(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_node text, p_final boolean[], p_at timestamptz)
returns tollgate.taken_item[] language plpgsql as $$
declare
  taken tollgate.taken_item[];
  holders text[];
begin
  select array_agg(t order by t.item) into taken
  from tollgate.take_in_turn(p_batch, p_candidate, p_reserving, p_elsewhere, p_at) t;
  if exists (select 1 from unnest(taken) t where t.recallable) then
    holders := tollgate.organizations_with_leases((p_batch).organization_id, null, p_at);
  end if;
  return array(
    select row(i.item, coalesce(t.admitted, true),
               coalesce(t.recallable and not p_final[i.item]
                        and (p_batch).organization_id[i.item] = any (holders), false),
               t.seen)::tollgate.taken_item
    from unnest(p_candidate) with ordinality i (candidate, item)
    left join unnest(taken) t on t.item = i.item
    where i.candidate order by i.item);
end
$$;
`,
  },
  {
    name: '115_check_usage',
    text: `-- Would the batch's items be admitted now? It records nothing. It only ends overdue holds, if there
-- are any; otherwise a check waits for no lock.
create or replace function tollgate.check_usage(
  p_batch tollgate.usage_batch, p_elsewhere boolean, p_at timestamptz)
returns setof tollgate.taken_item language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  every_place boolean[] := array_fill(true, array[cardinality((p_batch).id)]);
begin
  if exists (select 1 from tollgate.reservations r
             where r.organization_id = any ((p_batch).organization_id)
               and r.state = 'held' and r.expires_at <= p_at)
     or exists (select 1 from tollgate.organizations o
                where o.id = any ((p_batch).organization_id) and o.credits_due_at <= p_at) then
    perform tollgate.lock_organizations((p_batch).organization_id);
    perform tollgate.catch_up((p_batch).organization_id, p_at);
  end if;
  if (p_batch).budget_id is not null then
    perform tollgate.lock_and_end_budgets((p_batch).organization_id[1], p_at);
  end if;
  return query
  select t.* from unnest(tollgate.take(
    p_batch, every_place, array_fill(false, array[cardinality(every_place)]), p_elsewhere,
    null, every_place, p_at)) t;
end
$$;
`,
  },
  {
    name: '120_reservations',
    text: `-- breaking in 0.2.0: tollgate.extend_reservation: an extension has an id of its own.

-- What some reservations hold in each of their windows. Only additive meters are held.
create or replace function tollgate.holds_of(p_reservations uuid[])
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, units bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with hourly as materialized (
    select r.organization_id, date_bin('1 hour', r.occurred_at, '2000-01-01Z') as hour,
           m.key as meter, sum((r.quantities ->> m.key)::bigint) as units
    from tollgate.reservations r
    cross join lateral jsonb_object_keys(r.quantities) q (key)
    join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
    where r.id = any (p_reservations)
    group by 1, 2, 3)
  select h.organization_id, h.meter, w.window_name,
         tollgate.window_start(w.window_name, h.hour, o.starts_at), sum(h.units)::bigint
  from hourly h
  join tollgate.organizations o on o.id = h.organization_id
  cross join tollgate.calendar_windows() w
  group by 1, 2, 3, 4 order by 1, 2, 3, 4;
end
$$;

-- Adds the holds of some reservations to their windows. The caller must have locked the
-- organizations.
create or replace function tollgate.hold(p_reservations uuid[])
returns void language plpgsql as $$
begin
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, held)
  select * from tollgate.holds_of(p_reservations)
  on conflict (organization_id, meter, window_name, window_start)
  do update set held = b.held + excluded.held;
end
$$;

-- Removes the holds of some reservations. The caller must have locked the organizations.
create or replace function tollgate.give_back_holds(p_reservations uuid[])
returns void language plpgsql as $$
begin
  update tollgate.buckets b set held = b.held - h.units
  from tollgate.holds_of(p_reservations) h
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (h.organization_id, h.meter, h.window_name, h.window_start);
end
$$;

-- Ends every overdue hold of the organizations. Every decision does so first (catch_up), so a
-- reservation expires exactly at its time. The job only serves idle organizations.
create or replace function tollgate.expire_reservations(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due uuid[] := array(
    select id from tollgate.reservations
    where organization_id = any (p_organizations) and state = 'held' and expires_at <= p_at);
begin
  if cardinality(due) > 0 then
    perform tollgate.give_back_holds(due);
    perform tollgate.hold_in_budgets(due, -1, null);
    update tollgate.reservations set state = 'expired', ended_at = expires_at where id = any (due);
    perform tollgate.draw_credits(p_organizations, p_at);
  end if;
  return cardinality(due);
end
$$;

-- The same for all organizations that have one due, p_most reservations at once, and all that end at
-- the same instant as the last one. It skips an organization that is locked; the next call takes it.
-- If it returns p_most, more may be due.
create or replace function tollgate.expire_due_reservations(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  organization text := '';
  organizations text[] := '{}';
  ended integer := 0;
  due integer;
  until timestamptz;
begin
  while ended < p_most loop
    organization := (
      select organization_id from tollgate.reservations
      where state = 'held' and expires_at <= p_at and organization_id > organization
      order by organization_id limit 1);
    exit when organization is null;
    perform from tollgate.organizations where id = organization for no key update skip locked;
    continue when not found;
    select count(*), max(expires_at) into due, until
    from (select expires_at from tollgate.reservations
          where organization_id = organization and state = 'held' and expires_at <= p_at
          order by expires_at limit p_most - ended) d;
    ended := ended + due;
    if ended < p_most then
      organizations := organizations || organization;
    else
      -- Stops at the last of the p_most holds. Changes apply in order of time, so the next call
      -- continues from there with the same result.
      perform tollgate.catch_up(array[organization], until);
    end if;
  end loop;
  if cardinality(organizations) > 0 then
    perform tollgate.catch_up(organizations, p_at);
  end if;
  return ended;
end
$$;

-- Expired reservations that Redis still holds, of one organization or of all, at most p_most. Each
-- is returned once, and the caller must release it in Redis. If the process dies before it does,
-- Redis holds the units until the window ends. They are never held twice.
create or replace function tollgate.collect_expired(
  p_organization text, p_at timestamptz, p_most integer)
returns table (organization_id text, occurred_at timestamptz, user_id text, api_key_id uuid,
               quantities jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  if p_organization is not null then
    perform tollgate.lock_organizations(array[p_organization]);
    perform tollgate.catch_up(array[p_organization], p_at);
  end if;
  return query
  update tollgate.reservations r set held_elsewhere = false
  where r.id in (
    select id from tollgate.reservations
    where held_elsewhere and state = 'expired'
      and (p_organization is null or organization_id = p_organization)
    limit p_most for update skip locked)
  returning r.organization_id, r.occurred_at, r.user_id, r.api_key_id, r.quantities;
end
$$;

-- The rate limits in force for some organizations that the database decides.
create or replace function tollgate.rates_in_force(
  p_organizations text[], p_elsewhere boolean, p_at timestamptz)
returns table (organization_id text, meter text, per text, max bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select organization_id, meter, per, max
  from tollgate.limits_in_force(p_organizations, p_at)
  where window_name = 'minute' and max is not null
    and not (p_elsewhere and tollgate.may_be_elsewhere(
      window_name, meter, aggregation, cap, durable));
end
$$;

-- Adds what the admitted calls asked for to the rates that they touch. A rate counts what a call
-- asked for when it was admitted: settling, releasing and reversing do not change it.
create or replace function tollgate.charge_rates(
  p_batch tollgate.usage_batch, p_admitted boolean[], p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
begin
  with asked as materialized (
    select i.organization_id, a.meter, i.user_id, i.api_key_id, sum(a.units) as units
    from (select unnest((p_batch).amount_item) as item, unnest((p_batch).amount_meter) as meter,
                 unnest((p_batch).amount_units) as units) a
    join (select row_number() over () as item, u.*
          from (select unnest((p_batch).organization_id) as organization_id,
                       unnest((p_batch).user_id) as user_id,
                       unnest((p_batch).api_key_id) as api_key_id,
                       unnest((p_batch).backfilled) as backfilled,
                       unnest(p_admitted) as admitted) u) i
      on i.item = a.item and i.admitted and not i.backfilled
    group by 1, 2, 3, 4),
  in_force as materialized (
    select * from tollgate.rates_in_force(
      array(select distinct organization_id from asked), p_elsewhere, p_at))
  insert into tollgate.rates as r (organization_id, meter, per, subject, debt, charged_at)
  select a.organization_id, a.meter, l.per, s.subject,
         coalesce(tollgate.rate_debt(old.debt, old.charged_at, l.max, p_at), 0)
           + sum(a.units)::numeric * 60000,
         greatest(p_at, old.charged_at)
  from asked a
  join in_force l on l.organization_id = a.organization_id and l.meter = a.meter
  cross join lateral (
    select case l.per when 'user' then a.user_id when 'api_key' then a.api_key_id::text
                      else '' end as subject) s
  left join tollgate.rates old
    on (old.organization_id, old.meter, old.per, old.subject)
     = (a.organization_id, a.meter, l.per, s.subject)
  where s.subject is not null
  group by 1, 2, 3, 4, l.max, old.debt, old.charged_at order by 1, 2, 3, 4
  on conflict (organization_id, meter, per, subject)
  do update set debt = excluded.debt, charged_at = excluded.charged_at;
end
$$;

-- The same for a batch that was admitted together: adds the totals to the rates that take_together
-- marked in p_seen. (Looking up the limits again would cost as much as all the rest.)
create or replace function tollgate.charge_rates_together(
  p_batch tollgate.usage_batch, p_seen jsonb, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.rates as r (organization_id, meter, per, subject, debt, charged_at)
  select a.organization_id, a.meter, l.per, '',
         coalesce(tollgate.rate_debt(old.debt, old.charged_at, l.max, p_at), 0)
           + sum(a.units)::numeric * 60000,
         greatest(p_at, old.charged_at)
  from (select unnest((p_batch).total_organization) as organization_id,
               unnest((p_batch).total_meter) as meter,
               unnest((p_batch).total_units) as units) a
  join lateral jsonb_to_recordset(p_seen -> a.organization_id -> 'limits')
    as l (meter text, per text, max bigint, charged boolean) on l.meter = a.meter and l.charged
  left join tollgate.rates old
    on (old.organization_id, old.meter, old.per, old.subject)
     = (a.organization_id, a.meter, l.per, '')
  group by 1, 2, 3, 4, l.max, old.debt, old.charged_at order by 1, 2, 3, 4
  on conflict (organization_id, meter, per, subject)
  do update set debt = excluded.debt, charged_at = excluded.charged_at;
end
$$;
`,
  },
  {
    name: '125_leases',
    text: `-- Notes that a process is alive. A process that was silent for 3 s is not waited for.
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
`,
  },
  {
    name: '130_decide_usage',
    text: `-- breaking in 0.2.0: tollgate.usage_batch: carries prices by part, and budgets.

-- Claims the ids of admitted calls, and stores the limits that they saw. These come from p_taken.
-- If the whole batch was admitted, p_taken is null, and they are stored under p_batch_id. Raises a
-- unique violation if an id is taken.
create or replace function tollgate.claim_decided_ids(
  p_batch tollgate.usage_batch, p_verb text[], p_reservation_id uuid[],
  p_taken tollgate.taken_item[], p_batch_id bigint, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
    backfilled, verb, reservation_id, credits, batch_id, ahead, asked, seen)
  select i.organization_id, i.id, i.fingerprint, i.occurred_at, p_at, i.backfilled, i.verb,
         i.reservation_id, i.credits, p_batch_id, i.ahead, i.asked, t.seen
  from (select generate_subscripts((p_batch).id, 1) as item,
               unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).id) as id, unnest((p_batch).fingerprint) as fingerprint,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).backfilled) as backfilled,
               unnest((p_batch).credits) as credits, unnest((p_batch).ahead) as ahead,
               unnest((p_batch).quantities) as asked, unnest(p_verb) as verb,
               unnest(p_reservation_id) as reservation_id) i
  left join unnest(p_taken) t on t.item = i.item
  where p_taken is null or t.admitted;
end
$$;

-- Writes the results of a batch of decisions: ids with decisions, events of tracked calls, and
-- holds of reserved ones. A refusal only leaves its decision. p_taken and p_batch_id are as in
-- claim_decided_ids.
create or replace function tollgate.write_decisions(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_taken tollgate.taken_item[], p_seen jsonb,
  p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  admitted boolean[];
  batch_id bigint;
begin
  if p_taken is null then
    admitted := array_fill(true, array[cardinality(p_verb)]);
    insert into tollgate.decision_batches (decided_at, seen) values (p_at, p_seen)
    returning id into batch_id;
  else
    admitted := array(
      select coalesce(t.admitted, false) from generate_subscripts(p_verb, 1) i (item)
      left join unnest(p_taken) t using (item) order by i.item);
  end if;
  perform tollgate.claim_decided_ids(
    p_batch, p_verb, p_reservation_id, p_taken, batch_id, p_at);
  if not 'reserve' = any (p_verb) then
    perform tollgate.post_events(p_batch, admitted, p_at);
  else
    perform tollgate.post_events(p_batch, array(
      select a and v = 'track' from unnest(admitted, p_verb) with ordinality u (a, v, n)
      order by n), p_at);
    perform tollgate.write_reservations(
      p_batch, admitted, p_verb, p_reservation_id, p_expires_at, p_request, p_elsewhere, p_at);
  end if;
  if p_taken is not null then
    perform tollgate.charge_rates(p_batch, admitted, p_elsewhere, p_at);
  elsif p_seen @? '$.*.limits[*] ? (@.charged == true)' then
    perform tollgate.charge_rates_together(p_batch, p_seen, p_at);
  end if;
  perform tollgate.draw_credits((p_batch).organization_id, p_at);
  if false = any (admitted) then
    perform tollgate.write_refusals(p_batch, p_verb, p_decision_id, p_taken, p_at);
    if (p_batch).budget_id is not null then
      perform tollgate.count_budget_refusals(p_batch, p_taken);
    end if;
  end if;
end
$$;

create or replace function tollgate.write_reservations(
  p_batch tollgate.usage_batch, p_admitted boolean[], p_verb text[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  made uuid[] := array(
    select r from unnest(p_reservation_id, p_verb, p_admitted) u (r, v, a)
    where a and v = 'reserve');
begin
  insert into tollgate.reservations (id, organization_id, event_id, user_id, api_key_id, request,
    quantities, catalog_version_id, occurred_at, created_at, expires_at, held_elsewhere, budget_id)
  select reservation_id, organization_id, id, user_id, api_key_id, request::jsonb,
         quantities::jsonb, catalog_version_id, occurred_at, p_at, expires_at, p_elsewhere, budget_id
  from (select unnest(p_reservation_id) as reservation_id,
               unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).id) as id, unnest((p_batch).user_id) as user_id,
               unnest((p_batch).api_key_id) as api_key_id, unnest(p_request) as request,
               unnest((p_batch).quantities) as quantities,
               unnest((p_batch).catalog_version_id) as catalog_version_id,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).budget_id) as budget_id,
               unnest(p_expires_at) as expires_at, unnest(p_verb) as verb,
               unnest(p_admitted) as admitted) i
  where admitted and verb = 'reserve';
  perform tollgate.hold(made);
  if (p_batch).budget_id is not null then
    perform tollgate.hold_in_budgets(made, 1, p_at);
  end if;
end
$$;

create or replace function tollgate.write_refusals(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[],
  p_taken tollgate.taken_item[], p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, seen, catalog_version_id)
  select i.decision_id, p_at, i.organization_id, i.verb, i.id, i.event_type, i.occurred_at, false,
         i.credits, i.quantities::jsonb, t.seen, i.catalog_version_id
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).event_type,
              (p_batch).occurred_at, (p_batch).credits, (p_batch).quantities,
              (p_batch).catalog_version_id, p_verb, p_decision_id)
       with ordinality i (organization_id, id, event_type, occurred_at, credits, quantities,
                          catalog_version_id, verb, decision_id, item)
  join unnest(p_taken) t on t.item = i.item and not (t.admitted or t.recallable);
  perform tollgate.tell_refusals(
    array(select (p_batch).organization_id[t.item] from unnest(p_taken) t
          where not (t.admitted or t.recallable) order by t.item),
    array(select t.seen from unnest(p_taken) t
          where not (t.admitted or t.recallable) order by t.item), p_at);
end
$$;

-- The answers for items that were not decided: the first answer for their id, or the reason why
-- there is none.
create or replace function tollgate.first_answers(
  p_batch tollgate.usage_batch, p_verb text[], p_decided boolean[])
returns table (
  item integer, outcome text, decided_at timestamptz, verb text, credits bigint, seen jsonb,
  ahead text, asked text, reservation jsonb)
language plpgsql stable as $$
begin
  return query
  select i.item::integer,
         case when o.id is null then 'unknown_organization'
              when e.id is null then case when o.status = 'closed' then 'closed_organization'
                                          when o.paused_at is not null then 'subscription_paused'
                                          else 'subscription_ended' end
              when e.fingerprint = i.fingerprint
                   and (e.reservation_id is not null) = (i.verb = 'reserve') then 'replay'
              else 'conflict' end,
         e.received_at, e.verb, e.credits, coalesce(e.seen, b.seen -> e.organization_id), e.ahead,
         e.asked, to_jsonb(r)
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, p_verb, p_decided)
       with ordinality i (organization_id, id, fingerprint, verb, decided, item)
  left join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.event_ids e on e.organization_id = i.organization_id and e.id = i.id
  left join tollgate.decision_batches b on b.id = e.batch_id
  left join tollgate.reservations r on r.id = e.reservation_id
  where not i.decided;
end
$$;

-- Decides a batch of track and reserve calls in order, and writes the results. Ids must be unique
-- within a batch. The outcomes are: all_admitted (one row, item 0, for the whole batch, with what
-- was seen by organization) | decided | recall (refused because of leases of other processes;
-- nothing is written; recall them and try again; never with p_final) | replay (same id and payload:
-- the first decision again) | conflict (same id with another payload or verb) |
-- unknown_organization | closed_organization | subscription_paused | subscription_ended.
-- Most batches fit as a whole and contain only new ids. So all ids are assumed free at first. They
-- are looked up if one is taken, and before any refusal. An id that was admitted before gets its
-- first answer, even if a limit is now full.
create or replace function tollgate.decide_usage(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_elsewhere boolean, p_node text,
  p_final boolean[], p_at timestamptz)
returns table (
  item integer, outcome text, admitted boolean, decided_at timestamptz, verb text,
  credits bigint, seen jsonb, ahead text, asked text, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  candidate boolean[];
  all_seen jsonb;
  taken tollgate.taken_item[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  candidate := tollgate.subscribed_organizations((p_batch).organization_id, p_at);
  if (p_batch).budget_id is not null then
    perform tollgate.end_budgets((p_batch).organization_id, p_at);
  elsif true = all (candidate) and tollgate.adds_up(p_batch) then
    all_seen := tollgate.take_together(
      p_batch, 'reserve' = any (p_verb), true, p_elsewhere, p_at);
  end if;
  for attempt in 1 .. 2 loop
    if all_seen is null then
      candidate := array(
        select o and f from unnest(candidate, tollgate.free_ids(p_batch)) with ordinality u (o, f, n)
        order by n);
      taken := tollgate.take(p_batch, candidate, array(
        select v = 'reserve' from unnest(p_verb) with ordinality u (v, n) order by n),
        p_elsewhere, p_node, p_final, p_at);
    end if;
    begin
      perform tollgate.write_decisions(p_batch, p_verb, p_decision_id, p_reservation_id,
        p_expires_at, p_request, taken, all_seen, p_elsewhere, p_at);
      exit;
    exception when unique_violation then
      if attempt = 2 then raise; end if;
      all_seen := null;
    end;
  end loop;
  if all_seen is not null then
    return query select 0, 'all_admitted', true, p_at, null::text, null::bigint, all_seen,
                        null::text, null::text, null::jsonb;
    return;
  end if;
  return query
  select t.item, case when t.recallable then 'recall' else 'decided' end, t.admitted, p_at,
         null::text, null::bigint, t.seen, null::text, null::text, null::jsonb
  from unnest(taken) t;
  if false = any (candidate) then
    return query
    select f.item, f.outcome, true, f.decided_at, f.verb, f.credits, f.seen, f.ahead, f.asked,
           f.reservation
    from tollgate.first_answers(p_batch, p_verb, candidate) f;
  end if;
end
$$;
`,
  },
  {
    name: '135_seen_in_batch',
    text: `-- What one organization's calls saw in a batch that may span several. It is for readers that run as
-- one organization, and hides the other organizations' part.
create or replace function tollgate.seen_in_batch(p_batch_id bigint)
returns jsonb language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select seen -> tollgate.own_organization() from tollgate.decision_batches where id = p_batch_id
$$;
`,
  },
  {
    name: '140_settle_reservations',
    text: `-- Ends reservations with the actual use. It removes the hold and records the event in full, even
-- above the hold or after expiry (\`late\`). The event has the reservation's id and time.
-- Settling again, at once or later, returns the first settlement. outcome: settled | replay |
-- released | unknown_reservation.
create or replace function tollgate.settle_reservations(
  p_batch tollgate.usage_batch, p_reservation_id uuid[], p_at timestamptz)
returns table (item integer, outcome text, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_settle boolean[];
  ending uuid[];
  seen jsonb;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  select array_agg(coalesce(r.state in ('held', 'expired'), false) order by i.item) into to_settle
  from unnest(p_reservation_id, (p_batch).organization_id)
       with ordinality i (id, organization_id, item)
  -- Found by id alone. A plan from when the table was small might otherwise read all that the
  -- organization ever reserved. Here and below the organization is only compared.
  left join tollgate.reservations r
    on r.id = i.id and r.organization_id || '' = i.organization_id;

  if true = any (to_settle) then
    ending := array(
      select r.id from unnest(p_reservation_id, to_settle) u (id, chosen)
      join tollgate.reservations r using (id) where u.chosen and r.state = 'held');
    perform tollgate.give_back_holds(ending);
    if (p_batch).budget_id is not null then
      perform tollgate.end_budgets((p_batch).organization_id, p_at);
      perform tollgate.hold_in_budgets(ending, -1, p_at);
    end if;
    perform tollgate.post_events(p_batch, to_settle, p_at);
    perform tollgate.draw_credits((p_batch).organization_id, p_at);
    seen := tollgate.standing_now(p_batch, p_at);
    update tollgate.reservations r
    set state = 'settled', ended_at = p_at, held_elsewhere = false,
        settlement = jsonb_build_object('credits', i.credits, 'quantities', i.quantities::jsonb,
          'late', r.state = 'expired', 'elsewhere', r.held_elsewhere,
          'seen', seen -> i.organization_id, 'ahead', i.ahead)
    from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).credits,
                (p_batch).quantities, (p_batch).ahead, to_settle)
         i (id, organization_id, credits, quantities, ahead, chosen)
    where i.chosen and r.id = i.id and r.organization_id || '' = i.organization_id;
  end if;

  return query
  select i.item::integer,
         case when i.chosen then 'settled' when r.state = 'settled' then 'replay'
              when r.state = 'released' then 'released' else 'unknown_reservation' end,
         to_jsonb(r)
  from unnest(p_reservation_id, (p_batch).organization_id, to_settle)
       with ordinality i (id, organization_id, chosen, item)
  left join tollgate.reservations r
    on r.id = i.id and r.organization_id || '' = i.organization_id
  order by i.item;
end
$$;

-- The present state of the limits that a written batch touches, and always of those on credits. So
-- even a call that used nothing learns what is left of its credits.
create or replace function tollgate.standing_now(p_batch tollgate.usage_batch, p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  batch tollgate.usage_batch := p_batch;
begin
  select array_agg(t.organization_id), array_agg(date_bin('1 hour', p_at, '2000-01-01Z')),
         array_agg(t.meter), array_agg(t.units)
  into batch.total_organization, batch.total_hour, batch.total_meter, batch.total_units
  from (select u.organization_id, u.meter, sum(u.units)::bigint as units
        from (select unnest((p_batch).total_organization) as organization_id,
                     unnest((p_batch).total_meter) as meter,
                     unnest((p_batch).total_units) as units
              union all
              select unnest((p_batch).organization_id), 'credits', 0) u
        group by 1, 2) t;
  return tollgate.take_together(batch, false, false, false, p_at);
end
$$;

-- The same for the credits of one organization; null: it has no limit on them.
create or replace function tollgate.credits_standing(p_organization text, p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  batch tollgate.usage_batch;
begin
  batch.organization_id := array[p_organization];
  return tollgate.standing_now(batch, p_at) -> p_organization;
end
$$;

-- Ends a reservation with no use. Releasing one that has ended changes nothing. standing: the state
-- of the credits at the first release.
create or replace function tollgate.release_reservation(
  p_organization text, p_reservation_id uuid, p_at timestamptz)
returns table (
  reservation jsonb, was_held boolean, was_held_elsewhere boolean, standing jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  held boolean;
  elsewhere boolean := false;
  budget text;
begin
  perform tollgate.lock_organizations(array[p_organization]);
  perform tollgate.catch_up(array[p_organization], p_at);
  held := exists (select 1 from tollgate.reservations where id = p_reservation_id
                  and organization_id = p_organization and state = 'held');
  if held then
    perform tollgate.give_back_holds(array[p_reservation_id]);
    select held_elsewhere, budget_id into elsewhere, budget
    from tollgate.reservations where id = p_reservation_id;
    if budget is not null then
      perform tollgate.end_budgets(array[p_organization], p_at);
      perform tollgate.hold_in_budgets(array[p_reservation_id], -1, p_at);
    end if;
    update tollgate.reservations
    set state = 'released', ended_at = p_at, held_elsewhere = false
    where id = p_reservation_id;
    perform tollgate.draw_credits(array[p_organization], p_at);
    update tollgate.reservations r set standing = tollgate.credits_standing(p_organization, p_at)
    where r.id = p_reservation_id;
  end if;
  return query
  select to_jsonb(r), held, elsewhere,
         -- The release of an expired reservation stored no state, so it is read now.
         case when r.state = 'expired' then tollgate.credits_standing(p_organization, p_at)
              else r.standing end
  from tollgate.reservations r
  where id = p_reservation_id and organization_id = p_organization;
end
$$;

-- The extension of a reservation that was admitted under an id before; null: there is none.
create or replace function tollgate.first_extension(
  p_organization text, p_reservation_id uuid, p_extension_id text)
returns tollgate.decisions language sql stable as $$
  select d from tollgate.decisions d
  where d.reservation_id = p_reservation_id and d.extension_id = p_extension_id
    and d.organization_id = p_organization
$$;

-- Enlarges a hold by the batch's one item, decided like a reservation of its own, and moves its
-- expiry. An id (p_extension_id; null: none) is admitted once in its reservation. A refusal stores
-- nothing under the id, so a later try is decided again.
-- outcome: decided | recall (refused only because of other processes' leases; nothing is written) |
-- replay (same id, same payload: returns the first decision, whatever the reservation's state) |
-- conflict (same id, another payload) | ended (the reservation is not held any more).
create or replace function tollgate.extend_reservation(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_extension_id text, p_fingerprint uuid, p_elsewhere boolean,
  p_node text, p_final boolean, p_at timestamptz)
returns table (
  outcome text, decision_id uuid, decided_at timestamptz, admitted boolean, seen jsonb,
  expires_at timestamptz, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  organization text := (p_batch).organization_id[1];
  first tollgate.decisions;
  taken tollgate.taken_item;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.catch_up((p_batch).organization_id, p_at);
  if p_extension_id is not null then
    first := tollgate.first_extension(organization, p_reservation_id, p_extension_id);
    if first.id is not null then
      return query
      select case when first.fingerprint = p_fingerprint then 'replay' else 'conflict' end,
             first.id, first.decided_at, first.allowed, first.seen, first.expires_at, to_jsonb(r)
      from tollgate.reservations r where r.id = p_reservation_id;
      return;
    end if;
  end if;
  if exists (select 1 from tollgate.reservations r where r.id = p_reservation_id
             and r.organization_id = organization and r.state = 'held') then
    -- A limit per key counts the key that holds, whichever key asks for the extension.
    p_batch.api_key_id := array(
      select api_key_id from tollgate.reservations where id = p_reservation_id);
    -- A longer hold alone needs nothing of a budget, so it is allowed even after the budget has
    -- ended.
    if (p_batch).amount_item is null or cardinality((p_batch).amount_item) = 0 then
      p_batch.budget_id := null;
    elsif (p_batch).budget_id is not null then
      perform tollgate.end_budgets((p_batch).organization_id, p_at);
    end if;
    taken := (tollgate.take(
      p_batch, array[true], array[true], p_elsewhere, p_node, array[p_final], p_at))[1];
    if not taken.recallable then
      perform tollgate.write_extension(p_batch, p_reservation_id, p_decision_id, p_expires_at,
        p_extension_id, p_fingerprint, taken, p_elsewhere, p_at);
    end if;
  end if;
  return query
  select case when taken.item is null then 'ended' when taken.recallable then 'recall'
              else 'decided' end,
         p_decision_id, p_at, taken.admitted, taken.seen, r.expires_at, to_jsonb(r)
  from tollgate.reservations r
  where r.id = p_reservation_id and r.organization_id = organization;
end
$$;

create or replace function tollgate.write_extension(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_extension_id text, p_fingerprint uuid,
  p_taken tollgate.taken_item, p_elsewhere boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  more jsonb := (
    select coalesce(jsonb_object_agg(meter, units), '{}')
    from (select m.key as meter, sum(a.units)::bigint as units
          from unnest((p_batch).amount_meter, (p_batch).amount_units) a (meter, units)
          join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
          group by 1) asked);
begin
  if p_taken.admitted then
    perform tollgate.charge_rates(p_batch, array[true], p_elsewhere, p_at);
    perform tollgate.give_back_holds(array[p_reservation_id]);
    if (p_batch).budget_id is not null then
      perform tollgate.hold_in_budgets(array[p_reservation_id], -1, null);
    end if;
    update tollgate.reservations r
    set expires_at = greatest(r.expires_at, p_expires_at),
        quantities = r.quantities || (
          select coalesce(jsonb_object_agg(
            key, value::bigint + coalesce((r.quantities ->> key)::bigint, 0)), '{}')
          from jsonb_each_text(more))
    where r.id = p_reservation_id;
    perform tollgate.hold(array[p_reservation_id]);
    if (p_batch).budget_id is not null then
      perform tollgate.hold_in_budgets(array[p_reservation_id], 1, p_at);
    end if;
    perform tollgate.draw_credits((p_batch).organization_id, p_at);
  end if;
  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, seen, catalog_version_id,
    reservation_id, extension_id, fingerprint, expires_at)
  select p_decision_id, p_at, o.id, 'extend', (p_batch).id[1], (p_batch).event_type[1],
         (p_batch).occurred_at[1], p_taken.admitted, (p_batch).credits[1], more,
         coalesce(p_taken.seen, jsonb_build_object('warn', o.warn_percent, 'limits', '[]'::jsonb)),
         (p_batch).catalog_version_id[1],
         k.id, k.extension_id, k.fingerprint, k.expires_at
  from tollgate.organizations o
  left join (
    select r.id, p_extension_id as extension_id, p_fingerprint as fingerprint, r.expires_at
    from tollgate.reservations r
    where r.id = p_reservation_id and p_taken.admitted and p_extension_id is not null) k on true
  where o.id = (p_batch).organization_id[1];
  if not p_taken.admitted then
    perform tollgate.tell_refusals((p_batch).organization_id, array[p_taken.seen], p_at);
  end if;
end
$$;
`,
  },
  {
    name: '145_credits_left',
    text: `-- The micro-credits that an organization can use of its grants at a moment.
create or replace function tollgate.credits_left(p_organization text, p_at timestamptz)
returns bigint language plpgsql stable as $$
begin
  return (
    select coalesce(sum(left_units), 0) from tollgate.grants
    where organization_id = p_organization and left_units > 0
      and starts_at <= p_at and (expires_at is null or expires_at > p_at));
end
$$;

-- The same for one limit on credits. Only the plan's allowance is widened: the limit of the billing
-- period or, without one, of the month. Null: not this limit.
create or replace function tollgate.granted_to(
  p_organization text, p_plan_version bigint, p_window text, p_at timestamptz)
returns bigint language plpgsql stable as $$
declare
  granted bigint := tollgate.credits_left(p_organization, p_at);
begin
  if p_window = 'period' or granted = 0 and not exists (
       select from tollgate.organizations
       where id = p_organization and allowance_window is not null) then
    return granted;
  end if;
  if exists (select from tollgate.plan_limits
             where plan_version_id = p_plan_version and (meter, window_name, per)
                 = ('credits', 'period', 'organization'))
     or exists (select from tollgate.limit_overrides
                where organization_id = p_organization and (meter, window_name, per)
                    = ('credits', 'period', 'organization')
                  and ended_at is null and (expires_at is null or expires_at > p_at)) then
    return null;
  end if;
  return granted;
end
$$;

-- What an organization owes, over all windows.
create or replace function tollgate.debt_of(p_organization text)
returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(owed), 0) from tollgate.credit_windows
          where organization_id = p_organization and owed > 0);
end
$$;

-- How far the allowance of a window goes beyond its own maximum (for_max): by what grants have paid
-- in it and have left. If the allowance was lowered, also by what it has already paid. Under a hard
-- limit, all debts are subtracted.
-- So what is left of max + for_max is always what the allowance and the grants have left, minus
-- what is owed. A cap on overage (for_cap) applies to what the plan pays and charges. past: what
-- was already charged in the window.
create or replace function tollgate.widening_of(
  p_organization text, p_window text, p_start timestamptz, p_max bigint, p_behavior text,
  p_granted bigint, p_level bigint, p_drawn bigint, p_at timestamptz)
returns tollgate.credit_widening language plpgsql stable as $$
declare
  widening tollgate.credit_widening;
  account record;
  paid tollgate.credit_windows;
  most bigint := p_max;
begin
  widening.for_max := 0; widening.for_cap := 0;
  if p_granted is null then return widening; end if;
  select o.allowance_window, tollgate.window_end(p_window, p_start, o.starts_at) as window_end
  into account from tollgate.organizations o where o.id = p_organization;
  if account.allowance_window is null then return widening; end if;
  select * into paid from tollgate.credit_windows c
  where (c.organization_id, c.window_name, c.window_start) = (p_organization, p_window, p_start);
  if paid.organization_id is null then
    paid.from_plan := 0; paid.owed := 0; paid.overage := 0;
  elsif paid.behavior is not null and account.window_end <= p_at then
    most := paid.allowance;
  end if;
  if account.allowance_window <> p_window then
    paid.from_plan := coalesce(p_level - p_drawn, 0) - paid.owed - paid.overage;
  end if;
  widening.for_cap := p_granted + coalesce(p_drawn, 0) + paid.owed;
  widening.for_max := case when most is not null then widening.for_cap
    + greatest(most, paid.from_plan + paid.overage) - p_max
    - case when p_behavior = 'hard' then tollgate.debt_of(p_organization) else 0 end end;
  widening.past := case when p_behavior = 'overage' then paid.overage end;
  return widening;
end
$$;
`,
  },
  {
    name: '150_check_quota',
    text: `-- breaking in 0.2.0: tollgate.check_quota: takes whole units, and says why it refuses.

-- The state of the limits of whole organizations. Grants widen max and ceiling; past the ceiling a
-- call is refused. held: reserved units, plus those that processes have on lease. A rate limit has
-- no start, and its used is what has not leaked out yet.
create or replace function tollgate.organization_standings(
  p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text, window_start timestamptz,
  behavior text, burst bigint, cap bigint, overridden boolean, max bigint, ceiling bigint,
  used bigint, held bigint)
language sql stable as $$
  select o.id, l.meter, l.aggregation, l.window_name, w.window_start, l.behavior, l.burst,
         l.cap + (g.widening).for_max, l.overridden, l.max + (g.widening).for_max,
         c.ceiling + g.granted, level.used, level.held
  from tollgate.limits_in_force(p_organizations, p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling) c
  cross join lateral (
    select case when l.window_name not in ('minute', 'concurrent')
             then tollgate.window_start(l.window_name, p_at, o.starts_at) end as window_start) w
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (l.organization_id, l.meter, l.window_name, w.window_start)
  left join tollgate.rates r on l.window_name = 'minute'
    and (r.organization_id, r.meter, r.per, r.subject)
      = (l.organization_id, l.meter, l.per, '')
  cross join lateral (
    select x.widening, case when l.behavior = 'overage' and c.ceiling is not null
             then (x.widening).for_cap else (x.widening).for_max end as granted
    from (select case when l.granted is not null and o.allowance_window is not null
            then tollgate.widening_of(o.id, l.window_name, w.window_start, l.max, l.behavior,
                   l.granted, coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)
            else (0, 0, null)::tollgate.credit_widening end as widening offset 0) x) g
  cross join lateral (
    select coalesce(b.used, tollgate.rate_level(r.debt, r.charged_at, l.max, p_at), 0) as used,
           case l.window_name
             when 'minute' then coalesce(r.leased, 0)
             when 'concurrent' then coalesce((
               select sum((v.quantities ->> l.meter)::bigint)::bigint
               from tollgate.reservations v
               where v.organization_id = l.organization_id and v.state = 'held'
                 and v.expires_at > p_at), 0)
             else coalesce(b.leased, 0) + coalesce(b.held, 0) - coalesce((
               select sum((v.quantities ->> l.meter)::bigint)::bigint
               from tollgate.reservations v
               where v.organization_id = l.organization_id and v.state = 'held'
                 and v.expires_at <= p_at and w.window_start
                   = tollgate.window_start(l.window_name, v.occurred_at, o.starts_at)), 0)
           end as held) level
  where l.per = 'organization'
$$;

-- The state of the limits on one meter, and whether p_amount more (in its smallest unit) would fit
-- each.
create or replace function tollgate.quota_standings(
  p_organization text, p_meter text, p_amount bigint, p_at timestamptz)
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max bigint, used bigint, held bigint, remaining bigint, allowed boolean)
language sql stable as $$
  select s.meter, s.window_name, s.window_start, s.behavior, s.max, s.used, s.held,
         case when s.max is not null
           then greatest(coalesce(s.ceiling, s.max) - s.used - s.held, 0) end,
         s.ceiling is null
           or tollgate.merge_levels(s.aggregation, s.used + s.held, p_amount)
              <= greatest(s.ceiling, s.used + s.held)
  from tollgate.organization_standings(array[p_organization], p_at) s
  where s.meter = p_meter
  order by s.window_name
$$;

-- The reason of a refusal by a limit, as in core/decision.ts. p_anonymous: the limit is per user or
-- key, and the call named none.
create or replace function tollgate.refusal_reason(
  p_window text, p_behavior text, p_meter text, p_anonymous boolean)
returns text language sql immutable parallel safe as $$
  select case when p_anonymous then 'subject_missing'
              when p_window = 'minute' then 'rate_limited'
              when p_window = 'concurrent' then 'too_many_concurrent'
              when p_behavior = 'overage' then 'spend_cap_reached'
              when p_meter = 'credits' then 'credits_exhausted' else 'limit_exceeded' end
$$;

-- For psql, triggers and pg_cron: would this amount of a meter fit every limit of the organization
-- now? The amount is in whole units: 1.5 credits are 1.5. Nothing is used up.
-- Returns one row for each limit of the whole organization, with the reason if it refuses. If the
-- meter has no limit, or the organization may use nothing, it returns one row without a limit. So
-- bool_and(allowed) is the answer, and never null.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create or replace function tollgate.check_quota(
  p_organization text, p_meter text, p_amount numeric, p_at timestamptz default now())
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max numeric, used numeric, held numeric, remaining numeric, allowed boolean, reason text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  unit numeric := (select power(10::numeric, m.scale) from tollgate.meters m where m.key = p_meter);
  refusal text := tollgate.refusal_of_organization(p_organization, p_at);
begin
  if p_amount is null or p_amount < 0 or p_amount * unit <> trunc(p_amount * unit) then
    raise exception 'an amount of % must be at least 0, in whole smallest units of the meter', p_meter
      using errcode = 'invalid_parameter_value';
  end if;
  if unit is null or refusal is not null then
    return query select p_meter, null::text, null::timestamptz, null::text, null::numeric,
      null::numeric, null::numeric, null::numeric, false, coalesce(refusal, 'unknown_meter');
    return;
  end if;
  return query
  select q.meter, q.window_name, q.window_start, q.behavior, trim_scale(q.max / unit),
         trim_scale(q.used / unit), trim_scale(q.held / unit), trim_scale(q.remaining / unit),
         q.allowed, case when not q.allowed then
           tollgate.refusal_reason(q.window_name, q.behavior, q.meter, false) end
  from tollgate.quota_standings(p_organization, p_meter, (p_amount * unit)::bigint, p_at) q;
  if not found then
    return query select p_meter, null::text, null::timestamptz, null::text, null::numeric,
      null::numeric, null::numeric, null::numeric, true, null::text;
  end if;
end
$$;

-- Why an organization may use nothing at an instant, as a decision's reason; null: it may.
create or replace function tollgate.refusal_of_organization(p_organization text, p_at timestamptz)
returns text language plpgsql stable as $$
begin
  return (
    select case when o.id is null then 'unknown_organization'
                when o.status = 'closed' then 'closed_organization'
                when o.ends_at <= p_at then 'subscription_ended'
                when o.paused_at <= p_at then 'subscription_paused' end
    from (select p_organization as id) asked
    left join tollgate.organizations o on o.id = asked.id);
end
$$;
`,
  },
  {
    name: '160_recompute',
    text: `-- The roll-ups of every window wholly inside [p_from, p_to), computed from raw events alone. It
-- shares no code with post_rollups on purpose: doctor compares two computations, not one with
-- itself.
create or replace function tollgate.recompute_rollups(p_from timestamptz, p_to timestamptz)
returns setof tollgate.rollups language sql stable as $$
  select e.organization_id, d.dimension, g.grain, w.window_start, d.key,
         sum(s.sign), sum(s.sign) filter (where e.status >= 400),
         sum(s.sign) filter (where e.price_source = 'unpriced'), sum(e.credits),
         coalesce(sum(e.cost_usd), 0), coalesce(sum(e.input_tokens), 0),
         coalesce(sum(e.cached_input_tokens), 0), coalesce(sum(e.output_tokens), 0),
         coalesce(sum(e.reasoning_tokens), 0),
         sum(s.sign) filter (where e.duration_ms is not null),
         coalesce(sum(e.duration_ms * s.sign), 0), tollgate.sum_parts(e.parts)
  from tollgate.events e
  cross join lateral (select case when e.reverses is null then 1 else -1 end as sign) s
  cross join (values ('hour', interval '1 hour'), ('day', interval '24 hours')) g (grain, length)
  cross join lateral (select tollgate.window_start(g.grain, e.occurred_at, null) as window_start) w
  cross join lateral (values ('total', ''), ('event_type', e.event_type), ('user', e.user_id),
    ('endpoint', e.endpoint), ('category', e.category), ('model', e.model)) d (dimension, key)
  where e.occurred_at >= p_from and e.occurred_at < p_to and d.key is not null
    and w.window_start >= p_from and w.window_start + g.length <= p_to
  group by 1, 2, 3, 4, 5
$$;

-- The same for the latency histograms, one row for each bucket that has calls.
create or replace function tollgate.recompute_latencies(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, endpoint text, day timestamptz, bucket smallint, calls bigint)
language sql stable as $$
  select e.organization_id, e.endpoint, w.day, tollgate.latency_bucket(e.duration_ms),
         sum(case when e.reverses is null then 1 else -1 end)
  from tollgate.events e
  cross join lateral (select tollgate.window_start('day', e.occurred_at, null) as day) w
  where e.occurred_at >= p_from and e.occurred_at < p_to
    and e.endpoint is not null and e.duration_ms is not null
    and w.day >= p_from and w.day + interval '24 hours' <= p_to
  group by 1, 2, 3, 4
  having sum(case when e.reverses is null then 1 else -1 end) <> 0
$$;

-- The same for the buckets of every meter.
create or replace function tollgate.recompute_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, used bigint)
language sql stable as $$
  select e.organization_id, m.key, g.window_name, w.window_start,
         -- The filters are needed: every branch of the case is computed, and a set's values are no
         -- numbers.
         case m.aggregation
           when 'unique' then count(distinct q.value)
           when 'max' then max(q.value::bigint) filter (where m.aggregation = 'max')
           when 'latest' then (array_agg(q.value::bigint order by e.occurred_at desc, e.id desc)
                               filter (where m.aggregation = 'latest'))[1]
           else sum(q.value::bigint) filter (where m.aggregation in ('sum', 'count')) end
  from tollgate.events e
  join tollgate.organizations o on o.id = e.organization_id
  cross join lateral jsonb_each_text(e.quantities) q
  join tollgate.meters m on m.key = q.key
  cross join tollgate.calendar_windows() g
  cross join lateral (
    select tollgate.window_start(g.window_name, e.occurred_at, o.starts_at) as window_start) w
  where e.occurred_at >= p_from and e.occurred_at < p_to and w.window_start >= p_from
  group by e.organization_id, m.key, m.aggregation, g.window_name, w.window_start
  -- An aggregate as the argument makes it run once for each window instead of once for each event.
  having tollgate.window_end(g.window_name, w.window_start, min(o.starts_at)) <= p_to
$$;

-- What buckets must hold for open reservations, and what must be on lease in them.
create or replace function tollgate.recompute_held()
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz,
  held bigint, leased bigint)
language sql stable as $$
  select part.organization_id, part.meter, part.window_name, part.window_start,
         sum(part.held)::bigint, sum(part.leased)::bigint
  from (
    select r.organization_id, m.key as meter, w.window_name,
           tollgate.window_start(w.window_name, r.occurred_at, o.starts_at) as window_start,
           (r.quantities ->> m.key)::bigint as held, 0 as leased
    from tollgate.reservations r
    join tollgate.organizations o on o.id = r.organization_id
    cross join lateral jsonb_object_keys(r.quantities) q (key)
    join tollgate.meters m on m.key = q.key and m.aggregation in ('sum', 'count')
    cross join tollgate.calendar_windows() w
    where r.state = 'held'
    union all
    select l.organization_id, l.meter, l.window_name, l.window_start, 0, l.units
    from tollgate.leases l where l.window_name <> 'minute') part
  group by 1, 2, 3, 4
$$;
`,
  },
  {
    name: '170_aggregate_usage',
    text: `-- The roll-ups and latency histograms of windows wholly inside [p_from, p_to) that differ from the
-- raw events.
create or replace function tollgate.differing_rollups(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select r.* from tollgate.rollups r
    where r.window_start >= p_from
      and tollgate.window_end(r.grain, r.window_start, null) <= p_to)
  select coalesce(s.organization_id, t.organization_id),
         'rollup ' || coalesce(s.dimension, t.dimension), coalesce(s.grain, t.grain),
         coalesce(s.window_start, t.window_start), coalesce(s.key, t.key), to_jsonb(s), to_jsonb(t)
  from stored s
  full join tollgate.recompute_rollups(p_from, p_to) t
    on (s.organization_id, s.dimension, s.grain, s.window_start, s.key)
     = (t.organization_id, t.dimension, t.grain, t.window_start, t.key)
  where (s.events, s.errors, s.unpriced, s.credits, s.cost_usd, s.input_tokens,
         s.cached_input_tokens, s.output_tokens, s.reasoning_tokens, s.timed, s.duration_ms,
         coalesce(s.parts, '{}'))
    is distinct from
        (t.events, coalesce(t.errors, 0), coalesce(t.unpriced, 0), t.credits, t.cost_usd,
         t.input_tokens, t.cached_input_tokens, t.output_tokens, t.reasoning_tokens,
         coalesce(t.timed, 0), t.duration_ms, coalesce(t.parts, '{}'))
  union all
  select coalesce(s.organization_id, t.organization_id), 'latency', 'day', coalesce(s.day, t.day),
         coalesce(s.endpoint, t.endpoint), s.histogram, t.histogram
  from (select l.organization_id, l.endpoint, l.day,
               jsonb_object_agg(u.bucket, u.calls) filter (where u.calls <> 0) as histogram
        from tollgate.latency_rollups l
        cross join lateral unnest(l.buckets, l.calls) u (bucket, calls)
        where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to
        group by 1, 2, 3) s
  full join (
    select c.organization_id, c.endpoint, c.day, jsonb_object_agg(c.bucket, c.calls) as histogram
    from tollgate.recompute_latencies(p_from, p_to) c group by 1, 2, 3) t
    on (s.organization_id, s.day, s.endpoint) = (t.organization_id, t.day, t.endpoint)
  where s.histogram is distinct from t.histogram
$$;

-- The levels of windows wholly inside [p_from, p_to) that differ, and all holds that do.
create or replace function tollgate.differing_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select b.* from tollgate.buckets b join tollgate.organizations o on o.id = b.organization_id
    where b.window_start >= p_from
      and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to)
  select coalesce(s.organization_id, t.organization_id), 'bucket',
         coalesce(s.window_name, t.window_name), coalesce(s.window_start, t.window_start),
         coalesce(s.meter, t.meter), to_jsonb(s.used), to_jsonb(t.used)
  from stored s
  full join tollgate.recompute_buckets(p_from, p_to) t
    on (s.organization_id, s.meter, s.window_name, s.window_start)
     = (t.organization_id, t.meter, t.window_name, t.window_start)
  where coalesce(s.used, 0) <> coalesce(t.used, 0)
  union all
  select coalesce(b.organization_id, h.organization_id), 'hold',
         coalesce(b.window_name, h.window_name), coalesce(b.window_start, h.window_start),
         coalesce(b.meter, h.meter), jsonb_build_array(b.held, b.leased),
         jsonb_build_array(h.held, h.leased)
  from (select * from tollgate.buckets where held <> 0 or leased <> 0) b
  full join tollgate.recompute_held() h
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (h.organization_id, h.meter, h.window_name, h.window_start)
  where coalesce(b.held, 0) <> coalesce(h.held, 0)
     or coalesce(b.leased, 0) <> coalesce(h.leased, 0)
$$;

-- The instant from which raw events are complete; null if retention has dropped none.
create or replace function tollgate.events_whole_since()
returns timestamptz language sql stable as $$
  select events_whole_since from tollgate.retention
$$;

-- Recomputes every roll-up, histogram, bucket and hold of the windows wholly inside [p_from, p_to)
-- from raw events. Returns the differences; no row means that there are none. With p_repair it sets
-- the stored figures to the recomputed ones. It always skips windows from which retention has
-- dropped events: their figures cannot be recomputed.
--   select * from tollgate.aggregate_usage(now() - interval '7 days', now());
create or replace function tollgate.aggregate_usage(
  p_from timestamptz, p_to timestamptz, p_repair boolean default false)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language plpgsql as $$
begin
  p_from := greatest(p_from, tollgate.events_whole_since());
  if p_repair then
    -- It must lock every organization, so it waits without a time limit.
    perform set_config('tollgate.lock_wait', '', true);
    perform set_config('lock_timeout', '0', true);
    perform tollgate.lock_organizations(array(select id from tollgate.organizations));
  end if;
  return query select * from tollgate.differing_rollups(p_from, p_to);
  return query select * from tollgate.differing_buckets(p_from, p_to);
  return query select * from tollgate.differing_credits();
  if p_repair then
    perform tollgate.repair_usage(p_from, p_to);
  end if;
end
$$;

-- Sets the stored figures of [p_from, p_to) to the recomputed ones.
create or replace function tollgate.repair_usage(p_from timestamptz, p_to timestamptz)
returns void language plpgsql as $$
begin
  delete from tollgate.rollups r
  where r.window_start >= p_from and tollgate.window_end(r.grain, r.window_start, null) <= p_to;
  insert into tollgate.rollups
  select organization_id, dimension, grain, window_start, key, events, coalesce(errors, 0),
         coalesce(unpriced, 0), credits, cost_usd, input_tokens, cached_input_tokens,
         output_tokens, reasoning_tokens, coalesce(timed, 0), duration_ms, parts
  from tollgate.recompute_rollups(p_from, p_to);
  delete from tollgate.latency_rollups l
  where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to;
  insert into tollgate.latency_rollups
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from tollgate.recompute_latencies(p_from, p_to) group by 1, 2, 3;
  update tollgate.buckets b set used = 0
  from tollgate.organizations o
  where o.id = b.organization_id and b.window_start >= p_from
    and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to;
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, used)
  select * from tollgate.recompute_buckets(p_from, p_to)
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = excluded.used;
  update tollgate.buckets set held = 0, leased = 0 where held <> 0 or leased <> 0;
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, held, leased)
  select * from tollgate.recompute_held()
  on conflict (organization_id, meter, window_name, window_start) do update
  set held = excluded.held, leased = excluded.leased;
  perform tollgate.draw_credits(
    array(select id from tollgate.organizations where allowance_window is not null), now());
end
$$;
`,
  },
  {
    name: '180_cleanup_events',
    text: `-- The instant before which retention deletes. Days are subtracted in UTC, where each has 24 hours,
-- whatever the session's time zone.
create or replace function tollgate.kept_from(p_keep interval, p_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select (p_at at time zone 'UTC' - p_keep) at time zone 'UTC'
$$;

-- The same for ids, which must outlive the oldest timestamp that a call may name.
create or replace function tollgate.ids_kept_from(p_keep_ids interval, p_at timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
begin
  if p_keep_ids < interval '65 days' then
    raise exception 'event ids must be kept for 65 days at least, not %', p_keep_ids
      using errcode = 'TG001';
  end if;
  return tollgate.kept_from(p_keep_ids, p_at);
end
$$;

-- Drops the weekly partitions of events or decisions that lie wholly before an instant. Only one
-- caller runs at a time, and none while a partition is created, so no partition disappears
-- meanwhile.
-- It waits for everyone who uses the table: call it once in a transaction, with no other lock held.
create or replace function tollgate.drop_partitions(p_parent text, p_before timestamptz)
returns integer language plpgsql as $$
declare
  child record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  for child in
    select c.relname, w.ends_at
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    cross join lateral (
      select (to_date(substring(c.relname from '\\d{4}w\\d{2}$'), 'IYYY"w"IW') + 7)::timestamp
             at time zone 'UTC' as ends_at) w
    where i.inhparent = ('tollgate.' || quote_ident(p_parent))::regclass and w.ends_at <= p_before
  loop
    execute format('drop table tollgate.%I', child.relname);
    dropped := dropped + 1;
    if p_parent = 'events' then
      insert into tollgate.retention as r (events_whole_since) values (child.ends_at)
      on conflict (only_row) do update
      set events_whole_since = greatest(r.events_whole_since, excluded.events_whole_since);
    end if;
  end loop;
  return dropped;
end
$$;

-- Deletes old rows: ids received before p_ids_from (never those of backfilled events), reservations
-- and budgets that ended before it, and rates unused for long. Also leases of windows too old for
-- any late event, whose processes are gone.
create or replace function tollgate.forget_old(p_ids_from timestamptz, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  windows_from timestamptz := tollgate.kept_from('36 days', p_at);
  forgotten_ids bigint;
begin
  delete from tollgate.event_ids where received_at < p_ids_from and not backfilled;
  get diagnostics forgotten_ids = row_count;
  delete from tollgate.decision_batches where decided_at < p_ids_from;
  delete from tollgate.unique_values
  where window_name = 'hour' and window_start < windows_from;
  delete from tollgate.rates where charged_at < windows_from and leased = 0;
  delete from tollgate.leases where units = 0 and window_start < windows_from
    and window_name <> 'minute';
  delete from tollgate.nodes where seen_at < windows_from;
  delete from tollgate.reservations where ended_at < p_ids_from;
  delete from tollgate.budgets where closed_at < p_ids_from;
  return forgotten_ids;
end
$$;

-- Retention for psql and pg_cron: all of the above at once. Ids are stored for at least 65 days;
-- roll-ups are never deleted.
-- It is one transaction, and blocks every writer while it runs: with the locks of two tables it
-- could otherwise deadlock with them. The engine's own job uses one transaction for each step.
--   select * from tollgate.cleanup_events();
create or replace function tollgate.cleanup_events(
  p_keep_events interval default '30 days', p_keep_ids interval default '65 days',
  p_at timestamptz default now())
returns table (dropped_partitions integer, forgotten_ids bigint)
language plpgsql as $$
declare
  ids_from timestamptz := tollgate.ids_kept_from(p_keep_ids, p_at);
begin
  lock table tollgate.organizations in exclusive mode;
  dropped_partitions := tollgate.drop_partitions('decisions', ids_from)
    + tollgate.drop_partitions('events', tollgate.kept_from(p_keep_events, p_at));
  forgotten_ids := tollgate.forget_old(ids_from, p_at);
  return next;
end
$$;
`,
  },
  {
    name: '190_append_audit',
    text: `-- Appends entries to the chains of their organizations, in order; '' is the platform's chain.
-- p_rests hold the part of an entry's text after organization and sequence, from the comma on.
-- Chains are locked in order of organization until the transaction ends, so one call may append to
-- many. Several calls in one transaction must keep that order among themselves.
-- One statement writes all entries, since each statement prepares the generated columns again.
create or replace function tollgate.append_audit(p_organizations text[], p_rests text[])
returns table (place integer, organization_id text, sequence bigint) language plpgsql as $$
#variable_conflict use_column
declare
  asked record;
  head tollgate.audit_heads;
  places integer[] := '{}';
  chains text[] := '{}';
  sequences bigint[] := '{}';
  befores bytea[] := '{}';
  entries text[] := '{}';
  hashes bytea[] := '{}';
  text_of_entry text;
begin
  for asked in
    select i.organization_id, i.rest, i.place::integer as place
    from unnest(p_organizations, p_rests) with ordinality i (organization_id, rest, place)
    order by i.organization_id collate "C", i.place
  loop
    if asked.organization_id is distinct from head.organization_id then
      insert into tollgate.audit_heads (organization_id) values (asked.organization_id)
      on conflict (organization_id) do nothing;
      select h.* into head from tollgate.audit_heads h
      where h.organization_id = asked.organization_id for no key update;
    end if;
    head.sequence := head.sequence + 1;
    befores := befores || head.hash;
    text_of_entry := '{"organizationId":' || to_json(head.organization_id)::text
      || ',"sequence":' || head.sequence || asked.rest;
    head.hash := sha256(head.hash || convert_to(text_of_entry, 'UTF8'));
    places := places || asked.place;
    chains := chains || head.organization_id;
    sequences := sequences || head.sequence;
    entries := entries || text_of_entry;
    hashes := hashes || head.hash;
  end loop;
  insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
  select * from unnest(chains, sequences, befores, entries, hashes);
  update tollgate.audit_heads h set sequence = last.sequence, hash = last.hash
  from (select distinct on (a.chain collate "C") a.chain, a.sequence, a.hash
        from unnest(chains, sequences, hashes) a (chain, sequence, hash)
        order by a.chain collate "C", a.sequence desc) last
  where h.organization_id = last.chain;
  return query select * from unnest(places, chains, sequences);
end
$$;
`,
  },
  {
    name: '195_trim_audit',
    text: `-- Retention of one chain: removes its oldest entries from before an instant, at most p_most. It
-- appends an entry that names the last removed entry, its hash, and the number of days kept. It
-- refuses to remove entries younger than p_keep_days.
-- The platform's chain names the organizations that were created. Names in removed entries are
-- repeated in the new one. Returns how many entries were removed.
--   select tollgate.trim_audit('acme', now() - interval '731 days', 100000);
create or replace function tollgate.trim_audit(
  p_organization text, p_before timestamptz, p_most bigint, p_at timestamptz default now(),
  p_keep_days integer default 731)
returns bigint language plpgsql as $$
declare
  head tollgate.audit_heads;
  last_taken bigint;
  last_hash bytea;
begin
  if p_keep_days < 1 or p_before > p_at - make_interval(hours => 24 * p_keep_days) then
    raise exception 'retention keeps the last % days of the audit log', greatest(p_keep_days, 1)
      using errcode = 'TG002';
  end if;
  select * into head from tollgate.audit_heads h
  where h.organization_id = p_organization for no key update;
  select least(head.start_sequence + p_most, coalesce(min(kept.sequence) - 1, head.sequence))
  into last_taken
  from (select e.sequence from tollgate.audit_events e
        where e.organization_id = p_organization and e.occurred_at >= p_before
        order by e.sequence limit 1) kept;
  if last_taken is null or last_taken <= head.start_sequence then return 0; end if;
  select e.hash into strict last_hash from tollgate.audit_events e
  where e.organization_id = p_organization and e.sequence = last_taken;
  perform tollgate.append_audit(array[''], array[format(
    ',"action":"audit.chains_carried","actor":"retention","address":null,'
    '"category":"organization","new":{"organizations":%s},"occurredAt":"%s","old":null,'
    '"subject":"audit:chains"}', part.ids, tollgate.audit_text(p_at))])
  from (select json_agg(m.id order by m.place)::text as ids
        from tollgate.organizations_named(head.start_sequence, last_taken)
          with ordinality m (id, place)
        group by (m.place - 1) / 500 order by (m.place - 1) / 500) part
  where p_organization = '';
  perform tollgate.append_audit(array[p_organization], array[format(
    ',"action":"audit.trimmed","actor":"retention","address":null,"category":"security",'
    '"new":{"before":"%s","keepDays":%s,"startHash":"%s","startsAfter":%s},"occurredAt":"%s",'
    '"old":{"startsAfter":%s},"subject":"audit:%s"}',
    tollgate.audit_text(p_before), p_keep_days, encode(last_hash, 'hex'), last_taken, tollgate.audit_text(p_at),
    head.start_sequence, last_taken)]);
  update tollgate.audit_heads h set start_sequence = last_taken, start_hash = last_hash
  where h.organization_id = p_organization;
  delete from tollgate.audit_events e
  where e.organization_id = p_organization and e.sequence <= last_taken;
  return last_taken - head.start_sequence;
end
$$;

-- The organizations whose creation the platform's chain records, after one entry and up to another.
create or replace function tollgate.organizations_named(p_after bigint, p_to bigint)
returns setof text language sql stable as $$
  select distinct named.id
  from tollgate.audit_events e
  cross join lateral (select e.entry::json #> '{new,organizations}' as ids) said
  cross join json_array_elements_text(
    case when json_typeof(said.ids) = 'array' then said.ids else '[]' end) named (id)
  where e.organization_id = '' and e.sequence > p_after and e.sequence <= p_to
    and e.action in ('audit.chain_opened', 'audit.chains_carried')
$$;

-- An instant in the form of audit entries.
create or replace function tollgate.audit_text(p_at timestamptz)
returns text language sql immutable strict parallel safe as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

revoke execute on function tollgate.trim_audit(text, timestamptz, bigint, timestamptz, integer)
  from public;
`,
  },
  {
    name: '200_credit_journal',
    text: `-- Writes a movement of credits. The organization must be locked, since its movements are numbered.
-- It refuses a movement that does not sum to zero: no credits come from nowhere.
create or replace function tollgate.post_credits(
  p_organization text, p_kind text, p_window text, p_start timestamptz, p_account text[],
  p_grant uuid[], p_units bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  transaction_id bigint;
begin
  if coalesce((select sum(u) from unnest(p_units) u), 0) <> 0 then
    raise exception 'a movement of credits must sum to zero, not to %',
      (select sum(u) from unnest(p_units) u) using errcode = 'TG003';
  end if;
  if not exists (select from unnest(p_units) u where u <> 0) then return; end if;
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start, number)
  select p_organization, p_at, p_kind, p_window, p_start, coalesce(max(t.number), 0) + 1
  from tollgate.credit_transactions t where t.organization_id = p_organization
  returning id into transaction_id;
  insert into tollgate.credit_entries
  select p_organization, transaction_id, e.place, e.account, e.grant_id, e.units
  from unnest(p_account, p_grant, p_units) with ordinality e (account, grant_id, units, place)
  where e.units <> 0;
end
$$;
`,
  },
  {
    name: '205_draw_credits',
    text: `-- Who pays for credits. The level of an allowance's window (used, held and leased) is always
-- covered in full. It is covered by grants (drawn), the plan's allowance (from_plan), charges of
-- the plan (overage), or a debt (owed) until a grant pays it.
-- More use is paid in the order of priority, expiry and age. The allowance is one among the grants,
-- with priority 100 and the end of its window as expiry. Less use is returned in the opposite
-- order.

-- Windows of the allowance whose cover differs from their level, oldest first, however old. A
-- window that is over keeps the terms of its last movement. is_adopted: the allowance had another
-- window before, or none. If the plan has no allowance now, it pays for nothing in the window.
create or replace function tollgate.uncovered_windows(p_organizations text[], p_at timestamptz)
returns setof tollgate.credit_standing language plpgsql stable as $$
begin
  return query
  select o.id, w.window_name, b.window_start, e.window_end,
         case when t.is_kept then c.allowance else l.max end,
         case when t.is_kept then c.behavior else coalesce(l.behavior, 'soft') end,
         v.level, b.drawn, v.from_plan, v.owed, v.overage,
         o.allowance_window <> w.window_name, e.window_end <= p_at
  from tollgate.organizations o
  left join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = o.id and l.granted is not null
  cross join lateral (
    select coalesce(l.window_name, nullif(o.allowance_window, '')) as window_name) w
  join tollgate.buckets b
    on b.organization_id = o.id and b.meter = 'credits' and b.window_name = w.window_name
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (o.id, w.window_name, b.window_start)
  cross join lateral (
    select b.used + b.held + b.leased as level, coalesce(c.from_plan, 0) as from_plan,
           coalesce(c.owed, 0) as owed, coalesce(c.overage, 0) as overage) v
  cross join lateral (
    select tollgate.window_end(w.window_name, b.window_start, o.starts_at) as window_end) e
  cross join lateral (select e.window_end <= p_at and c.behavior is not null as is_kept) t
  where o.id = any (p_organizations) and o.allowance_window is not null
    and v.level <> b.drawn + v.from_plan + v.owed + v.overage
  order by 1, 3;
end
$$;

-- Covers new use, holds and leases, and returns the cover of those that are gone; then pays debts.
-- Call it after levels, terms or grants have changed, with the organizations locked. It costs one
-- lookup where no credits were given. It also fires the alerts on low credits.
create or replace function tollgate.draw_credits(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  is_drawn boolean;
  is_watched boolean;
begin
  select bool_or(allowance_window is not null), bool_or('credits_below' = any (alert_kinds))
  into is_drawn, is_watched
  from tollgate.organizations where id = any (p_organizations);
  if is_drawn then perform tollgate.cover_windows(p_organizations, p_at); end if;
  if is_watched then
    perform tollgate.alert_of_credits(p_organizations, false, false, p_at);
  end if;
end
$$;

create or replace function tollgate.cover_windows(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  standings tollgate.credit_standing[];
  standing tollgate.credit_standing;
begin
  standings := array(select u from tollgate.uncovered_windows(p_organizations, p_at) u);
  foreach standing in array standings loop
    if standing.level < standing.drawn + standing.from_plan + standing.owed + standing.overage then
      perform tollgate.uncover(standing, p_at);
    elsif standing.is_adopted then
      perform tollgate.open_window(standing, p_at);
    end if;
  end loop;
  perform tollgate.repay_debts(p_organizations, p_at);
  foreach standing in array standings loop
    if not standing.is_adopted and standing.level
         > standing.drawn + standing.from_plan + standing.owed + standing.overage then
      perform tollgate.cover(standing, p_at);
    end if;
  end loop;
  update tollgate.organizations o set allowance_window = l.window_name
  from tollgate.limits_in_force(p_organizations, p_at) l
  where o.id = l.organization_id and l.granted is not null
    and o.allowance_window <> l.window_name;
  perform tollgate.ask_for_top_ups(p_organizations, p_at);
end
$$;

-- The same after an organization's terms have changed. What was paid so far stays paid, and the
-- current window continues under the new terms. So do its alerts.
create or replace function tollgate.change_allowance(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (select from tollgate.organizations
             where id = p_organization and allowance_window is not null) then
    perform tollgate.move_allowance(p_organization, p_at);
  end if;
  perform tollgate.refresh_alerts(array[p_organization], p_at);
end
$$;

create or replace function tollgate.move_allowance(p_organization text, p_at timestamptz)
returns void language plpgsql as $$
begin
  perform tollgate.draw_credits(array[p_organization], p_at);
  update tollgate.credit_windows c set allowance = l.max, behavior = coalesce(l.behavior, 'soft')
  from tollgate.organizations o
  left join tollgate.limits_in_force(array[p_organization], p_at) l on l.granted is not null
  where o.id = p_organization and c.organization_id = o.id
    and c.window_name = o.allowance_window
    and c.window_start = tollgate.window_start(c.window_name, p_at, o.starts_at);
  perform tollgate.repay_debts(array[p_organization], p_at);
end
$$;

-- The part of a window's level without cover: no grant, allowance, charge or debt.
create or replace function tollgate.uncovered(p_standing tollgate.credit_standing)
returns bigint language sql immutable parallel safe as $$
  select p_standing.level - p_standing.drawn - p_standing.from_plan - p_standing.owed
       - p_standing.overage
$$;

-- Covers a window whose limit has become the allowance: the plan pays for its level. In one case the
-- part past the allowance becomes a debt or overage instead. That is the current window at the first
-- grant, if the plan was in force for all of it.
create or replace function tollgate.open_window(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  more bigint := tollgate.uncovered(p_standing);
  past bigint := 0;
begin
  if not p_standing.is_over and exists (
       select from tollgate.organizations
       where id = p_standing.organization_id and allowance_window = '')
     and not exists (
       select from tollgate.audit_events a
       where a.organization_id = p_standing.organization_id
         and a.action in ('organization.updated', 'organization.moved')
         and a.occurred_at > p_standing.window_start
         and coalesce(a.entry::json -> 'old' ->> 'plan',
                      a.entry::json -> 'old' ->> 'planVersion') is not null) then
    past := greatest(0, coalesce(p_standing.level - p_standing.max, 0));
  end if;
  perform tollgate.move_cover(p_standing, 0, more - past, past);
  perform tollgate.post_credits(
    p_standing.organization_id, 'opening', p_standing.window_name, p_standing.window_start,
    array['plan', tollgate.account_past(p_standing.behavior), 'used'],
    array[null, null, null]::uuid[], array[past - more, -past, more], p_at);
end
$$;

-- The account for use past everything: a debt (owed), or the plan, which charges it or lets it
-- pass.
create or replace function tollgate.account_past(p_behavior text)
returns text language sql immutable parallel safe as $$
  select case p_behavior when 'hard' then 'owed' else 'plan' end
$$;

-- Takes credits for a window from all that can pay, in their order, up to p_wanted. They are the
-- grants and, up to p_room, the window's own allowance. Returns who paid (null: the allowance), and
-- how much each.
create or replace function tollgate.take_credits(
  p_standing tollgate.credit_standing, p_room bigint, p_wanted bigint, p_at timestamptz,
  out sources uuid[], out parts bigint[], out taken bigint, out by_plan bigint)
language plpgsql as $$
begin
  with source as (
    select g.id, g.left_units as available, g.priority, g.expires_at, g.starts_at
    from tollgate.grants g
    where g.organization_id = p_standing.organization_id and g.left_units > 0
      and g.starts_at <= p_at and (g.expires_at is null or g.expires_at > p_at)
    union all
    select null, p_room, 100, p_standing.window_end, p_standing.window_start),
  part as (
    select s.*, least(available, greatest(0, p_wanted - coalesce(sum(available) over (
             order by priority, expires_at nulls last, starts_at, id nulls first
             rows between unbounded preceding and 1 preceding), 0)))::bigint as units
    from source s)
  select coalesce(array_agg(id order by priority, expires_at nulls last, starts_at, id nulls first),
                  '{}'),
         coalesce(array_agg(units order by priority, expires_at nulls last, starts_at,
                            id nulls first), '{}'),
         coalesce(sum(units), 0), coalesce(sum(units) filter (where id is null), 0)
  into sources, parts, taken, by_plan
  from part where units > 0;
  update tollgate.grants g set left_units = g.left_units - p.units
  from unnest(sources, parts) p (id, units) where g.id = p.id;
  insert into tollgate.grant_draws as d
  select p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id, p.units
  from unnest(sources, parts) p (id, units) where p.id is not null
  on conflict (organization_id, window_name, window_start, grant_id)
  do update set units = d.units + excluded.units;
end
$$;

-- What a window's allowance can still pay in it; p_most if it has no limit.
create or replace function tollgate.room_of(
  p_standing tollgate.credit_standing, p_most bigint)
returns bigint language plpgsql stable as $$
begin
  if p_standing.max is null then return p_most; end if;
  return greatest(0, p_standing.max - coalesce((
    select c.from_plan + c.overage from tollgate.credit_windows c
    where (c.organization_id, c.window_name, c.window_start)
        = (p_standing.organization_id, p_standing.window_name, p_standing.window_start)), 0));
end
$$;

create or replace function tollgate.cover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  more bigint := tollgate.uncovered(p_standing);
  paid record;
begin
  select * into paid
  from tollgate.take_credits(p_standing, tollgate.room_of(p_standing, more), more, p_at);
  perform tollgate.move_cover(
    p_standing, paid.taken - paid.by_plan, paid.by_plan, more - paid.taken);
  perform tollgate.post_credits(
    p_standing.organization_id, 'draw', p_standing.window_name, p_standing.window_start,
    array(select case when id is null then 'plan' else 'grant' end from unnest(paid.sources) id)
      || array[tollgate.account_past(p_standing.behavior), 'used'],
    paid.sources || array[null, null]::uuid[],
    array(select -units from unnest(paid.parts) units) || array[paid.taken - more, more], p_at);
end
$$;

-- Pays debts, the oldest first, from grants. A debt is also paid from its own window's allowance if
-- that has been raised since.
create or replace function tollgate.repay_debts(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  debt tollgate.credit_standing;
  paid record;
begin
  for debt in
    select c.organization_id, c.window_name, c.window_start, e.window_end,
           case when c.behavior is null then 0 else c.allowance end, c.behavior, 0, 0,
           c.from_plan, c.owed, c.overage, false,
           e.window_end <= p_at
    from tollgate.credit_windows c
    join tollgate.organizations o on o.id = c.organization_id
    cross join lateral (
      select tollgate.window_end(c.window_name, c.window_start, o.starts_at) as window_end) e
    where c.organization_id = any (p_organizations) and c.owed > 0
    order by c.organization_id, c.window_start, c.window_name
  loop
    select * into paid
    from tollgate.take_credits(debt, tollgate.room_of(debt, debt.owed), debt.owed, p_at);
    continue when paid.taken = 0;
    perform tollgate.move_cover(debt, paid.taken - paid.by_plan, paid.by_plan, 0, -paid.taken);
    perform tollgate.post_credits(
      debt.organization_id, 'repay', debt.window_name, debt.window_start,
      array(select case when id is null then 'plan' else 'grant' end from unnest(paid.sources) id)
        || array['owed'],
      paid.sources || array[null]::uuid[],
      array(select -units from unnest(paid.parts) units) || array[paid.taken], p_at);
  end loop;
end
$$;

-- Returns the cover of use that is gone. What returns to a grant in dispute is frozen, up to the
-- disputed amount.
create or replace function tollgate.uncover(p_standing tollgate.credit_standing, p_at timestamptz)
returns void language plpgsql as $$
declare
  less bigint := p_standing.drawn + p_standing.from_plan + p_standing.owed + p_standing.overage
    - p_standing.level;
  forgiven bigint := least(less, p_standing.owed);
  uncharged bigint := least(less - forgiven, p_standing.overage);
  sources uuid[];
  parts bigint[];
  frozen bigint[];
  to_plan bigint;
begin
  with source as (
    select g.id, d.units as available, g.priority, g.expires_at, g.starts_at
    from tollgate.grant_draws d join tollgate.grants g on g.id = d.grant_id
    where (d.organization_id, d.window_name, d.window_start)
        = (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
    union all
    select null, p_standing.from_plan, 100, p_standing.window_end, p_standing.window_start),
  part as (
    select s.*, least(available, greatest(0, less - forgiven - uncharged
             - coalesce(sum(available) over (
             order by priority desc, expires_at desc nulls first, starts_at desc,
                      id desc nulls last
             rows between unbounded preceding and 1 preceding), 0)))::bigint as units
    from source s)
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(units), '{}'),
         coalesce(sum(units) filter (where id is null), 0)
  into sources, parts, to_plan
  from part where units > 0;
  update tollgate.grant_draws d set units = d.units - p.units
  from unnest(sources, parts) p (id, units)
  where (d.organization_id, d.window_name, d.window_start, d.grant_id)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start, p.id);
  -- A grant that is over gets nothing back. To compensate, give a new one.
  frozen := array(
    select case when g.id is null then 0
                else least(p.units, g.disputed_units - g.frozen_units) end
    from unnest(sources, parts) with ordinality p (id, units, place)
    left join tollgate.grants g on g.id = p.id and g.ended_at is null
      and (g.expires_at is null or g.expires_at > p_at) order by p.place);
  update tollgate.grants g
  set left_units = g.left_units + p.units - p.frozen, frozen_units = g.frozen_units + p.frozen
  from unnest(sources, parts, frozen) p (id, units, frozen)
  where g.id = p.id and g.ended_at is null and (g.expires_at is null or g.expires_at > p_at);
  perform tollgate.move_cover(
    p_standing, -(less - forgiven - uncharged - to_plan), -to_plan, 0, -forgiven, -uncharged);
  perform tollgate.post_credits(
    p_standing.organization_id, 'return', p_standing.window_name, p_standing.window_start,
    array(select case when p.id is null then 'plan' when g.left_units is null then 'expired'
                      else 'grant' end
          from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || array_fill('frozen'::text, array[cardinality(sources)]) || array['owed', 'plan', 'used'],
    array(select g.id from unnest(sources) with ordinality p (id, place)
          left join tollgate.grants g on g.id = p.id and g.ended_at is null
            and (g.expires_at is null or g.expires_at > p_at) order by p.place)
      || sources || array[null, null, null]::uuid[],
    array(select u - f from unnest(parts, frozen) with ordinality p (u, f, place) order by place)
      || frozen || array[forgiven, uncharged, -less], p_at);
end
$$;

-- Changes who pays for a window's level. p_past is the part past everything: a debt or overage, by
-- the window's terms. The terms are stored with the window for late use.
create or replace function tollgate.move_cover(
  p_standing tollgate.credit_standing, p_drawn bigint, p_from_plan bigint, p_past bigint,
  p_owed bigint default 0, p_overage bigint default 0)
returns void language plpgsql as $$
declare
  is_debt boolean := tollgate.account_past(p_standing.behavior) = 'owed';
begin
  update tollgate.buckets b set drawn = b.drawn + p_drawn
  where (b.organization_id, b.meter, b.window_name, b.window_start) = (p_standing.organization_id,
    'credits', p_standing.window_name, p_standing.window_start) and p_drawn <> 0;
  insert into tollgate.credit_windows (organization_id, window_name, window_start)
  values (p_standing.organization_id, p_standing.window_name, p_standing.window_start)
  on conflict do nothing;
  update tollgate.credit_windows c
  set from_plan = c.from_plan + p_from_plan,
      owed = c.owed + p_owed + case when is_debt then p_past else 0 end,
      overage = c.overage + p_overage + case when is_debt then 0 else p_past end,
      allowance = p_standing.max, behavior = p_standing.behavior
  where (c.organization_id, c.window_name, c.window_start)
      = (p_standing.organization_id, p_standing.window_name, p_standing.window_start);
end
$$;
`,
  },
  {
    name: '206_grants',
    text: `-- breaking in 0.2.0: tollgate.settle_credits: tollgate.settle_due_credits stands in for it.

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
`,
  },
  {
    name: '207_differing_credits',
    text: `-- Where the stored credits contradict their journal or each other; no row means that they agree. It
-- covers all windows and grants, since the journal is never deleted.
create or replace function tollgate.differing_credits()
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  -- What is left of a grant, and what of it is frozen, is the sum of its journal entries.
  select g.organization_id, kept.what, null, null::timestamptz, g.id::text, to_jsonb(kept.units),
         to_jsonb(coalesce(e.units, 0))
  from tollgate.grants g
  cross join lateral (values
    ('grant', 'grant', g.left_units), ('frozen grant', 'frozen', g.frozen_units))
    kept (what, account, units)
  left join lateral (
    select sum(units)::bigint as units from tollgate.credit_entries e
    where e.organization_id = g.organization_id and e.grant_id = g.id
      and e.account = kept.account) e on true
  where kept.units <> coalesce(e.units, 0)
  union all
  -- Every movement sums to zero.
  select e.organization_id, 'credit movement', null, null, e.transaction_id::text,
         to_jsonb(sum(e.units)), to_jsonb(0)
  from tollgate.credit_entries e group by e.organization_id, e.transaction_id
  having sum(e.units) <> 0
  union all
  -- The cover of a window equals the journal's entries for it. Overage counts with the plan.
  select c.organization_id, 'credit window', c.window_name, c.window_start, 'credits',
         jsonb_build_array(c.from_plan + c.overage, c.owed, coalesce(b.drawn, 0)),
         jsonb_build_array(coalesce(j.plan, 0), coalesce(j.owed, 0), coalesce(d.units, 0))
  from tollgate.credit_windows c
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (c.organization_id, 'credits', c.window_name, c.window_start)
  left join lateral (
    select -sum(e.units) filter (where e.account = 'plan') as plan,
           -sum(e.units) filter (where e.account = 'owed') as owed
    from tollgate.credit_transactions t join tollgate.credit_entries e
      on e.organization_id = t.organization_id and e.transaction_id = t.id
    where (t.organization_id, t.window_name, t.window_start)
        = (c.organization_id, c.window_name, c.window_start)) j on true
  left join lateral (
    select sum(units) as units from tollgate.grant_draws d
    where (d.organization_id, d.window_name, d.window_start)
        = (c.organization_id, c.window_name, c.window_start)) d on true
  where (c.from_plan + c.overage, c.owed, coalesce(b.drawn, 0))
     <> (coalesce(j.plan, 0), coalesce(j.owed, 0), coalesce(d.units, 0))
  union all
  -- All of the level in a window of the allowance is covered.
  select o.id, 'credit cover', b.window_name, b.window_start, 'credits',
         to_jsonb(b.drawn + coalesce(c.from_plan + c.owed + c.overage, 0)),
         to_jsonb(b.used + b.held + b.leased)
  from tollgate.organizations o
  join tollgate.buckets b on b.organization_id = o.id and b.meter = 'credits'
    and b.window_name = o.allowance_window
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (b.organization_id, b.window_name, b.window_start)
  where b.used + b.held + b.leased
     <> b.drawn + coalesce(c.from_plan + c.owed + c.overage, 0)
  union all
  -- The total debt equals the journal's.
  select o.id, 'debt', null, null, 'credits', to_jsonb(tollgate.debt_of(o.id)),
         to_jsonb(-coalesce(j.owed, 0))
  from tollgate.organizations o
  left join lateral (
    select sum(e.units)::bigint as owed from tollgate.credit_entries e
    where e.organization_id = o.id and e.account = 'owed') j on true
  where o.allowance_window is not null and tollgate.debt_of(o.id) <> -coalesce(j.owed, 0)
$$;
`,
  },
  {
    name: '208_top_ups',
    text: `-- Orders credits for organizations that have fewer left than they set, in the transaction that spent
-- them. An organization has one order at a time. The next one waits until the last is paid, is given
-- up by Stripe, or was marked as paid without money. A calendar month has no more orders than the
-- organization set. Nothing is ordered for an organization that is paused, ended or closed.
create or replace function tollgate.ask_for_top_ups(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  if not exists (select from tollgate.top_up_settings
                 where organization_id = any (p_organizations)) then
    return;
  end if;
  insert into tollgate.outbox (organization_id, kind, key, payload, created_at, next_attempt_at)
  select s.organization_id, 'top_up',
         'tollgate_top_up_' || md5(s.organization_id || ':' || n.made),
         jsonb_build_object('units', s.units::text, 'minorUnits', s.minor_units::text,
           'currency', s.currency),
         p_at, p_at
  from tollgate.top_up_settings s
  join tollgate.organizations o on o.id = s.organization_id
    and tollgate.subscription_state(o.status, o.trial_ends_at, o.paused_at, o.ends_at, p_at)
        in ('active', 'trial')
  join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = s.organization_id and l.granted is not null and l.max is not null
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (s.organization_id, 'credits', l.window_name,
        tollgate.window_start(l.window_name, p_at, o.starts_at))
  cross join lateral (
    select count(*) as made,
           count(*) filter (where x.created_at >= tollgate.window_start('month', p_at, null))
             as this_month
    from tollgate.outbox x where x.organization_id = s.organization_id and x.kind = 'top_up') n
  where s.organization_id = any (p_organizations) and n.this_month < s.most_a_month
    and o.allowance_window is not null
    and l.max + (tollgate.widening_of(o.id, l.window_name,
          tollgate.window_start(l.window_name, p_at, o.starts_at), l.max, l.behavior, l.granted,
          coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)).for_max
        - coalesce(b.used + b.held + b.leased, 0) < s.below
    and not exists (
      select from tollgate.outbox x
      where x.organization_id = s.organization_id and x.kind = 'top_up'
        and not x.payload ? 'unpaid'
        and not exists (select from tollgate.grants g
                        where g.organization_id = s.organization_id and g.key = 'top_up:' || x.key)
        and not exists (select from tollgate.stripe_invoices i
                        where i.id = x.external_id and i.status in ('void', 'uncollectible')))
  on conflict (key) do nothing;
end
$$;
`,
  },
  {
    name: '209_reverse_grant',
    text: `-- Reduces a grant to what its money is worth now. p_kept of the original amount stays. p_frozen of
-- that cannot be used meanwhile; use that is returned later is frozen too (uncover).
-- It takes first what is left of the grant, then what was used, the latest first. That use becomes
-- a debt under a hard limit, else overage. If less is to be taken than before, the difference comes
-- back.
-- Repeating a call changes nothing. Returns how much was taken; a negative number came back. The
-- caller must have locked the organization.
create or replace function tollgate.reverse_grant(
  p_organization text, p_grant uuid, p_kept bigint, p_frozen bigint, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  g tollgate.grants;
  used bigint;
  pool bigint;
  more bigint;
  taken bigint := 0;
  returned bigint := 0;
  frozen bigint;
begin
  select * into g from tollgate.grants where organization_id = p_organization and id = p_grant;
  if g.id is null then return 0; end if;
  select coalesce(sum(units), 0) into used from tollgate.grant_draws
  where organization_id = p_organization and grant_id = p_grant;
  pool := g.left_units + g.frozen_units;
  more := pool + used - p_kept;
  if g.ended_at is not null or g.expires_at <= p_at then
    -- A grant that was ended by hand, or is over, gets nothing back.
    more := greatest(more, pool);
  end if;
  if more > 0 then
    taken := least(pool, more);
  else
    returned := least(-more, g.reversed_units);
  end if;
  pool := pool - taken + returned;
  frozen := least(pool, p_frozen);
  update tollgate.grants
  set left_units = pool - frozen, frozen_units = frozen,
      disputed_units = greatest(frozen, p_frozen),
      reversed_units = reversed_units + greatest(more, 0) - returned
  where id = p_grant;
  perform tollgate.post_credits(
    p_organization,
    case when taken > 0 then 'take_back' when returned > 0 then 'give_back'
         when frozen > g.frozen_units then 'freeze' else 'unfreeze' end,
    null, null, array['grant', 'frozen', 'given'], array[p_grant, p_grant, null],
    array[pool - frozen - g.left_units, frozen - g.frozen_units, taken - returned], p_at);
  if more > taken then
    perform tollgate.take_back_used(p_organization, p_grant, more - taken, p_at);
  end if;
  perform tollgate.draw_credits(array[p_organization], p_at);
  perform tollgate.refresh_alerts(array[p_organization], p_at);
  return greatest(more, 0) - returned;
end
$$;

-- Removes a grant's payments for windows. That use becomes a debt, or overage if the window's limit
-- charges it.
create or replace function tollgate.take_back_used(
  p_organization text, p_grant uuid, p_units bigint, p_at timestamptz)
returns void language plpgsql as $$
declare
  remaining bigint := p_units;
  part bigint;
  account text;
  draw tollgate.grant_draws;
begin
  for draw in
    select * from tollgate.grant_draws
    where organization_id = p_organization and grant_id = p_grant and units > 0
    order by window_start desc, window_name
  loop
    exit when remaining = 0;
    part := least(draw.units, remaining);
    remaining := remaining - part;
    update tollgate.grant_draws d set units = d.units - part
    where (d.organization_id, d.window_name, d.window_start, d.grant_id)
        = (p_organization, draw.window_name, draw.window_start, p_grant);
    update tollgate.buckets b set drawn = b.drawn - part
    where (b.organization_id, b.meter, b.window_name, b.window_start)
        = (p_organization, 'credits', draw.window_name, draw.window_start);
    update tollgate.credit_windows c
    set owed = c.owed + case when tollgate.account_past(coalesce(c.behavior, 'hard')) = 'owed'
                             then part else 0 end,
        overage = c.overage + case when tollgate.account_past(coalesce(c.behavior, 'hard')) = 'owed'
                                   then 0 else part end
    where (c.organization_id, c.window_name, c.window_start)
        = (p_organization, draw.window_name, draw.window_start)
    returning tollgate.account_past(coalesce(c.behavior, 'hard')) into account;
    perform tollgate.post_credits(
      p_organization, 'take_back', draw.window_name, draw.window_start, array[account, 'given'],
      array[null, null]::uuid[], array[-part, part], p_at);
  end loop;
end
$$;
`,
  },
  {
    name: '210_subscriptions',
    text: `-- The state of a subscription at an instant, in the terms of core/billing/periods.ts.
create or replace function tollgate.subscription_state(
  p_status text, p_trial_ends_at timestamptz, p_paused_at timestamptz, p_ends_at timestamptz,
  p_at timestamptz)
returns text language sql immutable parallel safe as $$
  select case when p_status = 'closed' or p_ends_at <= p_at then 'ended'
              when p_paused_at is not null then 'paused'
              when p_trial_ends_at > p_at then 'trial'
              else 'active' end
$$;

-- For each item, whether its organization is open and may call the gate at an instant.
-- The caller must have locked the organizations. Changes that are due by then are applied here, so
-- the next decision follows them. The only cost is the lookup of the organizations' rows.
create or replace function tollgate.subscribed_organizations(
  p_organizations text[], p_at timestamptz)
returns boolean[] language plpgsql as $$
declare
  is_subscribed boolean[];
  is_due boolean;
begin
  select array_agg(o.id is not null and o.paused_at is null
                   and coalesce(o.ends_at > p_at, true) order by i.item),
         bool_or(o.change_due_at <= p_at)
  into is_subscribed, is_due
  from unnest(p_organizations) with ordinality i (organization_id, item)
  left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active';
  if is_due then
    perform tollgate.apply_due_changes(p_organizations, p_at);
  end if;
  return is_subscribed;
end
$$;

-- Applies every change of the organizations that is due by an instant, in the order of their own
-- instants. Each is in the audit log with the instant when it was due. So a period is billed by
-- what should have been in force. Changes after an end are dropped.
-- The caller must have locked the organizations. Returns how many changes were applied or dropped.
create or replace function tollgate.apply_due_changes(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due record;
  made integer := 0;
  chains text[] := '{}';
  chains_cut text[] := '{}';
  rests text[] := '{}';
begin
  for due in
    select c.*, v.catalog || '/' || v.plan as plan, v.version,
           c.kind <> 'end' and coalesce(least(o.closed_at, o.ends_at) < c.due_at, false) as is_late
    from tollgate.scheduled_changes c
    join tollgate.organizations o on o.id = c.organization_id
    left join tollgate.plan_versions v on v.id = c.plan_version_id
    where c.organization_id = any (p_organizations) and c.due_at <= p_at
    order by c.organization_id, c.due_at, array_position(array['trial_end', 'plan', 'end'], c.kind)
  loop
    made := made + 1;
    if due.is_late then
      delete from tollgate.scheduled_changes
      where organization_id = due.organization_id and kind = due.kind;
      chains_cut := chains_cut || due.organization_id;
      continue;
    end if;
    perform tollgate.tell_due_change(due.organization_id, due.kind, due.trial_plan, due.plan,
      due.version, due.due_at);
    if due.kind <> 'plan' and due.trial_plan is null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        case due.kind when 'end' then 'subscription.ended' else 'trial.expired' end,
        null, jsonb_build_object('at', tollgate.audit_text(due.due_at)));
    end if;
    if due.trial_plan is not null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        'trial.upgraded', jsonb_build_object('plan', due.trial_plan),
        jsonb_build_object('plan', due.plan));
    end if;
    if due.plan_version_id is not null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        'organization.updated',
        (select jsonb_build_object('plan', v.catalog || '/' || v.plan, 'planVersion', v.version)
         from tollgate.organizations o join tollgate.plan_versions v on v.id = o.plan_version_id
         where o.id = due.organization_id),
        jsonb_build_object('plan', due.plan, 'planVersion', due.version));
      perform tollgate.move_to_plan(due.organization_id, due.plan_version_id, due.due_at);
    end if;
    delete from tollgate.scheduled_changes
    where organization_id = due.organization_id and kind = due.kind;
  end loop;
  if made > 0 then
    perform tollgate.append_audit(chains, rests);
    update tollgate.organizations o
    set change_due_at = (select min(c.due_at) from tollgate.scheduled_changes c
                         where c.organization_id = o.id)
    where o.id = any (chains || chains_cut);
    perform pg_notify('tollgate_changes', 'organization:' || c.id)
    from (select distinct unnest(chains || chains_cut) as id) c;
  end if;
  return made;
end
$$;

-- The text of such an audit entry after organization and sequence. Its keys are in order.
create or replace function tollgate.due_change_entry(
  p_organization text, p_actor text, p_due_at timestamptz, p_action text, p_old jsonb, p_new jsonb)
returns text language sql immutable parallel safe as $$
  select ',"action":' || to_json(p_action)::text || ',"actor":' || to_json(p_actor)::text
    || ',"address":null,"category":"organization","new":' || p_new::text
    || ',"occurredAt":"' || tollgate.audit_text(p_due_at) || '","old":'
    || coalesce(p_old::text, 'null')
    || ',"subject":' || to_json('organization:' || p_organization)::text || '}'
$$;

-- Moves an organization to a version of a plan. Its own overrides that are looser than that plan
-- end, as with an immediate change (tenancy/looser-overrides.ts). An override also ends if the
-- words alone do not tell which is looser.
create or replace function tollgate.move_to_plan(
  p_organization text, p_plan_version_id bigint, p_at timestamptz)
returns void language plpgsql as $$
begin
  update tollgate.organizations o
  set plan_version_id = p_plan_version_id,
      plan_changes = o.plan_changes + case when (old.catalog, old.plan) = (new.catalog, new.plan)
                                           then 0 else 1 end
  from tollgate.plan_versions old, tollgate.plan_versions new
  where o.id = p_organization and old.id = o.plan_version_id and new.id = p_plan_version_id;
  update tollgate.limit_overrides x set ended_at = p_at, expires_at = p_at
  from tollgate.plan_limits l
  where x.organization_id = p_organization and not x.by_platform and x.ended_at is null
    and (x.expires_at is null or x.expires_at > p_at)
    and l.plan_version_id = p_plan_version_id
    and (l.meter, l.window_name, l.per) = (x.meter, x.window_name, x.per)
    and (array_position(array['soft', 'overage', 'hard'], x.behavior)
           < array_position(array['soft', 'overage', 'hard'], l.behavior)
         or (l.max is not null and (x.max is null or x.max > l.max))
         or (l.max is not null and coalesce(x.burst, x.max) > coalesce(l.burst, l.max))
         or (x.behavior = 'overage' and l.cap is not null and (x.cap is null or x.cap > l.cap))
         or (x.on_failure = 'open' and l.on_failure is distinct from 'open')
         or (x.on_failure is null and l.on_failure = 'closed')
         or (x.anonymous = 'allow'
             and tollgate.refuses_anonymous(l.per, l.max, l.behavior, l.anonymous))
         or (l.durable and not x.durable));
  perform tollgate.change_allowance(p_organization, p_at);
end
$$;

-- The same for organizations that are not locked yet. Null: all that have a change due, at most
-- p_most in one transaction. It then skips an organization that is locked; the next call takes it.
create or replace function tollgate.lock_and_apply_due_changes(
  p_organizations text[], p_most integer, p_at timestamptz)
returns integer language plpgsql as $$
declare
  due integer;
  organizations text[];
begin
  if p_organizations is null then
    organizations := array(
      select id from tollgate.organizations where change_due_at <= p_at
      order by id limit p_most for no key update skip locked);
  else
    organizations := array(
      select id from tollgate.organizations
      where change_due_at <= p_at and id = any (p_organizations) order by id limit p_most);
  end if;
  if cardinality(organizations) = 0 then return 0; end if;
  perform tollgate.lock_organizations(organizations);
  due := (select count(*) from tollgate.scheduled_changes
          where organization_id = any (organizations) and due_at <= p_at);
  perform tollgate.catch_up(organizations, p_at);
  perform tollgate.apply_due_changes(organizations, p_at);
  return due;
end
$$;
`,
  },
  {
    name: '220_jobs',
    text: `-- breaking in 0.2.0: tollgate.claim_job: a run is on lease, and knows the time that it is for.
-- Jobs: a process leases a run and renews the lease. If the lease expires, the process has died or
-- is paused. Another process then takes the run over with a higher epoch, and later writes of the
-- first process have no effect.

-- Locks a job, and creates it if needed. A new job has no scheduled times before now.
create or replace function tollgate.lock_job(p_job text, p_at timestamptz)
returns tollgate.jobs language plpgsql as $$
declare
  known tollgate.jobs;
begin
  insert into tollgate.jobs (job, due_through) values (p_job, p_at) on conflict (job) do nothing;
  select * into known from tollgate.jobs where job = p_job for no key update;
  return known;
end
$$;

-- Starts a run of a locked job, and marks runs of dead processes as lost. Null: another is under
-- way, or was given back just now, and the next process goes on with it.
create or replace function tollgate.begin_run(
  p_job text, p_scheduled timestamptz, p_missed integer, p_requested_by text, p_asked jsonb,
  p_node text, p_at timestamptz, p_until timestamptz)
returns bigint language plpgsql as $$
declare
  number bigint;
begin
  if exists (
    select from tollgate.job_runs
    where job = p_job and finished_at is null
      and (leased_until > p_at or released and heard_at > p_at - interval '30 seconds')) then
    return null;
  end if;
  update tollgate.job_runs set finished_at = p_at, outcome = 'lost'
  where job = p_job and finished_at is null;
  update tollgate.jobs set epoch = epoch + 1 where job = p_job returning epoch into number;
  insert into tollgate.job_runs (job, scheduled_for, node, started_at, heard_at, leased_until,
    epoch, missed, requested_by, asked)
  values (p_job, p_scheduled, p_node, p_at, p_at, p_until, number, p_missed, p_requested_by, p_asked);
  return number;
end
$$;

-- Claims a scheduled time of a job for a process: the first to ask wins, if it saw the schedule
-- processed up to p_after. Returns the run's epoch. Null: another process won, or the run was only
-- recorded as skipped. It is skipped for p_passes_over, or because another run is still under way.
create or replace function tollgate.claim_job(
  p_job text, p_after timestamptz, p_scheduled timestamptz, p_missed integer,
  p_passes_over boolean, p_node text, p_at timestamptz, p_until timestamptz)
returns bigint language plpgsql as $$
declare
  known tollgate.jobs := tollgate.lock_job(p_job, p_at);
  number bigint;
begin
  if known.due_through <> p_after then return null; end if;
  update tollgate.jobs set due_through = p_scheduled where job = p_job;
  -- Somebody requested a run for this very instant.
  if exists (select from tollgate.job_runs where job = p_job and scheduled_for = p_scheduled) then
    return null;
  end if;
  if not p_passes_over then
    number := tollgate.begin_run(
      p_job, p_scheduled, p_missed, null, null, p_node, p_at, p_until);
  end if;
  if number is null then
    insert into tollgate.job_runs (job, scheduled_for, node, started_at, heard_at, leased_until,
      missed, finished_at, outcome)
    values (p_job, p_scheduled, p_node, p_at, p_at, p_at, p_missed, p_at, 'skipped');
  end if;
  return number;
end
$$;

-- Starts a run on request, and returns the instant that stands for its scheduled time. It returns
-- no row while another run of the job is under way.
create or replace function tollgate.begin_job(
  p_job text, p_node text, p_at timestamptz, p_until timestamptz, p_requested_by text,
  p_asked jsonb)
returns table (scheduled_for timestamptz, epoch bigint) language plpgsql as $$
#variable_conflict use_column
begin
  perform tollgate.lock_job(p_job, p_at);
  scheduled_for := greatest(p_at, (
    select max(r.scheduled_for) + interval '1 millisecond' from tollgate.job_runs r
    where r.job = p_job));
  epoch := tollgate.begin_run(
    p_job, scheduled_for, 0, p_requested_by, p_asked, p_node, p_at, p_until);
  if epoch is not null then return next; end if;
end
$$;

-- Takes over runs of some jobs whose leases have expired. It gives up on a run that p_attempts_max
-- processes have begun, and records it as failed: it would probably end the next process too.
create or replace function tollgate.take_over_runs(
  p_jobs text[], p_attempts_max integer, p_node text, p_at timestamptz, p_until timestamptz)
returns table (job text, scheduled_for timestamptz, epoch bigint, asked jsonb)
language plpgsql as $$
#variable_conflict use_column
declare
  left_over record;
  number bigint;
begin
  for left_over in
    select r.job, r.scheduled_for, r.attempts, r.epoch, r.asked
    from tollgate.job_runs r join tollgate.jobs j on j.job = r.job
    where r.finished_at is null and r.leased_until <= p_at and r.job = any (p_jobs)
    order by r.job for no key update skip locked
  loop
    if left_over.attempts >= p_attempts_max then
      perform tollgate.end_run(left_over.job, left_over.scheduled_for, left_over.epoch, 'lost',
        null, 'given up: ' || left_over.attempts || ' processes went away while they did it', p_at);
      continue;
    end if;
    update tollgate.jobs j set epoch = j.epoch + 1 where j.job = left_over.job
    returning j.epoch into number;
    update tollgate.job_runs r
    set node = p_node, epoch = number, attempts = r.attempts + 1, heard_at = p_at,
        leased_until = p_until, released = false, progress = null
    where r.job = left_over.job and r.scheduled_for = left_over.scheduled_for;
    job := left_over.job;
    scheduled_for := left_over.scheduled_for;
    epoch := number;
    asked := left_over.asked;
    return next;
  end loop;
end
$$;

-- Gives a run back, because its process stops. That is no attempt, and no result. Returns false if
-- another process has the run by now.
create or replace function tollgate.release_run(
  p_job text, p_scheduled timestamptz, p_epoch bigint, p_at timestamptz)
returns boolean language plpgsql as $$
begin
  perform tollgate.lock_job(p_job, p_at);
  update tollgate.job_runs
  set released = true, attempts = attempts - 1, heard_at = p_at, leased_until = p_at
  where job = p_job and scheduled_for = p_scheduled and epoch = p_epoch and finished_at is null
    and not released;
  return found;
end
$$;

-- Stores how a run ended. It sends an event for the first failure after a success, and for the
-- first success after a failure. Returns false, and writes nothing, if another process has the run
-- by now.
create or replace function tollgate.end_run(
  p_job text, p_scheduled timestamptz, p_epoch bigint, p_outcome text, p_report jsonb,
  p_error text, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  known tollgate.jobs := tollgate.lock_job(p_job, p_at);
  said jsonb := jsonb_build_object('job', p_job, 'scheduledFor', tollgate.audit_text(p_scheduled));
begin
  update tollgate.job_runs
  set finished_at = p_at, outcome = p_outcome, report = p_report, error = p_error
  where job = p_job and scheduled_for = p_scheduled and epoch = p_epoch and finished_at is null;
  if not found then return false; end if;
  if p_outcome = 'done' then
    if known.failing_since is null then return true; end if;
    update tollgate.jobs set failures = 0, failing_since = null where job = p_job;
    perform tollgate.tell_event('', 'job.recovered', 'job:' || p_job, said || jsonb_build_object(
      'failures', known.failures, 'failingSince', tollgate.audit_text(known.failing_since)), p_at);
    return true;
  end if;
  update tollgate.jobs
  set failures = known.failures + 1, failing_since = coalesce(known.failing_since, p_at)
  where job = p_job;
  if known.failing_since is null then
    perform tollgate.tell_event('', 'job.failed', 'job:' || p_job,
      said || jsonb_build_object('error', left(p_error, 500)), p_at);
  end if;
  return true;
end
$$;
`,
  },
  {
    name: '225_probe_room',
    text: `-- Writes a quarter of a megabyte and rolls it back. It fails with the store's own error when the
-- disk is full or the server is read-only. The truncate starts a new file. Leaving the block by its
-- exception drops that file, so nothing is left for vacuum.
create or replace function tollgate.probe_room() returns void language plpgsql as $$
begin
  truncate tollgate.room_probe;
  insert into tollgate.room_probe
    select string_agg(md5(random()::text), '') from generate_series(1, 8192);
  raise exception using errcode = 'TG000';
exception
  when sqlstate 'TG000' then null;
end
$$;
`,
  },
  {
    name: '230_domain_events',
    text: `-- Writes events in the transaction of the change that they report. '' is the platform. Sequence
-- numbers are assigned under a lock on the organization's head, held until the transaction ends. So
-- they rise in commit order.
-- Heads are locked in order of organization. A transaction that also appends to the audit log
-- without the organizations' locks must write its events after that.
-- An event whose key exists is skipped. An event wakes workflow steps that wait for it, and
-- notifies the dispatchers. The trace is the one of the transaction (tollgate.traceparent), if any.
create or replace function tollgate.tell_events(
  p_organizations text[], p_kinds text[], p_subjects text[], p_data jsonb[], p_keys text[],
  p_occurred timestamptz[])
returns void language plpgsql as $$
#variable_conflict use_column
declare
  asked record;
  current text;
  last bigint;
begin
  for asked in
    select * from unnest(p_organizations, p_kinds, p_subjects, p_data, p_keys, p_occurred)
      with ordinality e (organization_id, kind, subject, data, key, occurred_at, place)
    order by e.organization_id collate "C", e.place
  loop
    if asked.organization_id is distinct from current then
      current := asked.organization_id;
      insert into tollgate.domain_event_heads (organization_id, sequence) values (current, 0)
      on conflict (organization_id) do nothing;
      perform 1 from tollgate.domain_event_heads h
      where h.organization_id = current for no key update;
    end if;
    continue when asked.key is not null and exists (
      select from tollgate.domain_events e
      where e.organization_id = current and e.key = asked.key);
    update tollgate.domain_event_heads h set sequence = h.sequence + 1
    where h.organization_id = current returning h.sequence into last;
    insert into tollgate.domain_events
      (organization_id, sequence, id, kind, subject, data, key, occurred_at, traceparent)
    values (current, last, gen_random_uuid(), asked.kind, asked.subject,
            asked.data, asked.key, asked.occurred_at,
            nullif(current_setting('tollgate.traceparent', true), ''));
    if asked.kind in ('payment.failed', 'invoice.failed', 'invoice.collected', 'job.failed',
                      'job.recovered') then
      perform tollgate.alert_of_event(
        current, asked.kind, asked.subject, asked.data, asked.occurred_at);
    end if;
  end loop;
  if last is null then return; end if;
  update tollgate.workflow_steps s set woken_at = e.occurred_at
  from unnest(p_organizations, p_kinds, p_occurred) e (organization_id, kind, occurred_at)
  where s.organization_id = e.organization_id and s.wakes_on && array[e.kind]
    and s.wakes_on is not null and s.woken_at is null and s.done_at is null;
  perform pg_notify('tollgate_events', '');
end
$$;

create or replace function tollgate.tell_event(
  p_organization text, p_kind text, p_subject text, p_data jsonb, p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array[p_organization], array[p_kind], array[p_subject], array[jsonb_strip_nulls(p_data)],
    array[null::text], array[p_at])
$$;

-- Converts micro-credits to credits, as callers see them.
create or replace function tollgate.credits_of(p_units bigint)
returns numeric language sql immutable parallel safe as $$
  select trim_scale(p_units::numeric / 1000000)
$$;

-- Reports the first refusal by a limit in each window. For a limit without a window (a rate, a
-- concurrency), it is the first in each hour (UTC). A raised limit counts as a new one. p_seen has
-- what each refused call saw, in the order of the organizations.
create or replace function tollgate.tell_refusals(
  p_organizations text[], p_seen jsonb[], p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[];
  subjects text[];
  told jsonb[];
  keys text[];
begin
  with refused as (
    select i.organization_id, l.meter, l."window", l.per, l.subject, l.max, l.behavior, l.cap,
           l.burst, l.before, l.asked,
           case when l."window" in ('minute', 'concurrent') then date_trunc('hour', p_at, 'UTC')
                else l.start end as since
    from unnest(p_organizations, p_seen) i (organization_id, seen)
    cross join lateral jsonb_to_recordset(i.seen -> 'limits') l (
      meter text, "window" text, per text, subject text, start timestamptz, max numeric,
      behavior text, cap numeric, burst numeric, before numeric, asked numeric, refused boolean)
    where l.refused),
  first as (
    select distinct on (r.organization_id, k.key) r.*, k.key, 10::numeric ^ m.scale as one
    from refused r
    join tollgate.meters m on m.key = r.meter
    cross join lateral (
      select 'limit.reached:' || jsonb_build_array(r.meter, r."window", r.per, r.subject, r.since,
               r.max, r.cap, r.burst)::text as key) k
    where not exists (
      select from tollgate.domain_events e
      where e.organization_id = r.organization_id and e.key = k.key)
    order by r.organization_id, k.key)
  select array_agg(organization_id), array_agg(concat('limit:', meter, '/', "window", '/', per)),
         array_agg(jsonb_strip_nulls(jsonb_build_object(
           'meter', meter, 'window', "window", 'windowStart', tollgate.audit_text(since),
           'per', per, 'subject', nullif(subject, ''), 'behavior', behavior,
           'max', trim_scale(max / one), 'cap', trim_scale(cap / one),
           'burst', trim_scale(burst / one), 'used', trim_scale(before / one),
           'asked', trim_scale(asked / one)))), array_agg(key)
  into organizations, subjects, told, keys from first;
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations, array_fill('limit.reached'::text,
    array[cardinality(keys)]), subjects, told, keys, array_fill(p_at, array[cardinality(keys)]));
  perform tollgate.tell_exhausted(organizations, told, keys, p_at);
end
$$;

-- Also reports, as an event of its own, that an organization had no credits left for a call.
create or replace function tollgate.tell_exhausted(
  p_organizations text[], p_told jsonb[], p_keys text[], p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array_agg(organization_id), array_agg('credits.exhausted'::text),
    array_agg('organization:' || organization_id),
    array_agg(jsonb_build_object('window', told -> 'window', 'windowStart', told -> 'windowStart',
      'used', told -> 'used', 'asked', told -> 'asked')),
    array_agg('credits.exhausted:' || key), array_agg(p_at))
  from unnest(p_organizations, p_told, p_keys) t (organization_id, told, key)
  where told ->> 'meter' = 'credits' and told ->> 'per' = 'organization'
    and told ->> 'window' not in ('minute', 'concurrent')
  having count(*) > 0
$$;

-- Reports a due change of a subscription before it is made.
create or replace function tollgate.tell_due_change(
  p_organization text, p_kind text, p_trial_plan text, p_plan text, p_version integer,
  p_due_at timestamptz)
returns void language plpgsql as $$
declare
  subject text := 'organization:' || p_organization;
  old jsonb := (
    select jsonb_build_object('plan', v.catalog || '/' || v.plan, 'planVersion', v.version)
    from tollgate.organizations o join tollgate.plan_versions v on v.id = o.plan_version_id
    where o.id = p_organization);
  new jsonb := coalesce(jsonb_build_object('plan', p_plan, 'planVersion', p_version), old);
begin
  if p_kind = 'end' then
    perform tollgate.tell_event(p_organization, 'subscription.ended', subject,
      jsonb_build_object('plan', old -> 'plan'), p_due_at);
  elsif p_trial_plan is not null then
    perform tollgate.tell_event(p_organization, 'trial.converted', subject,
      jsonb_build_object('from', p_trial_plan, 'to', p_plan), p_due_at);
  elsif p_kind = 'trial_end' then
    perform tollgate.tell_event(p_organization, 'trial.ended', subject, jsonb_build_object(
      'plan', old -> 'plan', 'nextPlan', coalesce(p_plan, old ->> 'plan')), p_due_at);
  end if;
  if p_plan is not null and old <> new then
    perform tollgate.tell_event(p_organization, 'plan.changed', subject,
      jsonb_build_object('from', old, 'to', new), p_due_at);
  end if;
end
$$;

-- Reports the recorded reversals of a batch. Reversals by a repricing are left out, since the
-- repricing reports them as one event.
create or replace function tollgate.tell_reversals(
  p_batch tollgate.usage_batch, p_recorded boolean[], p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array_agg(organization_id), array_agg('usage.reversed'::text),
    array_agg('event:' || reverses), array_agg(jsonb_strip_nulls(jsonb_build_object(
      'eventId', reverses, 'reversalId', id, 'eventType', event_type,
      'credits', tollgate.credits_of(-credits), 'reason', note ->> 'reason'))),
    array_agg(null::text), array_agg(p_at))
  from (select unnest((p_batch).organization_id) as organization_id, unnest((p_batch).id) as id,
               unnest((p_batch).reverses) as reverses, unnest((p_batch).event_type) as event_type,
               unnest((p_batch).credits) as credits,
               unnest((p_batch).properties)::jsonb as note, unnest(p_recorded) as recorded) i
  where reverses is not null and recorded and not coalesce(note ? 'reratedAs', false)
  having count(*) > 0
$$;
`,
  },
  {
    name: '232_amount_words',
    text: `-- Amounts in English, for people. core/amount-words.ts is the same in TypeScript, and a test
-- compares the two.

-- All digits, in groups of three: 9,988.2.
create or replace function tollgate.decimal_words(p_amount numeric)
returns text language sql immutable parallel safe as $$
  select regexp_replace(split_part(p_amount::text, '.', 1), '(\\d)(?=(\\d{3})+$)', '\\1,', 'g')
         || case when scale(p_amount) > 0 then '.' || split_part(p_amount::text, '.', 2) else '' end
$$;

-- The decimals of a currency, as in core/billing/currencies.ts. Null: the unit is not a currency.
create or replace function tollgate.decimals_of_money(p_unit text)
returns integer language sql immutable parallel safe as $$
  select case
    when p_unit !~ '^[A-Z]{3}$' then null
    when p_unit = any (string_to_array('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF '
      'XOF XPF', ' ')) then 0
    when p_unit = any (string_to_array('BHD IQD JOD KWD LYD OMR TND', ' ')) then 3
    when p_unit = any (string_to_array(
      'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD '
      'CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP '
      'GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD '
      'LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB '
      'PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC '
      'SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW '
      'ZWG', ' ')) then 2 end
$$;

-- A number without its unit. Money has at least the decimals of its currency.
create or replace function tollgate.number_words(p_amount numeric, p_unit text)
returns text language sql immutable parallel safe as $$
  select tollgate.decimal_words(round(p_amount,
    greatest(scale(trim_scale(p_amount)), coalesce(tollgate.decimals_of_money(p_unit), 0))))
$$;

-- The unit of an amount, in the singular or plural. If a meter's name ends with its unit, the name
-- is used: \`AI calls\` of ai_calls, \`bytes of storage\` of storage_bytes.
create or replace function tollgate.unit_words(p_amount numeric, p_unit text, p_meter text)
returns text language sql immutable parallel safe as $$
  select case
    when p_unit = 'percent' then '%'
    when p_amount <> 1 then many
    when many like 'bytes%' then 'byte' || substr(many, 6)
    else regexp_replace(many, '(?<![sui]|ie)s$', '') end
  from (select case
      when p_unit !~ '^[a-z][a-z ]{2,}$' or p_unit ~ 's$' then p_unit
      when p_unit ~ '[^aeiou]y$' then regexp_replace(p_unit, 'y$', 'ies')
      else p_unit || 's' end as plural) u
  cross join lateral (select case
      when right(p_meter, length(plural)) <> plural or p_meter is null then plural
      when p_meter ~ '[_-]bytes$' then 'bytes of ' || named
      else named end as many
    from (select regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_meter,
      '[_-]+', ' ', 'g'), '\\mai\\M', 'AI', 'g'), '\\mapi\\M', 'API', 'g'), ' bytes$', '') as named) n) m
$$;

-- 6,841 tokens, 12.40 USD, 80 %.
create or replace function tollgate.amount_words(
  p_amount numeric, p_unit text, p_meter text default null)
returns text language sql immutable parallel safe as $$
  select tollgate.number_words(p_amount, p_unit)
         || coalesce(' ' || tollgate.unit_words(p_amount, p_unit, p_meter), '')
$$;

-- 6,841 of 10,000 tokens.
create or replace function tollgate.share_words(
  p_amount numeric, p_maximum numeric, p_unit text, p_meter text default null)
returns text language sql immutable parallel safe as $$
  select tollgate.number_words(p_amount, p_unit) || ' of '
         || tollgate.amount_words(p_maximum, p_unit, p_meter)
$$;
`,
  },
  {
    name: '233_alert_words',
    text: `-- The title of a firing: one line of English, with amounts as people write them. All titles are
-- made here. p_level is the threshold that was reached, and p_about has the findings.
create or replace function tollgate.alert_title(p_kind text, p_level numeric, p_about jsonb)
returns text language sql stable parallel safe as $$
  select case p_kind
    when 'limit_share' then format('%s %% of %s%s is used: %s',
      tollgate.decimal_words(threshold), name,
      ' of ' || nullif(whose, ''), tollgate.share_words(value, maximum, unit, meter))
    when 'limit_forecast' then format('%s is expected to come to %s by its end', name,
      tollgate.share_words(value, maximum, unit, meter))
    -- The amount is truncated to the threshold's digits, so it is never rounded up to the
    -- threshold.
    when 'spend_above' then format('Spend on models is past its threshold in this %s: %s',
      p_about ->> 'window',
      tollgate.share_words(trunc(value, greatest(2, scale(threshold))), threshold, unit))
    when 'credits_below' then format('%s left: %s or less',
      tollgate.amount_words(value, 'credits') || case value when 1 then ' is' else ' are' end,
      tollgate.decimal_words(threshold))
    when 'anomaly' then format('%s on %s, where %s is usual',
      tollgate.amount_words((p_about ->> 'total')::numeric, p_about ->> 'counted', meter),
      p_about ->> 'day',
      tollgate.number_words((p_about ->> 'usual')::numeric, p_about ->> 'counted'))
    when 'error_rate' then format('%s of calls%s are errors: past %s',
      tollgate.amount_words(value, 'percent'), of_endpoint,
      tollgate.amount_words(threshold, 'percent'))
    when 'latency' then format('The %sth percentile of durations%s is at %s: past %s',
      p_about ->> 'percentile', of_endpoint, tollgate.amount_words(value, 'ms'),
      tollgate.amount_words(threshold, 'ms'))
    when 'unpriced_calls' then format('%s of the last 24 hours %s no price: %s not known',
      tollgate.amount_words(value, 'calls'), case value when 1 then 'has' else 'have' end,
      case value when 1 then 'its model is' else 'their models are' end)
    when 'prices_age' then format(
      'The prices of models are %s old: a newer version of Tollgate has newer ones',
      tollgate.amount_words(value, 'days'))
    when 'payment_failed' then case
      when value is null then format('The invoice %s will not be paid', p_about ->> 'invoice')
      else format('The payment of %s failed for the %s time', p_about ->> 'invoice',
        to_char(value, 'FM999,999,990th')) end
    when 'job_failed' then format('The job %s failed: %s', p_about ->> 'job',
      left(p_about ->> 'error', 200)) end
  from (
    select trim_scale(p_level) as threshold, (p_about ->> 'value')::numeric as value,
           (p_about ->> 'maximum')::numeric as maximum, p_about ->> 'unit' as unit,
           p_about ->> 'meter' as meter, p_about ->> 'whose' as whose,
           concat(p_about ->> 'meter', '/', p_about ->> 'window') as name,
           coalesce(' of ' || (p_about ->> 'endpoint'), '') as of_endpoint) a
$$;
`,
  },
  {
    name: '234_alert_firings',
    text: `-- The rules that are in force for some organizations: their own, and the platform's rules for all
-- or for their plan. Muted rules are left out.
create or replace function tollgate.alert_rules_of(p_organizations text[], p_kinds text[])
returns table (organization_id text, starts_at timestamptz, rule tollgate.alert_rules)
language plpgsql stable as $$
begin
  return query
  select o.id, o.starts_at, r
  from tollgate.organizations o
  join tollgate.plan_versions v on v.id = o.plan_version_id
  join tollgate.alert_rules r on r.kind = any (p_kinds) and r.enabled
    and (r.organization_id = o.id
         or r.organization_id = '' and (r.plan is null or r.plan = v.catalog || '/' || v.plan))
  where o.id = any (p_organizations) and o.status = 'active' and not exists (
    select from tollgate.alert_mutes m where m.organization_id = o.id and m.rule_id = r.id);
end
$$;

-- All decisions about an organization at one instant have one cause.
create or replace function tollgate.alert_cause(p_organization text, p_at timestamptz)
returns text language sql immutable parallel safe as $$
  select p_organization || '@' || tollgate.audit_text(p_at)
$$;

-- Stores a firing of a rule, once for each key. Returns its id; null if it was stored before. It
-- sends no event. Its title says what was found (p_about, see alert_title).
create or replace function tollgate.write_firing(
  p_organization text, p_rule tollgate.alert_rules, p_place integer, p_key jsonb, p_about jsonb,
  p_subject text, p_value numeric, p_unit text, p_standing boolean, p_suppressed text,
  p_occurred timestamptz, p_at timestamptz)
returns uuid language plpgsql as $$
declare
  written uuid;
begin
  insert into tollgate.alert_firings (id, organization_id, rule_id, rule_version, rule_kind,
    severity, key, title, subject, value, threshold, unit, occurred_at, decided_at, standing, cause,
    suppressed)
  values (gen_random_uuid(), p_organization, p_rule.id, p_rule.version, p_rule.kind,
    p_rule.severities[p_place],
    (jsonb_build_array(p_rule.id, p_rule.version, p_rule.levels[p_place]) || p_key)::text,
    tollgate.alert_title(p_rule.kind, p_rule.levels[p_place],
      p_about || jsonb_build_object('value', p_value, 'unit', p_unit)),
    p_subject, p_value, p_rule.levels[p_place], p_unit, p_occurred, p_at, p_standing,
    tollgate.alert_cause(p_organization, p_at), p_suppressed)
  on conflict (organization_id, key) do nothing
  returning id into written;
  return written;
end
$$;

-- Sends events for stored firings, in their order. A suppressed firing gets none.
create or replace function tollgate.tell_firings(p_ids uuid[])
returns void language plpgsql as $$
declare
  organizations text[];
  kinds text[];
  subjects text[];
  told jsonb[];
  keys text[];
  times timestamptz[];
begin
  select array_agg(f.organization_id order by i.place), array_agg('alert.fired'::text),
         array_agg('alert:' || f.rule_id order by i.place),
         array_agg(tollgate.told_of_firing(f) order by i.place),
         array_agg('alert.fired:' || f.key order by i.place),
         array_agg(f.decided_at order by i.place)
  into organizations, kinds, subjects, told, keys, times
  from unnest(p_ids) with ordinality i (id, place)
  join tollgate.alert_firings f on f.id = i.id and f.suppressed is null;
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations, kinds, subjects, told, keys, times);
end
$$;

create or replace function tollgate.told_of_firing(p_firing tollgate.alert_firings)
returns jsonb language sql immutable parallel safe as $$
  select jsonb_build_object(
    'firingId', (p_firing).id, 'alertId', (p_firing).rule_id, 'rule', (p_firing).rule_kind,
    'severity', (p_firing).severity, 'title', (p_firing).title, 'subject', (p_firing).subject,
    'value', trim_scale((p_firing).value)::text,
    'threshold', trim_scale((p_firing).threshold)::text,
    'maximum', trim_scale((p_firing).maximum)::text, 'unit', (p_firing).unit,
    'windowStart', tollgate.audit_text((p_firing).window_start),
    'windowEnd', tollgate.audit_text((p_firing).window_end),
    'occurredAt', tollgate.audit_text((p_firing).occurred_at),
    'decidedAt', tollgate.audit_text((p_firing).decided_at),
    'standing', (p_firing).standing, 'cause', (p_firing).cause)
$$;

-- Ends firings that have not ended. A firing that was reported gets an event of its end (recovered,
-- withdrawn), unless the rule itself has changed.
create or replace function tollgate.end_firings(
  p_ids uuid[], p_values numeric[], p_how text, p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[];
  subjects text[];
  told jsonb[];
  keys text[];
begin
  with given as (
    select * from unnest(p_ids, p_values) with ordinality i (id, value, place)),
  ended as (
    update tollgate.alert_firings f
    set ended = p_how, ended_at = p_at, ended_value = g.value
    from given g where f.id = g.id and f.ended is null
    returning f.*)
  select array_agg(e.organization_id order by g.place),
         array_agg('alert:' || e.rule_id order by g.place),
         array_agg(tollgate.told_of_firing(e) || jsonb_build_object(
           'title', case p_how when 'withdrawn' then 'No longer expected: ' else 'Recovered: ' end
                    || e.title,
           'value', trim_scale(g.value)::text, 'standing', false,
           'occurredAt', tollgate.audit_text(p_at), 'decidedAt', tollgate.audit_text(p_at),
           'cause', tollgate.alert_cause(e.organization_id, p_at)) order by g.place),
         array_agg('alert.recovered:' || e.key order by g.place)
  into organizations, subjects, told, keys
  from ended e join given g on g.id = e.id
  where e.suppressed is null and p_how <> 'rule_changed';
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations,
    array_fill('alert.recovered'::text, array[cardinality(keys)]), subjects, told, keys,
    array_fill(p_at, array[cardinality(keys)]));
end
$$;
`,
  },
  {
    name: '235_alert_levels',
    text: `-- Rules on levels that only rise within their window. They are evaluated in the transaction that
-- raises the level. So each threshold fires exactly once per window, whichever process posts.

-- The measures of rules in the windows of some levels: the share of a limit, or of the rule's own
-- maximum. Grants increase the allowance of credits. Without a maximum, or with 0, there is no
-- share.
create or replace function tollgate.measured_levels(
  p_raised tollgate.raised_level[], p_at timestamptz)
returns setof tollgate.alert_measure language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with raised as materialized (select * from unnest(p_raised)),
  organization as materialized (select array_agg(distinct organization_id) as ids from raised),
  in_force as materialized (
    select l.organization_id, l.meter, l.window_name, l.max, l.granted
    from organization g, tollgate.limits_in_force(g.ids, p_at) l
    where l.per = 'organization' and l.max is not null),
  rule as materialized (
    select a.organization_id, a.starts_at, (a.rule).id, (a.rule).meter, (a.rule).window_name,
           (a.rule).maximum
    from organization g, tollgate.alert_rules_of(g.ids, '{limit_share}') a)
  select r.organization_id, u.id, r.meter, r.window_name, r.window_start,
         tollgate.window_end(r.window_name, r.window_start, u.starts_at), r.used::numeric,
         x.maximum, m.scale, m.unit, r.occurred_at
  from raised r
  join rule u on u.organization_id = r.organization_id and coalesce(u.meter = r.meter, true)
    and coalesce(u.window_name = r.window_name, true)
  join tollgate.meters m on m.key = r.meter
  left join in_force l on u.maximum is null and (l.organization_id, l.meter, l.window_name)
    = (r.organization_id, r.meter, r.window_name)
  left join tollgate.buckets b on l.granted is not null
    and (b.organization_id, b.meter, b.window_name, b.window_start)
      = (r.organization_id, r.meter, r.window_name, r.window_start)
  cross join lateral (
    select coalesce(u.maximum, l.max + coalesce(l.granted, 0) + coalesce(b.drawn, 0))::numeric
      as maximum) x
  where x.maximum > 0;
end
$$;

-- Raises the levels of some measures, and fires for each new level. A raised maximum lowers the
-- level without an event. Levels that are reached again under it fire. A lowered maximum raises the
-- level, and that fires at once.
-- p_standing: the use existed before. A level that is first known more than an hour after its
-- window is stored as a firing, but not reported.
create or replace function tollgate.tell_levels(
  p_measures tollgate.alert_measure[], p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  fired uuid[];
begin
  with measure as materialized (
    select x.*, r.kind, r.version, r.levels, r.severities,
           (select count(*) from unnest(r.levels) t
            where x.value * 100 >= coalesce(x.maximum, 100) * t)::smallint as reached
    from unnest(p_measures) x join tollgate.alert_rules r on r.id = x.rule_id),
  risen as (
    insert into tollgate.alert_levels as l
    select organization_id, rule_id, version, meter, window_name, window_start, maximum, 0,
           reached, value
    from measure order by 1, 2, 3, 4, 5, 6
    on conflict (organization_id, rule_id, rule_version, meter, window_name, window_start)
    do update set
      prev = least(l.level, excluded.level),
      level = case when l.maximum is distinct from excluded.maximum then excluded.level
                   else greatest(l.level, excluded.level) end,
      maximum = excluded.maximum, value = excluded.value
    where l.level < excluded.level or l.maximum is distinct from excluded.maximum
    returning *),
  written as (
    insert into tollgate.alert_firings (id, organization_id, rule_id, rule_version, rule_kind,
      severity, key, title, subject, value, threshold, maximum, unit, window_start, window_end,
      occurred_at, decided_at, standing, cause, suppressed)
    select gen_random_uuid(), x.organization_id, x.rule_id, x.version, x.kind, x.severities[g],
           jsonb_build_array(x.rule_id, x.version, s.threshold, x.meter, x.window_name,
             tollgate.audit_text(x.window_start), x.maximum)::text,
           tollgate.alert_title(x.kind, s.threshold, jsonb_build_object('meter', x.meter,
             'window', x.window_name, 'value', s.value, 'maximum', s.maximum, 'unit', x.unit)),
           x.meter || '/' || x.window_name, s.value,
           case when x.maximum is null then s.threshold else s.maximum * s.threshold / 100 end,
           s.maximum, x.unit, x.window_start, x.window_end, x.occurred_at, p_at, p_standing,
           tollgate.alert_cause(x.organization_id, p_at),
           case when x.window_end + interval '1 hour' <= p_at then 'late' end
    from risen l
    join measure x on (x.organization_id, x.rule_id, x.meter, x.window_name, x.window_start)
      = (l.organization_id, l.rule_id, l.meter, l.window_name, l.window_start)
    cross join lateral generate_series(l.prev + 1, l.level) g
    cross join lateral (
      select x.levels[g] as threshold, trim_scale(x.value / 10::numeric ^ x.scale) as value,
             trim_scale(x.maximum / 10::numeric ^ x.scale) as maximum) s
    order by x.organization_id, x.rule_id, x.meter, x.window_name, g
    on conflict (organization_id, key) do nothing
    returning id, organization_id, rule_id, subject, threshold)
  select array_agg(id order by organization_id, rule_id, subject, threshold) into fired from written;
  if fired is not null then perform tollgate.tell_firings(fired); end if;
end
$$;

-- Evaluates the rules on some levels, and stores the use at which the next threshold is reached.
create or replace function tollgate.raise_levels(
  p_raised tollgate.raised_level[], p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  measures tollgate.alert_measure[] := array(
    select m from tollgate.measured_levels(p_raised, p_at) m);
begin
  if cardinality(measures) > 0 then
    perform tollgate.tell_levels(measures, p_standing, p_at);
  end if;
  update tollgate.buckets b set alert_at = next.units
  from (
    select r.organization_id, r.meter, r.window_name, r.window_start,
           least(9223372036854775807, min(ceil(m.maximum * t.level / 100)))::bigint as units
    from unnest(p_raised) r
    left join unnest(measures) m using (organization_id, meter, window_name, window_start)
    left join tollgate.alert_rules a on a.id = m.rule_id
    left join lateral unnest(a.levels) t (level) on m.value * 100 < m.maximum * t.level
    group by 1, 2, 3, 4) next
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (next.organization_id, next.meter, next.window_name, next.window_start);
end
$$;

-- The model cost of organizations with a rule on it, in the windows that contain some times. In US
-- dollars, from the daily roll-ups.
create or replace function tollgate.measured_spends(
  p_organizations text[], p_times timestamptz[])
returns setof tollgate.alert_measure language plpgsql stable as $$
begin
  return query
  select w.organization_id, w.id, 'model_cost', w.window_name, w.window_start, w.window_end,
         (select coalesce(sum(u.cost_usd), 0) from tollgate.rollups u
          where u.organization_id = w.organization_id and u.dimension = 'total'
            and u.grain = 'day' and u.key = '' and u.window_start >= w.window_start
            and u.window_start < w.window_end),
         null::numeric, 0::smallint, 'USD', w.occurred_at
  from (
    select a.organization_id, (a.rule).id, (a.rule).window_name, s.window_start,
           tollgate.window_end((a.rule).window_name, s.window_start, a.starts_at) as window_end,
           max(i.at) as occurred_at
    from tollgate.alert_rules_of(p_organizations, '{spend_above}') a
    join unnest(p_organizations, p_times) i (organization_id, at)
      on i.organization_id = a.organization_id
    cross join lateral (
      select tollgate.window_start((a.rule).window_name, i.at, a.starts_at) as window_start) s
    group by a.organization_id, (a.rule).id, (a.rule).window_name, a.starts_at, s.window_start) w;
end
$$;

-- Fires the alerts of a batch, after its levels and roll-ups are posted. The organizations must be
-- locked. post_events only calls it if a threshold may be crossed.
create or replace function tollgate.raise_alerts(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_raised tollgate.raised_level[],
  p_at timestamptz)
returns void language plpgsql as $$
declare
  spending text[];
begin
  if p_raised is not null then
    perform tollgate.raise_levels(array(
      select row(r.organization_id, r.meter, r.window_name, r.window_start, r.used, (
               select max(i.occurred_at)
               from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
                    i (organization_id, occurred_at, chosen)
               where i.chosen and i.organization_id = r.organization_id
                 and i.occurred_at >= r.window_start
                 and i.occurred_at < tollgate.window_end(r.window_name, r.window_start, o.starts_at)
             ))::tollgate.raised_level
      from unnest(p_raised) r join tollgate.organizations o on o.id = r.organization_id),
      false, p_at);
  end if;
  spending := array(
    select id from tollgate.organizations
    where id = any ((p_batch).organization_id) and 'spend_above' = any (alert_kinds));
  if cardinality(spending) > 0 then
    perform tollgate.tell_levels(array(
      select m from (
        select array_agg(i.organization_id) as organizations, array_agg(i.at) as times
        from (select organization_id, max(occurred_at) as at
              from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
                   i (organization_id, occurred_at, chosen)
              where chosen and organization_id = any (spending)
              group by organization_id, date_bin('1 day', occurred_at, '2000-01-01Z')) i) g
      cross join lateral tollgate.measured_spends(g.organizations, g.times) m), false, p_at);
  end if;
end
$$;

-- Evaluates all current windows of organizations whose rules, limits or plan may have changed. A
-- level that is already passed fires as standing. The organizations must be locked.
create or replace function tollgate.refresh_alerts(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  latest integer := (select epoch from tollgate.alert_epoch);
  raised tollgate.raised_level[];
begin
  update tollgate.organizations o
  set alert_epoch = latest, alert_kinds = kinds.named
  from (
    select o.id, coalesce(array_agg(distinct (a.rule).kind order by (a.rule).kind)
             filter (where (a.rule).id is not null), '{}') as named
    from unnest(p_organizations) o (id)
    left join tollgate.alert_rules_of(p_organizations, '{spend_above,credits_below}') a
      on a.organization_id = o.id
    group by o.id) kinds
  where o.id = kinds.id and (o.alert_epoch, o.alert_kinds) is distinct from (latest, kinds.named);
  raised := array(
    select row(b.organization_id, b.meter, b.window_name, b.window_start, b.used, p_at)
             ::tollgate.raised_level
    from (
      select l.organization_id, l.meter, l.window_name
      from tollgate.limits_in_force(p_organizations, p_at) l
      where l.per = 'organization' and l.window_name in ('hour', 'day', 'month', 'period')
      union
      select a.organization_id, (a.rule).meter, (a.rule).window_name
      from tollgate.alert_rules_of(p_organizations, '{limit_share}') a
      where (a.rule).maximum is not null) w
    join tollgate.organizations o on o.id = w.organization_id
    join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
      = (w.organization_id, w.meter, w.window_name,
         tollgate.window_start(w.window_name, p_at, o.starts_at))
    order by 1);
  if cardinality(raised) > 0 then perform tollgate.raise_levels(raised, true, p_at); end if;
  perform tollgate.tell_levels(array(
    select m from tollgate.measured_spends(p_organizations,
      array_fill(p_at, array[cardinality(p_organizations)])) m), true, p_at);
  perform tollgate.alert_of_credits(p_organizations, false, true, p_at);
end
$$;

-- Refreshes those of the organizations that are behind the platform's rules.
create or replace function tollgate.refresh_stale_alerts(
  p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  stale text[];
begin
  if exists (select from tollgate.organizations
             where id = any (p_organizations)
               and alert_epoch < (select epoch from tollgate.alert_epoch)) then
    stale := array(
      select id from tollgate.organizations
      where id = any (p_organizations) and alert_epoch < (select epoch from tollgate.alert_epoch)
      order by id);
    perform tollgate.refresh_alerts(stale, p_at);
  end if;
end
$$;

-- Marks organizations as behind if one of their overrides has expired since p_since, or since the
-- last call: for a while there may have been no process.
create or replace function tollgate.mark_alerts_behind(p_since timestamptz, p_at timestamptz)
returns void language plpgsql as $$
declare
  -- A call overlaps the one before by as much as p_since is before its own time.
  since timestamptz := least(p_since, (select looked_until from tollgate.alert_epoch)
                                        - (p_at - p_since));
begin
  update tollgate.organizations set alert_epoch = -1
  where id in (
    select o.id from tollgate.organizations o
    where o.id in (select x.organization_id from tollgate.limit_overrides x
                   where x.expires_at > since and x.expires_at <= p_at)
    order by o.id for no key update skip locked);
  update tollgate.alert_epoch set looked_until = p_at;
end
$$;

-- Refreshes some of the organizations that are behind. Locked ones are left for the next run.
-- Returns the number of refreshed organizations.
create or replace function tollgate.sweep_alerts(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  behind text[] := array(
    select id from tollgate.organizations
    where alert_epoch < (select epoch from tollgate.alert_epoch)
    order by id limit p_most for no key update skip locked);
begin
  if cardinality(behind) = 0 then return 0; end if;
  perform tollgate.catch_up(behind, p_at);
  perform tollgate.refresh_alerts(behind, p_at);
  return cardinality(behind);
end
$$;
`,
  },
  {
    name: '235_release_endpoints',
    text: `-- Releases endpoints. Each one is due when its next waiting delivery is. Returns those that have
-- one due by p_at. The endpoints are locked first, so that the next statement sees deliveries that
-- are written meanwhile.
create or replace function tollgate.release_endpoints(
  p_endpoints uuid[], p_leases uuid[], p_at timestamptz)
returns setof uuid language plpgsql as $$
declare
  leased uuid[] := array(
    select e.id from tollgate.endpoints e
    join unnest(p_endpoints, p_leases) l (id, lease) on (e.id, e.lease) = (l.id, l.lease)
    order by e.id for no key update of e);
begin
  return query
  with given as (
    update tollgate.endpoints e
    set lease = null, leased_until = null, due_at = (
      select min(d.next_attempt_at) from tollgate.deliveries d
      where d.endpoint_id = e.id and d.state = 'waiting')
    where e.id = any (leased)
    returning e.id, e.due_at)
  select g.id from given g where g.due_at <= p_at;
end
$$;
`,
  },
  {
    name: '236_alert_credits',
    text: `-- Rules on credits, which rise and fall. They are evaluated in the transaction that moves the
-- credits.

-- The micro-credits that organizations have left: what the gate would admit if nothing were held or
-- on lease. A negative number is a debt. There is no row where credits have no limit.
create or replace function tollgate.credits_remaining(p_organizations text[], p_at timestamptz)
returns table (organization_id text, units numeric) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select l.organization_id,
         case when o.allowance_window is null then l.max::numeric - coalesce(b.used, 0)
              else l.max::numeric - coalesce(b.used, 0) + (
                tollgate.widening_of(o.id, l.window_name, w.window_start, l.max, l.behavior,
                  l.granted, coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)
              ).for_max end
  from tollgate.limits_in_force(p_organizations, p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.window_start(l.window_name, p_at, o.starts_at) as window_start) w
  left join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
    = (l.organization_id, 'credits', l.window_name, w.window_start)
  where l.granted is not null and l.max is not null;
end
$$;

-- Fires when credits fall to a level. Recovers when they are above it by 5 % of it, and by at least
-- one credit, or when a grant lifts them above it (p_granted). Each fall is an episode that fires
-- once.
create or replace function tollgate.alert_of_credits(
  p_organizations text[], p_granted boolean, p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  one record;
  state tollgate.alert_states;
  fired uuid[] := '{}';
  ended uuid[] := '{}';
  values_then numeric[] := '{}';
begin
  if not exists (select from tollgate.organizations
                 where id = any (p_organizations) and 'credits_below' = any (alert_kinds)) then
    return;
  end if;
  for one in
    select a.organization_id, a.rule, t.level, t.place::integer, c.units / 1000000 as credits
    from tollgate.alert_rules_of(p_organizations, '{credits_below}') a
    join tollgate.credits_remaining(p_organizations, p_at) c using (organization_id)
    cross join lateral unnest((a.rule).levels) with ordinality t (level, place)
    order by a.organization_id, (a.rule).id, t.level
  loop
    select * into state from tollgate.alert_states s
    where (s.organization_id, s.rule_id, s.subject)
        = (one.organization_id, (one.rule).id, trim_scale(one.level)::text);
    if one.credits <= one.level and not coalesce(state.firing, false) then
      state.episode := coalesce(state.episode, 0) + 1;
      state.firing_id := tollgate.write_firing(one.organization_id, one.rule, one.place,
        jsonb_build_array('credits', state.episode), '{}', 'credits',
        one.credits, 'credits', p_standing, null, p_at, p_at);
      insert into tollgate.alert_states as s
        (organization_id, rule_id, subject, rule_version, episode, firing, firing_id, fired_at)
      values (one.organization_id, (one.rule).id, trim_scale(one.level)::text,
        (one.rule).version, state.episode, true, state.firing_id, p_at)
      on conflict (organization_id, rule_id, subject) do update
      set rule_version = excluded.rule_version, episode = excluded.episode, firing = true,
          firing_id = excluded.firing_id, fired_at = excluded.fired_at;
      fired := fired || state.firing_id;
    elsif state.firing and (
        one.credits >= one.level + greatest(abs(one.level) / 20, 1)
        or p_granted and one.credits > one.level) then
      update tollgate.alert_states s set firing = false
      where (s.organization_id, s.rule_id, s.subject)
          = (one.organization_id, (one.rule).id, trim_scale(one.level)::text);
      ended := ended || state.firing_id;
      values_then := values_then || one.credits;
    end if;
  end loop;
  if ended <> '{}' then
    perform tollgate.end_firings(ended, values_then, 'recovered', p_at);
  end if;
  if fired <> '{}' then perform tollgate.tell_firings(fired); end if;
end
$$;
`,
  },
  {
    name: '237_alert_events',
    text: `-- Rules on events, evaluated in the transaction of the event. A failed payment fires once for each
-- level of its invoice, until that is paid. A failed job fires once, until it has succeeded.
create or replace function tollgate.alert_of_event(
  p_organization text, p_kind text, p_subject text, p_data jsonb, p_at timestamptz)
returns void language plpgsql as $$
declare
  rule tollgate.alert_rules;
  invoice text := p_data ->> 'stripeInvoiceId';
  attempts integer;
  fired uuid[] := '{}';
begin
  if p_kind = 'invoice.collected' then
    perform tollgate.end_firings(array(
      select f.id from tollgate.alert_firings f
      where f.organization_id = p_organization and f.rule_kind = 'payment_failed'
        and f.subject = 'stripe_invoice:' || invoice and f.ended is null order by f.id),
      null, 'recovered', p_at);
    return;
  end if;
  -- A job that each process repeats has no run in the database, so only this tells of its success.
  -- It may still fail in another process, whose row is there until it works again.
  if p_kind = 'job.recovered' then
    if exists (select from tollgate.job_failures j where 'job:' || j.job = p_subject) then
      return;
    end if;
    perform tollgate.end_firings(array(
      select f.id from tollgate.alert_firings f
      where f.organization_id = p_organization and f.rule_kind = 'job_failed'
        and f.subject = p_subject and f.ended is null order by f.id),
      null, 'recovered', p_at);
    return;
  end if;
  for rule in
    select (a.rule).* from tollgate.alert_rules_of(array[p_organization], '{payment_failed}') a
    where p_kind <> 'job.failed'
    union all
    select r.* from tollgate.alert_rules r
    where p_kind = 'job.failed' and r.kind = 'job_failed' and r.organization_id = '' and r.enabled
  loop
    if p_kind = 'job.failed' then
      continue when exists (
        select from tollgate.alert_firings f
        where f.organization_id = p_organization and f.rule_id = rule.id
          and f.rule_version = rule.version and f.subject = p_subject and f.ended is null);
      fired := fired || tollgate.write_firing(p_organization, rule, 1,
        jsonb_build_array(p_subject, p_data -> 'scheduledFor'),
        jsonb_build_object('job', p_data -> 'job', 'error', p_data -> 'error'),
        p_subject, null, null, false, null, p_at, p_at);
    else
      -- An invoice that will never be paid is past every level.
      attempts := case p_kind when 'payment.failed' then (p_data ->> 'attempts')::integer end;
      for place in 1 .. cardinality(rule.levels) loop
        continue when attempts < rule.levels[place];
        fired := fired || tollgate.write_firing(p_organization, rule, place,
          jsonb_build_array(invoice), jsonb_build_object('invoice', invoice),
          'stripe_invoice:' || invoice, attempts::numeric, 'attempts', false, null, p_at, p_at);
      end loop;
    end if;
  end loop;
  fired := array_remove(fired, null);
  if fired <> '{}' then perform tollgate.tell_firings(fired); end if;
end
$$;
`,
  },
  {
    name: '238_judge_alerts',
    text: `-- Rules on conditions without an event of their own. A job evaluates them, and stores each finding
-- here, in one transaction with the events that follow from it.

-- Stores that a level of a rule was found bad or good (or neither). It fires after p_bad bad
-- findings in a row, unless it fired within p_gap, and ends after p_good in a row.
-- An alert fires at most once for each p_key, and a new key starts again. Without one, each episode
-- fires. p_about is what else the title says (see alert_title).
-- p_is_hourly: findings of one hour count once, however often they are stored.
create or replace function tollgate.judge_alert(
  p_organization text, p_rule uuid, p_level numeric, p_subject text, p_is_bad boolean,
  p_is_good boolean, p_bad integer, p_good integer, p_gap interval, p_how text, p_key text,
  p_about jsonb, p_value numeric, p_maximum numeric, p_unit text, p_start timestamptz,
  p_end timestamptz, p_is_hourly boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  rule tollgate.alert_rules;
  state tollgate.alert_states;
  name text := p_subject || '>' || trim_scale(p_level)::text;
  place integer;
  look timestamptz := case when p_is_hourly then date_trunc('hour', p_at, 'UTC') end;
begin
  select * into rule from tollgate.alert_rules where id = p_rule and enabled for share;
  place := array_position(rule.levels, p_level);
  if place is null then return; end if;
  insert into tollgate.alert_states (organization_id, rule_id, subject, rule_version, key)
  values (p_organization, p_rule, name, rule.version, p_key) on conflict do nothing;
  select * into state from tollgate.alert_states s
  where (s.organization_id, s.rule_id, s.subject) = (p_organization, p_rule, name)
  for no key update;
  if state.rule_version <> rule.version or state.key is distinct from p_key then
    -- The firing was about an earlier state, such as a limit that was raised since. It ends here,
    -- unless its window has already ended.
    if state.firing then
      perform tollgate.end_firings(array[f.id], array[p_value],
        case when p_is_good then p_how else 'rule_changed' end, p_at)
      from tollgate.alert_firings f
      where f.id = state.firing_id and coalesce(f.window_end > p_at, true);
    end if;
    state.rule_version := rule.version; state.key := p_key; state.firing := false;
    state.fired_at := null; state.bad := 0; state.good := 0; state.looked_at := null;
  end if;
  if look is null or look is distinct from state.looked_at then
    state.bad := case when p_is_bad then state.bad + 1 else 0 end;
    state.good := case when p_is_good then state.good + 1 else 0 end;
  end if;
  if not state.firing and state.bad >= p_bad
     and coalesce(state.fired_at + p_gap <= p_at, true) then
    state.episode := state.episode + 1;
    state.firing_id := tollgate.write_firing(p_organization, rule, place,
      jsonb_build_array(p_subject, coalesce(p_key, state.episode::text)),
      p_about || jsonb_build_object('maximum', p_maximum), nullif(p_subject, ''), p_value, p_unit,
      false, null, p_at, p_at);
    if state.firing_id is not null then
      update tollgate.alert_firings f
      set window_start = p_start, window_end = p_end, maximum = p_maximum,
          threshold = case when p_maximum is null then f.threshold
                           else p_maximum * p_level / 100 end
      where f.id = state.firing_id;
      state.firing := true; state.fired_at := p_at;
      perform tollgate.tell_firings(array[state.firing_id]);
    end if;
  elsif state.firing and state.good >= p_good then
    state.firing := false;
    perform tollgate.end_firings(array[state.firing_id], array[p_value], p_how, p_at);
  end if;
  update tollgate.alert_states s
  set rule_version = state.rule_version, key = state.key, episode = state.episode,
      firing = state.firing, firing_id = state.firing_id, bad = state.bad, good = state.good,
      fired_at = state.fired_at, looked_at = look
  where (s.organization_id, s.rule_id, s.subject) = (p_organization, p_rule, name);
end
$$;

-- Claims the evaluation of this minute: the first process to ask wins. If that process dies, nobody
-- waits for it. is_hour: so is the hourly evaluation, which is still to be done for this hour. It is
-- on lease until it has ended (end_alerts_hour), so another process repeats it if this one dies.
create or replace function tollgate.claim_alerts(p_at timestamptz)
returns table (is_claimed boolean, is_hour boolean) language plpgsql as $$
declare
  claimed tollgate.alert_epoch;
begin
  update tollgate.alert_epoch set due_at = p_at + interval '55 seconds'
  where due_at is null or due_at <= p_at or due_at > p_at + interval '2 minutes'
  returning * into claimed;
  is_claimed := claimed.epoch is not null;
  is_hour := is_claimed
    and date_trunc('hour', p_at, 'UTC')
      is distinct from date_trunc('hour', claimed.hour_done, 'UTC')
    -- A lease that is longer than any is of a clock that was turned back.
    and (claimed.hour_leased_until is null or claimed.hour_leased_until <= p_at
         or claimed.hour_leased_until > p_at + interval '2 minutes');
  if is_hour then perform tollgate.keep_alerts_hour(p_at); end if;
  return next;
end
$$;

-- Renews the lease of the hourly evaluation.
create or replace function tollgate.keep_alerts_hour(p_at timestamptz)
returns void language sql as $$
  update tollgate.alert_epoch set hour_leased_until = p_at + interval '2 minutes'
$$;

-- Ends the hourly evaluation that began at an instant, and its lease. Null: it failed, so that it is
-- repeated with the next minute.
create or replace function tollgate.end_alerts_hour(p_began timestamptz)
returns void language sql as $$
  update tollgate.alert_epoch
  set hour_leased_until = null, hour_done = coalesce(p_began, hour_done)
$$;

-- Ends the firings of jobs that fail nowhere any more: their last run was done, or each process that
-- failed at them works again. A process that said nothing for five minutes is gone.
create or replace function tollgate.recover_jobs(p_at timestamptz)
returns void language plpgsql as $$
declare
  gone text[];
  well uuid[];
begin
  with silent as (
    delete from tollgate.job_failures where heard_at <= p_at - interval '5 minutes'
    returning job)
  select array_agg('job:' || job) into gone from silent;
  well := array(
    select f.id from tollgate.alert_firings f
    where f.organization_id = '' and f.rule_kind = 'job_failed' and f.ended is null
      and not exists (select from tollgate.job_failures j where 'job:' || j.job = f.subject)
      and (f.subject = any (gone) or exists (
        select from tollgate.job_runs j
        where 'job:' || j.job = f.subject and j.outcome = 'done' and j.finished_at > f.decided_at))
    order by f.id);
  if well <> '{}' then perform tollgate.end_firings(well, null, 'recovered', p_at); end if;
end
$$;

-- Ends the firings of rules that no longer apply to their organization: it was closed, or it left
-- the plan of the rule. It sends no notice, like a change of a rule.
create or replace function tollgate.end_stray_firings(p_at timestamptz)
returns void language sql as $$
  with stray as (
    update tollgate.alert_states s set firing = false, bad = 0, good = 0
    where s.firing and s.organization_id <> '' and not exists (
      select from tollgate.organizations o
      join tollgate.plan_versions v on v.id = o.plan_version_id
      join tollgate.alert_rules r on r.id = s.rule_id
        and (r.organization_id = o.id
             or r.organization_id = '' and (r.plan is null or r.plan = v.catalog || '/' || v.plan))
      where o.id = s.organization_id and o.status = 'active')
    returning s.firing_id)
  update tollgate.alert_firings f set ended = 'rule_changed', ended_at = p_at
  from stray where f.id = stray.firing_id and f.ended is null
$$;

-- Evaluates again the credits of organizations with alerts on them, after a given one. A new window
-- may have begun, or a grant may be over. Returns the last organization; null: there was none.
create or replace function tollgate.sweep_alert_credits(
  p_after text, p_most integer, p_at timestamptz)
returns text language plpgsql as $$
declare
  watched text[] := array(
    select o.id from tollgate.organizations o
    where 'credits_below' = any (o.alert_kinds) and o.id > p_after
    order by o.id limit p_most for no key update skip locked);
begin
  if cardinality(watched) = 0 then return null; end if;
  perform tollgate.catch_up(watched, p_at);
  perform tollgate.alert_of_credits(watched, false, false, p_at);
  return watched[cardinality(watched)];
end
$$;
`,
  },
  {
    name: '240_workflows',
    text: `-- Claims runs that are due, or that an event has woken, for a process that knows their definitions.
-- No other process may claim them until the lease expires or is released. The epoch refuses writes
-- from a process with an older lease. If the last process did not release a run, that counts as a
-- failed attempt.
create or replace function tollgate.claim_workflow_runs(
  p_workflows text[], p_versions text[], p_steps jsonb[], p_at timestamptz, p_until timestamptz,
  p_limit integer)
returns setof tollgate.workflow_runs language sql as $$
  with known as (
    select * from unnest(p_workflows, p_versions, p_steps) k (workflow, version, steps)),
  due as (
    select r.id from tollgate.workflow_runs r
    join known k
      on k.workflow = r.workflow and k.version = r.version and k.steps = to_jsonb(r.steps)
    where r.state in ('running', 'waiting', 'undoing') and r.due_at <= p_at
      and (r.leased_until is null or r.leased_until <= p_at)
    order by r.due_at limit p_limit),
  woken as (
    select r.id from tollgate.workflow_steps s
    join tollgate.workflow_runs r on r.id = s.run_id and r.state = 'waiting'
    join known k
      on k.workflow = r.workflow and k.version = r.version and k.steps = to_jsonb(r.steps)
    where s.woken_at is not null and s.done_at is null
      and (r.leased_until is null or r.leased_until <= p_at)
    limit p_limit),
  free as (
    select r.id from tollgate.workflow_runs r
    where r.id in (select id from due union select id from woken)
      and r.state in ('running', 'waiting', 'undoing')
      and (r.leased_until is null or r.leased_until <= p_at)
    order by r.due_at nulls first, r.id limit p_limit for no key update skip locked)
  update tollgate.workflow_runs r
  set epoch = r.epoch + 1, leased_until = p_until, due_at = p_at, updated_at = p_at,
      attempts = r.attempts + case when r.leased_until is null then 0 else 1 end,
      state = case when r.state = 'waiting' then 'running' else r.state end
  from free where r.id = free.id
  returning r.*
$$;

-- Wakes the steps that wait for a first use, in the transaction of that use and under the
-- organization's lock. post_events only calls it if a step of the organization waits.
create or replace function tollgate.wake_by_usage(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  update tollgate.workflow_steps s set woken_at = used.at
  from (
    select i.organization_id, i.event_type, max(i.received_at) as at
    from unnest((p_batch).organization_id, (p_batch).event_type, (p_batch).received_at,
                (p_batch).reverses, p_chosen)
         i (organization_id, event_type, received_at, reverses, chosen)
    where i.chosen and i.reverses is null
    group by i.organization_id, i.event_type) used
  where s.organization_id = used.organization_id
    and s.wakes_on && array['usage:' || used.event_type, 'usage:*']
    and s.wakes_on is not null and s.woken_at is null and s.done_at is null;
  if found then perform pg_notify('tollgate_events', ''); end if;
end
$$;

-- Stores the wait of a step. p_after is the organization's last sequence number when the step
-- looked at the state. A later event wakes the step at once. The head's lock guarantees that an
-- event is either seen here, or sees this row.
create or replace function tollgate.wait_for_events(
  p_run uuid, p_step text, p_place integer, p_organization text, p_wakes_on text[],
  p_after bigint, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  woken boolean;
begin
  insert into tollgate.domain_event_heads (organization_id, sequence) values (p_organization, 0)
  on conflict (organization_id) do nothing;
  perform 1 from tollgate.domain_event_heads h
  where h.organization_id = p_organization for no key update;
  woken := exists (
    select from tollgate.domain_events e
    where e.organization_id = p_organization and e.kind = any (p_wakes_on)
      and e.sequence > p_after);
  insert into tollgate.workflow_steps
    (run_id, step, direction, organization_id, place, started_at, wakes_on, woken_at)
  values (p_run, p_step, 'do', p_organization, p_place, p_at, p_wakes_on,
          case when woken then p_at end)
  on conflict (run_id, step, direction) do update
  set wakes_on = excluded.wakes_on, woken_at = excluded.woken_at;
  return woken;
end
$$;
`,
  },
]

/** The names that hand-written trackers have; {schema} stands for where they go. */
export const familiarNames = `-- The usual tables and functions of hand-written trackers, over the ledger. They are in a schema
-- that the user chooses, written {schema} here. The views read the ledger and store nothing. They
-- show every organization to their reader. So only their owner may read them, until the owner
-- grants it to others.

create schema if not exists {schema};

-- One row for each organization and UTC day.
create or replace view {schema}.tenant_usage_metrics as
select r.organization_id as tenant_id, (r.window_start at time zone 'UTC')::date as metric_date,
       r.events as total_events, r.errors as error_count,
       r.input_tokens + r.output_tokens as tokens_used, m.api_calls, m.chat_messages,
       m.embedding_operations, trim_scale(r.credits / 1000000::numeric) as credits_consumed,
       trim_scale(r.cost_usd) as cost_usd,
       case when r.timed > 0 then round(r.duration_ms::numeric / r.timed, 3) end
         as avg_response_time_ms
from tollgate.rollups r
cross join lateral (
  select coalesce(sum(b.used) filter (where b.meter = 'api_calls'), 0)::bigint as api_calls,
         coalesce(sum(b.used) filter (where b.meter = 'chat_messages'), 0)::bigint as chat_messages,
         coalesce(sum(b.used) filter (where b.meter = 'embeddings'), 0)::bigint
           as embedding_operations
  from tollgate.buckets b
  where b.organization_id = r.organization_id and b.window_name = 'day'
    and b.window_start = r.window_start) m
where r.dimension = 'total' and r.grain = 'day';

-- One row for each event, as long as raw events are stored. A reversal is a row with negative
-- amounts.
create or replace view {schema}.tenant_usage_realtime as
select e.id, e.organization_id as tenant_id, e.user_id, e.event_type,
       coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0) as tokens_used,
       trim_scale(e.credits / 1000000::numeric) as credits_consumed,
       trim_scale(e.cost_usd) as cost_usd, e.model, e.endpoint, e.status as status_code,
       e.duration_ms as response_time_ms, coalesce(e.status, 200) < 400 as success, e.reverses,
       e.properties as event_data, e.occurred_at as created_at
from tollgate.events e;

-- One row for each event that came with an API key.
create or replace view {schema}.api_usage as
select e.id, e.api_key_id, e.organization_id, e.user_id, e.endpoint, e.method,
       e.status as status_code, e.duration_ms as response_time_ms,
       coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0) as tokens_used,
       e.occurred_at as created_at
from tollgate.events e
where e.api_key_id is not null;

-- One row for each organization, UTC day and event type.
create or replace view {schema}.usage_daily as
select r.organization_id, (r.window_start at time zone 'UTC')::date as date, r.key as event_type,
       r.events as event_count, r.errors as error_count,
       r.input_tokens + r.output_tokens as tokens_used,
       trim_scale(r.credits / 1000000::numeric) as credits_consumed,
       trim_scale(r.cost_usd) as cost_usd
from tollgate.rollups r
where r.dimension = 'event_type' and r.grain = 'day';

-- The audit log, with the resolution of each entry. The platform's own entries have no tenant.
create or replace view {schema}.audit_events as
select a.organization_id || ':' || a.sequence as id, nullif(a.organization_id, '') as tenant_id,
       a.action as event_type, a.category, a.actor, a.entry::json ->> 'subject' as subject,
       a.entry::json -> 'old' as old_value, a.entry::json -> 'new' as new_value,
       a.occurred_at as created_at, r.sequence is not null as resolved,
       r.entry::json #>> '{new,note}' as resolution, r.actor as resolved_by,
       r.occurred_at as resolved_at
from tollgate.audit_events a
left join tollgate.audit_events r
  on r.organization_id = a.organization_id and r.resolves = a.sequence;

-- True if this many tokens fit every limit of the tenant now. The check uses nothing up.
--   select {schema}.check_tenant_quota('acme', 500);
create or replace function {schema}.check_tenant_quota(p_tenant text, p_tokens numeric default 1)
returns boolean language sql stable as $$
  select bool_and(q.allowed) from tollgate.check_quota(p_tenant, 'tokens', p_tokens) q
$$;

-- Roll-ups are written in the transaction of their events, so they are never out of date. This
-- recomputes today and the two days before, in UTC, from raw events. It returns how many figures
-- differ: 0.
create or replace function {schema}.aggregate_usage_metrics()
returns bigint language sql as $$
  select count(*)
  from (select (now() at time zone 'UTC')::date as today) t
  cross join lateral tollgate.aggregate_usage(
    (t.today - 2)::timestamp at time zone 'UTC', (t.today + 1)::timestamp at time zone 'UTC') d
$$;

-- The same for one UTC day, by default yesterday.
create or replace function {schema}.aggregate_daily_usage(
  p_day date default (now() at time zone 'UTC')::date - 1)
returns bigint language sql as $$
  select count(*)
  from tollgate.aggregate_usage(p_day::timestamp at time zone 'UTC',
                                (p_day + 1)::timestamp at time zone 'UTC')
$$;

-- Drops raw events that are older than this many days; roll-ups are never dropped. Returns how many
-- weekly partitions were dropped. It blocks every writer while it runs, so call it at a quiet hour.
create or replace function {schema}.cleanup_old_realtime_events(p_keep_days integer default 30)
returns integer language sql as $$
  select c.dropped_partitions from tollgate.cleanup_events(make_interval(days => p_keep_days)) c
$$;

-- Removes audit entries that are older than this many days from the start of each chain. Each chain
-- records that it was trimmed. Returns how many entries were removed.
create or replace function {schema}.cleanup_old_audit_events(p_keep_days integer default 731)
returns bigint language sql as $$
  select coalesce(sum(tollgate.trim_audit(h.organization_id,
           now() - make_interval(hours => 24 * p_keep_days), 100000, now(), p_keep_days)), 0)::bigint
  from (select organization_id from tollgate.audit_heads order by organization_id collate "C") h
$$;

-- Marks an entry as resolved, by an entry of its own. Returns true if it was open until now.
--   select {schema}.resolve_audit_event('acme:17', 'the key was rotated');
create or replace function {schema}.resolve_audit_event(p_id text, p_resolution text)
returns boolean language plpgsql as $$
declare
  found_entry tollgate.audit_events;
begin
  select a.* into found_entry from tollgate.audit_events a
  where a.organization_id = regexp_replace(p_id, ':\\d+$', '')
    and a.sequence = substring(p_id from ':(\\d{1,18})$')::bigint;
  if found_entry.sequence is null then
    raise exception 'there is no audit event %', p_id using errcode = 'no_data_found';
  end if;
  if coalesce(p_resolution, '') = '' then
    raise exception 'a resolution needs a text' using errcode = 'invalid_parameter_value';
  end if;
  if found_entry.action = 'audit.resolved' then
    raise exception 'audit event % resolves another one', p_id
      using errcode = 'invalid_parameter_value';
  end if;
  if exists (select from tollgate.audit_events r where r.organization_id = found_entry.organization_id
             and r.resolves = found_entry.sequence) then
    return false;
  end if;
  perform tollgate.append_audit(array[found_entry.organization_id], array[format(
    ',"action":"audit.resolved","actor":%s,"address":null,"category":%s,'
    '"new":{"note":%s,"resolves":%s},"occurredAt":"%s","old":null,"subject":"audit:%s"}',
    to_json('sql:' || session_user), to_json(found_entry.category), to_json(p_resolution),
    found_entry.sequence, tollgate.audit_text(now()), found_entry.sequence)]);
  return true;
exception when unique_violation then
  -- Another session resolved it at the same moment.
  return false;
end
$$;

-- Records this many events, by default one \`api_call\`, in the way the ledger records past use: no
-- limit refuses them. Returns their ids. It serves event types whose price does not depend on the
-- call's properties. Record all others with the library, which computes the price.
--   select {schema}.increment_api_calls('acme');
create or replace function {schema}.increment_api_calls(
  p_tenant text, p_calls integer default 1, p_event_type text default 'api_call')
returns setof text language plpgsql as $$
declare
  type record;
  batch tollgate.usage_batch;
  outcomes text[];
begin
  if p_calls is null or p_calls not between 1 and 1000 then
    raise exception 'calls are counted from 1 to 1000 at once, not %', p_calls
      using errcode = 'invalid_parameter_value';
  end if;
  select v.id as version_id, t.value ->> 'category' as category, o.id as tenant,
         coalesce(t.value -> 'meters', '{}') as meters, t.value -> 'multipliers' as multipliers,
         round(coalesce((t.value ->> 'baseCredits')::numeric, 0) * 1000000)::bigint as credits,
         v.document -> 'meters' @> '[{"key": "credits"}]' as adds_credits
  into type
  from tollgate.organizations o
  join tollgate.plan_versions p on p.id = o.plan_version_id
  join lateral (select * from tollgate.catalog_versions c where c.catalog = p.catalog
                order by c.version desc limit 1) v on true
  cross join lateral jsonb_array_elements(v.document -> 'eventTypes') t
  where o.id = p_tenant and t.value ->> 'key' = p_event_type
    and coalesce((t.value ->> 'active')::boolean, true);
  if type.tenant is null then
    raise exception 'there is no tenant % whose catalog has an event type %', p_tenant, p_event_type
      using errcode = 'no_data_found';
  end if;
  if exists (select from jsonb_each(type.meters) m
             join tollgate.meters k on k.key = m.key
             where jsonb_typeof(m.value) <> 'number' or k.scale <> 0
                or k.aggregation not in ('sum', 'count'))
     or jsonb_path_exists(type.multipliers, '$[*] ? (@.type() == "object")') then
    raise exception 'the price of % depends on its calls: record them by the library', p_event_type
      using errcode = 'feature_not_supported';
  end if;
  if type.adds_credits and type.credits > 0 then
    type.meters := type.meters || jsonb_build_object('credits', type.credits);
  end if;
  batch.organization_id := array_fill(p_tenant, array[p_calls]);
  batch.id := array(select gen_random_uuid()::text from generate_series(1, p_calls));
  batch.fingerprint := array(select md5(id)::uuid from unnest(batch.id) id);
  batch.occurred_at := array_fill(date_trunc('milliseconds', now()), array[p_calls]);
  batch.received_at := batch.occurred_at;
  batch.backfilled := array_fill(false, array[p_calls]);
  batch.event_type := array_fill(p_event_type, array[p_calls]);
  batch.category := array_fill(type.category, array[p_calls]);
  batch.quantities := array_fill(type.meters::text, array[p_calls]);
  batch.credits := array_fill(type.credits, array[p_calls]);
  batch.catalog_version_id := array_fill(type.version_id, array[p_calls]);
  select array_agg(item), array_agg(m.key), array_agg(m.value::bigint)
  into batch.amount_item, batch.amount_meter, batch.amount_units
  from generate_series(1, p_calls) item cross join jsonb_each_text(type.meters) m
  where m.value::bigint <> 0;
  select array_agg(p_tenant), array_agg(date_bin('1 hour', now(), '2000-01-01Z')),
         array_agg(m.key), array_agg(m.value::bigint * p_calls)
  into batch.total_organization, batch.total_hour, batch.total_meter, batch.total_units
  from jsonb_each_text(type.meters) m where m.value::bigint <> 0;
  if to_regclass('tollgate.events_' || to_char(now() at time zone 'UTC', 'IYYY"w"IW')) is null then
    perform tollgate.ensure_partitions(now(), now());
  end if;
  outcomes := tollgate.record_events(batch, null, null, null, null, null, now());
  if not 'recorded' = all (outcomes) then
    raise exception 'tenant % is closed', p_tenant using errcode = 'TG003';
  end if;
  return query select unnest(batch.id);
end
$$;

-- Each function runs with its caller's rights. Even so, not everybody may call those that write.
revoke all on function
  {schema}.cleanup_old_realtime_events(integer), {schema}.cleanup_old_audit_events(integer),
  {schema}.resolve_audit_event(text, text), {schema}.increment_api_calls(text, integer, text)
from public;
`
