-- The rules that are in force for some organizations: their own, and the platform's rules for all
-- or for their plan. Muted rules are left out.
create or replace function tollgate.alert_rules_of(p_organizations text[], p_kinds text[])
returns table (organization_id text, starts_at timestamptz, rule tollgate.alert_rules)
language plpgsql stable as $$
begin
  return query
  select o.id, o.starts_at, r
  from tollgate.organizations o
  join tollgate.plan_versions v on v.id = o.plan_version_id
  join tollgate.alert_rules r on r.kind = any (p_kinds) and r.enabled
    and (r.organization_id = o.id
         or r.organization_id = '' and (r.plan is null or r.plan = v.catalog || '/' || v.plan))
  where o.id = any (p_organizations) and o.status = 'active' and not exists (
    select from tollgate.alert_mutes m where m.organization_id = o.id and m.rule_id = r.id);
end
$$;

-- All decisions about an organization at one instant have one cause.
create or replace function tollgate.alert_cause(p_organization text, p_at timestamptz)
returns text language sql immutable parallel safe as $$
  select p_organization || '@' || tollgate.audit_text(p_at)
$$;

-- Stores a firing of a rule, once for each key. Returns its id; null if it was stored before. It
-- sends no event. Its title says what was found (p_about, see alert_title).
create or replace function tollgate.write_firing(
  p_organization text, p_rule tollgate.alert_rules, p_place integer, p_key jsonb, p_about jsonb,
  p_subject text, p_value numeric, p_unit text, p_standing boolean, p_suppressed text,
  p_occurred timestamptz, p_at timestamptz)
returns uuid language plpgsql as $$
declare
  written uuid;
begin
  insert into tollgate.alert_firings (id, organization_id, rule_id, rule_version, rule_kind,
    severity, key, title, subject, value, threshold, unit, occurred_at, decided_at, standing, cause,
    suppressed)
  values (gen_random_uuid(), p_organization, p_rule.id, p_rule.version, p_rule.kind,
    p_rule.severities[p_place],
    (jsonb_build_array(p_rule.id, p_rule.version, p_rule.levels[p_place]) || p_key)::text,
    tollgate.alert_title(p_rule.kind, p_rule.levels[p_place],
      p_about || jsonb_build_object('value', p_value, 'unit', p_unit)),
    p_subject, p_value, p_rule.levels[p_place], p_unit, p_occurred, p_at, p_standing,
    tollgate.alert_cause(p_organization, p_at), p_suppressed)
  on conflict (organization_id, key) do nothing
  returning id into written;
  return written;
end
$$;

-- Sends events for stored firings, in their order. A suppressed firing gets none.
create or replace function tollgate.tell_firings(p_ids uuid[])
returns void language plpgsql as $$
declare
  organizations text[];
  kinds text[];
  subjects text[];
  told jsonb[];
  keys text[];
  times timestamptz[];
begin
  select array_agg(f.organization_id order by i.place), array_agg('alert.fired'::text),
         array_agg('alert:' || f.rule_id order by i.place),
         array_agg(tollgate.told_of_firing(f) order by i.place),
         array_agg('alert.fired:' || f.key order by i.place),
         array_agg(f.decided_at order by i.place)
  into organizations, kinds, subjects, told, keys, times
  from unnest(p_ids) with ordinality i (id, place)
  join tollgate.alert_firings f on f.id = i.id and f.suppressed is null;
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations, kinds, subjects, told, keys, times);
end
$$;

create or replace function tollgate.told_of_firing(p_firing tollgate.alert_firings)
returns jsonb language sql immutable parallel safe as $$
  select jsonb_build_object(
    'firingId', (p_firing).id, 'alertId', (p_firing).rule_id, 'rule', (p_firing).rule_kind,
    'severity', (p_firing).severity, 'title', (p_firing).title, 'subject', (p_firing).subject,
    'value', trim_scale((p_firing).value)::text,
    'threshold', trim_scale((p_firing).threshold)::text,
    'maximum', trim_scale((p_firing).maximum)::text, 'unit', (p_firing).unit,
    'windowStart', tollgate.audit_text((p_firing).window_start),
    'windowEnd', tollgate.audit_text((p_firing).window_end),
    'occurredAt', tollgate.audit_text((p_firing).occurred_at),
    'decidedAt', tollgate.audit_text((p_firing).decided_at),
    'standing', (p_firing).standing, 'cause', (p_firing).cause)
$$;

-- Ends firings that have not ended. A firing that was reported gets an event of its end (recovered,
-- withdrawn), unless the rule itself has changed.
create or replace function tollgate.end_firings(
  p_ids uuid[], p_values numeric[], p_how text, p_at timestamptz)
returns void language plpgsql as $$
declare
  organizations text[];
  subjects text[];
  told jsonb[];
  keys text[];
begin
  with given as (
    select * from unnest(p_ids, p_values) with ordinality i (id, value, place)),
  ended as (
    update tollgate.alert_firings f
    set ended = p_how, ended_at = p_at, ended_value = g.value
    from given g where f.id = g.id and f.ended is null
    returning f.*)
  select array_agg(e.organization_id order by g.place),
         array_agg('alert:' || e.rule_id order by g.place),
         array_agg(tollgate.told_of_firing(e) || jsonb_build_object(
           'title', case p_how when 'withdrawn' then 'No longer expected: ' else 'Recovered: ' end
                    || e.title,
           'value', trim_scale(g.value)::text, 'standing', false,
           'occurredAt', tollgate.audit_text(p_at), 'decidedAt', tollgate.audit_text(p_at),
           'cause', tollgate.alert_cause(e.organization_id, p_at)) order by g.place),
         array_agg('alert.recovered:' || e.key order by g.place)
  into organizations, subjects, told, keys
  from ended e join given g on g.id = e.id
  where e.suppressed is null and p_how <> 'rule_changed';
  if organizations is null then return; end if;
  perform tollgate.tell_events(organizations,
    array_fill('alert.recovered'::text, array[cardinality(keys)]), subjects, told, keys,
    array_fill(p_at, array[cardinality(keys)]));
end
$$;
