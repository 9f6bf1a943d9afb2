-- Writes a movement of credits. The organization must be locked, since its movements are numbered.
-- It refuses a movement that does not sum to zero: no credits come from nowhere.
create or replace function tollgate.post_credits(
  p_organization text, p_kind text, p_window text, p_start timestamptz, p_account text[],
  p_grant uuid[], p_units bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  transaction_id bigint;
begin
  if coalesce((select sum(u) from unnest(p_units) u), 0) <> 0 then
    raise exception 'a movement of credits must sum to zero, not to %',
      (select sum(u) from unnest(p_units) u) using errcode = 'TG003';
  end if;
  if not exists (select from unnest(p_units) u where u <> 0) then return; end if;
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start, number)
  select p_organization, p_at, p_kind, p_window, p_start, coalesce(max(t.number), 0) + 1
  from tollgate.credit_transactions t where t.organization_id = p_organization
  returning id into transaction_id;
  insert into tollgate.credit_entries
  select p_organization, transaction_id, e.place, e.account, e.grant_id, e.units
  from unnest(p_account, p_grant, p_units) with ordinality e (account, grant_id, units, place)
  where e.units <> 0;
end
$$;
