-- An organization's history, filtered, sorted and summed up from the key of the events alone: what
-- history is filtered by stands in the leaves of the key, so that a page reads the rows that it
-- shows and no others, and writing an event still enters one index and not two.

-- How a user and a session begin: both may be longer than an index can hold (255 characters each).
alter table tollgate.events
  add column user_start text collate "C" generated always as (left(user_id, 64)) stored,
  add column session_start text collate "C" generated always as (left(session_id, 64)) stored;

alter table tollgate.events drop constraint events_pkey;
alter table tollgate.events add primary key (organization_id, occurred_at, id)
  include (event_type, category, user_start, session_start, credits, cost_usd);

-- Roll-ups count a reversal as minus one, and a history as one event more: to sum up a history from
-- roll-ups takes the number of reversals. There are few, and no other event enters this index.
create index "reversals" on tollgate.events (organization_id, occurred_at)
  where reverses is not null;
