-- Endpoints are given back together: see release_endpoints.
drop function if exists tollgate.release_endpoint(uuid, uuid);
