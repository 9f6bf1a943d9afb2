-- A reader who ended the mails of a channel is not mailed again, whatever else the channel goes
-- through.
alter table tollgate.endpoints add column unsubscribed_target text;
comment on column tollgate.endpoints.unsubscribed_target is
  'The last address whose reader ended the mails. Only its reader takes that back.';
update tollgate.endpoints set unsubscribed_target = target
where channel = 'email' and state = 'disabled' and reason = 'whoever reads the mail ended it';

-- A process that stops gives its runs back, which is no failure and no attempt.
alter table tollgate.job_runs add column released boolean not null default false;
comment on column tollgate.job_runs.released is
  'Its process stopped and gave it back: the next process goes on with it.';

-- Jobs that each process does by itself, and that fail in some of them.
create table tollgate.job_failures (
  job           text collate "C" not null,
  node          text collate "C" not null,
  failing_since timestamptz not null,
  heard_at      timestamptz not null,
  primary key (job, node)
) with (fillfactor = 70);
comment on column tollgate.job_failures.heard_at is
  'When its process last said that the job fails. One that says nothing any more is gone.';

-- An hour's look is on lease, and done when it has ended. A look that is repeated counts once.
alter table tollgate.alert_epoch add column hour_leased_until timestamptz;
comment on column tollgate.alert_epoch.hour_leased_until is
  'Until then one process does the look of this hour.';
alter table tollgate.alert_states add column looked_at timestamptz;
comment on column tollgate.alert_states.looked_at is
  'The hour of the last look that was counted; null: each look counts.';
comment on column tollgate.alert_epoch.looked_until is
  'Until when overrides that ended were looked for.';
drop function if exists tollgate.mark_alerts_behind(timestamptz, timestamptz);
drop function if exists tollgate.judge_alert(
  text, uuid, numeric, text, boolean, boolean, integer, integer, interval, text, text, jsonb,
  numeric, numeric, text, timestamptz, timestamptz, timestamptz);

-- The recent test messages and resends that people asked for. Their number is limited.
create table tollgate.sends_by_hand (
  organization_id text collate "C" not null,
  endpoint_id     uuid not null,
  sent_at         timestamptz not null
);
create index "sends by hand of an owner" on tollgate.sends_by_hand (organization_id, sent_at);
select tollgate.wall_off('tollgate.sends_by_hand');
