-- Reduces a grant to what its money is worth now. p_kept of the original amount stays. p_frozen of
-- that cannot be used meanwhile; use that is returned later is frozen too (uncover).
-- It takes first what is left of the grant, then what was used, the latest first. That use becomes
-- a debt under a hard limit, else overage. If less is to be taken than before, the difference comes
-- back.
-- Repeating a call changes nothing. Returns how much was taken; a negative number came back. The
-- caller must have locked the organization.
create or replace function tollgate.reverse_grant(
  p_organization text, p_grant uuid, p_kept bigint, p_frozen bigint, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  g tollgate.grants;
  used bigint;
  pool bigint;
  more bigint;
  taken bigint := 0;
  returned bigint := 0;
  frozen bigint;
begin
  select * into g from tollgate.grants where organization_id = p_organization and id = p_grant;
  if g.id is null then return 0; end if;
  select coalesce(sum(units), 0) into used from tollgate.grant_draws
  where organization_id = p_organization and grant_id = p_grant;
  pool := g.left_units + g.frozen_units;
  more := pool + used - p_kept;
  if g.ended_at is not null or g.expires_at <= p_at then
    -- A grant that was ended by hand, or is over, gets nothing back.
    more := greatest(more, pool);
  end if;
  if more > 0 then
    taken := least(pool, more);
  else
    returned := least(-more, g.reversed_units);
  end if;
  pool := pool - taken + returned;
  frozen := least(pool, p_frozen);
  update tollgate.grants
  set left_units = pool - frozen, frozen_units = frozen,
      disputed_units = greatest(frozen, p_frozen),
      reversed_units = reversed_units + greatest(more, 0) - returned
  where id = p_grant;
  perform tollgate.post_credits(
    p_organization,
    case when taken > 0 then 'take_back' when returned > 0 then 'give_back'
         when frozen > g.frozen_units then 'freeze' else 'unfreeze' end,
    null, null, array['grant', 'frozen', 'given'], array[p_grant, p_grant, null],
    array[pool - frozen - g.left_units, frozen - g.frozen_units, taken - returned], p_at);
  if more > taken then
    perform tollgate.take_back_used(p_organization, p_grant, more - taken, p_at);
  end if;
  perform tollgate.draw_credits(array[p_organization], p_at);
  perform tollgate.refresh_alerts(array[p_organization], p_at);
  return greatest(more, 0) - returned;
end
$$;

-- Removes a grant's payments for windows. That use becomes a debt, or overage if the window's limit
-- charges it.
create or replace function tollgate.take_back_used(
  p_organization text, p_grant uuid, p_units bigint, p_at timestamptz)
returns void language plpgsql as $$
declare
  remaining bigint := p_units;
  part bigint;
  account text;
  draw tollgate.grant_draws;
begin
  for draw in
    select * from tollgate.grant_draws
    where organization_id = p_organization and grant_id = p_grant and units > 0
    order by window_start desc, window_name
  loop
    exit when remaining = 0;
    part := least(draw.units, remaining);
    remaining := remaining - part;
    update tollgate.grant_draws d set units = d.units - part
    where (d.organization_id, d.window_name, d.window_start, d.grant_id)
        = (p_organization, draw.window_name, draw.window_start, p_grant);
    update tollgate.buckets b set drawn = b.drawn - part
    where (b.organization_id, b.meter, b.window_name, b.window_start)
        = (p_organization, 'credits', draw.window_name, draw.window_start);
    update tollgate.credit_windows c
    set owed = c.owed + case when tollgate.account_past(coalesce(c.behavior, 'hard')) = 'owed'
                             then part else 0 end,
        overage = c.overage + case when tollgate.account_past(coalesce(c.behavior, 'hard')) = 'owed'
                                   then 0 else part end
    where (c.organization_id, c.window_name, c.window_start)
        = (p_organization, draw.window_name, draw.window_start)
    returning tollgate.account_past(coalesce(c.behavior, 'hard')) into account;
    perform tollgate.post_credits(
      p_organization, 'take_back', draw.window_name, draw.window_start, array[account, 'given'],
      array[null, null]::uuid[], array[-part, part], p_at);
  end loop;
end
$$;
