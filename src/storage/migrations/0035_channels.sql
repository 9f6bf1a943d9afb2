-- People are told of events as well, by Slack and by mail. A channel is an endpoint of another
-- kind: it has the same lease, schedule and log of tries. What it is sent are messages, each of
-- which is of one or more deliveries.
alter table tollgate.endpoints
  add column minimum_severity text,
  add column zone             text,
  add column quiet_from       text collate "C",
  add column quiet_until      text collate "C",
  add column digest_at        text collate "C",
  add column refusals         integer not null default 0,
  add column not_before       timestamptz,
  add constraint "a channel says what it is told of, and when" check (
    case when channel = 'webhook' then num_nonnulls(minimum_severity, zone, quiet_from, digest_at) = 0
         else minimum_severity is not null and zone is not null end),
  add constraint "quiet hours begin and end" check ((quiet_from is null) = (quiet_until is null));
comment on column tollgate.endpoints.quiet_from is
  'The time of day in its zone, HH:MM, from which on only what is critical is sent.';
comment on column tollgate.endpoints.digest_at is
  'The time of day at which what is not critical is sent, all together. Null: as it happens.';
comment on column tollgate.endpoints.refusals is
  'How many messages were finally refused since the last that came through.';
comment on column tollgate.endpoints.not_before is
  'Nothing is sent to it earlier: it asked for that, or takes so much in a second and no more.';

alter table tollgate.deliveries
  add column message_id uuid,
  add column held       boolean not null default false;
comment on column tollgate.deliveries.message_id is
  'The message that it is sent in. Tries have the same, so that whoever gets two can tell.';
comment on column tollgate.deliveries.held is
  'It waited for the end of quiet hours, or for the time of the digest.';
create index "deliveries of a message" on tollgate.deliveries (message_id)
  where message_id is not null;

create index "events of a firing" on tollgate.domain_events ((data ->> 'firingId'))
  where kind in ('alert.fired', 'alert.recovered');
