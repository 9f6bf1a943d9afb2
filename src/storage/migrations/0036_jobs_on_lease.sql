-- Jobs of which one process at a time does one: how far its schedule was followed, and the number
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
