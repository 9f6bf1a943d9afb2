-- breaking in 0.2.0: tollgate.claim_job: a run is on lease, and knows the time that it is for.
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
