-- Claims runs that are due, or that an event has woken, for a process that knows their definitions.
-- No other process may claim them until the lease expires or is released. The epoch refuses writes
-- from a process with an older lease. If the last process did not release a run, that counts as a
-- failed attempt.
create or replace function tollgate.claim_workflow_runs(
  p_workflows text[], p_versions text[], p_steps jsonb[], p_at timestamptz, p_until timestamptz,
  p_limit integer)
returns setof tollgate.workflow_runs language sql as $$
  with known as (
    select * from unnest(p_workflows, p_versions, p_steps) k (workflow, version, steps)),
  due as (
    select r.id from tollgate.workflow_runs r
    join known k
      on k.workflow = r.workflow and k.version = r.version and k.steps = to_jsonb(r.steps)
    where r.state in ('running', 'waiting', 'undoing') and r.due_at <= p_at
      and (r.leased_until is null or r.leased_until <= p_at)
    order by r.due_at limit p_limit),
  woken as (
    select r.id from tollgate.workflow_steps s
    join tollgate.workflow_runs r on r.id = s.run_id and r.state = 'waiting'
    join known k
      on k.workflow = r.workflow and k.version = r.version and k.steps = to_jsonb(r.steps)
    where s.woken_at is not null and s.done_at is null
      and (r.leased_until is null or r.leased_until <= p_at)
    limit p_limit),
  free as (
    select r.id from tollgate.workflow_runs r
    where r.id in (select id from due union select id from woken)
      and r.state in ('running', 'waiting', 'undoing')
      and (r.leased_until is null or r.leased_until <= p_at)
    order by r.due_at nulls first, r.id limit p_limit for no key update skip locked)
  update tollgate.workflow_runs r
  set epoch = r.epoch + 1, leased_until = p_until, due_at = p_at, updated_at = p_at,
      attempts = r.attempts + case when r.leased_until is null then 0 else 1 end,
      state = case when r.state = 'waiting' then 'running' else r.state end
  from free where r.id = free.id
  returning r.*
$$;

-- Wakes the steps that wait for a first use, in the transaction of that use and under the
-- organization's lock. post_events only calls it if a step of the organization waits.
create or replace function tollgate.wake_by_usage(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  update tollgate.workflow_steps s set woken_at = used.at
  from (
    select i.organization_id, i.event_type, max(i.received_at) as at
    from unnest((p_batch).organization_id, (p_batch).event_type, (p_batch).received_at,
                (p_batch).reverses, p_chosen)
         i (organization_id, event_type, received_at, reverses, chosen)
    where i.chosen and i.reverses is null
    group by i.organization_id, i.event_type) used
  where s.organization_id = used.organization_id
    and s.wakes_on && array['usage:' || used.event_type, 'usage:*']
    and s.wakes_on is not null and s.woken_at is null and s.done_at is null;
  if found then perform pg_notify('tollgate_events', ''); end if;
end
$$;

-- Stores the wait of a step. p_after is the organization's last sequence number when the step
-- looked at the state. A later event wakes the step at once. The head's lock guarantees that an
-- event is either seen here, or sees this row.
create or replace function tollgate.wait_for_events(
  p_run uuid, p_step text, p_place integer, p_organization text, p_wakes_on text[],
  p_after bigint, p_at timestamptz)
returns boolean language plpgsql as $$
declare
  woken boolean;
begin
  insert into tollgate.domain_event_heads (organization_id, sequence) values (p_organization, 0)
  on conflict (organization_id) do nothing;
  perform 1 from tollgate.domain_event_heads h
  where h.organization_id = p_organization for no key update;
  woken := exists (
    select from tollgate.domain_events e
    where e.organization_id = p_organization and e.kind = any (p_wakes_on)
      and e.sequence > p_after);
  insert into tollgate.workflow_steps
    (run_id, step, direction, organization_id, place, started_at, wakes_on, woken_at)
  values (p_run, p_step, 'do', p_organization, p_place, p_at, p_wakes_on,
          case when woken then p_at end)
  on conflict (run_id, step, direction) do update
  set wakes_on = excluded.wakes_on, woken_at = excluded.woken_at;
  return woken;
end
$$;
