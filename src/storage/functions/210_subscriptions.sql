-- The state of a subscription at an instant, in the terms of core/billing/periods.ts.
create or replace function tollgate.subscription_state(
  p_status text, p_trial_ends_at timestamptz, p_paused_at timestamptz, p_ends_at timestamptz,
  p_at timestamptz)
returns text language sql immutable parallel safe as $$
  select case when p_status = 'closed' or p_ends_at <= p_at then 'ended'
              when p_paused_at is not null then 'paused'
              when p_trial_ends_at > p_at then 'trial'
              else 'active' end
$$;

-- For each item, whether its organization is open and may call the gate at an instant.
-- The caller must have locked the organizations. Changes that are due by then are applied here, so
-- the next decision follows them. The only cost is the lookup of the organizations' rows.
create or replace function tollgate.subscribed_organizations(
  p_organizations text[], p_at timestamptz)
returns boolean[] language plpgsql as $$
declare
  is_subscribed boolean[];
  is_due boolean;
begin
  select array_agg(o.id is not null and o.paused_at is null
                   and coalesce(o.ends_at > p_at, true) order by i.item),
         bool_or(o.change_due_at <= p_at)
  into is_subscribed, is_due
  from unnest(p_organizations) with ordinality i (organization_id, item)
  left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active';
  if is_due then
    perform tollgate.apply_due_changes(p_organizations, p_at);
  end if;
  return is_subscribed;
end
$$;

-- Applies every change of the organizations that is due by an instant, in the order of their own
-- instants. Each is in the audit log with the instant when it was due. So a period is billed by
-- what should have been in force. Changes after an end are dropped.
-- The caller must have locked the organizations. Returns how many changes were applied or dropped.
create or replace function tollgate.apply_due_changes(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due record;
  made integer := 0;
  chains text[] := '{}';
  chains_cut text[] := '{}';
  rests text[] := '{}';
begin
  for due in
    select c.*, v.catalog || '/' || v.plan as plan, v.version,
           c.kind <> 'end' and coalesce(least(o.closed_at, o.ends_at) < c.due_at, false) as is_late
    from tollgate.scheduled_changes c
    join tollgate.organizations o on o.id = c.organization_id
    left join tollgate.plan_versions v on v.id = c.plan_version_id
    where c.organization_id = any (p_organizations) and c.due_at <= p_at
    order by c.organization_id, c.due_at, array_position(array['trial_end', 'plan', 'end'], c.kind)
  loop
    made := made + 1;
    if due.is_late then
      delete from tollgate.scheduled_changes
      where organization_id = due.organization_id and kind = due.kind;
      chains_cut := chains_cut || due.organization_id;
      continue;
    end if;
    perform tollgate.tell_due_change(due.organization_id, due.kind, due.trial_plan, due.plan,
      due.version, due.due_at);
    if due.kind <> 'plan' and due.trial_plan is null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        case due.kind when 'end' then 'subscription.ended' else 'trial.expired' end,
        null, jsonb_build_object('at', tollgate.audit_text(due.due_at)));
    end if;
    if due.trial_plan is not null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        'trial.upgraded', jsonb_build_object('plan', due.trial_plan),
        jsonb_build_object('plan', due.plan));
    end if;
    if due.plan_version_id is not null then
      chains := chains || due.organization_id;
      rests := rests || tollgate.due_change_entry(due.organization_id, due.actor, due.due_at,
        'organization.updated',
        (select jsonb_build_object('plan', v.catalog || '/' || v.plan, 'planVersion', v.version)
         from tollgate.organizations o join tollgate.plan_versions v on v.id = o.plan_version_id
         where o.id = due.organization_id),
        jsonb_build_object('plan', due.plan, 'planVersion', due.version));
      perform tollgate.move_to_plan(due.organization_id, due.plan_version_id, due.due_at);
    end if;
    delete from tollgate.scheduled_changes
    where organization_id = due.organization_id and kind = due.kind;
  end loop;
  if made > 0 then
    perform tollgate.append_audit(chains, rests);
    update tollgate.organizations o
    set change_due_at = (select min(c.due_at) from tollgate.scheduled_changes c
                         where c.organization_id = o.id)
    where o.id = any (chains || chains_cut);
    perform pg_notify('tollgate_changes', 'organization:' || c.id)
    from (select distinct unnest(chains || chains_cut) as id) c;
  end if;
  return made;
end
$$;

-- The text of such an audit entry after organization and sequence. Its keys are in order.
create or replace function tollgate.due_change_entry(
  p_organization text, p_actor text, p_due_at timestamptz, p_action text, p_old jsonb, p_new jsonb)
returns text language sql immutable parallel safe as $$
  select ',"action":' || to_json(p_action)::text || ',"actor":' || to_json(p_actor)::text
    || ',"address":null,"category":"organization","new":' || p_new::text
    || ',"occurredAt":"' || tollgate.audit_text(p_due_at) || '","old":'
    || coalesce(p_old::text, 'null')
    || ',"subject":' || to_json('organization:' || p_organization)::text || '}'
$$;

-- Moves an organization to a version of a plan. Its own overrides that are looser than that plan
-- end, as with an immediate change (tenancy/looser-overrides.ts). An override also ends if the
-- words alone do not tell which is looser.
create or replace function tollgate.move_to_plan(
  p_organization text, p_plan_version_id bigint, p_at timestamptz)
returns void language plpgsql as $$
begin
  update tollgate.organizations o
  set plan_version_id = p_plan_version_id,
      plan_changes = o.plan_changes + case when (old.catalog, old.plan) = (new.catalog, new.plan)
                                           then 0 else 1 end
  from tollgate.plan_versions old, tollgate.plan_versions new
  where o.id = p_organization and old.id = o.plan_version_id and new.id = p_plan_version_id;
  update tollgate.limit_overrides x set ended_at = p_at, expires_at = p_at
  from tollgate.plan_limits l
  where x.organization_id = p_organization and not x.by_platform and x.ended_at is null
    and (x.expires_at is null or x.expires_at > p_at)
    and l.plan_version_id = p_plan_version_id
    and (l.meter, l.window_name, l.per) = (x.meter, x.window_name, x.per)
    and (array_position(array['soft', 'overage', 'hard'], x.behavior)
           < array_position(array['soft', 'overage', 'hard'], l.behavior)
         or (l.max is not null and (x.max is null or x.max > l.max))
         or (l.max is not null and coalesce(x.burst, x.max) > coalesce(l.burst, l.max))
         or (x.behavior = 'overage' and l.cap is not null and (x.cap is null or x.cap > l.cap))
         or (x.on_failure = 'open' and l.on_failure is distinct from 'open')
         or (x.on_failure is null and l.on_failure = 'closed')
         or (x.anonymous = 'allow'
             and tollgate.refuses_anonymous(l.per, l.max, l.behavior, l.anonymous))
         or (l.durable and not x.durable));
  perform tollgate.change_allowance(p_organization, p_at);
end
$$;

-- The same for organizations that are not locked yet. Null: all that have a change due, at most
-- p_most in one transaction. It then skips an organization that is locked; the next call takes it.
create or replace function tollgate.lock_and_apply_due_changes(
  p_organizations text[], p_most integer, p_at timestamptz)
returns integer language plpgsql as $$
declare
  due integer;
  organizations text[];
begin
  if p_organizations is null then
    organizations := array(
      select id from tollgate.organizations where change_due_at <= p_at
      order by id limit p_most for no key update skip locked);
  else
    organizations := array(
      select id from tollgate.organizations
      where change_due_at <= p_at and id = any (p_organizations) order by id limit p_most);
  end if;
  if cardinality(organizations) = 0 then return 0; end if;
  perform tollgate.lock_organizations(organizations);
  due := (select count(*) from tollgate.scheduled_changes
          where organization_id = any (organizations) and due_at <= p_at);
  perform tollgate.catch_up(organizations, p_at);
  perform tollgate.apply_due_changes(organizations, p_at);
  return due;
end
$$;
