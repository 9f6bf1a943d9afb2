-- THE rule of admission. Items are decided in the order of the batch. An item is admitted if it
-- would raise no limit past its ceiling. An admitted item raises all its levels, a refused one
-- none. A value that an earlier admitted item added to a unique meter counts once.
-- Read-only: the caller locks before, and posts the admitted items afterwards. recallable: a limit
-- that refused the item is partly leased to other processes.
create or replace function tollgate.take_in_turn(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_at timestamptz)
returns setof tollgate.taken_item language plpgsql stable as $$
declare
  asked record;
  taken tollgate.taken_item;
  level bigint[] := '{}';
  before bigint[];
  after bigint[];
  refused boolean[];
  members text[] := '{}';
begin
  for asked in
    select t.item, array_agg(t.bucket) as bucket, array_agg(t.level) as level,
           array_agg(t.units) as units, array_agg(t.leased) as leased,
           array_agg(t.ceiling) as ceiling, array_agg(t.bucket || ' ' || t.value) as member,
           array_agg(t.aggregation) as aggregation, jsonb_agg(t.limit_shown) as shown,
           min(o.warn_percent) as warn
    from tollgate.touched_limits(p_batch, p_candidate, p_reserving, p_elsewhere, p_at) t
    join tollgate.organizations o on o.id = (p_batch).organization_id[t.item]
    group by t.item order by t.item
  loop
    before := '{}'; after := '{}'; refused := '{}'; taken.recallable := false;
    for i in 1 .. cardinality(asked.bucket) loop
      before[i] := coalesce(level[asked.bucket[i]], asked.level[i]);
      if asked.member[i] = any (members) then asked.units[i] := 0; end if;
      after[i] := tollgate.merge_levels(asked.aggregation[i], before[i], asked.units[i]);
      refused[i] := (after[i] > asked.ceiling[i] and after[i] > before[i]) is true;
      if (p_batch).budget_id is not null then
        refused[i] := refused[i] or (before[i] + (asked.shown -> (i - 1) ->> 'at_least')::bigint
                                     > asked.ceiling[i]) is true;
      end if;
      taken.recallable := taken.recallable or (refused[i] and asked.leased[i] > 0);
    end loop;
    taken.item := asked.item;
    taken.admitted := not (true = any (refused));
    if taken.admitted then
      for i in 1 .. cardinality(asked.bucket) loop
        level[asked.bucket[i]] := after[i];
        members := members || asked.member[i];
      end loop;
    end if;
    taken.seen := jsonb_build_object('warn', asked.warn, 'limits', (
      select jsonb_agg(shown || jsonb_build_object('before', before[n]::text,
               'asked', asked.units[n]::text, 'refused', refused[n]) order by n)
      from jsonb_array_elements(asked.shown) with ordinality e (shown, n)));
    if (p_batch).budget_id is not null then
      taken.seen := tollgate.budgets_apart(taken.seen);
    end if;
    return next taken;
  end loop;
end
$$;

-- The same rule for the usual case, in which the whole batch fits. Then all items are admitted, in
-- any order. The level before an item is the level before the batch plus the items ahead of it. So
-- only totals are checked, and the cost does not grow with the batch.
-- Returns what was seen by organization. Null: the rule must be applied in turn. The reason is an
-- item to refuse, a limit not for the whole organization, or a meter that is not additive.
-- Without p_enforced, it only reports the limits after the batch was written. Rates are left out,
-- since recorded use does not change them.
create or replace function tollgate.take_together(
  p_batch tollgate.usage_batch, p_reserving boolean, p_enforced boolean, p_elsewhere boolean,
  p_at timestamptz)
returns jsonb language plpgsql stable as $$
declare
  seen jsonb;
  fits boolean;
begin
  with total as materialized (
    select unnest((p_batch).total_organization) as organization_id,
           unnest((p_batch).total_hour) as hour, unnest((p_batch).total_meter) as meter,
           unnest((p_batch).total_units) as units),
  organization as materialized (
    select o.id, o.starts_at, o.warn_percent, o.allowance_window,
           min(t.hour) as hour, max(t.hour) as latest_hour
    from total t join tollgate.organizations o on o.id = t.organization_id
    group by o.id, o.starts_at, o.warn_percent, o.allowance_window),
  in_force as materialized (
    select * from tollgate.limits_in_force(array(select id from organization), p_at)),
  limited as materialized (
    select l.*, o.warn_percent, o.allowance_window, t.units,
           not (p_elsewhere and tollgate.may_be_elsewhere(
             l.window_name, l.meter, l.aggregation, l.cap, l.durable)) as is_here,
           tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling,
           o.hour = o.latest_hour and l.per = 'organization'
             and not (l.window_name = 'concurrent' and p_reserving)
             and not (l.window_name = 'minute' and true = any ((p_batch).backfilled)) as is_simple,
           case l.window_name when 'minute' then p_at when 'concurrent' then p_at
             else tollgate.window_start(l.window_name, o.hour, o.starts_at) end as start
    from total t
    join organization o on o.id = t.organization_id
    join in_force l on l.organization_id = t.organization_id and l.meter = t.meter
    where case l.window_name when 'concurrent' then p_reserving
                             when 'minute' then p_enforced else true end),
  standing as materialized (
    select l.*, r.charged_at, r.debt, coalesce(case l.window_name
             when 'minute' then tollgate.rate_level(r.debt, r.charged_at, l.max, p_at) + r.leased
             else b.used + b.held + b.leased end, 0) as level,
           case when l.granted is not null and l.allowance_window is not null
             then tollgate.widening_of(l.organization_id, l.window_name, l.start, l.max,
                    l.behavior, l.granted, coalesce(b.used + b.held + b.leased, 0),
                    coalesce(b.drawn, 0), p_at)
             else (0, 0, null)::tollgate.credit_widening end as widening
    from limited l
    left join tollgate.buckets b
      on (b.organization_id, b.meter, b.window_name, b.window_start)
       = (l.organization_id, l.meter, l.window_name, l.start)
    left join tollgate.rates r on l.window_name = 'minute'
      and (r.organization_id, r.meter, r.per, r.subject)
        = (l.organization_id, l.meter, l.per, ''))
  select coalesce(jsonb_object_agg(organization_id, shown), '{}'), bool_and(fitting) is not false
  into seen, fits
  from (
    select organization_id, jsonb_build_object('warn', min(warn_percent), 'limits', jsonb_agg(
             jsonb_build_object('meter', meter, 'window', window_name,
               'start', greatest(start, charged_at), 'per', per, 'subject', '',
               'max', (max + (widening).for_max)::text, 'behavior', behavior,
               'burst', burst::text, 'cap', (cap + (widening).for_cap)::text,
               'past', (widening).past::text,
               'level', (case when p_enforced or aggregation in ('max', 'latest') then level
                         else level - units end)::text,
               'leaked', tollgate.rate_leaked(debt, charged_at, max, p_at)::text,
               'charged', window_name = 'minute' and max is not null and is_here))) as shown,
           bool_and(is_simple and (not is_here or level + units <= ceiling + case behavior
             when 'overage' then (widening).for_cap else (widening).for_max end) is not false)
             as fitting
    from standing group by organization_id) each_organization;
  return case when fits or not p_enforced then seen end;
end
$$;

-- Decides the candidates of a batch, one row each. An item that touches no limit is admitted.
-- recallable is true only if an item is refused because live processes hold leases, and p_final is
-- not set for it.
create or replace function tollgate.take(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_reserving boolean[], p_elsewhere boolean,
  p_node text, p_final boolean[], p_at timestamptz)
returns tollgate.taken_item[] language plpgsql as $$
declare
  taken tollgate.taken_item[];
  holders text[];
begin
  select array_agg(t order by t.item) into taken
  from tollgate.take_in_turn(p_batch, p_candidate, p_reserving, p_elsewhere, p_at) t;
  if exists (select 1 from unnest(taken) t where t.recallable) then
    holders := tollgate.organizations_with_leases((p_batch).organization_id, null, p_at);
  end if;
  return array(
    select row(i.item, coalesce(t.admitted, true),
               coalesce(t.recallable and not p_final[i.item]
                        and (p_batch).organization_id[i.item] = any (holders), false),
               t.seen)::tollgate.taken_item
    from unnest(p_candidate) with ordinality i (candidate, item)
    left join unnest(taken) t on t.item = i.item
    where i.candidate order by i.item);
end
$$;
