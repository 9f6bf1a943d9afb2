-- The limits of some organizations at a moment: the plan's, unless an override stands.
-- (PL/pgSQL here and below where SQL would do: it plans once a session, not once a call.)
create or replace function tollgate.limits_in_force(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text,
  max bigint, behavior text, overridden boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with override as (
    select o.organization_id, o.meter, o.window_name, o.max, o.behavior
    from tollgate.limit_overrides o
    where o.organization_id = any (p_organizations)
      and o.ended_at is null and (o.expires_at is null or o.expires_at > p_at)),
  planned as (
    select o.id as organization_id, l.meter, l.window_name, l.max, l.behavior
    from tollgate.organizations o
    join tollgate.plan_limits l on l.plan_version_id = o.plan_version_id
    where o.id = any (p_organizations))
  select organization_id, meter, m.aggregation, window_name,
         case when o.meter is null then p.max else o.max end,
         coalesce(o.behavior, p.behavior), o.meter is not null
  from planned p
  full join override o using (organization_id, meter, window_name)
  join tollgate.meters m on m.key = meter;
end
$$;
