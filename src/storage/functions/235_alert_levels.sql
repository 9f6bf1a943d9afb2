-- Rules on levels that only rise within their window. They are evaluated in the transaction that
-- raises the level. So each threshold fires exactly once per window, whichever process posts.

-- The measures of rules in the windows of some levels: the share of a limit, or of the rule's own
-- maximum. Grants increase the allowance of credits. Without a maximum, or with 0, there is no
-- share.
create or replace function tollgate.measured_levels(
  p_raised tollgate.raised_level[], p_at timestamptz)
returns setof tollgate.alert_measure language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with raised as materialized (select * from unnest(p_raised)),
  organization as materialized (select array_agg(distinct organization_id) as ids from raised),
  in_force as materialized (
    select l.organization_id, l.meter, l.window_name, l.max, l.granted
    from organization g, tollgate.limits_in_force(g.ids, p_at) l
    where l.per = 'organization' and l.max is not null),
  rule as materialized (
    select a.organization_id, a.starts_at, (a.rule).id, (a.rule).meter, (a.rule).window_name,
           (a.rule).maximum
    from organization g, tollgate.alert_rules_of(g.ids, '{limit_share}') a)
  select r.organization_id, u.id, r.meter, r.window_name, r.window_start,
         tollgate.window_end(r.window_name, r.window_start, u.starts_at), r.used::numeric,
         x.maximum, m.scale, m.unit, r.occurred_at
  from raised r
  join rule u on u.organization_id = r.organization_id and coalesce(u.meter = r.meter, true)
    and coalesce(u.window_name = r.window_name, true)
  join tollgate.meters m on m.key = r.meter
  left join in_force l on u.maximum is null and (l.organization_id, l.meter, l.window_name)
    = (r.organization_id, r.meter, r.window_name)
  left join tollgate.buckets b on l.granted is not null
    and (b.organization_id, b.meter, b.window_name, b.window_start)
      = (r.organization_id, r.meter, r.window_name, r.window_start)
  cross join lateral (
    select coalesce(u.maximum, l.max + coalesce(l.granted, 0) + coalesce(b.drawn, 0))::numeric
      as maximum) x
  where x.maximum > 0;
end
$$;

-- Raises the levels of some measures, and fires for each new level. A raised maximum lowers the
-- level without an event. Levels that are reached again under it fire. A lowered maximum raises the
-- level, and that fires at once.
-- p_standing: the use existed before. A level that is first known more than an hour after its
-- window is stored as a firing, but not reported.
create or replace function tollgate.tell_levels(
  p_measures tollgate.alert_measure[], p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  fired uuid[];
begin
  with measure as materialized (
    select x.*, r.kind, r.version, r.levels, r.severities,
           (select count(*) from unnest(r.levels) t
            where x.value * 100 >= coalesce(x.maximum, 100) * t)::smallint as reached
    from unnest(p_measures) x join tollgate.alert_rules r on r.id = x.rule_id),
  risen as (
    insert into tollgate.alert_levels as l
    select organization_id, rule_id, version, meter, window_name, window_start, maximum, 0,
           reached, value
    from measure order by 1, 2, 3, 4, 5, 6
    on conflict (organization_id, rule_id, rule_version, meter, window_name, window_start)
    do update set
      prev = least(l.level, excluded.level),
      level = case when l.maximum is distinct from excluded.maximum then excluded.level
                   else greatest(l.level, excluded.level) end,
      maximum = excluded.maximum, value = excluded.value
    where l.level < excluded.level or l.maximum is distinct from excluded.maximum
    returning *),
  written as (
    insert into tollgate.alert_firings (id, organization_id, rule_id, rule_version, rule_kind,
      severity, key, title, subject, value, threshold, maximum, unit, window_start, window_end,
      occurred_at, decided_at, standing, cause, suppressed)
    select gen_random_uuid(), x.organization_id, x.rule_id, x.version, x.kind, x.severities[g],
           jsonb_build_array(x.rule_id, x.version, s.threshold, x.meter, x.window_name,
             tollgate.audit_text(x.window_start), x.maximum)::text,
           tollgate.alert_title(x.kind, s.threshold, jsonb_build_object('meter', x.meter,
             'window', x.window_name, 'value', s.value, 'maximum', s.maximum, 'unit', x.unit)),
           x.meter || '/' || x.window_name, s.value,
           case when x.maximum is null then s.threshold else s.maximum * s.threshold / 100 end,
           s.maximum, x.unit, x.window_start, x.window_end, x.occurred_at, p_at, p_standing,
           tollgate.alert_cause(x.organization_id, p_at),
           case when x.window_end + interval '1 hour' <= p_at then 'late' end
    from risen l
    join measure x on (x.organization_id, x.rule_id, x.meter, x.window_name, x.window_start)
      = (l.organization_id, l.rule_id, l.meter, l.window_name, l.window_start)
    cross join lateral generate_series(l.prev + 1, l.level) g
    cross join lateral (
      select x.levels[g] as threshold, trim_scale(x.value / 10::numeric ^ x.scale) as value,
             trim_scale(x.maximum / 10::numeric ^ x.scale) as maximum) s
    order by x.organization_id, x.rule_id, x.meter, x.window_name, g
    on conflict (organization_id, key) do nothing
    returning id, organization_id, rule_id, subject, threshold)
  select array_agg(id order by organization_id, rule_id, subject, threshold) into fired from written;
  if fired is not null then perform tollgate.tell_firings(fired); end if;
end
$$;

-- Evaluates the rules on some levels, and stores the use at which the next threshold is reached.
create or replace function tollgate.raise_levels(
  p_raised tollgate.raised_level[], p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  measures tollgate.alert_measure[] := array(
    select m from tollgate.measured_levels(p_raised, p_at) m);
begin
  if cardinality(measures) > 0 then
    perform tollgate.tell_levels(measures, p_standing, p_at);
  end if;
  update tollgate.buckets b set alert_at = next.units
  from (
    select r.organization_id, r.meter, r.window_name, r.window_start,
           least(9223372036854775807, min(ceil(m.maximum * t.level / 100)))::bigint as units
    from unnest(p_raised) r
    left join unnest(measures) m using (organization_id, meter, window_name, window_start)
    left join tollgate.alert_rules a on a.id = m.rule_id
    left join lateral unnest(a.levels) t (level) on m.value * 100 < m.maximum * t.level
    group by 1, 2, 3, 4) next
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (next.organization_id, next.meter, next.window_name, next.window_start);
end
$$;

-- The model cost of organizations with a rule on it, in the windows that contain some times. In US
-- dollars, from the daily roll-ups.
create or replace function tollgate.measured_spends(
  p_organizations text[], p_times timestamptz[])
returns setof tollgate.alert_measure language plpgsql stable as $$
begin
  return query
  select w.organization_id, w.id, 'model_cost', w.window_name, w.window_start, w.window_end,
         (select coalesce(sum(u.cost_usd), 0) from tollgate.rollups u
          where u.organization_id = w.organization_id and u.dimension = 'total'
            and u.grain = 'day' and u.key = '' and u.window_start >= w.window_start
            and u.window_start < w.window_end),
         null::numeric, 0::smallint, 'USD', w.occurred_at
  from (
    select a.organization_id, (a.rule).id, (a.rule).window_name, s.window_start,
           tollgate.window_end((a.rule).window_name, s.window_start, a.starts_at) as window_end,
           max(i.at) as occurred_at
    from tollgate.alert_rules_of(p_organizations, '{spend_above}') a
    join unnest(p_organizations, p_times) i (organization_id, at)
      on i.organization_id = a.organization_id
    cross join lateral (
      select tollgate.window_start((a.rule).window_name, i.at, a.starts_at) as window_start) s
    group by a.organization_id, (a.rule).id, (a.rule).window_name, a.starts_at, s.window_start) w;
end
$$;

-- Fires the alerts of a batch, after its levels and roll-ups are posted. The organizations must be
-- locked. post_events only calls it if a threshold may be crossed.
create or replace function tollgate.raise_alerts(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_raised tollgate.raised_level[],
  p_at timestamptz)
returns void language plpgsql as $$
declare
  spending text[];
begin
  if p_raised is not null then
    perform tollgate.raise_levels(array(
      select row(r.organization_id, r.meter, r.window_name, r.window_start, r.used, (
               select max(i.occurred_at)
               from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
                    i (organization_id, occurred_at, chosen)
               where i.chosen and i.organization_id = r.organization_id
                 and i.occurred_at >= r.window_start
                 and i.occurred_at < tollgate.window_end(r.window_name, r.window_start, o.starts_at)
             ))::tollgate.raised_level
      from unnest(p_raised) r join tollgate.organizations o on o.id = r.organization_id),
      false, p_at);
  end if;
  spending := array(
    select id from tollgate.organizations
    where id = any ((p_batch).organization_id) and 'spend_above' = any (alert_kinds));
  if cardinality(spending) > 0 then
    perform tollgate.tell_levels(array(
      select m from (
        select array_agg(i.organization_id) as organizations, array_agg(i.at) as times
        from (select organization_id, max(occurred_at) as at
              from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
                   i (organization_id, occurred_at, chosen)
              where chosen and organization_id = any (spending)
              group by organization_id, date_bin('1 day', occurred_at, '2000-01-01Z')) i) g
      cross join lateral tollgate.measured_spends(g.organizations, g.times) m), false, p_at);
  end if;
end
$$;

-- Evaluates all current windows of organizations whose rules, limits or plan may have changed. A
-- level that is already passed fires as standing. The organizations must be locked.
create or replace function tollgate.refresh_alerts(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  latest integer := (select epoch from tollgate.alert_epoch);
  raised tollgate.raised_level[];
begin
  update tollgate.organizations o
  set alert_epoch = latest, alert_kinds = kinds.named
  from (
    select o.id, coalesce(array_agg(distinct (a.rule).kind order by (a.rule).kind)
             filter (where (a.rule).id is not null), '{}') as named
    from unnest(p_organizations) o (id)
    left join tollgate.alert_rules_of(p_organizations, '{spend_above,credits_below}') a
      on a.organization_id = o.id
    group by o.id) kinds
  where o.id = kinds.id and (o.alert_epoch, o.alert_kinds) is distinct from (latest, kinds.named);
  raised := array(
    select row(b.organization_id, b.meter, b.window_name, b.window_start, b.used, p_at)
             ::tollgate.raised_level
    from (
      select l.organization_id, l.meter, l.window_name
      from tollgate.limits_in_force(p_organizations, p_at) l
      where l.per = 'organization' and l.window_name in ('hour', 'day', 'month', 'period')
      union
      select a.organization_id, (a.rule).meter, (a.rule).window_name
      from tollgate.alert_rules_of(p_organizations, '{limit_share}') a
      where (a.rule).maximum is not null) w
    join tollgate.organizations o on o.id = w.organization_id
    join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
      = (w.organization_id, w.meter, w.window_name,
         tollgate.window_start(w.window_name, p_at, o.starts_at))
    order by 1);
  if cardinality(raised) > 0 then perform tollgate.raise_levels(raised, true, p_at); end if;
  perform tollgate.tell_levels(array(
    select m from tollgate.measured_spends(p_organizations,
      array_fill(p_at, array[cardinality(p_organizations)])) m), true, p_at);
  perform tollgate.alert_of_credits(p_organizations, false, true, p_at);
end
$$;

-- Refreshes those of the organizations that are behind the platform's rules.
create or replace function tollgate.refresh_stale_alerts(
  p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  stale text[];
begin
  if exists (select from tollgate.organizations
             where id = any (p_organizations)
               and alert_epoch < (select epoch from tollgate.alert_epoch)) then
    stale := array(
      select id from tollgate.organizations
      where id = any (p_organizations) and alert_epoch < (select epoch from tollgate.alert_epoch)
      order by id);
    perform tollgate.refresh_alerts(stale, p_at);
  end if;
end
$$;

-- Marks organizations as behind if one of their overrides has expired since p_since, or since the
-- last call: for a while there may have been no process.
create or replace function tollgate.mark_alerts_behind(p_since timestamptz, p_at timestamptz)
returns void language plpgsql as $$
declare
  -- A call overlaps the one before by as much as p_since is before its own time.
  since timestamptz := least(p_since, (select looked_until from tollgate.alert_epoch)
                                        - (p_at - p_since));
begin
  update tollgate.organizations set alert_epoch = -1
  where id in (
    select o.id from tollgate.organizations o
    where o.id in (select x.organization_id from tollgate.limit_overrides x
                   where x.expires_at > since and x.expires_at <= p_at)
    order by o.id for no key update skip locked);
  update tollgate.alert_epoch set looked_until = p_at;
end
$$;

-- Refreshes some of the organizations that are behind. Locked ones are left for the next run.
-- Returns the number of refreshed organizations.
create or replace function tollgate.sweep_alerts(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  behind text[] := array(
    select id from tollgate.organizations
    where alert_epoch < (select epoch from tollgate.alert_epoch)
    order by id limit p_most for no key update skip locked);
begin
  if cardinality(behind) = 0 then return 0; end if;
  perform tollgate.catch_up(behind, p_at);
  perform tollgate.refresh_alerts(behind, p_at);
  return cardinality(behind);
end
$$;
