-- Rules by which somebody is told that something is near, wrong or over, how each stands, and what
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
