-- Endpoints are given back together: see release_endpoints.
drop function if exists tollgate.release_endpoint(uuid, uuid);

-- How many runs are in which state is looked at with each scrape, however many are over.
create index "workflow runs that are not over" on tollgate.workflow_runs (workflow, state)
  where ended_at is null;
