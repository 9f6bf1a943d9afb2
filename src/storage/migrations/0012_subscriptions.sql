-- Subscriptions: when one is free, stands still or is over, and what is to change at an instant.

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
