-- The events of a session, which the key of the events cannot answer without reading an
-- organization's events through. Without what the key has in its leaves: few rows are looked up, and
-- every event of a session enters this as well. The last column brings the order of time.
create index "events of a session"
  on tollgate.events (organization_id, session_start, occurred_at)
  where session_start is not null;
