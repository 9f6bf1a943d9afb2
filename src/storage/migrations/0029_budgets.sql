-- Budgets of runs: limits whose window is a run and not a time. What is drawn on one is drawn on
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
