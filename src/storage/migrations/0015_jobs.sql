-- What is done by a schedule, in which any number of processes take part: the row is the leader's.
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
