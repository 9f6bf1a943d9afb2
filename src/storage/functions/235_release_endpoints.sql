-- Releases endpoints. Each one is due when its next waiting delivery is. Returns those that have
-- one due by p_at. The endpoints are locked first, so that the next statement sees deliveries that
-- are written meanwhile.
create or replace function tollgate.release_endpoints(
  p_endpoints uuid[], p_leases uuid[], p_at timestamptz)
returns setof uuid language plpgsql as $$
declare
  leased uuid[] := array(
    select e.id from tollgate.endpoints e
    join unnest(p_endpoints, p_leases) l (id, lease) on (e.id, e.lease) = (l.id, l.lease)
    order by e.id for no key update of e);
begin
  return query
  with given as (
    update tollgate.endpoints e
    set lease = null, leased_until = null, due_at = (
      select min(d.next_attempt_at) from tollgate.deliveries d
      where d.endpoint_id = e.id and d.state = 'waiting')
    where e.id = any (leased)
    returning e.id, e.due_at)
  select g.id from given g where g.due_at <= p_at;
end
$$;
