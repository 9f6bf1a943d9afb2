-- Who is told of events, and what became of it.

-- Somewhere that wants to be told: of an organization, or of the platform (''), which is told of
-- all organizations. A process has it on lease while it sends, so that two never send the same.
create table tollgate.endpoints (
  id              uuid primary key,
  organization_id text collate "C" not null,
  channel         text not null,
  target          text not null,
  description     text,
  kinds           text[] collate "C" not null,
  state           text not null,
  reason          text,
  secret          text,
  former_secret   text,
  former_until    timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  failing_since   timestamptz,
  last_ok_at      timestamptz,
  due_at          timestamptz,
  lease           uuid,
  leased_until    timestamptz,
  constraint "an endpoint is of a known channel" check (channel in ('webhook', 'slack', 'email')),
  constraint "an endpoint is on, paused or disabled" check (state in ('on', 'paused', 'disabled')),
  constraint "a former secret has an end" check ((former_secret is null) = (former_until is null))
) with (fillfactor = 70);
comment on column tollgate.endpoints.kinds is
  'Kinds of events, or all of a group (invoice.*). Empty: everything.';
comment on column tollgate.endpoints.secret is 'Sealed with a key of the server.';
comment on column tollgate.endpoints.failing_since is
  'When the first delivery failed since the last that came through.';
comment on column tollgate.endpoints.due_at is
  'Not later than the next delivery that waits. Null: none does.';
create index "endpoints of an organization" on tollgate.endpoints (organization_id, created_at, id);
create index "endpoints with something due" on tollgate.endpoints (due_at)
  where due_at is not null and state = 'on';

-- An event for an endpoint. One that came to no endpoint that was on is kept as well, so that it
-- can be sent later.
create table tollgate.deliveries (
  id              uuid primary key,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null references tollgate.endpoints on delete cascade,
  event_id        uuid not null references tollgate.domain_events (id) on delete cascade,
  kind            text collate "C" not null,
  state           text not null,
  reason          text,
  attempts        integer not null default 0,
  round_attempts  integer not null default 0,
  next_attempt_at timestamptz,
  created_at      timestamptz not null,
  done_at         timestamptz,
  constraint "one delivery an event and endpoint" unique (endpoint_id, event_id),
  constraint "a delivery waits, or is over" check (state in ('waiting', 'done', 'failed', 'skipped')),
  constraint "what waits has its time" check ((state = 'waiting') = (next_attempt_at is not null))
) with (fillfactor = 80);
comment on column tollgate.deliveries.organization_id is 'Whose the endpoint is.';
comment on column tollgate.deliveries.round_attempts is
  'Those since it was last sent again by hand: the waits between them begin anew then.';
create index "deliveries that wait" on tollgate.deliveries (endpoint_id, next_attempt_at)
  where state = 'waiting';
create index "deliveries of an endpoint" on tollgate.deliveries (endpoint_id, created_at, id);
create index "deliveries of an event" on tollgate.deliveries (event_id);

-- Every try, with what was answered.
create table tollgate.delivery_tries (
  delivery_id     uuid not null references tollgate.deliveries on delete cascade,
  attempt         integer not null,
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  tried_at        timestamptz not null,
  took_ms         integer not null,
  status          smallint,
  error           text,
  answer          text,
  primary key (delivery_id, attempt)
);
comment on column tollgate.delivery_tries.answer is
  'How the answer began: what somebody else wrote, so never to be trusted.';
create index "tries by age" on tollgate.delivery_tries (tried_at);
create index "tries of an endpoint" on tollgate.delivery_tries (endpoint_id, tried_at);

select tollgate.wall_off('tollgate.endpoints');
select tollgate.wall_off('tollgate.deliveries');
select tollgate.wall_off('tollgate.delivery_tries');
