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
