-- Orders credits for organizations that have fewer left than they set, in the transaction that spent
-- them. An organization has one order at a time. The next one waits until the last is paid, is given
-- up by Stripe, or was marked as paid without money. A calendar month has no more orders than the
-- organization set. Nothing is ordered for an organization that is paused, ended or closed.
create or replace function tollgate.ask_for_top_ups(p_organizations text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  if not exists (select from tollgate.top_up_settings
                 where organization_id = any (p_organizations)) then
    return;
  end if;
  insert into tollgate.outbox (organization_id, kind, key, payload, created_at, next_attempt_at)
  select s.organization_id, 'top_up',
         'tollgate_top_up_' || md5(s.organization_id || ':' || n.made),
         jsonb_build_object('units', s.units::text, 'minorUnits', s.minor_units::text,
           'currency', s.currency),
         p_at, p_at
  from tollgate.top_up_settings s
  join tollgate.organizations o on o.id = s.organization_id
    and tollgate.subscription_state(o.status, o.trial_ends_at, o.paused_at, o.ends_at, p_at)
        in ('active', 'trial')
  join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = s.organization_id and l.granted is not null and l.max is not null
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (s.organization_id, 'credits', l.window_name,
        tollgate.window_start(l.window_name, p_at, o.starts_at))
  cross join lateral (
    select count(*) as made,
           count(*) filter (where x.created_at >= tollgate.window_start('month', p_at, null))
             as this_month
    from tollgate.outbox x where x.organization_id = s.organization_id and x.kind = 'top_up') n
  where s.organization_id = any (p_organizations) and n.this_month < s.most_a_month
    and o.allowance_window is not null
    and l.max + (tollgate.widening_of(o.id, l.window_name,
          tollgate.window_start(l.window_name, p_at, o.starts_at), l.max, l.behavior, l.granted,
          coalesce(b.used + b.held + b.leased, 0), coalesce(b.drawn, 0), p_at)).for_max
        - coalesce(b.used + b.held + b.leased, 0) < s.below
    and not exists (
      select from tollgate.outbox x
      where x.organization_id = s.organization_id and x.kind = 'top_up'
        and not x.payload ? 'unpaid'
        and not exists (select from tollgate.grants g
                        where g.organization_id = s.organization_id and g.key = 'top_up:' || x.key)
        and not exists (select from tollgate.stripe_invoices i
                        where i.id = x.external_id and i.status in ('void', 'uncollectible')))
  on conflict (key) do nothing;
end
$$;
