-- The schema of Tollgate, for reading: what the migrations and functions of src/storage come to.
-- Functions are shown by their signatures, and partitions by their tables. `tollgate migrate` makes
-- the schema. (Written by `npm run gen`; made of cafcb232eb8853abea16be36f0aa1ffe, text d3ff16090d112e9446304bc546ead937.)

-- ## Types

create type tollgate.alert_measure as (
  organization_id text,
  rule_id uuid,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  window_end timestamp with time zone,
  value numeric,
  maximum numeric,
  scale smallint,
  unit text,
  occurred_at timestamp with time zone
);

create type tollgate.credit_standing as (
  organization_id text,
  window_name text,
  window_start timestamp with time zone,
  window_end timestamp with time zone,
  max bigint,
  behavior text,
  level bigint,
  drawn bigint,
  from_plan bigint,
  owed bigint,
  overage bigint,
  is_adopted boolean,
  is_over boolean
);

create type tollgate.credit_widening as (
  for_max bigint,
  for_cap bigint,
  past bigint
);

create type tollgate.lease_want as (
  ask integer,
  want integer,
  organization_id text,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  per text,
  subject text,
  units bigint,
  block bigint,
  have bigint,
  ceiling bigint,
  max bigint,
  ends_at timestamp with time zone
);

create type tollgate.raised_level as (
  organization_id text,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  used bigint,
  occurred_at timestamp with time zone
);

create type tollgate.taken_item as (
  item integer,
  admitted boolean,
  recallable boolean,
  seen jsonb
);

create type tollgate.usage_batch as (
  organization_id text[],
  id text[],
  fingerprint uuid[],
  occurred_at timestamp with time zone[],
  received_at timestamp with time zone[],
  backfilled boolean[],
  reverses text[],
  verb text[],
  event_type text[],
  category text[],
  user_id text[],
  session_id text[],
  api_key_id uuid[],
  quantities text[],
  credits bigint[],
  cost_usd numeric[],
  price_source text[],
  provider text[],
  model text[],
  input_tokens bigint[],
  cached_input_tokens bigint[],
  output_tokens bigint[],
  reasoning_tokens bigint[],
  endpoint text[],
  method text[],
  status smallint[],
  duration_ms integer[],
  catalog_version_id bigint[],
  properties text[],
  amount_item integer[],
  amount_meter text[],
  amount_units bigint[],
  amount_value text[],
  ahead text[],
  total_organization text[],
  total_hour timestamp with time zone[],
  total_meter text[],
  total_units bigint[],
  price_name text[],
  priced_as_text boolean[],
  parts text[],
  budget_id text[],
  budget_final boolean[]
);

-- ## Tables

-- Rises with every change of a rule of the platform. An organization whose own number is behind is
-- looked at before it is posted to.
create table tollgate.alert_epoch (
  only_row          boolean not null default true,
  epoch             integer not null,
  looked_until      timestamp with time zone,
  hour_done         timestamp with time zone,
  due_at            timestamp with time zone,
  hour_leased_until timestamp with time zone,
  primary key (only_row),
  constraint "there is one epoch" check (only_row)
);
comment on column tollgate.alert_epoch.looked_until is
  'Until when overrides that ended were looked for.';
comment on column tollgate.alert_epoch.due_at is
  'When a process looks next at what has no event.';
comment on column tollgate.alert_epoch.hour_leased_until is
  'Until then one process does the look of this hour.';

-- What was told, and what became of it.
create table tollgate.alert_firings (
  id              uuid not null,
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
  window_start    timestamp with time zone,
  window_end      timestamp with time zone,
  occurred_at     timestamp with time zone not null,
  decided_at      timestamp with time zone not null,
  standing        boolean not null,
  cause           text not null,
  suppressed      text,
  ended           text,
  ended_at        timestamp with time zone,
  ended_value     numeric,
  primary key (id),
  constraint "a level of a window is told once" unique (organization_id, key),
  constraint "a firing is info, a warning or critical" check (severity = any (array['info'::text, 'warning'::text, 'critical'::text])),
  constraint "what has ended says how" check ((ended is null) = (ended_at is null))
);
comment on column tollgate.alert_firings.suppressed is
  'Why nobody was told; null: they were.';
create index "firings by age" on tollgate.alert_firings using btree (decided_at);
create index "firings of a rule" on tollgate.alert_firings using btree (rule_id, decided_at);
create index "firings of an owner" on tollgate.alert_firings using btree (organization_id, decided_at, id);
alter table tollgate.alert_firings enable row level security;
create policy "own organization" on tollgate.alert_firings for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.alert_firings to tollgate_tenant;

-- How far a window has come by a rule: a level that only rises under one maximum.
create table tollgate.alert_levels (
  organization_id text collate "C" not null,
  rule_id         uuid not null,
  rule_version    integer not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  maximum         numeric,
  prev            smallint not null,
  level           smallint not null,
  value           numeric not null,
  primary key (organization_id, rule_id, rule_version, meter, window_name, window_start),
  foreign key (rule_id) references tollgate.alert_rules(id) on delete cascade
);
comment on column tollgate.alert_levels.prev is
  'The level before the last change: what lies between the two was told by that change.';
create index "levels by age" on tollgate.alert_levels using btree (window_start);
alter table tollgate.alert_levels enable row level security;
create policy "own organization" on tollgate.alert_levels for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.alert_levels to tollgate_tenant;

-- A rule of the platform that an organization has turned off for itself.
create table tollgate.alert_mutes (
  organization_id text collate "C" not null,
  rule_id         uuid not null,
  primary key (organization_id, rule_id),
  foreign key (rule_id) references tollgate.alert_rules(id) on delete cascade
);
alter table tollgate.alert_mutes enable row level security;
create policy "own organization" on tollgate.alert_mutes for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.alert_mutes to tollgate_tenant;

-- Rules by which somebody is told that something is near, wrong or over, how each stands, and what
-- was told. A rule of the platform ('') is of every organization, or of all on a plan: no row of it
-- is made for each.
create table tollgate.alert_rules (
  id              uuid not null,
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
  created_at      timestamp with time zone not null,
  updated_at      timestamp with time zone not null,
  primary key (id),
  constraint "each level has its severity" check (cardinality(levels) = cardinality(severities) and cardinality(levels) > 0),
  constraint "only a rule of the platform is of a plan" check (plan is null or organization_id = ''::text)
);
comment on column tollgate.alert_rules.version is
  'Rises when what is measured or a level changes: what was told by then says nothing of it.';
comment on column tollgate.alert_rules.maximum is
  'Of what the share is, in the meter''s smallest unit; null: of the limit.';
comment on column tollgate.alert_rules.levels is
  'In rising order: percents, credits, dollars, milliseconds, calls or days, by the kind.';
create index "rules of an owner" on tollgate.alert_rules using btree (organization_id, created_at, id);
alter table tollgate.alert_rules enable row level security;
create policy "own organization" on tollgate.alert_rules for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.alert_rules to tollgate_tenant;

-- How a rule stands that goes both ways.
create table tollgate.alert_states (
  organization_id text collate "C" not null,
  rule_id         uuid not null,
  subject         text collate "C" not null,
  rule_version    integer not null,
  episode         integer not null default 0,
  firing          boolean not null default false,
  firing_id       uuid,
  key             text,
  bad             integer not null default 0,
  good            integer not null default 0,
  fired_at        timestamp with time zone,
  looked_at       timestamp with time zone,
  primary key (organization_id, rule_id, subject),
  foreign key (rule_id) references tollgate.alert_rules(id) on delete cascade
);
comment on column tollgate.alert_states.key is
  'What is judged, such as a window: with another one it begins anew.';
comment on column tollgate.alert_states.looked_at is
  'The hour of the last look that was counted; null: each look counts.';
create index "states that fire" on tollgate.alert_states using btree (rule_id) where firing;
alter table tollgate.alert_states enable row level security;
create policy "own organization" on tollgate.alert_states for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.alert_states to tollgate_tenant;

-- Only the SHA-256 of a key is kept; organization_id is null for a platform administrator's key.
create table tollgate.api_keys (
  id              uuid not null,
  organization_id text collate "C",
  name            text not null,
  prefix          text not null,
  hash            bytea,
  created_at      timestamp with time zone not null,
  expires_at      timestamp with time zone,
  revoked_at      timestamp with time zone,
  last_used_at    timestamp with time zone,
  scopes          text[] not null default '{}'::text[],
  replaced_by     uuid,
  kind            text collate "C" not null default 'organization'::text,
  primary key (id),
  unique (hash),
  foreign key (organization_id) references tollgate.organizations(id),
  foreign key (replaced_by) references tollgate.api_keys(id),
  constraint "a key is an organization's, a service's or the administrator's" check (kind = any (array['organization'::text, 'service'::text, 'admin'::text])),
  constraint "a key that is not revoked has its hash" check (hash is not null or revoked_at is not null),
  constraint "a service key has scopes" check (kind <> 'service'::text or cardinality(scopes) > 0),
  constraint "an administrator's key has no scopes" check (kind <> 'admin'::text or cardinality(scopes) = 0),
  constraint "only the key of an organization has one" check ((kind = 'organization'::text) = (organization_id is not null))
);
create index "keys of an organization" on tollgate.api_keys using btree (organization_id, created_at, id);
create index "keys of the platform" on tollgate.api_keys using btree (kind, created_at, id) where (organization_id is null);
alter table tollgate.api_keys enable row level security;
create policy "own organization" on tollgate.api_keys for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.api_keys to tollgate_tenant;

-- The text of an entry is what is hashed; the columns to look for entries by are generated from it,
-- so that nothing that is found can differ from what was hashed.
create table tollgate.audit_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  previous_hash   bytea not null,
  entry           text not null,
  hash            bytea not null,
  category        text collate "C" not null generated always as (entry::json ->> 'category'::text) stored,
  action          text collate "C" not null generated always as (entry::json ->> 'action'::text) stored,
  actor           text collate "C" not null generated always as (entry::json ->> 'actor'::text) stored,
  actor_start     text collate "C" not null generated always as ("left"(entry::json ->> 'actor'::text, 100)) stored,
  occurred_at     timestamp with time zone not null generated always as (tollgate.audit_instant(entry::json ->> 'occurredAt'::text)) stored,
  resolves        bigint generated always as (
case
    when (entry::json ->> 'action'::text) = 'audit.resolved'::text then (entry::json #>> '{new,resolves}'::text[])::bigint
    else null::bigint
end) stored,
  primary key (organization_id, sequence),
  constraint "a hash commits to the entry and to the one before" check (hash = sha256(previous_hash || convert_to(entry, 'UTF8'::name))),
  constraint "an entry says whose it is and which place it has" check (starts_with(entry, ((('{"organizationId":'::text || to_json(organization_id)::text) || ',"sequence":'::text) || sequence) || ','::text))
);
comment on column tollgate.audit_events.hash is
  'sha256(previous_hash || the entry in UTF-8).';
comment on column tollgate.audit_events.actor_start is
  'How the actor begins, for the index: an actor may be longer than an index can hold.';
create index "audit events by action" on tollgate.audit_events using btree (organization_id, action, sequence);
create index "audit events by actor" on tollgate.audit_events using btree (organization_id, actor_start, sequence);
create index "audit events by category" on tollgate.audit_events using btree (organization_id, category, sequence);
create index "audit events by time" on tollgate.audit_events using btree (organization_id, occurred_at);
create unique index "one resolution an audit event" on tollgate.audit_events using btree (organization_id, resolves) where (resolves is not null);
create trigger "entries are not emptied" before truncate on tollgate.audit_events for each statement execute function tollgate.refuse_audit_change();
create trigger "entries do not change" before update on tollgate.audit_events for each statement execute function tollgate.refuse_audit_change();
create trigger "entries stay" after delete on tollgate.audit_events referencing old table as removed for each statement execute function tollgate.guard_audit_delete();
alter table tollgate.audit_events enable row level security;
create policy "own organization" on tollgate.audit_events for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.audit_events to tollgate_tenant;

-- Where each chain ends, and where it starts since retention last took its oldest entries.
create table tollgate.audit_heads (
  organization_id text collate "C" not null,
  sequence        bigint not null default 0,
  hash            bytea not null default decode(repeat('00'::text, 32), 'hex'::text),
  start_sequence  bigint not null default 0,
  start_hash      bytea not null default decode(repeat('00'::text, 32), 'hex'::text),
  primary key (organization_id),
  constraint "a chain does not end before it starts" check (start_sequence >= 0 and start_sequence <= sequence)
);
comment on column tollgate.audit_heads.start_sequence is
  'The last entry that retention took: the chain starts after it, from start_hash.';
create trigger "a chain has a head" before delete on tollgate.audit_heads for each statement execute function tollgate.refuse_audit_change();
create trigger "a chain only grows" before update on tollgate.audit_heads for each row execute function tollgate.guard_audit_head();
create trigger "heads are not emptied" before truncate on tollgate.audit_heads for each statement execute function tollgate.refuse_audit_change();
alter table tollgate.audit_heads enable row level security;
create policy "own organization" on tollgate.audit_heads for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.audit_heads to tollgate_tenant;

-- A meter's level in one window. Hour, day, month and period are kept for every meter and are its
-- roll-up. leased: debited by processes that decide on it by themselves, and not yet recorded.
-- latest_at and latest_id name the report that made the level of a `latest` meter: of two of one
-- instant, the one with the greater id.
create table tollgate.buckets (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  used            bigint not null default 0,
  held            bigint not null default 0,
  leased          bigint not null default 0,
  latest_at       timestamp with time zone,
  latest_id       text collate "C",
  drawn           bigint not null default 0,
  alert_at        bigint not null default '-9223372036854775808'::bigint,
  primary key (organization_id, meter, window_name, window_start),
  constraint "a hold is never negative" check (held >= 0),
  constraint "a lease is never negative" check (leased >= 0)
);
comment on column tollgate.buckets.drawn is
  'Of credits: what of used, held and leased was taken from grants.';
comment on column tollgate.buckets.alert_at is
  'From this level on its rules are to be looked at. Too low costs a look; who lowers it looks at once.';
alter table tollgate.buckets enable row level security;
create policy "own organization" on tollgate.buckets for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.buckets to tollgate_tenant;

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
  foreign key (organization_id, budget_id) references tollgate.budgets(organization_id, id) on delete cascade,
  constraint "a ceiling is not negative" check (ceiling >= 0),
  constraint "a hold of a budget is never negative" check (held >= 0)
);
comment on column tollgate.budget_levels.held is
  'By reservations, and by budgets within it that were allotted a share.';
alter table tollgate.budget_levels enable row level security;
create policy "own organization" on tollgate.budget_levels for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.budget_levels to tollgate_tenant;

-- Budgets of runs: limits whose window is a run and not a time. What is drawn on one is drawn on
-- those above it as well.
create table tollgate.budgets (
  organization_id text collate "C" not null,
  id              text collate "C" not null,
  path            text[] collate "C" not null,
  allotted        boolean not null,
  final_share     numeric(5,4) not null,
  idle_ms         bigint not null,
  ends_at         timestamp with time zone,
  user_id         text,
  fingerprint     uuid not null,
  opened_at       timestamp with time zone not null,
  last_used_at    timestamp with time zone not null,
  due_at          timestamp with time zone not null,
  closed_at       timestamp with time zone,
  ended_by        text,
  steps           bigint not null default 0,
  refusals        bigint not null default 0,
  primary key (organization_id, id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a budget ends in a known way" check (ended_by = any (array['closed'::text, 'idle'::text, 'time'::text, 'within'::text])),
  constraint "a budget is first in its path" check (path[1] = id),
  constraint "what has ended says by what" check ((closed_at is null) = (ended_by is null))
);
comment on column tollgate.budgets.path is
  'The budget, the one that it is within, and so on, the outermost last.';
comment on column tollgate.budgets.allotted is
  'Its ceilings are held in those above it while it is open, and draws on it move only itself.';
comment on column tollgate.budgets.due_at is
  'When it ends by itself, unless it is used before or something is held in it.';
create index "budgets by age" on tollgate.budgets using btree (organization_id, opened_at, id);
create index "budgets that end" on tollgate.budgets using btree (organization_id, due_at) where (closed_at is null);
create index "budgets within others" on tollgate.budgets using btree (organization_id, (path[2])) where (closed_at is null);
create index "old budgets" on tollgate.budgets using btree (closed_at) where (closed_at is not null);
alter table tollgate.budgets enable row level security;
create policy "own organization" on tollgate.budgets for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.budgets to tollgate_tenant;

-- Every change of a catalog is a new row holding the whole document; the newest is in force.
create table tollgate.catalog_versions (
  id          bigint not null generated always as identity,
  catalog     text not null,
  version     integer not null,
  document    jsonb not null,
  source      text not null,
  source_hash text,
  actor       text not null,
  note        text,
  created_at  timestamp with time zone not null,
  primary key (id),
  constraint "one catalog version a number" unique (catalog, version),
  constraint "a catalog comes from a file or the API" check (source = any (array['file'::text, 'api'::text]))
);
grant select on tollgate.catalog_versions to tollgate_tenant;

create table tollgate.credit_entries (
  organization_id text collate "C" not null,
  transaction_id  bigint not null,
  place           smallint not null,
  account         text not null,
  grant_id        uuid,
  units           bigint not null,
  primary key (organization_id, transaction_id, place),
  foreign key (organization_id, transaction_id) references tollgate.credit_transactions(organization_id, id),
  constraint "an account of a grant names it" check ((account = any (array['grant'::text, 'frozen'::text])) = (grant_id is not null)),
  constraint "an entry is in a known account" check (account = any (array['given'::text, 'grant'::text, 'frozen'::text, 'plan'::text, 'used'::text, 'owed'::text, 'expired'::text])),
  constraint "an entry moves something" check (units <> 0)
);
comment on column tollgate.credit_entries.units is
  'Micro-credits: above zero goes into the account, below zero comes out of it.';
create trigger "entries do not change" before delete or update or truncate on tollgate.credit_entries for each statement execute function tollgate.refuse_credit_change();
alter table tollgate.credit_entries enable row level security;
create policy "own organization" on tollgate.credit_entries for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.credit_entries to tollgate_tenant;

-- Given back of an invoice by hand; it is on the next invoice as a credit.
create table tollgate.credit_notes (
  id              uuid not null,
  organization_id text collate "C" not null,
  invoice_id      uuid not null,
  key             text collate "C" not null,
  minor_units     bigint not null,
  reason          text not null,
  actor           text not null,
  created_at      timestamp with time zone not null,
  applied_to      uuid,
  primary key (id),
  constraint "money is given back once a key" unique (organization_id, key),
  foreign key (applied_to) references tollgate.invoices(id),
  foreign key (invoice_id) references tollgate.invoices(id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "something is given back" check (minor_units > 0)
);
create index "credit notes of an invoice" on tollgate.credit_notes using btree (invoice_id);
create index "credit notes that wait" on tollgate.credit_notes using btree (organization_id) where (applied_to is null);
alter table tollgate.credit_notes enable row level security;
create policy "own organization" on tollgate.credit_notes for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.credit_notes to tollgate_tenant;

-- The journal, in double entry: the entries of a transaction sum to zero, and every balance is the
-- sum of its entries.
create table tollgate.credit_transactions (
  id              bigint not null generated always as identity,
  organization_id text collate "C" not null,
  occurred_at     timestamp with time zone not null,
  kind            text not null,
  window_name     text collate "C",
  window_start    timestamp with time zone,
  number          bigint not null,
  primary key (organization_id, id),
  constraint "a movement of credits is of a known kind" check (kind = any (array['opening'::text, 'grant'::text, 'rollover'::text, 'draw'::text, 'return'::text, 'repay'::text, 'expire'::text, 'end'::text, 'take_back'::text, 'give_back'::text, 'freeze'::text, 'unfreeze'::text]))
);
create unique index "movements of an organization" on tollgate.credit_transactions using btree (organization_id, number);
create trigger "transactions do not change" before delete or update or truncate on tollgate.credit_transactions for each statement execute function tollgate.refuse_credit_change();
alter table tollgate.credit_transactions enable row level security;
create policy "own organization" on tollgate.credit_transactions for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.credit_transactions to tollgate_tenant;

-- How a window's credits were paid for, as far as grants did not: by the plan's allowance, or by
-- nobody. Both with drawn make used, held and leased of the window.
create table tollgate.credit_windows (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  from_plan       bigint not null default 0,
  owed            bigint not null default 0,
  overage         bigint not null default 0,
  allowance       bigint,
  behavior        text,
  primary key (organization_id, window_name, window_start),
  constraint "no overage is negative" check (overage >= 0),
  constraint "what was paid or is owed is not negative" check (from_plan >= 0 and owed >= 0)
);
comment on column tollgate.credit_windows.owed is
  'A debt: past everything under a hard limit. The next grant pays it first, whenever it comes.';
comment on column tollgate.credit_windows.overage is
  'Past everything under another limit: the plan charges it, or lets it pass.';
comment on column tollgate.credit_windows.allowance is
  'The maximum that was in force when the window last moved; null: none, or not known.';
comment on column tollgate.credit_windows.behavior is
  'How that limit behaved; null: not known. What comes late is covered by these terms.';
create index "debts of an organization" on tollgate.credit_windows using btree (organization_id) where (owed > 0);
alter table tollgate.credit_windows enable row level security;
create policy "own organization" on tollgate.credit_windows for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.credit_windows to tollgate_tenant;

-- What the calls of a batch saw that were all admitted: by organization, the warning threshold and
-- every limit that was touched, with its level before the batch.
create table tollgate.decision_batches (
  id         bigint not null generated always as identity,
  decided_at timestamp with time zone not null,
  seen       jsonb not null,
  primary key (id)
);
create index "old decision batches" on tollgate.decision_batches using brin (decided_at);

-- The refusals, and what was decided on reservations that were to grow. (What was let through is
-- explained by its id and its event.)
create table tollgate.decisions (
  id                 uuid not null,
  decided_at         timestamp with time zone not null,
  organization_id    text collate "C" not null,
  verb               text not null,
  event_id           text collate "C" not null,
  event_type         text not null,
  occurred_at        timestamp with time zone not null,
  allowed            boolean not null,
  credits            bigint not null,
  quantities         jsonb not null,
  seen               jsonb not null,
  catalog_version_id bigint not null,
  reservation_id     uuid,
  extension_id       text collate "C",
  fingerprint        uuid,
  expires_at         timestamp with time zone,
  primary key (id, decided_at)
) partition by RANGE (decided_at);
comment on column tollgate.decisions.extension_id is
  'Of an extension that was let through: its id, which counts once in its reservation.';
comment on column tollgate.decisions.fingerprint is
  'Of what was sent under extension_id.';
comment on column tollgate.decisions.expires_at is
  'Of what was sent under extension_id: until when its reservation was then held.';
create index "extensions of a reservation" on only tollgate.decisions using btree (reservation_id, extension_id) where (extension_id is not null);
create index "refusals of an organization" on only tollgate.decisions using btree (organization_id, decided_at) where (not allowed);
alter table tollgate.decisions enable row level security;
create policy "own organization" on tollgate.decisions for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.decisions to tollgate_tenant;

-- An event for an endpoint. One that came to no endpoint that was on is kept as well, so that it
-- can be sent later.
create table tollgate.deliveries (
  id              uuid not null,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  event_id        uuid not null,
  kind            text collate "C" not null,
  state           text not null,
  reason          text,
  attempts        integer not null default 0,
  round_attempts  integer not null default 0,
  next_attempt_at timestamp with time zone,
  created_at      timestamp with time zone not null,
  done_at         timestamp with time zone,
  message_id      uuid,
  held            boolean not null default false,
  primary key (id),
  constraint "one delivery an event and endpoint" unique (endpoint_id, event_id),
  foreign key (endpoint_id) references tollgate.endpoints(id) on delete cascade,
  foreign key (event_id) references tollgate.domain_events(id) on delete cascade,
  constraint "a delivery waits, or is over" check (state = any (array['waiting'::text, 'done'::text, 'failed'::text, 'skipped'::text])),
  constraint "what waits has its time" check ((state = 'waiting'::text) = (next_attempt_at is not null))
);
comment on column tollgate.deliveries.organization_id is
  'Whose the endpoint is.';
comment on column tollgate.deliveries.round_attempts is
  'Those since it was last sent again by hand: the waits between them begin anew then.';
comment on column tollgate.deliveries.message_id is
  'The message that it is sent in. Tries have the same, so that whoever gets two can tell.';
comment on column tollgate.deliveries.held is
  'It waited for the end of quiet hours, or for the time of the digest.';
create index "deliveries of a message" on tollgate.deliveries using btree (message_id) where (message_id is not null);
create index "deliveries of an endpoint" on tollgate.deliveries using btree (endpoint_id, created_at, id);
create index "deliveries of an event" on tollgate.deliveries using btree (event_id);
create index "deliveries that wait" on tollgate.deliveries using btree (endpoint_id, next_attempt_at) where (state = 'waiting'::text);
alter table tollgate.deliveries enable row level security;
create policy "own organization" on tollgate.deliveries for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.deliveries to tollgate_tenant;

-- Every try, with what was answered.
create table tollgate.delivery_tries (
  delivery_id     uuid not null,
  attempt         integer not null,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  tried_at        timestamp with time zone not null,
  took_ms         integer not null,
  status          smallint,
  error           text,
  answer          text,
  primary key (delivery_id, attempt),
  foreign key (delivery_id) references tollgate.deliveries(id) on delete cascade
);
comment on column tollgate.delivery_tries.answer is
  'How the answer began: what somebody else wrote, so never to be trusted.';
create index "tries by age" on tollgate.delivery_tries using btree (tried_at);
create index "tries of an endpoint" on tollgate.delivery_tries using btree (endpoint_id, tried_at);
alter table tollgate.delivery_tries enable row level security;
create policy "own organization" on tollgate.delivery_tries for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.delivery_tries to tollgate_tenant;

-- What has happened, for whoever wants to be told: one outbox of events that are written in the
-- transaction of what they tell of. Those of an organization are numbered in the order in which
-- they were committed; those of the platform are of the organization ''.
create table tollgate.domain_event_heads (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  primary key (organization_id)
);
comment on table tollgate.domain_event_heads is
  'The last number that was given out; its row is locked until the transaction of the event ends.';
alter table tollgate.domain_event_heads enable row level security;
create policy "own organization" on tollgate.domain_event_heads for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.domain_event_heads to tollgate_tenant;

create table tollgate.domain_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  id              uuid not null,
  kind            text collate "C" not null,
  subject         text not null,
  data            jsonb not null,
  key             text collate "C",
  occurred_at     timestamp with time zone not null,
  fanned_out_at   timestamp with time zone,
  traceparent     text,
  primary key (organization_id, sequence),
  unique (id)
);
comment on column tollgate.domain_events.key is
  'Of what is told once: a second event under the same key of an organization is not written.';
comment on column tollgate.domain_events.fanned_out_at is
  'When the deliveries of it were written. Null: they are still to be.';
comment on column tollgate.domain_events.traceparent is
  'As W3C Trace Context writes it. Null: nobody traced it.';
create unique index "an event is told once" on tollgate.domain_events using btree (organization_id, key) where (key is not null);
create index "events by age" on tollgate.domain_events using btree (occurred_at);
create index "events of a firing" on tollgate.domain_events using btree (((data ->> 'firingId'::text))) where (kind = any (array['alert.fired'::text, 'alert.recovered'::text]));
create index "events of a kind" on tollgate.domain_events using btree (organization_id, kind, sequence);
create index "events without deliveries" on tollgate.domain_events using btree (occurred_at) where (fanned_out_at is null);
alter table tollgate.domain_events enable row level security;
create policy "own organization" on tollgate.domain_events for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.domain_events to tollgate_tenant;

-- Somewhere that wants to be told: of an organization, or of the platform (''), which is told of
-- all organizations. A process has it on lease while it sends, so that two never send the same.
create table tollgate.endpoints (
  id                  uuid not null,
  organization_id     text collate "C" not null,
  channel             text not null,
  target              text not null,
  description         text,
  kinds               text[] collate "C" not null,
  state               text not null,
  reason              text,
  secret              text,
  former_secret       text,
  former_until        timestamp with time zone,
  created_at          timestamp with time zone not null,
  updated_at          timestamp with time zone not null,
  failing_since       timestamp with time zone,
  last_ok_at          timestamp with time zone,
  due_at              timestamp with time zone,
  lease               uuid,
  leased_until        timestamp with time zone,
  minimum_severity    text,
  zone                text,
  quiet_from          text collate "C",
  quiet_until         text collate "C",
  digest_at           text collate "C",
  refusals            integer not null default 0,
  not_before          timestamp with time zone,
  unsubscribed_target text,
  primary key (id),
  constraint "a channel says what it is told of, and when" check (
case
    when channel = 'webhook'::text then num_nonnulls(minimum_severity, zone, quiet_from, digest_at) = 0
    else minimum_severity is not null and zone is not null
end),
  constraint "a former secret has an end" check ((former_secret is null) = (former_until is null)),
  constraint "an endpoint is of a known channel" check (channel = any (array['webhook'::text, 'slack'::text, 'email'::text])),
  constraint "an endpoint is on, paused or disabled" check (state = any (array['on'::text, 'paused'::text, 'disabled'::text])),
  constraint "quiet hours begin and end" check ((quiet_from is null) = (quiet_until is null))
);
comment on column tollgate.endpoints.kinds is
  'Kinds of events, or all of a group (invoice.*). Empty: everything.';
comment on column tollgate.endpoints.secret is
  'Sealed with a key of the server.';
comment on column tollgate.endpoints.failing_since is
  'When the first delivery failed since the last that came through.';
comment on column tollgate.endpoints.due_at is
  'Not later than the next delivery that waits. Null: none does.';
comment on column tollgate.endpoints.quiet_from is
  'The time of day in its zone, HH:MM, from which on only what is critical is sent.';
comment on column tollgate.endpoints.digest_at is
  'The time of day at which what is not critical is sent, all together. Null: as it happens.';
comment on column tollgate.endpoints.refusals is
  'How many messages were finally refused since the last that came through.';
comment on column tollgate.endpoints.not_before is
  'Nothing is sent to it earlier: it asked for that, or takes so much in a second and no more.';
comment on column tollgate.endpoints.unsubscribed_target is
  'The last address whose reader ended the mails. Only its reader takes that back.';
create index "endpoints of an organization" on tollgate.endpoints using btree (organization_id, created_at, id);
create index "endpoints with something due" on tollgate.endpoints using btree (due_at) where ((due_at is not null) and (state = 'on'::text));
alter table tollgate.endpoints enable row level security;
create policy "own organization" on tollgate.endpoints for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.endpoints to tollgate_tenant;

-- The idempotency keys, and what was decided under each, so that a retry is given the first answer.
-- Not partitioned by time, so that a key counts once whatever timestamp a retry carries; kept for
-- 65 days (the oldest timestamp taken is 35), backfills for ever.
create table tollgate.event_ids (
  organization_id text collate "C" not null,
  id              text collate "C" not null,
  fingerprint     uuid not null,
  occurred_at     timestamp with time zone not null,
  received_at     timestamp with time zone not null,
  backfilled      boolean not null,
  verb            text not null,
  reservation_id  uuid,
  credits         bigint,
  batch_id        bigint,
  ahead           text,
  asked           text,
  seen            jsonb,
  primary key (organization_id, id),
  constraint "an id is of a known verb" check (verb = any (array['record'::text, 'track'::text, 'reserve'::text]))
);
comment on column tollgate.event_ids.batch_id is
  'The batch that it was decided in together with others: what they saw is kept once.';
comment on column tollgate.event_ids.ahead is
  'JSON of meter → units that earlier calls of the same batch asked for.';
comment on column tollgate.event_ids.asked is
  'JSON of meter → units that the call asked for.';
comment on column tollgate.event_ids.seen is
  'What it saw when it was decided in turn: as in decision_batches, of its organization alone.';
create index "old event ids" on tollgate.event_ids using brin (received_at);
alter table tollgate.event_ids enable row level security;
create policy "own organization" on tollgate.event_ids for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.event_ids to tollgate_tenant;

create table tollgate.events (
  organization_id     text collate "C" not null,
  occurred_at         timestamp with time zone not null,
  id                  text collate "C" not null,
  received_at         timestamp with time zone not null,
  reverses            text,
  event_type          text not null,
  category            text not null,
  user_id             text,
  session_id          text,
  api_key_id          uuid,
  quantities          jsonb not null,
  credits             bigint not null,
  cost_usd            numeric(24,12),
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
  user_start          text collate "C" generated always as ("left"(user_id, 64)) stored,
  session_start       text collate "C" generated always as ("left"(session_id, 64)) stored,
  price_name          text,
  priced_as_text      boolean,
  parts               jsonb,
  budget_id           text collate "C",
  primary key (organization_id, occurred_at, id) include (event_type, category, user_start, session_start, credits, cost_usd)
) partition by RANGE (occurred_at);
comment on column tollgate.events.quantities is
  'Meter → amount in its smallest unit, or the distinct value for a unique meter.';
comment on column tollgate.events.credits is
  'In micro-credits; negative on a reversal.';
comment on column tollgate.events.price_source is
  'Where the model price came from: override, catalog, library, or unpriced; null: no model.';
comment on column tollgate.events.price_name is
  'The price that it was priced at, as provider/model; null: no model, or unpriced.';
comment on column tollgate.events.priced_as_text is
  'The price has audio or images of the input apart, of which the event told nothing.';
comment on column tollgate.events.parts is
  'Amounts by field of the event; those of tokens are in input_tokens or output_tokens as well.';
create index "events of a session" on only tollgate.events using btree (organization_id, session_start, occurred_at) where (session_start is not null);
create index reversals on only tollgate.events using btree (organization_id, occurred_at) where (reverses is not null);
alter table tollgate.events enable row level security;
create policy "own organization" on tollgate.events for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.events to tollgate_tenant;

-- What each grant gave to each window, by which a use that is undone goes back where it came from.
create table tollgate.grant_draws (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  grant_id        uuid not null,
  units           bigint not null,
  primary key (organization_id, window_name, window_start, grant_id),
  foreign key (grant_id) references tollgate.grants(id),
  constraint "no grant gave less than nothing" check (units >= 0)
);
alter table tollgate.grant_draws enable row level security;
create policy "own organization" on tollgate.grant_draws for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.grant_draws to tollgate_tenant;

-- Credits that come again: one grant a cycle, each over when the next is made.
create table tollgate.grant_series (
  id              uuid not null,
  organization_id text collate "C" not null,
  key             text collate "C" not null,
  micro_credits   bigint not null,
  priority        smallint not null,
  starts_at       timestamp with time zone not null,
  months          smallint not null,
  made            integer not null default 0,
  rollover_max    bigint not null default 0,
  ends_at         timestamp with time zone,
  reason          text not null,
  actor           text not null,
  created_at      timestamp with time zone not null,
  ended_at        timestamp with time zone,
  primary key (id),
  constraint "credits begin to come again once a key" unique (organization_id, key),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a recurring grant is of something" check (micro_credits > 0),
  constraint "credits come again by the month" check (months >= 1 and months <= 12),
  constraint "what is carried over is not negative" check (rollover_max >= 0)
);
comment on column tollgate.grant_series.made is
  'Grants made so far: the next is due made × months after starts_at.';
create index "recurring grants of an organization" on tollgate.grant_series using btree (organization_id) where (ended_at is null);
alter table tollgate.grant_series enable row level security;
create policy "own organization" on tollgate.grant_series for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.grant_series to tollgate_tenant;

create table tollgate.grants (
  id                uuid not null,
  organization_id   text collate "C" not null,
  source            text not null,
  series_id         uuid,
  key               text collate "C" not null,
  micro_credits     bigint not null,
  left_units        bigint not null,
  priority          smallint not null,
  starts_at         timestamp with time zone not null,
  expires_at        timestamp with time zone,
  reason            text not null,
  actor             text not null,
  created_at        timestamp with time zone not null,
  ended_at          timestamp with time zone,
  frozen_units      bigint not null default 0,
  reversed_units    bigint not null default 0,
  stripe_invoice_id text collate "C",
  disputed_units    bigint not null default 0,
  primary key (id),
  constraint "credits come once a key" unique (organization_id, key),
  foreign key (organization_id) references tollgate.organizations(id),
  foreign key (series_id) references tollgate.grant_series(id),
  constraint "a grant expires after it starts" check (expires_at > starts_at),
  constraint "a grant is of a known source" check (source = any (array['given'::text, 'recurring'::text, 'rollover'::text, 'top_up'::text])),
  constraint "a grant is of something" check (micro_credits > 0),
  constraint "no grant is below zero, and none has more than it came to" check (left_units >= 0 and left_units <= micro_credits),
  constraint "no more is frozen than is in dispute" check (frozen_units <= disputed_units),
  constraint "no more is frozen than it came to" check ((left_units + frozen_units) <= micro_credits),
  constraint "what is frozen or was taken back is not negative" check (frozen_units >= 0 and reversed_units >= 0),
  constraint "what is in dispute is not negative" check (disputed_units >= 0)
);
comment on column tollgate.grants.left_units is
  'What can still be used of it: micro-credits.';
comment on column tollgate.grants.priority is
  'Lower goes first; the plan''s allowance is at 100, and over at the end of its window.';
comment on column tollgate.grants.frozen_units is
  'Not to be used while its payment is in dispute: micro-credits, beside what is left.';
comment on column tollgate.grants.reversed_units is
  'Taken back since its money was returned: micro-credits.';
comment on column tollgate.grants.stripe_invoice_id is
  'The invoice at Stripe that paid for it.';
comment on column tollgate.grants.disputed_units is
  'Of all that it came to, what its payment in dispute is worth: micro-credits.';
create index "grants of an organization" on tollgate.grants using btree (organization_id, created_at, id);
create index "grants that have something left" on tollgate.grants using btree (organization_id) where (left_units > 0);
alter table tollgate.grants enable row level security;
create policy "own organization" on tollgate.grants for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.grants to tollgate_tenant;

create table tollgate.invoice_lines (
  invoice_id      uuid not null,
  line            smallint not null,
  organization_id text collate "C" not null,
  kind            text not null,
  description     text not null,
  meter           text collate "C",
  window_name     text collate "C",
  units           text,
  amount          text not null,
  minor_units     bigint not null,
  steps           jsonb not null,
  adjusts         uuid,
  counted         bigint,
  primary key (invoice_id, line),
  foreign key (adjusts) references tollgate.invoices(id),
  foreign key (invoice_id) references tollgate.invoices(id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a line is of a known kind" check (kind = any (array['subscription'::text, 'overage'::text, 'proration'::text, 'credit'::text, 'adjustment'::text]))
);
comment on column tollgate.invoice_lines.units is
  'Of overage: decimal text, in whole units.';
comment on column tollgate.invoice_lines.amount is
  'Exact, before rounding: decimal text, or a fraction where there is no finite decimal.';
comment on column tollgate.invoice_lines.adjusts is
  'The earlier invoice that the line corrects.';
comment on column tollgate.invoice_lines.counted is
  'Of use: what of its windows the line is for, in the smallest unit. Grants paid for the rest.';
create index "corrections of an invoice" on tollgate.invoice_lines using btree (adjusts) where (adjusts is not null);
alter table tollgate.invoice_lines enable row level security;
create policy "own organization" on tollgate.invoice_lines for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.invoice_lines to tollgate_tenant;

-- An organization has one invoice a period: the unique constraint is what makes two processes, or a
-- second run, bill once, whatever else goes wrong.
create table tollgate.invoices (
  id                  uuid not null,
  organization_id     text collate "C" not null,
  period_start        timestamp with time zone not null,
  period_end          timestamp with time zone not null,
  state               text not null,
  currency            text not null,
  total_minor_units   bigint not null,
  due_minor_units     bigint not null,
  carried_minor_units bigint not null,
  created_at          timestamp with time zone not null,
  basis               jsonb,
  primary key (id),
  constraint "one invoice a period" unique (organization_id, period_start),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a billed period is not empty" check (period_end > period_start),
  constraint "an invoice is a draft or final" check (state = any (array['draft'::text, 'final'::text])),
  constraint "what is due or carried adds up to the total" check (due_minor_units >= 0 and carried_minor_units >= 0 and total_minor_units = (due_minor_units - carried_minor_units))
);
comment on column tollgate.invoices.total_minor_units is
  'The sum of the lines, each rounded once to the minor unit of the currency.';
comment on column tollgate.invoices.basis is
  'What each limit was charged by and for, so that late use is charged as it would have been.';
alter table tollgate.invoices enable row level security;
create policy "own organization" on tollgate.invoices for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.invoices to tollgate_tenant;

-- Jobs that each process does by itself, and that fail in some of them.
create table tollgate.job_failures (
  job           text collate "C" not null,
  node          text collate "C" not null,
  failing_since timestamp with time zone not null,
  heard_at      timestamp with time zone not null,
  primary key (job, node)
);
comment on column tollgate.job_failures.heard_at is
  'When its process last said that the job fails. One that says nothing any more is gone.';

-- What is done by a schedule, in which any number of processes take part: the row is the leader's.
create table tollgate.job_runs (
  job           text collate "C" not null,
  scheduled_for timestamp with time zone not null,
  node          text not null,
  started_at    timestamp with time zone not null,
  heard_at      timestamp with time zone not null,
  finished_at   timestamp with time zone,
  outcome       text,
  report        jsonb,
  error         text,
  requested_by  text,
  asked         jsonb,
  progress      jsonb,
  epoch         bigint not null default 0,
  leased_until  timestamp with time zone not null,
  attempts      integer not null default 1,
  missed        integer not null default 0,
  released      boolean not null default false,
  primary key (job, scheduled_for),
  foreign key (job) references tollgate.jobs(job),
  constraint "a run was done, failed, lost or skipped" check (outcome = any (array['done'::text, 'failed'::text, 'lost'::text, 'skipped'::text])),
  constraint "what has finished has an outcome" check ((finished_at is null) = (outcome is null))
);
comment on column tollgate.job_runs.heard_at is
  'When its process was last heard of; one that was not for a minute is not waited for.';
comment on column tollgate.job_runs.requested_by is
  'Null: its schedule.';
comment on column tollgate.job_runs.asked is
  'What it was asked for, where a job takes anything.';
comment on column tollgate.job_runs.progress is
  'How far it was when it was last heard of.';
comment on column tollgate.job_runs.epoch is
  'Whoever does not know this number does not do this run any more, and writes nothing of it.';
comment on column tollgate.job_runs.leased_until is
  'Unless it is heard of until then, another process takes it over.';
comment on column tollgate.job_runs.missed is
  'Times of the schedule before this one at which nobody was there, and for which this one stands.';
comment on column tollgate.job_runs.released is
  'Its process stopped and gave it back: the next process goes on with it.';
create index "runs under way" on tollgate.job_runs using btree (job) where (finished_at is null);

-- Jobs of which one process at a time does one: how far its schedule was followed, and the number
-- by which what a process writes of a run is told from what its successor does.
create table tollgate.jobs (
  job           text collate "C" not null,
  due_through   timestamp with time zone not null,
  epoch         bigint not null default 0,
  failures      integer not null default 0,
  failing_since timestamp with time zone,
  primary key (job)
);
comment on column tollgate.jobs.due_through is
  'The last time of its schedule that was begun or passed over: none up to it is begun again.';
comment on column tollgate.jobs.epoch is
  'Rises whenever a run begins or another process takes it over.';
comment on column tollgate.jobs.failing_since is
  'When the first run failed since the last that did not; that it fails was told then.';

-- Mergeable latency histograms, one row an endpoint and day: bucket b counts the calls that took
-- 2^((b-1)/4) < ms <= 2^(b/4). Two arrays side by side, since a row a bucket would make this the
-- larger half of all roll-up rows.
create table tollgate.latency_rollups (
  organization_id text collate "C" not null,
  endpoint        text collate "C" not null,
  day             timestamp with time zone not null,
  buckets         smallint[] not null,
  calls           bigint[] not null,
  primary key (organization_id, day, endpoint)
);
alter table tollgate.latency_rollups enable row level security;
create policy "own organization" on tollgate.latency_rollups for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.latency_rollups to tollgate_tenant;

-- What processes have debited in advance. A row is what one of them may still use of one limit; its
-- units are also in the bucket's (or the rate's) leased, and never granted to anyone else before
-- they come back.
create table tollgate.leases (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  node            text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter, window_name, window_start, per, subject, node),
  constraint "a lease is of something" check (units >= 0)
);
alter table tollgate.leases enable row level security;
create policy "own organization" on tollgate.leases for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.leases to tollgate_tenant;

create table tollgate.limit_overrides (
  id              uuid not null,
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  per             text collate "C" not null default 'organization'::text,
  max             bigint,
  behavior        text not null,
  burst           bigint,
  cap             bigint,
  on_failure      text,
  decide          text,
  durable         boolean not null default false,
  reason          text not null,
  actor           text not null,
  created_at      timestamp with time zone not null,
  expires_at      timestamp with time zone,
  ended_at        timestamp with time zone,
  by_platform     boolean not null default true,
  anonymous       text,
  primary key (id),
  foreign key (meter) references tollgate.meters(key),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "an anonymous call is refused or allowed" check (anonymous = any (array['refuse'::text, 'allow'::text])),
  constraint "an override has a known behavior" check (behavior = any (array['hard'::text, 'soft'::text, 'overage'::text])),
  constraint "an override has a known window" check (window_name = any (array['minute'::text, 'hour'::text, 'day'::text, 'month'::text, 'period'::text, 'concurrent'::text])),
  constraint "an override is per organization, key or user" check (per = any (array['organization'::text, 'api_key'::text, 'user'::text])),
  constraint "an overriding maximum is not negative" check (max >= 0)
);
create unique index "one override in force per limit" on tollgate.limit_overrides using btree (organization_id, meter, window_name, per) where (ended_at is null);
alter table tollgate.limit_overrides enable row level security;
create policy "own organization" on tollgate.limit_overrides for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.limit_overrides to tollgate_tenant;

create table tollgate.members (
  organization_id text collate "C" not null,
  user_id         text collate "C" not null,
  role            text not null,
  name            text,
  created_at      timestamp with time zone not null,
  primary key (organization_id, user_id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a member has a known role" check (role = any (array['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text, 'billing'::text]))
);
create index "organizations of a user" on tollgate.members using btree (user_id, organization_id);
alter table tollgate.members enable row level security;
create policy "own organization" on tollgate.members for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.members to tollgate_tenant;

create table tollgate.meters (
  key         text collate "C" not null,
  unit        text not null,
  aggregation text not null,
  scale       smallint not null default 0,
  primary key (key),
  constraint "a meter aggregates in a known way" check (aggregation = any (array['sum'::text, 'count'::text, 'max'::text, 'unique'::text, 'latest'::text])),
  constraint "a meter keeps at most six decimals" check (scale >= 0 and scale <= 6)
);
grant select on tollgate.meters to tollgate_tenant;

create table tollgate.migrations (
  name       text not null,
  hash       text not null,
  applied_at timestamp with time zone not null default now(),
  primary key (name)
);

-- The processes that lease, and when each was last heard of.
create table tollgate.nodes (
  node    text collate "C" not null,
  seen_at timestamp with time zone not null,
  primary key (node)
);

create table tollgate.organizations (
  id               text collate "C" not null,
  name             text not null,
  plan_version_id  bigint not null,
  status           text not null default 'active'::text,
  starts_at        timestamp with time zone not null,
  warn_percent     smallint not null default 80,
  created_at       timestamp with time zone not null,
  closed_at        timestamp with time zone,
  plan_changes     integer not null default 0,
  timezone         text not null default 'UTC'::text,
  allowance_window text collate "C",
  credits_due_at   timestamp with time zone,
  trial_ends_at    timestamp with time zone,
  paused_at        timestamp with time zone,
  ends_at          timestamp with time zone,
  change_due_at    timestamp with time zone,
  billed_at        timestamp with time zone,
  billed_until     timestamp with time zone,
  alert_epoch      integer not null default 0,
  alert_kinds      text[] not null default '{}'::text[],
  primary key (id),
  foreign key (plan_version_id) references tollgate.plan_versions(id),
  constraint "a warning threshold is a percentage" check (warn_percent >= 1 and warn_percent <= 100),
  constraint "an organization is active or closed" check (status = any (array['active'::text, 'closed'::text]))
);
comment on column tollgate.organizations.starts_at is
  'Start of the subscription; its UTC day anchors the billing periods.';
comment on column tollgate.organizations.timezone is
  'A name of the IANA database; the engine knows which there are.';
comment on column tollgate.organizations.credits_due_at is
  'When the next grant expires or is to be made; null: none.';
comment on column tollgate.organizations.trial_ends_at is
  'Free until then; null: never a trial.';
comment on column tollgate.organizations.paused_at is
  'Null: it is not paused.';
comment on column tollgate.organizations.ends_at is
  'The subscription is over from then on, which may be to come; null: it goes on.';
comment on column tollgate.organizations.change_due_at is
  'When the next of its scheduled changes is due; null: none.';
comment on column tollgate.organizations.alert_kinds is
  'The kinds of its rules that are not on the level of a meter.';
create index "organizations of a plan" on tollgate.organizations using btree (plan_version_id, id);
create index "organizations that are behind the rules" on tollgate.organizations using btree (alert_epoch);
create index "organizations with a change to come" on tollgate.organizations using btree (change_due_at) where (change_due_at is not null);
alter table tollgate.organizations enable row level security;
create policy "own organization" on tollgate.organizations for select to tollgate_tenant
  using (id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.organizations to tollgate_tenant;

-- Acts outside of this database, written down with what causes them, and done afterwards until
-- they are known to be done. A row is tried by one process at a time, which has it on lease.
create table tollgate.outbox (
  id                bigint not null generated always as identity,
  organization_id   text collate "C" not null,
  kind              text not null,
  key               text collate "C" not null,
  payload           jsonb not null,
  created_at        timestamp with time zone not null,
  attempts          integer not null default 0,
  refusals          integer not null default 0,
  next_attempt_at   timestamp with time zone not null,
  lease             uuid,
  leased_until      timestamp with time zone,
  last_error        text,
  done_at           timestamp with time zone,
  external_id       text,
  first_attempt_at  timestamp with time zone,
  stripe_invoice_id text collate "C",
  primary key (id),
  unique (key),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "what is done has a name out there" check ((done_at is null) = (external_id is null))
);
comment on column tollgate.outbox.key is
  'The same whoever writes the act down: what was done under it is found by it.';
comment on column tollgate.outbox.refusals is
  'Definite answers of no; each begins a new idempotency key, as the old one would replay the no.';
comment on column tollgate.outbox.first_attempt_at is
  'Committed before anything is asked: while it is null, nothing was ever asked.';
comment on column tollgate.outbox.stripe_invoice_id is
  'The invoice at Stripe that has the charge.';
create index "acts by time" on tollgate.outbox using btree (organization_id, kind, created_at);
create index "charges of an invoice" on tollgate.outbox using btree (organization_id, ((payload ->> 'invoiceId'::text)));
create index "top-ups of an organization" on tollgate.outbox using btree (organization_id, created_at) where (kind = 'top_up'::text);
create index "what is to be done of an organization" on tollgate.outbox using btree (organization_id, next_attempt_at) where (done_at is null);
create index "what was done by its name out there" on tollgate.outbox using btree (external_id) where (external_id is not null);
alter table tollgate.outbox enable row level security;
create policy "own organization" on tollgate.outbox for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.outbox to tollgate_tenant;

create table tollgate.plan_limits (
  plan_version_id bigint not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  per             text collate "C" not null default 'organization'::text,
  max             bigint,
  behavior        text not null,
  burst           bigint,
  cap             bigint,
  on_failure      text,
  decide          text,
  durable         boolean not null default false,
  anonymous       text,
  primary key (plan_version_id, meter, window_name, per),
  foreign key (meter) references tollgate.meters(key),
  foreign key (plan_version_id) references tollgate.plan_versions(id),
  constraint "a limit has a known behavior" check (behavior = any (array['hard'::text, 'soft'::text, 'overage'::text])),
  constraint "a limit has a known window" check (window_name = any (array['minute'::text, 'hour'::text, 'day'::text, 'month'::text, 'period'::text, 'concurrent'::text])),
  constraint "a limit is per organization, key or user" check (per = any (array['organization'::text, 'api_key'::text, 'user'::text])),
  constraint "a maximum is not negative" check (max >= 0),
  constraint "an anonymous call is refused or allowed" check (anonymous = any (array['refuse'::text, 'allow'::text]))
);
comment on column tollgate.plan_limits.max is
  'In the meter''s smallest unit; null means unlimited.';
comment on column tollgate.plan_limits.burst is
  'Of a rate limit: how much at once; null means max. Refilled at max a minute.';
comment on column tollgate.plan_limits.cap is
  'Of an overage limit: past it the call is refused; null means never.';
grant select on tollgate.plan_limits to tollgate_tenant;

-- Immutable: an edited plan is a new version, and organizations stay on theirs until moved.
create table tollgate.plan_versions (
  id         bigint not null generated always as identity,
  catalog    text not null,
  plan       text not null,
  version    integer not null,
  document   jsonb not null,
  created_at timestamp with time zone not null,
  primary key (id),
  constraint "one plan version a number" unique (catalog, plan, version)
);
grant select on tollgate.plan_versions to tollgate_tenant;

-- The rate limits, as leaky buckets: a call of u units pours in u × 60,000 unit-milliseconds, and
-- the limit's maximum leaks out every millisecond. Whole numbers throughout, so it is exact.
create table tollgate.rates (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  debt            numeric not null default 0,
  charged_at      timestamp with time zone not null,
  leased          bigint not null default 0,
  primary key (organization_id, meter, per, subject),
  constraint "a lease of a rate is never negative" check (leased >= 0)
);
alter table tollgate.rates enable row level security;
create policy "own organization" on tollgate.rates for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.rates to tollgate_tenant;

-- What a reservation holds is in quantities, by meter; it is held in every window that contains
-- occurred_at.
create table tollgate.reservations (
  id                 uuid not null,
  organization_id    text collate "C" not null,
  event_id           text collate "C" not null,
  user_id            text,
  api_key_id         uuid,
  state              text not null default 'held'::text,
  request            jsonb not null,
  quantities         jsonb not null,
  catalog_version_id bigint not null,
  occurred_at        timestamp with time zone not null,
  created_at         timestamp with time zone not null,
  expires_at         timestamp with time zone not null,
  ended_at           timestamp with time zone,
  settlement         jsonb,
  held_elsewhere     boolean not null default false,
  standing           jsonb,
  budget_id          text collate "C",
  primary key (id),
  unique (organization_id, event_id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a reservation is held, settled, released or expired" check (state = any (array['held'::text, 'settled'::text, 'released'::text, 'expired'::text])),
  constraint "only a held reservation has not ended" check ((state = 'held'::text) = (ended_at is null))
);
comment on column tollgate.reservations.held_elsewhere is
  'Redis holds it as well, and has not been given it back.';
comment on column tollgate.reservations.standing is
  'How the limits on credits stood when it was released; null: it was not.';
create index "holds of a budget" on tollgate.reservations using btree (organization_id, budget_id) where ((budget_id is not null) and (state = 'held'::text));
create index "reservations that Redis holds" on tollgate.reservations using btree (organization_id) where (held_elsewhere and (state <> 'held'::text));
create index "reservations that will expire" on tollgate.reservations using btree (organization_id, expires_at) where (state = 'held'::text);
alter table tollgate.reservations enable row level security;
create policy "own organization" on tollgate.reservations for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.reservations to tollgate_tenant;

-- From when on raw events are whole: retention has dropped some or all from before. What starts
-- earlier cannot be recomputed from them. No row while nothing was dropped.
create table tollgate.retention (
  only_row           boolean not null default true,
  events_whole_since timestamp with time zone not null,
  primary key (only_row),
  constraint "there is one retention" check (only_row)
);
grant select on tollgate.retention to tollgate_tenant;

create table tollgate.rollups (
  organization_id     text collate "C" not null,
  dimension           text collate "C" not null,
  grain               text collate "C" not null,
  window_start        timestamp with time zone not null,
  key                 text collate "C" not null,
  events              bigint not null,
  errors              bigint not null,
  unpriced            bigint not null,
  credits             bigint not null,
  cost_usd            numeric(30,12) not null,
  input_tokens        bigint not null,
  cached_input_tokens bigint not null,
  output_tokens       bigint not null,
  reasoning_tokens    bigint not null,
  timed               bigint not null,
  duration_ms         bigint not null,
  parts               jsonb,
  primary key (organization_id, dimension, grain, window_start, key),
  constraint "a roll-up has a known dimension" check (dimension = any (array['total'::text, 'event_type'::text, 'user'::text, 'endpoint'::text, 'category'::text, 'model'::text])),
  constraint "a roll-up has a known grain" check (grain = any (array['hour'::text, 'day'::text, 'month'::text]))
);
comment on column tollgate.rollups.parts is
  'The sums of the parts of the events; null: none.';
alter table tollgate.rollups enable row level security;
create policy "own organization" on tollgate.rollups for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.rollups to tollgate_tenant;

-- Where it is tried out whether the database can write: `tollgate.probe_room()` leaves nothing here.
create table tollgate.room_probe (
  filler text not null
);

-- What takes effect at its instant: whoever locks the organization next applies what is due.
create table tollgate.scheduled_changes (
  organization_id text collate "C" not null,
  kind            text not null,
  due_at          timestamp with time zone not null,
  plan_version_id bigint,
  actor           text not null,
  trial_plan      text,
  primary key (organization_id, kind),
  foreign key (organization_id) references tollgate.organizations(id),
  foreign key (plan_version_id) references tollgate.plan_versions(id),
  constraint "a change is of a known kind" check (kind = any (array['trial_end'::text, 'plan'::text, 'end'::text])),
  constraint "a change of plan has a plan" check (kind <> 'plan'::text or plan_version_id is not null)
);
comment on column tollgate.scheduled_changes.plan_version_id is
  'Of a trial''s end: the plan that follows; null: the same goes on, and is paid.';
comment on column tollgate.scheduled_changes.trial_plan is
  'The plan of the trial, as catalog/plan, that this change upgrades; null: it upgrades none.';
alter table tollgate.scheduled_changes enable row level security;
create policy "own organization" on tollgate.scheduled_changes for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.scheduled_changes to tollgate_tenant;

-- The recent test messages and resends that people asked for. Their number is limited.
create table tollgate.sends_by_hand (
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  sent_at         timestamp with time zone not null
);
create index "sends by hand of an owner" on tollgate.sends_by_hand using btree (organization_id, sent_at);
alter table tollgate.sends_by_hand enable row level security;
create policy "own organization" on tollgate.sends_by_hand for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.sends_by_hand to tollgate_tenant;

-- By what is derived from it every process on this database signs. One secret is in force; those
-- before it are good for checking what they signed, until their time is over.
create table tollgate.server_secrets (
  id             uuid not null,
  secret         bytea not null,
  created_at     timestamp with time zone not null,
  accepted_until timestamp with time zone,
  primary key (id),
  constraint "a server secret has 32 bytes" check (octet_length(secret) = 32)
);
comment on column tollgate.server_secrets.accepted_until is
  'Null: in force.';
create unique index "one server secret in force" on tollgate.server_secrets using btree ((true)) where (accepted_until is null);

-- Who signed in to the console: a user, or an administrator by a key, which may be the configured
-- one that no table knows. A session ends with its time, with its sign-out and with its key.
create table tollgate.sessions (
  id                uuid not null,
  actor             text collate "C" not null,
  user_id           text,
  is_admin_by_claim boolean not null,
  api_key_id        uuid,
  created_at        timestamp with time zone not null,
  expires_at        timestamp with time zone not null,
  primary key (id),
  foreign key (api_key_id) references tollgate.api_keys(id),
  constraint "a session is a user's or a key's" check (num_nonnulls(user_id, api_key_id) <= 1)
);
create index "sessions by actor" on tollgate.sessions using btree (actor);
create index "sessions by their end" on tollgate.sessions using btree (expires_at);

-- Who this store is, for those who keep something of it elsewhere. Made when it is first asked for.
create table tollgate.store (
  only_row boolean not null default true,
  id       uuid not null,
  primary key (only_row),
  constraint "there is one store" check (only_row)
);

-- Who an organization is at Stripe.
create table tollgate.stripe_customers (
  organization_id text collate "C" not null,
  customer_id     text collate "C" not null,
  updated_at      timestamp with time zone not null,
  deleted_at      timestamp with time zone,
  primary key (organization_id),
  unique (customer_id),
  foreign key (organization_id) references tollgate.organizations(id)
);
comment on column tollgate.stripe_customers.deleted_at is
  'When it was found deleted at Stripe: nothing is charged until another is named.';
alter table tollgate.stripe_customers enable row level security;
create policy "own organization" on tollgate.stripe_customers for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.stripe_customers to tollgate_tenant;

-- Every event that came, for good: one that comes again has no effect. No more of it is kept than
-- what it was about, since what is true now is asked of Stripe and not read off an event.
create table tollgate.stripe_events (
  id          text collate "C" not null,
  type        text collate "C" not null,
  object_id   text collate "C",
  created_at  timestamp with time zone not null,
  received_at timestamp with time zone not null,
  outcome     text not null,
  detail      jsonb,
  primary key (id),
  constraint "an event was applied, kept, or about what is gone" check (outcome = any (array['applied'::text, 'kept'::text, 'gone'::text]))
);
comment on column tollgate.stripe_events.detail is
  'Of errors of a meter: how many, when, and why.';
create index "errors of meters by time" on tollgate.stripe_events using btree (created_at) where (detail is not null);

create table tollgate.stripe_invoices (
  id               text collate "C" not null,
  customer_id      text collate "C",
  organization_id  text collate "C",
  status           text not null,
  attempts         integer not null,
  currency         text not null,
  due_minor_units  bigint not null,
  paid_minor_units bigint not null,
  paid_at          timestamp with time zone,
  version          integer not null,
  seen_at          timestamp with time zone not null,
  primary key (id),
  foreign key (organization_id) references tollgate.organizations(id)
);
comment on column tollgate.stripe_invoices.status is
  'As Stripe says: draft, open, paid, uncollectible, void.';
create index "invoices at Stripe of a customer" on tollgate.stripe_invoices using btree (customer_id);
create index "invoices at Stripe of an organization" on tollgate.stripe_invoices using btree (organization_id);
alter table tollgate.stripe_invoices enable row level security;
create policy "own organization" on tollgate.stripe_invoices for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.stripe_invoices to tollgate_tenant;

-- What was used of a meter and is less than one of the units that Stripe counts: it goes on to the
-- next hour or day.
create table tollgate.stripe_meter_rests (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a rest is not negative" check (units >= 0)
);
comment on column tollgate.stripe_meter_rests.units is
  'In the smallest unit of the meter.';
alter table tollgate.stripe_meter_rests enable row level security;
create policy "own organization" on tollgate.stripe_meter_rests for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.stripe_meter_rests to tollgate_tenant;

-- Up to when use was written down for Stripe's meters: a bucket of an hour or a day that ended by
-- then is in the outbox as it was, and never again.
create table tollgate.stripe_metering (
  only_row boolean not null default true,
  up_to    timestamp with time zone not null,
  primary key (only_row),
  constraint "there is one mark of metering" check (only_row)
);

-- Customers whose metadata name an organization that is not there yet. It is theirs once it is made.
create table tollgate.stripe_named_customers (
  customer_id     text collate "C" not null,
  organization_id text collate "C" not null,
  named_at        timestamp with time zone not null,
  primary key (customer_id)
);
create index "customers that name an organization" on tollgate.stripe_named_customers using btree (organization_id);
alter table tollgate.stripe_named_customers enable row level security;
create policy "own organization" on tollgate.stripe_named_customers for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.stripe_named_customers to tollgate_tenant;

-- State at Stripe as it was when it was last asked for. The version tells whether another answer was
-- written down since it was read: who finds one asks again, so that no older answer comes on top.
create table tollgate.stripe_subscriptions (
  id                   text collate "C" not null,
  customer_id          text collate "C" not null,
  organization_id      text collate "C",
  status               text not null,
  cancel_at_period_end boolean not null,
  current_period_end   timestamp with time zone,
  ended_at             timestamp with time zone,
  version              integer not null,
  seen_at              timestamp with time zone not null,
  cancel_at            timestamp with time zone,
  paused_collection    text,
  primary key (id),
  foreign key (organization_id) references tollgate.organizations(id)
);
comment on column tollgate.stripe_subscriptions.organization_id is
  'Null while nobody has said whose customer it is.';
comment on column tollgate.stripe_subscriptions.cancel_at is
  'When it ends: at the period''s end or at a time that was set. Null: it goes on.';
comment on column tollgate.stripe_subscriptions.paused_collection is
  'What becomes of its invoices while they are not collected, as Stripe says; null: they are.';
create index "subscriptions of a customer" on tollgate.stripe_subscriptions using btree (customer_id);
create index "subscriptions of an organization" on tollgate.stripe_subscriptions using btree (organization_id);
alter table tollgate.stripe_subscriptions enable row level security;
create policy "own organization" on tollgate.stripe_subscriptions for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.stripe_subscriptions to tollgate_tenant;

-- Credits that are bought by themselves when few are left.
create table tollgate.top_up_settings (
  organization_id text collate "C" not null,
  below           bigint not null,
  units           bigint not null,
  minor_units     bigint not null,
  currency        text not null,
  most_a_month    smallint not null,
  actor           text not null,
  updated_at      timestamp with time zone not null,
  primary key (organization_id),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "bought when some are left, at most so often" check (below >= 0 and most_a_month >= 1 and most_a_month <= 1000),
  constraint "something is bought" check (units > 0 and minor_units > 0)
);
comment on column tollgate.top_up_settings.below is
  'When less can be used than this, so many units are bought: micro-credits, both.';
alter table tollgate.top_up_settings enable row level security;
create policy "own organization" on tollgate.top_up_settings for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.top_up_settings to tollgate_tenant;

-- The members of the sets that unique meters count.
create table tollgate.unique_values (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamp with time zone not null,
  value           text collate "C" not null,
  primary key (organization_id, meter, window_name, window_start, value)
);
alter table tollgate.unique_values enable row level security;
create policy "own organization" on tollgate.unique_values for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.unique_values to tollgate_tenant;

-- Times that are over and were not paid for: pauses, and from an end to a new beginning.
create table tollgate.unpaid_stretches (
  organization_id text collate "C" not null,
  started_at      timestamp with time zone not null,
  ended_at        timestamp with time zone not null,
  primary key (organization_id, started_at),
  foreign key (organization_id) references tollgate.organizations(id),
  constraint "a stretch does not end before it starts" check (ended_at >= started_at)
);
alter table tollgate.unpaid_stretches enable row level security;
create policy "own organization" on tollgate.unpaid_stretches for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.unpaid_stretches to tollgate_tenant;

-- A run of a workflow: which step it is at, in which direction, and who does it now. Of nobody's
-- organization where it is '', the platform.
create table tollgate.workflow_runs (
  id              uuid not null,
  organization_id text collate "C" not null,
  workflow        text collate "C" not null,
  version         text collate "C" not null,
  key             text collate "C" not null,
  steps           text[] collate "C" not null,
  step            integer not null default 0,
  direction       text not null default 'do'::text,
  state           text not null,
  input           jsonb not null,
  started_by      text not null,
  created_at      timestamp with time zone not null,
  updated_at      timestamp with time zone not null,
  ended_at        timestamp with time zone,
  due_at          timestamp with time zone,
  attempts        integer not null default 0,
  error           text,
  epoch           bigint not null default 0,
  leased_until    timestamp with time zone,
  primary key (id),
  unique (key),
  constraint "a run is done or undone" check (direction = any (array['do'::text, 'undo'::text])),
  constraint "a run is in a known state" check (state = any (array['running'::text, 'waiting'::text, 'undoing'::text, 'paused'::text, 'stuck'::text, 'done'::text, 'undone'::text, 'canceled'::text])),
  constraint "what is over has its time" check ((ended_at is not null) = (state = any (array['done'::text, 'undone'::text, 'canceled'::text]))),
  constraint "what is undone goes back" check (
case
    when state = any (array['undoing'::text, 'undone'::text]) then direction = 'undo'::text
    when state = any (array['running'::text, 'waiting'::text, 'done'::text]) then direction = 'do'::text
    else true
end)
);
comment on column tollgate.workflow_runs.key is
  'Of what is started once.';
comment on column tollgate.workflow_runs.steps is
  'The names of its steps when it was started: other code of the same version is not its own.';
comment on column tollgate.workflow_runs.step is
  'The place of the step that is to be done, or undone, next.';
comment on column tollgate.workflow_runs.due_at is
  'Null: only an event wakes it.';
comment on column tollgate.workflow_runs.epoch is
  'Rises with each process that takes the run: what one writes that had it before is refused.';
create index "workflow runs by their end" on tollgate.workflow_runs using btree (ended_at) where (ended_at is not null);
create index "workflow runs by time" on tollgate.workflow_runs using btree (created_at, id);
create index "workflow runs of an organization" on tollgate.workflow_runs using btree (organization_id, created_at, id);
create index "workflow runs that are due" on tollgate.workflow_runs using btree (due_at) where (state = any (array['running'::text, 'waiting'::text, 'undoing'::text]));
create index "workflow runs that are not over" on tollgate.workflow_runs using btree (workflow, state) where (ended_at is null);
alter table tollgate.workflow_runs enable row level security;
create policy "own organization" on tollgate.workflow_runs for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.workflow_runs to tollgate_tenant;

-- A step of a run, once in each direction: what it gave, how far it is, and what it waits for.
create table tollgate.workflow_steps (
  run_id          uuid not null,
  step            text collate "C" not null,
  direction       text not null,
  organization_id text collate "C" not null,
  place           integer not null,
  started_at      timestamp with time zone not null,
  done_at         timestamp with time zone,
  outcome         text,
  output          jsonb,
  progress        jsonb,
  wakes_on        text[] collate "C",
  woken_at        timestamp with time zone,
  primary key (run_id, step, direction),
  foreign key (run_id) references tollgate.workflow_runs(id) on delete cascade,
  constraint "a step did something, or nothing" check (outcome = any (array['done'::text, 'nothing'::text])),
  constraint "a step is done or undone" check (direction = any (array['do'::text, 'undo'::text])),
  constraint "what is over has an outcome" check ((done_at is null) = (outcome is null))
);
comment on column tollgate.workflow_steps.wakes_on is
  'Kinds of domain events, and usage:<event type> (usage:* for any), of the organization.';
comment on column tollgate.workflow_steps.woken_at is
  'Written by the transaction of the event that it waits for.';
create index "steps that an event has woken" on tollgate.workflow_steps using btree (run_id) where ((woken_at is not null) and (done_at is null));
create index "steps that wait for an event" on tollgate.workflow_steps using btree (organization_id) where ((wakes_on is not null) and (woken_at is null) and (done_at is null));
alter table tollgate.workflow_steps enable row level security;
create policy "own organization" on tollgate.workflow_steps for select to tollgate_tenant
  using (organization_id = (( select tollgate.own_organization() as own_organization)));
grant select on tollgate.workflow_steps to tollgate_tenant;

-- ## Functions

-- Starts the accounting of an organization's credits. The plan pays for the use so far.
create function tollgate.account_for_credits(p_organization text, p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The account for use past everything: a debt (owed), or the plan, which charges it or lets it
-- pass.
create function tollgate.account_past(p_behavior text)
returns text language sql immutable;

-- Adds units to a process's lease.
create function tollgate.add_lease(
  p_want tollgate.lease_want,
  p_node text,
  p_units bigint,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Adds amounts by part, as JSON. Parts that sum to zero are left out, so a reversal leaves nothing
-- behind.
create function tollgate.add_parts(p_one jsonb, p_other jsonb)
returns jsonb language sql immutable strict;

-- Whether every meter of the batch is additive. Only then do the batch's totals suffice.
create function tollgate.adds_up(p_batch tollgate.usage_batch)
returns boolean language plpgsql stable;

-- Recomputes every roll-up, histogram, bucket and hold of the windows wholly inside [p_from, p_to)
-- from raw events. Returns the differences; no row means that there are none. With p_repair it sets
-- the stored figures to the recomputed ones. It always skips windows from which retention has
-- dropped events: their figures cannot be recomputed.
--   select * from tollgate.aggregate_usage(now() - interval '7 days', now());
create function tollgate.aggregate_usage(
  p_from timestamp with time zone,
  p_to timestamp with time zone,
  p_repair boolean default false
)
returns table (
  organization_id text,
  what text,
  window_name text,
  window_start timestamp with time zone,
  key text,
  stored jsonb,
  recomputed jsonb
) language plpgsql volatile;

-- All decisions about an organization at one instant have one cause.
create function tollgate.alert_cause(p_organization text, p_at timestamp with time zone)
returns text language sql immutable;

-- Fires when credits fall to a level. Recovers when they are above it by 5 % of it, and by at least
-- one credit, or when a grant lifts them above it (p_granted). Each fall is an episode that fires
-- once.
create function tollgate.alert_of_credits(
  p_organizations text[],
  p_granted boolean,
  p_standing boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Rules on events, evaluated in the transaction of the event. A failed payment fires once for each
-- level of its invoice, until that is paid. A failed job fires once, until it has succeeded.
create function tollgate.alert_of_event(
  p_organization text,
  p_kind text,
  p_subject text,
  p_data jsonb,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The rules that are in force for some organizations: their own, and the platform's rules for all
-- or for their plan. Muted rules are left out.
create function tollgate.alert_rules_of(p_organizations text[], p_kinds text[])
returns table (
  organization_id text,
  starts_at timestamp with time zone,
  rule tollgate.alert_rules
) language plpgsql stable;

-- The title of a firing: one line of English, with amounts as people write them. All titles are
-- made here. p_level is the threshold that was reached, and p_about has the findings.
create function tollgate.alert_title(p_kind text, p_level numeric, p_about jsonb)
returns text language sql stable;

-- 6,841 tokens, 12.40 USD, 80 %.
create function tollgate.amount_words(
  p_amount numeric,
  p_unit text,
  p_meter text default null::text
)
returns text language sql immutable;

-- Appends entries to the chains of their organizations, in order; '' is the platform's chain.
-- p_rests hold the part of an entry's text after organization and sequence, from the comma on.
-- Chains are locked in order of organization until the transaction ends, so one call may append to
-- many. Several calls in one transaction must keep that order among themselves.
-- One statement writes all entries, since each statement prepares the generated columns again.
create function tollgate.append_audit(p_organizations text[], p_rests text[])
returns table (place integer, organization_id text, sequence bigint) language plpgsql volatile;

-- Applies every change of the organizations that is due by an instant, in the order of their own
-- instants. Each is in the audit log with the instant when it was due. So a period is billed by
-- what should have been in force. Changes after an end are dropped.
-- The caller must have locked the organizations. Returns how many changes were applied or dropped.
create function tollgate.apply_due_changes(p_organizations text[], p_at timestamp with time zone)
returns integer language plpgsql volatile;

-- Orders credits for organizations that have fewer left than they set, in the transaction that spent
-- them. An organization has one order at a time. The next one waits until the last is paid, is given
-- up by Stripe, or was marked as paid without money. A calendar month has no more orders than the
-- organization set. Nothing is ordered for an organization that is paused, ended or closed.
create function tollgate.ask_for_top_ups(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The instant that an entry names, as "2026-03-10T12:00:00.000Z": text to instant without any
-- setting of the session, so that a column can be generated from it.
create function tollgate.audit_instant(p_text text)
returns timestamp with time zone language sql immutable strict;

-- An instant in the form of audit entries.
create function tollgate.audit_text(p_at timestamp with time zone)
returns text language sql immutable strict;

-- Starts a run on request, and returns the instant that stands for its scheduled time. It returns
-- no row while another run of the job is under way.
create function tollgate.begin_job(
  p_job text,
  p_node text,
  p_at timestamp with time zone,
  p_until timestamp with time zone,
  p_requested_by text,
  p_asked jsonb
)
returns table (scheduled_for timestamp with time zone, epoch bigint) language plpgsql volatile;

-- Starts a run of a locked job, and marks runs of dead processes as lost. Null: another is under
-- way, or was given back just now, and the next process goes on with it.
create function tollgate.begin_run(
  p_job text,
  p_scheduled timestamp with time zone,
  p_missed integer,
  p_requested_by text,
  p_asked jsonb,
  p_node text,
  p_at timestamp with time zone,
  p_until timestamp with time zone
)
returns bigint language plpgsql volatile;

-- When a budget ends by itself: at its end, or when it has been idle for long enough.
create function tollgate.budget_due_at(
  p_ends_at timestamp with time zone,
  p_last_used_at timestamp with time zone,
  p_idle_ms bigint
)
returns timestamp with time zone language sql immutable;

-- Splits what a decision looked at into limits and budgets.
create function tollgate.budgets_apart(p_seen jsonb)
returns jsonb language sql immutable;

-- Those of the organizations that another transaction has locked now. It waits for none of them.
create function tollgate.busy_organizations(p_organizations text[])
returns text[] language plpgsql volatile;

-- The windows whose levels are stored for every meter. They are the meter's roll-up, and a limit
-- that is added later needs them. (A minute is no such window: rate limits slide.)
create function tollgate.calendar_windows()
returns table (window_name text) language sql immutable;

-- Applies all that is due in the organizations up to a moment, each at its own instant and in the
-- order of those. Overdue holds end, changes of subscriptions are applied, grants begin and expire,
-- and recurring credits are granted.
-- So what is left never depends on when somebody asks or a job runs. Every decision, change or read
-- of what is left calls this first; the jobs only serve idle organizations.
-- The caller must have locked the organizations. It costs one lookup of their rows where nothing is
-- due.
create function tollgate.catch_up(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The level past which a call is refused; null: none. For a rate limit it is the burst, for an
-- overage limit the cap.
create function tollgate.ceiling_of(
  p_window text,
  p_behavior text,
  p_max bigint,
  p_burst bigint,
  p_cap bigint
)
returns bigint language sql immutable;

-- The same after an organization's terms have changed. What was paid so far stays paid, and the
-- current window continues under the new terms. So do its alerts.
create function tollgate.change_allowance(p_organization text, p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Adds what the admitted calls asked for to the rates that they touch. A rate counts what a call
-- asked for when it was admitted: settling, releasing and reversing do not change it.
create function tollgate.charge_rates(
  p_batch tollgate.usage_batch,
  p_admitted boolean[],
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The same for a batch that was admitted together: adds the totals to the rates that take_together
-- marked in p_seen. (Looking up the limits again would cost as much as all the rest.)
create function tollgate.charge_rates_together(
  p_batch tollgate.usage_batch,
  p_seen jsonb,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- For psql, triggers and pg_cron: would this amount of a meter fit every limit of the organization
-- now? The amount is in whole units: 1.5 credits are 1.5. Nothing is used up.
-- Returns one row for each limit of the whole organization, with the reason if it refuses. If the
-- meter has no limit, or the organization may use nothing, it returns one row without a limit. So
-- bool_and(allowed) is the answer, and never null.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create function tollgate.check_quota(
  p_organization text,
  p_meter text,
  p_amount numeric,
  p_at timestamp with time zone default now()
)
returns table (
  meter text,
  window_name text,
  window_start timestamp with time zone,
  behavior text,
  max numeric,
  used numeric,
  held numeric,
  remaining numeric,
  allowed boolean,
  reason text
) language plpgsql stable;

-- Would the batch's items be admitted now? It records nothing. It only ends overdue holds, if there
-- are any; otherwise a check waits for no lock.
create function tollgate.check_usage(
  p_batch tollgate.usage_batch,
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns setof tollgate.taken_item language plpgsql volatile;

-- Claims the evaluation of this minute: the first process to ask wins. If that process dies, nobody
-- waits for it. is_hour: so is the hourly evaluation, which is still to be done for this hour. It is
-- on lease until it has ended (end_alerts_hour), so another process repeats it if this one dies.
create function tollgate.claim_alerts(p_at timestamp with time zone)
returns table (is_claimed boolean, is_hour boolean) language plpgsql volatile;

-- Claims the ids of admitted calls, and stores the limits that they saw. These come from p_taken.
-- If the whole batch was admitted, p_taken is null, and they are stored under p_batch_id. Raises a
-- unique violation if an id is taken.
create function tollgate.claim_decided_ids(
  p_batch tollgate.usage_batch,
  p_verb text[],
  p_reservation_id uuid[],
  p_taken tollgate.taken_item[],
  p_batch_id bigint,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Claims the ids of the chosen items. The caller knows that they are free.
create function tollgate.claim_ids(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- Claims a scheduled time of a job for a process: the first to ask wins, if it saw the schedule
-- processed up to p_after. Returns the run's epoch. Null: another process won, or the run was only
-- recorded as skipped. It is skipped for p_passes_over, or because another run is still under way.
create function tollgate.claim_job(
  p_job text,
  p_after timestamp with time zone,
  p_scheduled timestamp with time zone,
  p_missed integer,
  p_passes_over boolean,
  p_node text,
  p_at timestamp with time zone,
  p_until timestamp with time zone
)
returns bigint language plpgsql volatile;

-- Claims runs that are due, or that an event has woken, for a process that knows their definitions.
-- No other process may claim them until the lease expires or is released. The epoch refuses writes
-- from a process with an older lease. If the last process did not release a run, that counts as a
-- failed attempt.
create function tollgate.claim_workflow_runs(
  p_workflows text[],
  p_versions text[],
  p_steps jsonb[],
  p_at timestamp with time zone,
  p_until timestamp with time zone,
  p_limit integer
)
returns setof tollgate.workflow_runs language sql volatile;

-- Retention for psql and pg_cron: all of the above at once. Ids are stored for at least 65 days;
-- roll-ups are never deleted.
-- It is one transaction, and blocks every writer while it runs: with the locks of two tables it
-- could otherwise deadlock with them. The engine's own job uses one transaction for each step.
--   select * from tollgate.cleanup_events();
create function tollgate.cleanup_events(
  p_keep_events interval default '30 days'::interval,
  p_keep_ids interval default '65 days'::interval,
  p_at timestamp with time zone default now()
)
returns table (dropped_partitions integer, forgotten_ids bigint) language plpgsql volatile;

-- Ends a budget and all within it, the innermost first. Returns false if it had ended before. The
-- caller must have locked the organization.
create function tollgate.close_budget(
  p_organization text,
  p_budget text,
  p_by text,
  p_at timestamp with time zone
)
returns boolean language plpgsql volatile;

-- Expired reservations that Redis still holds, of one organization or of all, at most p_most. Each
-- is returned once, and the caller must release it in Redis. If the process dies before it does,
-- Redis holds the units until the window ends. They are never held twice.
create function tollgate.collect_expired(
  p_organization text,
  p_at timestamp with time zone,
  p_most integer
)
returns table (
  organization_id text,
  occurred_at timestamp with time zone,
  user_id text,
  api_key_id uuid,
  quantities jsonb
) language plpgsql volatile;

-- Counts the refused items of a batch in their budgets.
create function tollgate.count_budget_refusals(p_batch tollgate.usage_batch, p_taken tollgate.taken_item[])
returns void language plpgsql volatile;

create function tollgate.cover(
  p_standing tollgate.credit_standing,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.cover_windows(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The micro-credits that an organization can use of its grants at a moment.
create function tollgate.credits_left(p_organization text, p_at timestamp with time zone)
returns bigint language plpgsql stable;

-- Converts micro-credits to credits, as callers see them.
create function tollgate.credits_of(p_units bigint)
returns numeric language sql immutable;

-- The micro-credits that organizations have left: what the gate would admit if nothing were held or
-- on lease. A negative number is a debt. There is no row where credits have no limit.
create function tollgate.credits_remaining(p_organizations text[], p_at timestamp with time zone)
returns table (organization_id text, units numeric) language plpgsql stable;

-- The same for the credits of one organization; null: it has no limit on them.
create function tollgate.credits_standing(p_organization text, p_at timestamp with time zone)
returns jsonb language plpgsql stable;

-- When the k-th grant of a series is made. It is clamped to the month's end from the first grant
-- itself.
create function tollgate.cycle_start(p_series tollgate.grant_series, p_cycle integer)
returns timestamp with time zone language sql immutable;

-- Sets received_at of an event in a billed period to after the billing, to the millisecond. So an
-- invoice is made of exactly the events that were received by its instant. post_events calls it
-- only where a billed period may reach into the batch.
create function tollgate.dated_after_billing(p_batch tollgate.usage_batch)
returns tollgate.usage_batch language plpgsql stable;

-- What an organization owes, over all windows.
create function tollgate.debt_of(p_organization text)
returns bigint language plpgsql stable;

-- Decides a batch of track and reserve calls in order, and writes the results. Ids must be unique
-- within a batch. The outcomes are: all_admitted (one row, item 0, for the whole batch, with what
-- was seen by organization) | decided | recall (refused because of leases of other processes;
-- nothing is written; recall them and try again; never with p_final) | replay (same id and payload:
-- the first decision again) | conflict (same id with another payload or verb) |
-- unknown_organization | closed_organization | subscription_paused | subscription_ended.
-- Most batches fit as a whole and contain only new ids. So all ids are assumed free at first. They
-- are looked up if one is taken, and before any refusal. An id that was admitted before gets its
-- first answer, even if a limit is now full.
create function tollgate.decide_usage(
  p_batch tollgate.usage_batch,
  p_verb text[],
  p_decision_id uuid[],
  p_reservation_id uuid[],
  p_expires_at timestamp with time zone[],
  p_request text[],
  p_elsewhere boolean,
  p_node text,
  p_final boolean[],
  p_at timestamp with time zone
)
returns table (
  item integer,
  outcome text,
  admitted boolean,
  decided_at timestamp with time zone,
  verb text,
  credits bigint,
  seen jsonb,
  ahead text,
  asked text,
  reservation jsonb
) language plpgsql volatile;

-- All digits, in groups of three: 9,988.2.
create function tollgate.decimal_words(p_amount numeric)
returns text language sql immutable;

-- The decimals of a currency, as in core/billing/currencies.ts. Null: the unit is not a currency.
create function tollgate.decimals_of_money(p_unit text)
returns integer language sql immutable;

-- The levels of windows wholly inside [p_from, p_to) that differ, and all holds that do.
create function tollgate.differing_buckets(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns table (
  organization_id text,
  what text,
  window_name text,
  window_start timestamp with time zone,
  key text,
  stored jsonb,
  recomputed jsonb
) language sql stable;

-- Where the stored credits contradict their journal or each other; no row means that they agree. It
-- covers all windows and grants, since the journal is never deleted.
create function tollgate.differing_credits()
returns table (
  organization_id text,
  what text,
  window_name text,
  window_start timestamp with time zone,
  key text,
  stored jsonb,
  recomputed jsonb
) language sql stable;

-- The roll-ups and latency histograms of windows wholly inside [p_from, p_to) that differ from the
-- raw events.
create function tollgate.differing_rollups(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns table (
  organization_id text,
  what text,
  window_name text,
  window_start timestamp with time zone,
  key text,
  stored jsonb,
  recomputed jsonb
) language sql stable;

-- Covers new use, holds and leases, and returns the cover of those that are gone; then pays debts.
-- Call it after levels, terms or grants have changed, with the organizations locked. It costs one
-- lookup where no credits were given. It also fires the alerts on low credits.
create function tollgate.draw_credits(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The budgets that draws use: one row for each draw and budget. They are the named budget and those
-- above it, up to the first that has an allotment of the meter. The ones above that one already
-- hold the allotment.
create function tollgate.drawn_budgets(p_organization text[], p_budget text[], p_meter text[])
returns table (
  draw integer,
  place integer,
  organization_id text,
  budget_id text,
  meter text,
  ceiling bigint,
  used bigint,
  held bigint,
  final_share numeric
) language plpgsql stable;

-- Drops the weekly partitions of events or decisions that lie wholly before an instant. Only one
-- caller runs at a time, and none while a partition is created, so no partition disappears
-- meanwhile.
-- It waits for everyone who uses the table: call it once in a transaction, with no other lock held.
create function tollgate.drop_partitions(p_parent text, p_before timestamp with time zone)
returns integer language plpgsql volatile;

-- The text of such an audit entry after organization and sequence. Its keys are in order.
create function tollgate.due_change_entry(
  p_organization text,
  p_actor text,
  p_due_at timestamp with time zone,
  p_action text,
  p_old jsonb,
  p_new jsonb
)
returns text language sql immutable;

-- Ends the hourly evaluation that began at an instant, and its lease. Null: it failed, so that it is
-- repeated with the next minute.
create function tollgate.end_alerts_hour(p_began timestamp with time zone)
returns void language sql volatile;

-- Ends one budget. Its allotment returns to the budgets above. Its used and held units then count
-- there instead.
create function tollgate.end_budget(
  p_organization text,
  p_budget text,
  p_by text,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Ends the budgets of some organizations that are past their end, or have been idle for too long
-- with no open reservation. Each ends at its own instant. Every decision on a budget calls this
-- first.
-- The caller must have locked the organizations. One call writes all the events, so that the event
-- heads are locked in order.
create function tollgate.end_budgets(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Ends firings that have not ended. A firing that was reported gets an event of its end (recovered,
-- withdrawn), unless the rule itself has changed.
create function tollgate.end_firings(
  p_ids uuid[],
  p_values numeric[],
  p_how text,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Takes back what is left of a grant. What was used stays used.
create function tollgate.end_grant(
  p_organization text,
  p_grant uuid,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Converts leases on a rate into debt if their process was silent for more than a minute. They
-- count as used at the latest possible time, and leak out from then. Processes stop using a lease
-- on a rate 3 s after their last contact.
create function tollgate.end_lost_rate_leases(p_wants tollgate.lease_want[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Stores how a run ended. It sends an event for the first failure after a success, and for the
-- first success after a failure. Returns false, and writes nothing, if another process has the run
-- by now.
create function tollgate.end_run(
  p_job text,
  p_scheduled timestamp with time zone,
  p_epoch bigint,
  p_outcome text,
  p_report jsonb,
  p_error text,
  p_at timestamp with time zone
)
returns boolean language plpgsql volatile;

-- Ends the firings of rules that no longer apply to their organization: it was closed, or it left
-- the plan of the rule. It sends no notice, like a change of a rule.
create function tollgate.end_stray_firings(p_at timestamp with time zone)
returns void language sql volatile;

-- Creates the missing weekly partitions (Monday to Monday, UTC) of events and decisions from p_from
-- to p_to. An advisory lock keeps two processes from racing.
create function tollgate.ensure_partitions(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns integer language plpgsql volatile;

-- The instant from which raw events are complete; null if retention has dropped none.
create function tollgate.events_whole_since()
returns timestamp with time zone language sql stable;

-- The same for all organizations that have one due, p_most reservations at once, and all that end at
-- the same instant as the last one. It skips an organization that is locked; the next call takes it.
-- If it returns p_most, more may be due.
create function tollgate.expire_due_reservations(p_at timestamp with time zone, p_most integer)
returns integer language plpgsql volatile;

-- Removes what is left of expired grants.
create function tollgate.expire_grants(p_organization text, p_due timestamp with time zone)
returns void language plpgsql volatile;

-- Ends every overdue hold of the organizations. Every decision does so first (catch_up), so a
-- reservation expires exactly at its time. The job only serves idle organizations.
create function tollgate.expire_reservations(p_organizations text[], p_at timestamp with time zone)
returns integer language plpgsql volatile;

-- Enlarges a hold by the batch's one item, decided like a reservation of its own, and moves its
-- expiry. An id (p_extension_id; null: none) is admitted once in its reservation. A refusal stores
-- nothing under the id, so a later try is decided again.
-- outcome: decided | recall (refused only because of other processes' leases; nothing is written) |
-- replay (same id, same payload: returns the first decision, whatever the reservation's state) |
-- conflict (same id, another payload) | ended (the reservation is not held any more).
create function tollgate.extend_reservation(
  p_batch tollgate.usage_batch,
  p_reservation_id uuid,
  p_decision_id uuid,
  p_expires_at timestamp with time zone,
  p_extension_id text,
  p_fingerprint uuid,
  p_elsewhere boolean,
  p_node text,
  p_final boolean,
  p_at timestamp with time zone
)
returns table (
  outcome text,
  decision_id uuid,
  decided_at timestamp with time zone,
  admitted boolean,
  seen jsonb,
  expires_at timestamp with time zone,
  reservation jsonb
) language plpgsql volatile;

-- The answers for items that were not decided: the first answer for their id, or the reason why
-- there is none.
create function tollgate.first_answers(
  p_batch tollgate.usage_batch,
  p_verb text[],
  p_decided boolean[]
)
returns table (
  item integer,
  outcome text,
  decided_at timestamp with time zone,
  verb text,
  credits bigint,
  seen jsonb,
  ahead text,
  asked text,
  reservation jsonb
) language plpgsql stable;

-- The extension of a reservation that was admitted under an id before; null: there is none.
create function tollgate.first_extension(
  p_organization text,
  p_reservation_id uuid,
  p_extension_id text
)
returns tollgate.decisions language sql stable;

-- Deletes old rows: ids received before p_ids_from (never those of backfilled events), reservations
-- and budgets that ended before it, and rates unused for long. Also leases of windows too old for
-- any late event, whose processes are gone.
create function tollgate.forget_old(
  p_ids_from timestamp with time zone,
  p_at timestamp with time zone
)
returns bigint language plpgsql volatile;

-- Tells which items of the batch have a free id. The organizations must be locked. Then no other
-- transaction can claim ids, and a free id stays free.
create function tollgate.free_ids(p_batch tollgate.usage_batch)
returns boolean[] language plpgsql stable;

-- Removes the holds of some reservations. The caller must have locked the organizations.
create function tollgate.give_back_holds(p_reservations uuid[])
returns void language plpgsql volatile;

-- Gives credits. They pay debts at once, and can be used from then on. Returns false, and changes
-- nothing, if they were given under this key before. The caller must have locked the organization.
create function tollgate.give_credits(
  p_organization text,
  p_id uuid,
  p_source text,
  p_series uuid,
  p_key text,
  p_units bigint,
  p_priority smallint,
  p_starts timestamp with time zone,
  p_expires timestamp with time zone,
  p_reason text,
  p_actor text,
  p_at timestamp with time zone
)
returns boolean language plpgsql volatile;

-- Returns unused leases of a process. A return larger than the lease is ignored.
create function tollgate.give_leases(
  p_wants tollgate.lease_want[],
  p_node text,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The same for one limit on credits. Only the plan's allowance is widened: the limit of the billing
-- period or, without one, of the month. Null: not this limit.
create function tollgate.granted_to(
  p_organization text,
  p_plan_version bigint,
  p_window text,
  p_at timestamp with time zone
)
returns bigint language plpgsql stable;

-- Only what is before the start of its chain may go, and only an entry of the chain moves its start.
create function tollgate.guard_audit_delete()
returns trigger language plpgsql volatile;

create function tollgate.guard_audit_head()
returns trigger language plpgsql volatile;

-- Adds the holds of some reservations to their windows. The caller must have locked the
-- organizations.
create function tollgate.hold(p_reservations uuid[])
returns void language plpgsql volatile;

-- Adds (p_sign 1) or removes (-1) the holds of some reservations in their budgets. With p_at, the
-- budgets count as used then. An expiry passes null, since it is no use.
create function tollgate.hold_in_budgets(
  p_reservations uuid[],
  p_sign integer,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Until which instant holds may end together, from the first due one (p_first) on. Between two
-- changes of what pays, returned credits only go where they came from. So the sum of the returns is
-- the return of the sum. What changes it is a due change (p_next), an override that expires, or the
-- end of a window.
-- But what returns to grants pays debts at once. So where grants paid for a hold, and a debt is owed
-- in another window, holds end instant by instant until it is paid.
create function tollgate.holds_end_together(
  p_organization text,
  p_first timestamp with time zone,
  p_next timestamp with time zone,
  p_at timestamp with time zone
)
returns timestamp with time zone language plpgsql stable;

-- What some reservations hold in each of their windows. Only additive meters are held.
create function tollgate.holds_of(p_reservations uuid[])
returns table (
  organization_id text,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  units bigint
) language plpgsql stable;

-- What the chosen items of a batch add to flows and maxima, by hour. Every window is a sum of these
-- few rows.
create function tollgate.hourly_amounts(p_batch tollgate.usage_batch, p_chosen boolean[])
returns table (
  organization_id text,
  meter text,
  hour timestamp with time zone,
  total bigint,
  peak bigint
) language plpgsql stable;

-- The same for ids, which must outlive the oldest timestamp that a call may name.
create function tollgate.ids_kept_from(p_keep_ids interval, p_at timestamp with time zone)
returns timestamp with time zone language plpgsql immutable;

-- Whether a reservation is held in a budget, or in one within it.
create function tollgate.is_budget_at_work(p_organization text, p_budget text)
returns boolean language plpgsql stable;

-- Stores that a level of a rule was found bad or good (or neither). It fires after p_bad bad
-- findings in a row, unless it fired within p_gap, and ends after p_good in a row.
-- An alert fires at most once for each p_key, and a new key starts again. Without one, each episode
-- fires. p_about is what else the title says (see alert_title).
-- p_is_hourly: findings of one hour count once, however often they are stored.
create function tollgate.judge_alert(
  p_organization text,
  p_rule uuid,
  p_level numeric,
  p_subject text,
  p_is_bad boolean,
  p_is_good boolean,
  p_bad integer,
  p_good integer,
  p_gap interval,
  p_how text,
  p_key text,
  p_about jsonb,
  p_value numeric,
  p_maximum numeric,
  p_unit text,
  p_start timestamp with time zone,
  p_end timestamp with time zone,
  p_is_hourly boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Renews the lease of the hourly evaluation.
create function tollgate.keep_alerts_hour(p_at timestamp with time zone)
returns void language sql volatile;

-- The instant before which retention deletes. Days are subtracted in UTC, where each has 24 hours,
-- whatever the session's time zone.
create function tollgate.kept_from(p_keep interval, p_at timestamp with time zone)
returns timestamp with time zone language sql immutable;

-- The histogram bucket of a duration. Bucket b holds 2^((b-1)/4) < ms <= 2^(b/4), so a percentile
-- read from it is within 10 % of the true one. Bucket 0 holds everything up to 1 ms.
create function tollgate.latency_bucket(p_duration_ms integer)
returns smallint language sql immutable;

-- The units of a limit that a process is granted beyond its current need. docs/concepts/gate.md,
-- "How leases are sized", describes the rule and the difference in Redis. p_level includes all
-- leases. lost is the part that was leased to dead processes.
create function tollgate.lease_allowed(
  p_want tollgate.lease_want,
  p_ceiling bigint,
  p_level bigint,
  p_share numeric,
  p_node text,
  p_at timestamp with time zone
)
returns bigint language plpgsql stable;

-- The levels of the counters that one ask wants.
create function tollgate.lease_standings(
  p_wants tollgate.lease_want[],
  p_ask integer,
  p_at timestamp with time zone
)
returns table (
  place integer,
  want integer,
  organization_id text,
  units bigint,
  block bigint,
  ceiling bigint,
  level bigint,
  leased bigint,
  retry_after_ms bigint
) language plpgsql stable;

-- The limits of some organizations at a moment: those of the plan, or the override of one.
-- granted: for the plan's allowance of credits, what grants have left in addition; null for others.
-- Without an allowance_window there was never a grant, so the function is not called.
-- refuses_anonymous: whether a limit per user or key refuses a call that names none.
-- (PL/pgSQL here and below where SQL would do. It plans once in a session. An SQL function that
-- cannot be inlined is planned by every statement that calls it, which costs 100 µs.)
create function tollgate.limits_in_force(p_organizations text[], p_at timestamp with time zone)
returns table (
  organization_id text,
  meter text,
  aggregation text,
  window_name text,
  per text,
  max bigint,
  behavior text,
  burst bigint,
  cap bigint,
  on_failure text,
  decide text,
  durable boolean,
  overridden boolean,
  granted bigint,
  refuses_anonymous boolean
) language plpgsql stable;

-- The same for organizations that are not locked yet. Null: all that have a change due, at most
-- p_most in one transaction. It then skips an organization that is locked; the next call takes it.
create function tollgate.lock_and_apply_due_changes(
  p_organizations text[],
  p_most integer,
  p_at timestamp with time zone
)
returns integer language plpgsql volatile;

-- The same for an organization that is not locked: it waits for the lock only if something is due.
create function tollgate.lock_and_catch_up(p_organization text, p_at timestamp with time zone)
returns void language plpgsql volatile;

-- For readers: ends overdue reservations, then budgets that are due. It takes the lock only if
-- there are any.
create function tollgate.lock_and_end_budgets(p_organization text, p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Locks a job, and creates it if needed. A new job has no scheduled times before now.
create function tollgate.lock_job(p_job text, p_at timestamp with time zone)
returns tollgate.jobs language plpgsql volatile;

-- Serializes all writes of an organization. Every write path locks its organizations first, in
-- order of id. So paths never deadlock, and the next statement sees all that was committed before.
-- Our own sessions wait at most for their setting tollgate.lock_wait, then fail with 55P03
-- (lock_not_available). So a transaction that stays open cannot block calls of other organizations.
-- Other sessions (psql, a host's own transaction) wait as their own settings say.
create function tollgate.lock_organizations(p_organizations text[])
returns void language plpgsql volatile;

-- Applies what is due in one organization. p_not_before: the earliest instant at which grants pay. A
-- grant that expired before it pays for nothing.
create function tollgate.make_due(
  p_organization text,
  p_at timestamp with time zone,
  p_not_before timestamp with time zone
)
returns void language plpgsql volatile;

-- Marks organizations as behind if one of their overrides has expired since p_since, or since the
-- last call: for a while there may have been no process.
create function tollgate.mark_alerts_behind(
  p_since timestamp with time zone,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Whether Redis decides a limit if there is a Redis. The limit must not concern money, must not be
-- durable or concurrent, and must have an additive meter.
create function tollgate.may_be_elsewhere(
  p_window text,
  p_meter text,
  p_aggregation text,
  p_cap bigint,
  p_durable boolean
)
returns boolean language sql immutable;

-- The measures of rules in the windows of some levels: the share of a limit, or of the rule's own
-- maximum. Grants increase the allowance of credits. Without a maximum, or with 0, there is no
-- share.
create function tollgate.measured_levels(
  p_raised tollgate.raised_level[],
  p_at timestamp with time zone
)
returns setof tollgate.alert_measure language plpgsql stable;

-- The model cost of organizations with a rule on it, in the windows that contain some times. In US
-- dollars, from the daily roll-ups.
create function tollgate.measured_spends(p_organizations text[], p_times timestamp with time zone[])
returns setof tollgate.alert_measure language plpgsql stable;

-- Merges two histograms: the calls of each bucket are added.
create function tollgate.merge_histograms(
  p_buckets smallint[],
  p_calls bigint[],
  p_more_buckets smallint[],
  p_more_calls bigint[]
)
returns table (buckets smallint[], calls bigint[]) language sql immutable;

-- Merges two parts of one window into its level. For `latest`, the caller decides by time.
create function tollgate.merge_levels(p_aggregation text, p_level bigint, p_units bigint)
returns bigint language sql immutable;

create function tollgate.move_allowance(p_organization text, p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Adds to the used and held units of budgets and of those above them. The caller must have locked
-- the organizations.
create function tollgate.move_budgets(
  p_organization text[],
  p_budget text[],
  p_meter text[],
  p_used bigint[],
  p_held bigint[]
)
returns void language plpgsql volatile;

-- Changes who pays for a window's level. p_past is the part past everything: a debt or overage, by
-- the window's terms. The terms are stored with the window for late use.
create function tollgate.move_cover(
  p_standing tollgate.credit_standing,
  p_drawn bigint,
  p_from_plan bigint,
  p_past bigint,
  p_owed bigint default 0,
  p_overage bigint default 0
)
returns void language plpgsql volatile;

-- Moves an organization to a version of a plan. Its own overrides that are looser than that plan
-- end, as with an immediate change (tenancy/looser-overrides.ts). An override also ends if the
-- words alone do not tell which is looser.
create function tollgate.move_to_plan(
  p_organization text,
  p_plan_version_id bigint,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.next_credits_due(p_organization text, p_after timestamp with time zone)
returns timestamp with time zone language plpgsql stable;

-- A number without its unit. Money has at least the decimals of its currency.
create function tollgate.number_words(p_amount numeric, p_unit text)
returns text language sql immutable;

-- Opens a budget. The caller must have locked the organization. outcome: opened | replay (the same
-- id and terms) | conflict (the same id with other terms) | unknown_budget, budget_closed (its
-- parent is unknown or has ended) | too_deep | too_many | does_not_fit (the budget `which` has only
-- `rest` of `meter` left).
create function tollgate.open_budget(
  p_organization text,
  p_budget text,
  p_within text,
  p_meter text[],
  p_ceiling bigint[],
  p_allotted boolean,
  p_final_share numeric,
  p_idle_ms bigint,
  p_ends_at timestamp with time zone,
  p_user_id text,
  p_fingerprint uuid,
  p_depth_max integer,
  p_open_max integer,
  p_at timestamp with time zone
)
returns table (outcome text, which text, meter text, rest bigint) language plpgsql volatile;

-- Tells which items of the batch name an organization that exists and is open.
create function tollgate.open_organizations(p_organizations text[])
returns boolean[] language plpgsql stable;

-- Covers a window whose limit has become the allowance: the plan pays for its level. In one case the
-- part past the allowance becomes a debt or overage instead. That is the current window at the first
-- grant, if the plan was in force for all of it.
create function tollgate.open_window(
  p_standing tollgate.credit_standing,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The state of the limits of whole organizations. Grants widen max and ceiling; past the ceiling a
-- call is refused. held: reserved units, plus those that processes have on lease. A rate limit has
-- no start, and its used is what has not leaked out yet.
create function tollgate.organization_standings(p_organizations text[], p_at timestamp with time zone)
returns table (
  organization_id text,
  meter text,
  aggregation text,
  window_name text,
  window_start timestamp with time zone,
  behavior text,
  burst bigint,
  cap bigint,
  overridden boolean,
  max bigint,
  ceiling bigint,
  used bigint,
  held bigint
) language sql stable;

-- The organizations whose creation the platform's chain records, after one entry and up to another.
create function tollgate.organizations_named(p_after bigint, p_to bigint)
returns setof text language sql stable;

-- Returns those of the organizations that have leases of a live process other than p_node.
create function tollgate.organizations_with_leases(
  p_organizations text[],
  p_node text,
  p_at timestamp with time zone
)
returns text[] language plpgsql stable;

-- Whose rows the role may see; null, and so no row, where nobody has said so.
create function tollgate.own_organization()
returns text language sql stable;

-- Start of the billing period that contains p_at: anchor + k months. Each is clamped to the month's
-- end from the anchor itself (31 January → 28 February → 31 March), never from the one before.
create function tollgate.period_start(
  p_anchor timestamp with time zone,
  p_at timestamp with time zone
)
returns timestamp with time zone language plpgsql immutable;

-- Adds the use of the chosen items of a batch to their budgets, even if a budget has ended.
create function tollgate.post_budgets(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- Writes a movement of credits. The organization must be locked, since its movements are numbered.
-- It refuses a movement that does not sum to zero: no credits come from nowhere.
create function tollgate.post_credits(
  p_organization text,
  p_kind text,
  p_window text,
  p_start timestamp with time zone,
  p_account text[],
  p_grant uuid[],
  p_units bigint[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Writes the chosen events of a batch with all that they change. The caller has locked the
-- organizations and claimed the ids.
-- One lookup of the organizations says what else there is to do: rules on alerts, late use, steps of
-- workflows that wait. It is exact, because whoever changes one of these holds the same locks.
-- Without any of it, the batch is passed to no function for it, which would copy the batch.
-- Columns are unnested in the select list, where they stream side by side. In `from`, each would be
-- materialized first, which costs 2 µs for each event.
create function tollgate.post_events(
  p_batch tollgate.usage_batch,
  p_chosen boolean[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Adds a batch's flows (sum, count) and maxima to the levels of their windows. The caller must have
-- locked the organizations. Returns the levels that have reached their next alert threshold.
create function tollgate.post_flows(p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql volatile;

-- Adds the durations of a batch's events to the latency histograms of their endpoints and days.
create function tollgate.post_latencies(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- Adds the parts of a batch's events to roll-ups that already count the events. It is a function of
-- its own, so that the usual batch, which has no parts, costs nothing more.
create function tollgate.post_parts(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- Adds a batch's events to the roll-ups: first by hour and dimension, in one pass over the batch,
-- then by day from those few rows. (Months are read as sums of their days, see monthly_rollups.) A
-- reversal counts minus one.
create function tollgate.post_rollups(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- The same for states: latest keeps the newest report, unique adds values that are new in the
-- window.
create function tollgate.post_states(p_batch tollgate.usage_batch, p_chosen boolean[])
returns tollgate.raised_level[] language plpgsql volatile;

-- The same for a whole batch of flows, from the batch's totals.
create function tollgate.post_totals(p_batch tollgate.usage_batch)
returns tollgate.raised_level[] language plpgsql volatile;

-- Writes a quarter of a megabyte and rolls it back. It fails with the store's own error when the
-- disk is full or the server is read-only. The truncate starts a new file. Leaving the block by its
-- exception drops that file, so nothing is left for vacuum.
create function tollgate.probe_room()
returns void language plpgsql volatile;

-- The state of the limits on one meter, and whether p_amount more (in its smallest unit) would fit
-- each.
create function tollgate.quota_standings(
  p_organization text,
  p_meter text,
  p_amount bigint,
  p_at timestamp with time zone
)
returns table (
  meter text,
  window_name text,
  window_start timestamp with time zone,
  behavior text,
  max bigint,
  used bigint,
  held bigint,
  remaining bigint,
  allowed boolean
) language sql stable;

-- Fires the alerts of a batch, after its levels and roll-ups are posted. The organizations must be
-- locked. post_events only calls it if a threshold may be crossed.
create function tollgate.raise_alerts(
  p_batch tollgate.usage_batch,
  p_chosen boolean[],
  p_raised tollgate.raised_level[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Evaluates the rules on some levels, and stores the use at which the next threshold is reached.
create function tollgate.raise_levels(
  p_raised tollgate.raised_level[],
  p_standing boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- A rate is a leaky bucket, as src/core/leaky-bucket.ts describes it. This is its debt at a moment,
-- in unit-milliseconds. A clock that went back leaks nothing.
create function tollgate.rate_debt(
  p_debt numeric,
  p_charged_at timestamp with time zone,
  p_max bigint,
  p_at timestamp with time zone
)
returns numeric language plpgsql immutable;

-- The part of the rate's last unit that has leaked already, in unit-milliseconds. It is what
-- rounding up added. A call that must wait fits earlier by this much.
create function tollgate.rate_leaked(
  p_debt numeric,
  p_charged_at timestamp with time zone,
  p_max bigint,
  p_at timestamp with time zone
)
returns bigint language plpgsql immutable;

-- A rate's level at a moment: the units added that have not leaked out yet, rounded up. Calls ask
-- for whole units, so rounding changes no decision.
create function tollgate.rate_level(
  p_debt numeric,
  p_charged_at timestamp with time zone,
  p_max bigint,
  p_at timestamp with time zone
)
returns bigint language plpgsql immutable;

-- The rate limits in force for some organizations that the database decides.
create function tollgate.rates_in_force(
  p_organizations text[],
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns table (organization_id text, meter text, per text, max bigint) language plpgsql stable;

-- Reclaims the leases of dead processes. Only for a database with a single process: when it starts,
-- all others must be dead.
create function tollgate.reclaim_leases(p_node text)
returns void language plpgsql volatile;

-- The same for the buckets of every meter.
create function tollgate.recompute_buckets(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns table (
  organization_id text,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  used bigint
) language sql stable;

-- What buckets must hold for open reservations, and what must be on lease in them.
create function tollgate.recompute_held()
returns table (
  organization_id text,
  meter text,
  window_name text,
  window_start timestamp with time zone,
  held bigint,
  leased bigint
) language sql stable;

-- The same for the latency histograms, one row for each bucket that has calls.
create function tollgate.recompute_latencies(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns table (
  organization_id text,
  endpoint text,
  day timestamp with time zone,
  bucket smallint,
  calls bigint
) language sql stable;

-- The roll-ups of every window wholly inside [p_from, p_to), computed from raw events alone. It
-- shares no code with post_rollups on purpose: doctor compares two computations, not one with
-- itself.
create function tollgate.recompute_rollups(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns setof tollgate.rollups language sql stable;

-- Records use that already happened, once per (organization, id). Ids must be unique within a
-- batch. Returns an outcome per item, in order: recorded | duplicate (same id and payload) |
-- conflict (same id with another payload, or a reservation's id) | unknown_organization. Only
-- recorded items change anything.
-- Most batches contain only new ids. So all ids are claimed at first, and only looked up if one is
-- taken. That saves a look-up per event.
-- For events that were decided on leases, p_spent_item, p_spent_lease and p_spent_units give the
-- item, its place in p_leases, and the units.
create function tollgate.record_events(
  p_batch tollgate.usage_batch,
  p_leases tollgate.lease_want[],
  p_spent_item integer[],
  p_spent_lease integer[],
  p_spent_units bigint[],
  p_node text,
  p_at timestamp with time zone
)
returns text[] language plpgsql volatile;

-- Ends the firings of jobs that fail nowhere any more: their last run was done, or each process that
-- failed at them works again. A process that said nothing for five minutes is gone.
create function tollgate.recover_jobs(p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Removes units from a process's lease. Returns false, and removes nothing, if the lease has fewer
-- units.
create function tollgate.reduce_lease(p_want tollgate.lease_want, p_node text, p_units bigint)
returns boolean language plpgsql volatile;

-- Evaluates all current windows of organizations whose rules, limits or plan may have changed. A
-- level that is already passed fires as standing. The organizations must be locked.
create function tollgate.refresh_alerts(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Refreshes those of the organizations that are behind the platform's rules.
create function tollgate.refresh_stale_alerts(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- The reason of a refusal by a budget (core/budget.ts); null: no budget refused.
create function tollgate.refusal_of_budget(p_seen jsonb)
returns text language sql immutable;

-- Why an organization may use nothing at an instant, as a decision's reason; null: it may.
create function tollgate.refusal_of_organization(p_organization text, p_at timestamp with time zone)
returns text language plpgsql stable;

-- The reason of a refusal by a limit, as in core/decision.ts. p_anonymous: the limit is per user or
-- key, and the call named none.
create function tollgate.refusal_reason(
  p_window text,
  p_behavior text,
  p_meter text,
  p_anonymous boolean
)
returns text language sql immutable;

create function tollgate.refuse_audit_change()
returns trigger language plpgsql volatile;

create function tollgate.refuse_credit_change()
returns trigger language plpgsql volatile;

-- Whether a limit per user or key refuses a call that names none. Without a setting of its own, a
-- hard limit does (core/limit-policy.ts). A limit without a maximum refuses nobody.
create function tollgate.refuses_anonymous(p_per text, p_max bigint, p_behavior text, p_anonymous text)
returns boolean language sql immutable;

-- Releases endpoints. Each one is due when its next waiting delivery is. Returns those that have
-- one due by p_at. The endpoints are locked first, so that the next statement sees deliveries that
-- are written meanwhile.
create function tollgate.release_endpoints(
  p_endpoints uuid[],
  p_leases uuid[],
  p_at timestamp with time zone
)
returns setof uuid language plpgsql volatile;

-- Ends a reservation with no use. Releasing one that has ended changes nothing. standing: the state
-- of the credits at the first release.
create function tollgate.release_reservation(
  p_organization text,
  p_reservation_id uuid,
  p_at timestamp with time zone
)
returns table (
  reservation jsonb,
  was_held boolean,
  was_held_elsewhere boolean,
  standing jsonb
) language plpgsql volatile;

-- Gives a run back, because its process stops. That is no attempt, and no result. Returns false if
-- another process has the run by now.
create function tollgate.release_run(
  p_job text,
  p_scheduled timestamp with time zone,
  p_epoch bigint,
  p_at timestamp with time zone
)
returns boolean language plpgsql volatile;

-- Makes the next grant of a series, which expires when the one after it is made. Up to rollover_max
-- of the expiring grants is carried over into a grant of its own.
-- An organization that is closed or has ended gets nothing. During a pause, what is left is carried
-- over, but no new grant is made, then or later.
create function tollgate.renew_grant(
  p_series tollgate.grant_series,
  p_due timestamp with time zone,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Sets the stored figures of [p_from, p_to) to the recomputed ones.
create function tollgate.repair_usage(
  p_from timestamp with time zone,
  p_to timestamp with time zone
)
returns void language plpgsql volatile;

-- Pays debts, the oldest first, from grants. A debt is also paid from its own window's allowance if
-- that has been raised since.
create function tollgate.repay_debts(p_organizations text[], p_at timestamp with time zone)
returns void language plpgsql volatile;

-- Reduces a grant to what its money is worth now. p_kept of the original amount stays. p_frozen of
-- that cannot be used meanwhile; use that is returned later is frozen too (uncover).
-- It takes first what is left of the grant, then what was used, the latest first. That use becomes
-- a debt under a hard limit, else overage. If less is to be taken than before, the difference comes
-- back.
-- Repeating a call changes nothing. Returns how much was taken; a negative number came back. The
-- caller must have locked the organization.
create function tollgate.reverse_grant(
  p_organization text,
  p_grant uuid,
  p_kept bigint,
  p_frozen bigint,
  p_at timestamp with time zone
)
returns bigint language plpgsql volatile;

create function tollgate.roll_over(
  p_series tollgate.grant_series,
  p_due timestamp with time zone,
  p_until timestamp with time zone,
  p_key text,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- What a window's allowance can still pay in it; p_most if it has no limit.
create function tollgate.room_of(p_standing tollgate.credit_standing, p_most bigint)
returns bigint language plpgsql stable;

-- Notes that a process is alive. A process that was silent for 3 s is not waited for.
create function tollgate.see_node(p_node text, p_at timestamp with time zone)
returns void language sql volatile;

-- What there is from the beginning: an epoch, and the rules that everybody has until they are turned
-- off.
create function tollgate.seed_alerts()
returns void language sql volatile;

-- What one organization's calls saw in a batch that may span several. It is for readers that run as
-- one organization, and hides the other organizations' part.
create function tollgate.seen_in_batch(p_batch_id bigint)
returns jsonb language sql stable security definer;

-- The same for all organizations with due changes of grants, at most p_most at once. It skips an
-- organization that is locked; the next call takes it.
create function tollgate.settle_due_credits(p_at timestamp with time zone, p_most integer)
returns integer language plpgsql volatile;

-- Ends reservations with the actual use. It removes the hold and records the event in full, even
-- above the hold or after expiry (`late`). The event has the reservation's id and time.
-- Settling again, at once or later, returns the first settlement. outcome: settled | replay |
-- released | unknown_reservation.
create function tollgate.settle_reservations(
  p_batch tollgate.usage_batch,
  p_reservation_id uuid[],
  p_at timestamp with time zone
)
returns table (item integer, outcome text, reservation jsonb) language plpgsql volatile;

-- 6,841 of 10,000 tokens.
create function tollgate.share_words(
  p_amount numeric,
  p_maximum numeric,
  p_unit text,
  p_meter text default null::text
)
returns text language sql immutable;

-- Converts leases of recorded events into use. This happens in the statement that posts the events,
-- so no level counts a unit twice or not at all. A rate is charged now, which is never before the
-- use. So a lease never lets a rate leak too early.
create function tollgate.spend_leases(
  p_leases tollgate.lease_want[],
  p_spent_item integer[],
  p_spent_lease integer[],
  p_spent_units bigint[],
  p_recorded boolean[],
  p_node text,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The present state of the limits that a written batch touches, and always of those on credits. So
-- even a call that used nothing learns what is left of its credits.
create function tollgate.standing_now(p_batch tollgate.usage_batch, p_at timestamp with time zone)
returns jsonb language plpgsql stable;

-- For each item, whether its organization is open and may call the gate at an instant.
-- The caller must have locked the organizations. Changes that are due by then are applied here, so
-- the next decision follows them. The only cost is the lookup of the organizations' rows.
create function tollgate.subscribed_organizations(p_organizations text[], p_at timestamp with time zone)
returns boolean[] language plpgsql volatile;

-- The state of a subscription at an instant, in the terms of core/billing/periods.ts.
create function tollgate.subscription_state(
  p_status text,
  p_trial_ends_at timestamp with time zone,
  p_paused_at timestamp with time zone,
  p_ends_at timestamp with time zone,
  p_at timestamp with time zone
)
returns text language sql immutable;

create aggregate tollgate.sum_parts(jsonb)
returns jsonb language internal immutable;

-- Evaluates again the credits of organizations with alerts on them, after a given one. A new window
-- may have begun, or a grant may be over. Returns the last organization; null: there was none.
create function tollgate.sweep_alert_credits(p_after text, p_most integer, p_at timestamp with time zone)
returns text language plpgsql volatile;

-- Refreshes some of the organizations that are behind. Locked ones are left for the next run.
-- Returns the number of refreshed organizations.
create function tollgate.sweep_alerts(p_at timestamp with time zone, p_most integer)
returns integer language plpgsql volatile;

-- Decides the candidates of a batch, one row each. An item that touches no limit is admitted.
-- recallable is true only if an item is refused because live processes hold leases, and p_final is
-- not set for it.
create function tollgate.take(
  p_batch tollgate.usage_batch,
  p_candidate boolean[],
  p_reserving boolean[],
  p_elsewhere boolean,
  p_node text,
  p_final boolean[],
  p_at timestamp with time zone
)
returns tollgate.taken_item[] language plpgsql volatile;

-- Removes a grant's payments for windows. That use becomes a debt, or overage if the window's limit
-- charges it.
create function tollgate.take_back_used(
  p_organization text,
  p_grant uuid,
  p_units bigint,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.take_credits(
  p_standing tollgate.credit_standing,
  p_room bigint,
  p_wanted bigint,
  p_at timestamp with time zone,
  out sources uuid[],
  out parts bigint[],
  out taken bigint,
  out by_plan bigint
)
returns record language plpgsql volatile;

-- THE rule of admission. Items are decided in the order of the batch. An item is admitted if it
-- would raise no limit past its ceiling. An admitted item raises all its levels, a refused one
-- none. A value that an earlier admitted item added to a unique meter counts once.
-- Read-only: the caller locks before, and posts the admitted items afterwards. recallable: a limit
-- that refused the item is partly leased to other processes.
create function tollgate.take_in_turn(
  p_batch tollgate.usage_batch,
  p_candidate boolean[],
  p_reserving boolean[],
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns setof tollgate.taken_item language plpgsql stable;

-- Grants leases, all or nothing per ask, in the order of the asks. ask and want count from 1. An
-- organization that does not exist or is not open has a ceiling of 0.
create function tollgate.take_leases(
  p_wants tollgate.lease_want[],
  p_node text,
  p_share numeric,
  p_at timestamp with time zone
)
returns table (
  ask integer,
  want integer,
  taken boolean,
  leased bigint,
  level bigint,
  recallable boolean,
  retry_after_ms bigint
) language plpgsql volatile;

-- Takes over runs of some jobs whose leases have expired. It gives up on a run that p_attempts_max
-- processes have begun, and records it as failed: it would probably end the next process too.
create function tollgate.take_over_runs(
  p_jobs text[],
  p_attempts_max integer,
  p_node text,
  p_at timestamp with time zone,
  p_until timestamp with time zone
)
returns table (
  job text,
  scheduled_for timestamp with time zone,
  epoch bigint,
  asked jsonb
) language plpgsql volatile;

-- The same rule for the usual case, in which the whole batch fits. Then all items are admitted, in
-- any order. The level before an item is the level before the batch plus the items ahead of it. So
-- only totals are checked, and the cost does not grow with the batch.
-- Returns what was seen by organization. Null: the rule must be applied in turn. The reason is an
-- item to refuse, a limit not for the whole organization, or a meter that is not additive.
-- Without p_enforced, it only reports the limits after the batch was written. Rates are left out,
-- since recorded use does not change them.
create function tollgate.take_together(
  p_batch tollgate.usage_batch,
  p_reserving boolean,
  p_enforced boolean,
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns jsonb language plpgsql stable;

-- Reports a due change of a subscription before it is made.
create function tollgate.tell_due_change(
  p_organization text,
  p_kind text,
  p_trial_plan text,
  p_plan text,
  p_version integer,
  p_due_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.tell_event(
  p_organization text,
  p_kind text,
  p_subject text,
  p_data jsonb,
  p_at timestamp with time zone
)
returns void language sql volatile;

-- Writes events in the transaction of the change that they report. '' is the platform. Sequence
-- numbers are assigned under a lock on the organization's head, held until the transaction ends. So
-- they rise in commit order.
-- Heads are locked in order of organization. A transaction that also appends to the audit log
-- without the organizations' locks must write its events after that.
-- An event whose key exists is skipped. An event wakes workflow steps that wait for it, and
-- notifies the dispatchers. The trace is the one of the transaction (tollgate.traceparent), if any.
create function tollgate.tell_events(
  p_organizations text[],
  p_kinds text[],
  p_subjects text[],
  p_data jsonb[],
  p_keys text[],
  p_occurred timestamp with time zone[]
)
returns void language plpgsql volatile;

-- Also reports, as an event of its own, that an organization had no credits left for a call.
create function tollgate.tell_exhausted(
  p_organizations text[],
  p_told jsonb[],
  p_keys text[],
  p_at timestamp with time zone
)
returns void language sql volatile;

-- Sends events for stored firings, in their order. A suppressed firing gets none.
create function tollgate.tell_firings(p_ids uuid[])
returns void language plpgsql volatile;

-- Raises the levels of some measures, and fires for each new level. A raised maximum lowers the
-- level without an event. Levels that are reached again under it fire. A lowered maximum raises the
-- level, and that fires at once.
-- p_standing: the use existed before. A level that is first known more than an hour after its
-- window is stored as a firing, but not reported.
create function tollgate.tell_levels(
  p_measures tollgate.alert_measure[],
  p_standing boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Reports the first refusal by a limit in each window. For a limit without a window (a rate, a
-- concurrency), it is the first in each hour (UTC). A raised limit counts as a new one. p_seen has
-- what each refused call saw, in the order of the organizations.
create function tollgate.tell_refusals(
  p_organizations text[],
  p_seen jsonb[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Reports the recorded reversals of a batch. Reversals by a repricing are left out, since the
-- repricing reports them as one event.
create function tollgate.tell_reversals(
  p_batch tollgate.usage_batch,
  p_recorded boolean[],
  p_at timestamp with time zone
)
returns void language sql volatile;

-- The role that reads for one organization, by its name in this database. A database from before
-- keeps the role that it has.
create function tollgate.tenant_role()
returns text language sql immutable;

create function tollgate.told_of_firing(p_firing tollgate.alert_firings)
returns jsonb language sql immutable;

-- Counts steps of budgets and of those above them, and notes that they were used at a moment. A
-- budget that has ended stays ended.
create function tollgate.touch_budgets(
  p_organization text[],
  p_budget text[],
  p_steps bigint[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The ceilings of budgets that a batch touches, as in touched_limits: one row for each item, budget
-- and meter.
-- The share reserved for the final call counts as used for all other calls. Budgets above keep
-- their own share even from the final call.
-- A hold without an amount (units 0) adds nothing, but needs one unit left (at_least).
-- A budget that is unknown or has ended, or lies within one that has, gives a row that always
-- refuses.
create function tollgate.touched_budgets(
  p_batch tollgate.usage_batch,
  p_candidate boolean[],
  p_reserving boolean[],
  p_at timestamp with time zone
)
returns table (
  item integer,
  bucket bigint,
  aggregation text,
  ceiling bigint,
  level bigint,
  leased bigint,
  units bigint,
  value text,
  limit_shown jsonb
) language plpgsql stable;

-- Every limit that the candidates touch: one row for each item and limit, with the level before the
-- batch and what the item adds. A value already in a unique meter's set adds nothing. A report of a
-- state that is older than the latest one changes nothing.
-- Rates and concurrent limits have no windows. `per` says whose use a limit counts. For a call
-- without that subject, a limit that refuses such calls has the ceiling -1 and an empty subject;
-- others are not touched. Backfilled events touch no rate.
-- p_elsewhere: limits that Redis may decide have no ceiling here. Budgets that calls name are added
-- in the same form.
create function tollgate.touched_limits(
  p_batch tollgate.usage_batch,
  p_candidate boolean[],
  p_reserving boolean[],
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns table (
  item integer,
  bucket bigint,
  aggregation text,
  ceiling bigint,
  level bigint,
  leased bigint,
  units bigint,
  value text,
  limit_shown jsonb
) language plpgsql stable;

-- Retention of one chain: removes its oldest entries from before an instant, at most p_most. It
-- appends an entry that names the last removed entry, its hash, and the number of days kept. It
-- refuses to remove entries younger than p_keep_days.
-- The platform's chain names the organizations that were created. Names in removed entries are
-- repeated in the new one. Returns how many entries were removed.
--   select tollgate.trim_audit('acme', now() - interval '731 days', 100000);
create function tollgate.trim_audit(
  p_organization text,
  p_before timestamp with time zone,
  p_most bigint,
  p_at timestamp with time zone default now(),
  p_keep_days integer default 731
)
returns bigint language plpgsql volatile;

-- Returns the cover of use that is gone. What returns to a grant in dispute is frozen, up to the
-- disputed amount.
create function tollgate.uncover(
  p_standing tollgate.credit_standing,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- The part of a window's level without cover: no grant, allowance, charge or debt.
create function tollgate.uncovered(p_standing tollgate.credit_standing)
returns bigint language sql immutable;

-- Windows of the allowance whose cover differs from their level, oldest first, however old. A
-- window that is over keeps the terms of its last movement. is_adopted: the allowance had another
-- window before, or none. If the plan has no allowance now, it pays for nothing in the window.
create function tollgate.uncovered_windows(p_organizations text[], p_at timestamp with time zone)
returns setof tollgate.credit_standing language plpgsql stable;

-- The unit of an amount, in the singular or plural. If a meter's name ends with its unit, the name
-- is used: `AI calls` of ai_calls, `bytes of storage` of storage_bytes.
create function tollgate.unit_words(p_amount numeric, p_unit text, p_meter text)
returns text language sql immutable;

-- The units of a meter that open reservations hold now, for the organization or one user or key. It
-- reads each open reservation; the limit itself keeps their number small.
create function tollgate.units_in_flight(
  p_organization text,
  p_meter text,
  p_per text,
  p_subject text
)
returns bigint language plpgsql stable;

-- Stores the wait of a step. p_after is the organization's last sequence number when the step
-- looked at the state. A later event wakes the step at once. The head's lock guarantees that an
-- event is either seen here, or sees this row.
create function tollgate.wait_for_events(
  p_run uuid,
  p_step text,
  p_place integer,
  p_organization text,
  p_wakes_on text[],
  p_after bigint,
  p_at timestamp with time zone
)
returns boolean language plpgsql volatile;

-- Wakes the steps that wait for a first use, in the transaction of that use and under the
-- organization's lock. post_events only calls it if a step of the organization waits.
create function tollgate.wake_by_usage(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql volatile;

-- To be called for every table that holds rows of organizations; a test holds them to it.
create function tollgate.wall_off(
  p_table regclass,
  p_column text default 'organization_id'::text
)
returns void language plpgsql volatile;

-- How far the allowance of a window goes beyond its own maximum (for_max): by what grants have paid
-- in it and have left. If the allowance was lowered, also by what it has already paid. Under a hard
-- limit, all debts are subtracted.
-- So what is left of max + for_max is always what the allowance and the grants have left, minus
-- what is owed. A cap on overage (for_cap) applies to what the plan pays and charges. past: what
-- was already charged in the window.
create function tollgate.widening_of(
  p_organization text,
  p_window text,
  p_start timestamp with time zone,
  p_max bigint,
  p_behavior text,
  p_granted bigint,
  p_level bigint,
  p_drawn bigint,
  p_at timestamp with time zone
)
returns tollgate.credit_widening language plpgsql stable;

-- The end of a window, which is the start of the next. A period is 28 to 31 days long. So 35 days
-- after its start, the next one has begun and is not over.
create function tollgate.window_end(
  p_window text,
  p_start timestamp with time zone,
  p_anchor timestamp with time zone
)
returns timestamp with time zone language sql immutable;

-- Start of the window that contains p_at. Windows are UTC; only periods use p_anchor.
create function tollgate.window_start(
  p_window text,
  p_at timestamp with time zone,
  p_anchor timestamp with time zone
)
returns timestamp with time zone language sql immutable;

-- Writes the results of a batch of decisions: ids with decisions, events of tracked calls, and
-- holds of reserved ones. A refusal only leaves its decision. p_taken and p_batch_id are as in
-- claim_decided_ids.
create function tollgate.write_decisions(
  p_batch tollgate.usage_batch,
  p_verb text[],
  p_decision_id uuid[],
  p_reservation_id uuid[],
  p_expires_at timestamp with time zone[],
  p_request text[],
  p_taken tollgate.taken_item[],
  p_seen jsonb,
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.write_extension(
  p_batch tollgate.usage_batch,
  p_reservation_id uuid,
  p_decision_id uuid,
  p_expires_at timestamp with time zone,
  p_extension_id text,
  p_fingerprint uuid,
  p_taken tollgate.taken_item,
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

-- Stores a firing of a rule, once for each key. Returns its id; null if it was stored before. It
-- sends no event. Its title says what was found (p_about, see alert_title).
create function tollgate.write_firing(
  p_organization text,
  p_rule tollgate.alert_rules,
  p_place integer,
  p_key jsonb,
  p_about jsonb,
  p_subject text,
  p_value numeric,
  p_unit text,
  p_standing boolean,
  p_suppressed text,
  p_occurred timestamp with time zone,
  p_at timestamp with time zone
)
returns uuid language plpgsql volatile;

create function tollgate.write_refusals(
  p_batch tollgate.usage_batch,
  p_verb text[],
  p_decision_id uuid[],
  p_taken tollgate.taken_item[],
  p_at timestamp with time zone
)
returns void language plpgsql volatile;

create function tollgate.write_reservations(
  p_batch tollgate.usage_batch,
  p_admitted boolean[],
  p_verb text[],
  p_reservation_id uuid[],
  p_expires_at timestamp with time zone[],
  p_request text[],
  p_elsewhere boolean,
  p_at timestamp with time zone
)
returns void language plpgsql volatile;
