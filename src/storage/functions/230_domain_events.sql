-- Writes events in the transaction of the change that they report. '' is the platform. Sequence
-- numbers are assigned under a lock on the organization's head, held until the transaction ends. So
-- they rise in commit order.
-- Heads are locked in order of organization. A transaction that also appends to the audit log
-- without the organizations' locks must write its events after that.
-- An event whose key exists is skipped. An event wakes workflow steps that wait for it, and
-- notifies the dispatchers. The trace is the one of the transaction (tollgate.traceparent), if any.
create or replace function tollgate.tell_events(
  p_organizations text[], p_kinds text[], p_subjects text[], p_data jsonb[], p_keys text[],
  p_occurred timestamptz[])
returns void language plpgsql as $$
#variable_conflict use_column
declare
  asked record;
  current text;
  last bigint;
begin
  for asked in
    select * from unnest(p_organizations, p_kinds, p_subjects, p_data, p_keys, p_occurred)
      with ordinality e (organization_id, kind, subject, data, key, occurred_at, place)
    order by e.organization_id collate "C", e.place
  loop
    if asked.organization_id is distinct from current then
      current := asked.organization_id;
      insert into tollgate.domain_event_heads (organization_id, sequence) values (current, 0)
      on conflict (organization_id) do nothing;
      perform 1 from tollgate.domain_event_heads h
      where h.organization_id = current for no key update;
    end if;
    continue when asked.key is not null and exists (
      select from tollgate.domain_events e
      where e.organization_id = current and e.key = asked.key);
    update tollgate.domain_event_heads h set sequence = h.sequence + 1
    where h.organization_id = current returning h.sequence into last;
    insert into tollgate.domain_events
      (organization_id, sequence, id, kind, subject, data, key, occurred_at, traceparent)
    values (current, last, gen_random_uuid(), asked.kind, asked.subject,
            asked.data, asked.key, asked.occurred_at,
            nullif(current_setting('tollgate.traceparent', true), ''));
    if asked.kind in ('payment.failed', 'invoice.failed', 'invoice.collected', 'job.failed',
                      'job.recovered') then
      perform tollgate.alert_of_event(
        current, asked.kind, asked.subject, asked.data, asked.occurred_at);
    end if;
  end loop;
  if last is null then return; end if;
  update tollgate.workflow_steps s set woken_at = e.occurred_at
  from unnest(p_organizations, p_kinds, p_occurred) e (organization_id, kind, occurred_at)
  where s.organization_id = e.organization_id and s.wakes_on && array[e.kind]
    and s.wakes_on is not null and s.woken_at is null and s.done_at is null;
  perform pg_notify('tollgate_events', '');
end
$$;

create or replace function tollgate.tell_event(
  p_organization text, p_kind text, p_subject text, p_data jsonb, p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array[p_organization], array[p_kind], array[p_subject], array[jsonb_strip_nulls(p_data)],
    array[null::text], array[p_at])
$$;

-- Converts micro-credits to credits, as callers see them.
create or replace function tollgate.credits_of(p_units bigint)
returns numeric language sql immutable parallel safe as $$
  select trim_scale(p_units::numeric / 1000000)
$$;

-- Reports the first refusal by a limit in each window. For a limit without a window (a rate, a
-- concurrency), it is the first in each hour (UTC). A raised limit counts as a new one. p_seen has
-- what each refused call saw, in the order of the organizations.
create or replace function tollgate.tell_refusals(
  p_organizations text[], p_seen jsonb[], p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[];
  subjects text[];
  told jsonb[];
  keys text[];
begin
  with refused as (
    select i.organization_id, l.meter, l."window", l.per, l.subject, l.max, l.behavior, l.cap,
           l.burst, l.before, l.asked,
           case when l."window" in ('minute', 'concurrent') then date_trunc('hour', p_at, 'UTC')
                else l.start end as since
    from unnest(p_organizations, p_seen) i (organization_id, seen)
    cross join lateral jsonb_to_recordset(i.seen -> 'limits') l (
      meter text, "window" text, per text, subject text, start timestamptz, max numeric,
      behavior text, cap numeric, burst numeric, before numeric, asked numeric, refused boolean)
    where l.refused),
  first as (
    select distinct on (r.organization_id, k.key) r.*, k.key, 10::numeric ^ m.scale as one
    from refused r
    join tollgate.meters m on m.key = r.meter
    cross join lateral (
      select 'limit.reached:' || jsonb_build_array(r.meter, r."window", r.per, r.subject, r.since,
               r.max, r.cap, r.burst)::text as key) k
    where not exists (
      select from tollgate.domain_events e
      where e.organization_id = r.organization_id and e.key = k.key)
    order by r.organization_id, k.key)
  select array_agg(organization_id), array_agg(concat('limit:', meter, '/', "window", '/', per)),
         array_agg(jsonb_strip_nulls(jsonb_build_object(
           'meter', meter, 'window', "window", 'windowStart', tollgate.audit_text(since),
           'per', per, 'subject', nullif(subject, ''), 'behavior', behavior,
           'max', trim_scale(max / one), 'cap', trim_scale(cap / one),
           'burst', trim_scale(burst / one), 'used', trim_scale(before / one),
           'asked', trim_scale(asked / one)))), array_agg(key)
  into organizations, subjects, told, keys from first;
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations, array_fill('limit.reached'::text,
    array[cardinality(keys)]), subjects, told, keys, array_fill(p_at, array[cardinality(keys)]));
  perform tollgate.tell_exhausted(organizations, told, keys, p_at);
end
$$;

-- Also reports, as an event of its own, that an organization had no credits left for a call.
create or replace function tollgate.tell_exhausted(
  p_organizations text[], p_told jsonb[], p_keys text[], p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array_agg(organization_id), array_agg('credits.exhausted'::text),
    array_agg('organization:' || organization_id),
    array_agg(jsonb_build_object('window', told -> 'window', 'windowStart', told -> 'windowStart',
      'used', told -> 'used', 'asked', told -> 'asked')),
    array_agg('credits.exhausted:' || key), array_agg(p_at))
  from unnest(p_organizations, p_told, p_keys) t (organization_id, told, key)
  where told ->> 'meter' = 'credits' and told ->> 'per' = 'organization'
    and told ->> 'window' not in ('minute', 'concurrent')
  having count(*) > 0
$$;

-- Reports a due change of a subscription before it is made.
create or replace function tollgate.tell_due_change(
  p_organization text, p_kind text, p_trial_plan text, p_plan text, p_version integer,
  p_due_at timestamptz)
returns void language plpgsql as $$
declare
  subject text := 'organization:' || p_organization;
  old jsonb := (
    select jsonb_build_object('plan', v.catalog || '/' || v.plan, 'planVersion', v.version)
    from tollgate.organizations o join tollgate.plan_versions v on v.id = o.plan_version_id
    where o.id = p_organization);
  new jsonb := coalesce(jsonb_build_object('plan', p_plan, 'planVersion', p_version), old);
begin
  if p_kind = 'end' then
    perform tollgate.tell_event(p_organization, 'subscription.ended', subject,
      jsonb_build_object('plan', old -> 'plan'), p_due_at);
  elsif p_trial_plan is not null then
    perform tollgate.tell_event(p_organization, 'trial.converted', subject,
      jsonb_build_object('from', p_trial_plan, 'to', p_plan), p_due_at);
  elsif p_kind = 'trial_end' then
    perform tollgate.tell_event(p_organization, 'trial.ended', subject, jsonb_build_object(
      'plan', old -> 'plan', 'nextPlan', coalesce(p_plan, old ->> 'plan')), p_due_at);
  end if;
  if p_plan is not null and old <> new then
    perform tollgate.tell_event(p_organization, 'plan.changed', subject,
      jsonb_build_object('from', old, 'to', new), p_due_at);
  end if;
end
$$;

-- Reports the recorded reversals of a batch. Reversals by a repricing are left out, since the
-- repricing reports them as one event.
create or replace function tollgate.tell_reversals(
  p_batch tollgate.usage_batch, p_recorded boolean[], p_at timestamptz)
returns void language sql as $$
  select tollgate.tell_events(
    array_agg(organization_id), array_agg('usage.reversed'::text),
    array_agg('event:' || reverses), array_agg(jsonb_strip_nulls(jsonb_build_object(
      'eventId', reverses, 'reversalId', id, 'eventType', event_type,
      'credits', tollgate.credits_of(-credits), 'reason', note ->> 'reason'))),
    array_agg(null::text), array_agg(p_at))
  from (select unnest((p_batch).organization_id) as organization_id, unnest((p_batch).id) as id,
               unnest((p_batch).reverses) as reverses, unnest((p_batch).event_type) as event_type,
               unnest((p_batch).credits) as credits,
               unnest((p_batch).properties)::jsonb as note, unnest(p_recorded) as recorded) i
  where reverses is not null and recorded and not coalesce(note ? 'reratedAs', false)
  having count(*) > 0
$$;
