-- Jobs that somebody asks for: who, with what, and how far they are.
alter table tollgate.job_runs
  add column requested_by text,
  add column asked jsonb,
  add column progress jsonb;
comment on column tollgate.job_runs.requested_by is 'Null: its schedule.';
comment on column tollgate.job_runs.asked is 'What it was asked for, where a job takes anything.';
comment on column tollgate.job_runs.progress is 'How far it was when it was last heard of.';
