-- Rules on credits, which rise and fall. They are evaluated in the transaction that moves the
-- credits.

-- The micro-credits that organizations have left: what the gate would admit if nothing were held or
-- on lease. A negative number is a debt. There is no row where credits have no limit.
create or replace function tollgate.credits_remaining(p_organizations text[], p_at timestamptz)
returns table (organization_id text, units numeric) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select l.organization_id,
         case when o.allowance_window is null then l.max::numeric - coalesce(b.used, 0)
              else l.max::numeric - coalesce(b.used, 0) + (
                tollgate.widening_of(o.id, l.window_name, w.window_start, l.max, l.behavior,
                  l.granted, coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)
              ).for_max end
  from tollgate.limits_in_force(p_organizations, p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.window_start(l.window_name, p_at, o.starts_at) as window_start) w
  left join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
    = (l.organization_id, 'credits', l.window_name, w.window_start)
  where l.granted is not null and l.max is not null;
end
$$;

-- Fires when credits fall to a level. Recovers when they are above it by 5 % of it, and by at least
-- one credit, or when a grant lifts them above it (p_granted). Each fall is an episode that fires
-- once.
create or replace function tollgate.alert_of_credits(
  p_organizations text[], p_granted boolean, p_standing boolean, p_at timestamptz)
returns void language plpgsql as $$
declare
  one record;
  state tollgate.alert_states;
  fired uuid[] := '{}';
  ended uuid[] := '{}';
  values_then numeric[] := '{}';
begin
  if not exists (select from tollgate.organizations
                 where id = any (p_organizations) and 'credits_below' = any (alert_kinds)) then
    return;
  end if;
  for one in
    select a.organization_id, a.rule, t.level, t.place::integer, c.units / 1000000 as credits
    from tollgate.alert_rules_of(p_organizations, '{credits_below}') a
    join tollgate.credits_remaining(p_organizations, p_at) c using (organization_id)
    cross join lateral unnest((a.rule).levels) with ordinality t (level, place)
    order by a.organization_id, (a.rule).id, t.level
  loop
    select * into state from tollgate.alert_states s
    where (s.organization_id, s.rule_id, s.subject)
        = (one.organization_id, (one.rule).id, trim_scale(one.level)::text);
    if one.credits <= one.level and not coalesce(state.firing, false) then
      state.episode := coalesce(state.episode, 0) + 1;
      state.firing_id := tollgate.write_firing(one.organization_id, one.rule, one.place,
        jsonb_build_array('credits', state.episode), '{}', 'credits',
        one.credits, 'credits', p_standing, null, p_at, p_at);
      insert into tollgate.alert_states as s
        (organization_id, rule_id, subject, rule_version, episode, firing, firing_id, fired_at)
      values (one.organization_id, (one.rule).id, trim_scale(one.level)::text,
        (one.rule).version, state.episode, true, state.firing_id, p_at)
      on conflict (organization_id, rule_id, subject) do update
      set rule_version = excluded.rule_version, episode = excluded.episode, firing = true,
          firing_id = excluded.firing_id, fired_at = excluded.fired_at;
      fired := fired || state.firing_id;
    elsif state.firing and (
        one.credits >= one.level + greatest(abs(one.level) / 20, 1)
        or p_granted and one.credits > one.level) then
      update tollgate.alert_states s set firing = false
      where (s.organization_id, s.rule_id, s.subject)
          = (one.organization_id, (one.rule).id, trim_scale(one.level)::text);
      ended := ended || state.firing_id;
      values_then := values_then || one.credits;
    end if;
  end loop;
  if ended <> '{}' then
    perform tollgate.end_firings(ended, values_then, 'recovered', p_at);
  end if;
  if fired <> '{}' then perform tollgate.tell_firings(fired); end if;
end
$$;
