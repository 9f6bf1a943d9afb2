-- Gives an endpoint back, which is due when the next of what waits for it is. It is locked first: what
-- is written meanwhile must be seen by the statement that looks for it.
create or replace function tollgate.release_endpoint(p_endpoint uuid, p_lease uuid)
returns void language plpgsql as $$
begin
  perform 1 from tollgate.endpoints where id = p_endpoint and lease = p_lease for no key update;
  if not found then return; end if;
  update tollgate.endpoints
  set lease = null, leased_until = null, due_at = (
    select min(next_attempt_at) from tollgate.deliveries
    where endpoint_id = p_endpoint and state = 'waiting')
  where id = p_endpoint;
end
$$;
