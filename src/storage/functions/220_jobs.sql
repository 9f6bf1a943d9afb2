-- Whether a process is the one that does a job at a time of its schedule: the first who asks. While
-- the run before is still under way it is nobody, and that is written down (skipped).
create or replace function tollgate.claim_job(
  p_job text, p_scheduled timestamptz, p_node text, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  is_first boolean;
  is_busy boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.job.' || p_job, 0));
  is_busy := exists (
    select from tollgate.job_runs
    where job = p_job and finished_at is null and heard_at > p_at - interval '1 minute');
  insert into tollgate.job_runs
    (job, scheduled_for, node, started_at, heard_at, finished_at, outcome)
  values (p_job, p_scheduled, p_node, p_at, p_at, case when is_busy then p_at end,
          case when is_busy then 'skipped' end)
  on conflict (job, scheduled_for) do nothing
  returning true into is_first;
  return coalesce(is_first, false) and not is_busy;
end
$$;

-- Begins a run that somebody asks for. The instant that it has in place of a scheduled one; null
-- while another run of the job is under way.
create or replace function tollgate.begin_job(
  p_job text, p_node text, p_at timestamptz, p_requested_by text, p_asked jsonb)
returns timestamptz language plpgsql as $$
declare
  scheduled timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.job.' || p_job, 0));
  if exists (
    select from tollgate.job_runs
    where job = p_job and finished_at is null and heard_at > p_at - interval '1 minute') then
    return null;
  end if;
  scheduled := greatest(p_at, (
    select max(scheduled_for) + interval '1 millisecond' from tollgate.job_runs where job = p_job));
  insert into tollgate.job_runs
    (job, scheduled_for, node, started_at, heard_at, requested_by, asked)
  values (p_job, scheduled, p_node, p_at, p_at, p_requested_by, p_asked);
  return scheduled;
end
$$;
