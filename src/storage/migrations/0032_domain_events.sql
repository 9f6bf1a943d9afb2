-- What has happened, for whoever wants to be told: one outbox of events that are written in the
-- transaction of what they tell of. Those of an organization are numbered in the order in which
-- they were committed; those of the platform are of the organization ''.
create table tollgate.domain_event_heads (
  organization_id text collate "C" primary key,
  sequence        bigint not null
) with (fillfactor = 50);
comment on table tollgate.domain_event_heads is
  'The last number that was given out; its row is locked until the transaction of the event ends.';

create table tollgate.domain_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  id              uuid not null unique,
  kind            text collate "C" not null,
  subject         text not null,
  data            jsonb not null,
  key             text collate "C",
  occurred_at     timestamptz not null,
  fanned_out_at   timestamptz,
  primary key (organization_id, sequence)
);
comment on column tollgate.domain_events.key is
  'Of what is told once: a second event under the same key of an organization is not written.';
comment on column tollgate.domain_events.fanned_out_at is
  'When the deliveries of it were written. Null: they are still to be.';
create unique index "an event is told once" on tollgate.domain_events (organization_id, key)
  where key is not null;
create index "events without deliveries" on tollgate.domain_events (occurred_at)
  where fanned_out_at is null;
create index "events of a kind" on tollgate.domain_events (organization_id, kind, sequence);
create index "events by age" on tollgate.domain_events (occurred_at);

select tollgate.wall_off('tollgate.domain_event_heads');
select tollgate.wall_off('tollgate.domain_events');
