-- Rules on conditions without an event of their own. A job evaluates them, and stores each finding
-- here, in one transaction with the events that follow from it.

-- Stores that a level of a rule was found bad or good (or neither). It fires after p_bad bad
-- findings in a row, unless it fired within p_gap, and ends after p_good in a row.
-- An alert fires at most once for each p_key, and a new key starts again. Without one, each episode
-- fires. p_about is what else the title says (see alert_title).
-- p_is_hourly: findings of one hour count once, however often they are stored.
create or replace function tollgate.judge_alert(
  p_organization text, p_rule uuid, p_level numeric, p_subject text, p_is_bad boolean,
  p_is_good boolean, p_bad integer, p_good integer, p_gap interval, p_how text, p_key text,
  p_about jsonb, p_value numeric, p_maximum numeric, p_unit text, p_start timestamptz,
  p_end timestamptz, p_is_hourly boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  rule tollgate.alert_rules;
  state tollgate.alert_states;
  name text := p_subject || '>' || trim_scale(p_level)::text;
  place integer;
  look timestamptz := case when p_is_hourly then date_trunc('hour', p_at, 'UTC') end;
begin
  select * into rule from tollgate.alert_rules where id = p_rule and enabled for share;
  place := array_position(rule.levels, p_level);
  if place is null then return; end if;
  insert into tollgate.alert_states (organization_id, rule_id, subject, rule_version, key)
  values (p_organization, p_rule, name, rule.version, p_key) on conflict do nothing;
  select * into state from tollgate.alert_states s
  where (s.organization_id, s.rule_id, s.subject) = (p_organization, p_rule, name)
  for no key update;
  if state.rule_version <> rule.version or state.key is distinct from p_key then
    -- The firing was about an earlier state, such as a limit that was raised since. It ends here,
    -- unless its window has already ended.
    if state.firing then
      perform tollgate.end_firings(array[f.id], array[p_value],
        case when p_is_good then p_how else 'rule_changed' end, p_at)
      from tollgate.alert_firings f
      where f.id = state.firing_id and coalesce(f.window_end > p_at, true);
    end if;
    state.rule_version := rule.version; state.key := p_key; state.firing := false;
    state.fired_at := null; state.bad := 0; state.good := 0; state.looked_at := null;
  end if;
  if look is null or look is distinct from state.looked_at then
    state.bad := case when p_is_bad then state.bad + 1 else 0 end;
    state.good := case when p_is_good then state.good + 1 else 0 end;
  end if;
  if not state.firing and state.bad >= p_bad
     and coalesce(state.fired_at + p_gap <= p_at, true) then
    state.episode := state.episode + 1;
    state.firing_id := tollgate.write_firing(p_organization, rule, place,
      jsonb_build_array(p_subject, coalesce(p_key, state.episode::text)),
      p_about || jsonb_build_object('maximum', p_maximum), nullif(p_subject, ''), p_value, p_unit,
      false, null, p_at, p_at);
    if state.firing_id is not null then
      update tollgate.alert_firings f
      set window_start = p_start, window_end = p_end, maximum = p_maximum,
          threshold = case when p_maximum is null then f.threshold
                           else p_maximum * p_level / 100 end
      where f.id = state.firing_id;
      state.firing := true; state.fired_at := p_at;
      perform tollgate.tell_firings(array[state.firing_id]);
    end if;
  elsif state.firing and state.good >= p_good then
    state.firing := false;
    perform tollgate.end_firings(array[state.firing_id], array[p_value], p_how, p_at);
  end if;
  update tollgate.alert_states s
  set rule_version = state.rule_version, key = state.key, episode = state.episode,
      firing = state.firing, firing_id = state.firing_id, bad = state.bad, good = state.good,
      fired_at = state.fired_at, looked_at = look
  where (s.organization_id, s.rule_id, s.subject) = (p_organization, p_rule, name);
end
$$;

-- Claims the evaluation of this minute: the first process to ask wins. If that process dies, nobody
-- waits for it. is_hour: so is the hourly evaluation, which is still to be done for this hour. It is
-- on lease until it has ended (end_alerts_hour), so another process repeats it if this one dies.
create or replace function tollgate.claim_alerts(p_at timestamptz)
returns table (is_claimed boolean, is_hour boolean) language plpgsql as $$
declare
  claimed tollgate.alert_epoch;
begin
  update tollgate.alert_epoch set due_at = p_at + interval '55 seconds'
  where due_at is null or due_at <= p_at or due_at > p_at + interval '2 minutes'
  returning * into claimed;
  is_claimed := claimed.epoch is not null;
  is_hour := is_claimed
    and date_trunc('hour', p_at, 'UTC')
      is distinct from date_trunc('hour', claimed.hour_done, 'UTC')
    -- A lease that is longer than any is of a clock that was turned back.
    and (claimed.hour_leased_until is null or claimed.hour_leased_until <= p_at
         or claimed.hour_leased_until > p_at + interval '2 minutes');
  if is_hour then perform tollgate.keep_alerts_hour(p_at); end if;
  return next;
end
$$;

-- Renews the lease of the hourly evaluation.
create or replace function tollgate.keep_alerts_hour(p_at timestamptz)
returns void language sql as $$
  update tollgate.alert_epoch set hour_leased_until = p_at + interval '2 minutes'
$$;

-- Ends the hourly evaluation that began at an instant, and its lease. Null: it failed, so that it is
-- repeated with the next minute.
create or replace function tollgate.end_alerts_hour(p_began timestamptz)
returns void language sql as $$
  update tollgate.alert_epoch
  set hour_leased_until = null, hour_done = coalesce(p_began, hour_done)
$$;

-- Ends the firings of jobs that fail nowhere any more: their last run was done, or each process that
-- failed at them works again. A process that said nothing for five minutes is gone.
create or replace function tollgate.recover_jobs(p_at timestamptz)
returns void language plpgsql as $$
declare
  gone text[];
  well uuid[];
begin
  with silent as (
    delete from tollgate.job_failures where heard_at <= p_at - interval '5 minutes'
    returning job)
  select array_agg('job:' || job) into gone from silent;
  well := array(
    select f.id from tollgate.alert_firings f
    where f.organization_id = '' and f.rule_kind = 'job_failed' and f.ended is null
      and not exists (select from tollgate.job_failures j where 'job:' || j.job = f.subject)
      and (f.subject = any (gone) or exists (
        select from tollgate.job_runs j
        where 'job:' || j.job = f.subject and j.outcome = 'done' and j.finished_at > f.decided_at))
    order by f.id);
  if well <> '{}' then perform tollgate.end_firings(well, null, 'recovered', p_at); end if;
end
$$;

-- Ends the firings of rules that no longer apply to their organization: it was closed, or it left
-- the plan of the rule. It sends no notice, like a change of a rule.
create or replace function tollgate.end_stray_firings(p_at timestamptz)
returns void language sql as $$
  with stray as (
    update tollgate.alert_states s set firing = false, bad = 0, good = 0
    where s.firing and s.organization_id <> '' and not exists (
      select from tollgate.organizations o
      join tollgate.plan_versions v on v.id = o.plan_version_id
      join tollgate.alert_rules r on r.id = s.rule_id
        and (r.organization_id = o.id
             or r.organization_id = '' and (r.plan is null or r.plan = v.catalog || '/' || v.plan))
      where o.id = s.organization_id and o.status = 'active')
    returning s.firing_id)
  update tollgate.alert_firings f set ended = 'rule_changed', ended_at = p_at
  from stray where f.id = stray.firing_id and f.ended is null
$$;

-- Evaluates again the credits of organizations with alerts on them, after a given one. A new window
-- may have begun, or a grant may be over. Returns the last organization; null: there was none.
create or replace function tollgate.sweep_alert_credits(
  p_after text, p_most integer, p_at timestamptz)
returns text language plpgsql as $$
declare
  watched text[] := array(
    select o.id from tollgate.organizations o
    where 'credits_below' = any (o.alert_kinds) and o.id > p_after
    order by o.id limit p_most for no key update skip locked);
begin
  if cardinality(watched) = 0 then return null; end if;
  perform tollgate.catch_up(watched, p_at);
  perform tollgate.alert_of_credits(watched, false, false, p_at);
  return watched[cardinality(watched)];
end
$$;
