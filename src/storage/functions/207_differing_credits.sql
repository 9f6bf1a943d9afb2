-- Where the stored credits contradict their journal or each other; no row means that they agree. It
-- covers all windows and grants, since the journal is never deleted.
create or replace function tollgate.differing_credits()
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  -- What is left of a grant, and what of it is frozen, is the sum of its journal entries.
  select g.organization_id, kept.what, null, null::timestamptz, g.id::text, to_jsonb(kept.units),
         to_jsonb(coalesce(e.units, 0))
  from tollgate.grants g
  cross join lateral (values
    ('grant', 'grant', g.left_units), ('frozen grant', 'frozen', g.frozen_units))
    kept (what, account, units)
  left join lateral (
    select sum(units)::bigint as units from tollgate.credit_entries e
    where e.organization_id = g.organization_id and e.grant_id = g.id
      and e.account = kept.account) e on true
  where kept.units <> coalesce(e.units, 0)
  union all
  -- Every movement sums to zero.
  select e.organization_id, 'credit movement', null, null, e.transaction_id::text,
         to_jsonb(sum(e.units)), to_jsonb(0)
  from tollgate.credit_entries e group by e.organization_id, e.transaction_id
  having sum(e.units) <> 0
  union all
  -- The cover of a window equals the journal's entries for it. Overage counts with the plan.
  select c.organization_id, 'credit window', c.window_name, c.window_start, 'credits',
         jsonb_build_array(c.from_plan + c.overage, c.owed, coalesce(b.drawn, 0)),
         jsonb_build_array(coalesce(j.plan, 0), coalesce(j.owed, 0), coalesce(d.units, 0))
  from tollgate.credit_windows c
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (c.organization_id, 'credits', c.window_name, c.window_start)
  left join lateral (
    select -sum(e.units) filter (where e.account = 'plan') as plan,
           -sum(e.units) filter (where e.account = 'owed') as owed
    from tollgate.credit_transactions t join tollgate.credit_entries e
      on e.organization_id = t.organization_id and e.transaction_id = t.id
    where (t.organization_id, t.window_name, t.window_start)
        = (c.organization_id, c.window_name, c.window_start)) j on true
  left join lateral (
    select sum(units) as units from tollgate.grant_draws d
    where (d.organization_id, d.window_name, d.window_start)
        = (c.organization_id, c.window_name, c.window_start)) d on true
  where (c.from_plan + c.overage, c.owed, coalesce(b.drawn, 0))
     <> (coalesce(j.plan, 0), coalesce(j.owed, 0), coalesce(d.units, 0))
  union all
  -- All of the level in a window of the allowance is covered.
  select o.id, 'credit cover', b.window_name, b.window_start, 'credits',
         to_jsonb(b.drawn + coalesce(c.from_plan + c.owed + c.overage, 0)),
         to_jsonb(b.used + b.held + b.leased)
  from tollgate.organizations o
  join tollgate.buckets b on b.organization_id = o.id and b.meter = 'credits'
    and b.window_name = o.allowance_window
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (b.organization_id, b.window_name, b.window_start)
  where b.used + b.held + b.leased
     <> b.drawn + coalesce(c.from_plan + c.owed + c.overage, 0)
  union all
  -- The total debt equals the journal's.
  select o.id, 'debt', null, null, 'credits', to_jsonb(tollgate.debt_of(o.id)),
         to_jsonb(-coalesce(j.owed, 0))
  from tollgate.organizations o
  left join lateral (
    select sum(e.units)::bigint as owed from tollgate.credit_entries e
    where e.organization_id = o.id and e.account = 'owed') j on true
  where o.allowance_window is not null and tollgate.debt_of(o.id) <> -coalesce(j.owed, 0)
$$;
