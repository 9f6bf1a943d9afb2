-- Work of several steps that must come to an end whatever happens to the process that does it.

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
