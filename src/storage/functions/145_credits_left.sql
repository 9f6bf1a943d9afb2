-- The micro-credits that an organization can use of its grants at a moment.
create or replace function tollgate.credits_left(p_organization text, p_at timestamptz)
returns bigint language plpgsql stable as $$
begin
  return (
    select coalesce(sum(left_units), 0) from tollgate.grants
    where organization_id = p_organization and left_units > 0
      and starts_at <= p_at and (expires_at is null or expires_at > p_at));
end
$$;

-- The same for one limit on credits. Only the plan's allowance is widened: the limit of the billing
-- period or, without one, of the month. Null: not this limit.
create or replace function tollgate.granted_to(
  p_organization text, p_plan_version bigint, p_window text, p_at timestamptz)
returns bigint language plpgsql stable as $$
declare
  granted bigint := tollgate.credits_left(p_organization, p_at);
begin
  if p_window = 'period' or granted = 0 and not exists (
       select from tollgate.organizations
       where id = p_organization and allowance_window is not null) then
    return granted;
  end if;
  if exists (select from tollgate.plan_limits
             where plan_version_id = p_plan_version and (meter, window_name, per)
                 = ('credits', 'period', 'organization'))
     or exists (select from tollgate.limit_overrides
                where organization_id = p_organization and (meter, window_name, per)
                    = ('credits', 'period', 'organization')
                  and ended_at is null and (expires_at is null or expires_at > p_at)) then
    return null;
  end if;
  return granted;
end
$$;

-- What an organization owes, over all windows.
create or replace function tollgate.debt_of(p_organization text)
returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(owed), 0) from tollgate.credit_windows
          where organization_id = p_organization and owed > 0);
end
$$;

-- How far the allowance of a window goes beyond its own maximum (for_max): by what grants have paid
-- in it and have left. If the allowance was lowered, also by what it has already paid. Under a hard
-- limit, all debts are subtracted.
-- So what is left of max + for_max is always what the allowance and the grants have left, minus
-- what is owed. A cap on overage (for_cap) applies to what the plan pays and charges. past: what
-- was already charged in the window.
create or replace function tollgate.widening_of(
  p_organization text, p_window text, p_start timestamptz, p_max bigint, p_behavior text,
  p_granted bigint, p_level bigint, p_drawn bigint, p_at timestamptz)
returns tollgate.credit_widening language plpgsql stable as $$
declare
  widening tollgate.credit_widening;
  account record;
  paid tollgate.credit_windows;
  most bigint := p_max;
begin
  widening.for_max := 0; widening.for_cap := 0;
  if p_granted is null then return widening; end if;
  select o.allowance_window, tollgate.window_end(p_window, p_start, o.starts_at) as window_end
  into account from tollgate.organizations o where o.id = p_organization;
  if account.allowance_window is null then return widening; end if;
  select * into paid from tollgate.credit_windows c
  where (c.organization_id, c.window_name, c.window_start) = (p_organization, p_window, p_start);
  if paid.organization_id is null then
    paid.from_plan := 0; paid.owed := 0; paid.overage := 0;
  elsif paid.behavior is not null and account.window_end <= p_at then
    most := paid.allowance;
  end if;
  if account.allowance_window <> p_window then
    paid.from_plan := coalesce(p_level - p_drawn, 0) - paid.owed - paid.overage;
  end if;
  widening.for_cap := p_granted + coalesce(p_drawn, 0) + paid.owed;
  widening.for_max := case when most is not null then widening.for_cap
    + greatest(most, paid.from_plan + paid.overage) - p_max
    - case when p_behavior = 'hard' then tollgate.debt_of(p_organization) else 0 end end;
  widening.past := case when p_behavior = 'overage' then paid.overage end;
  return widening;
end
$$;
