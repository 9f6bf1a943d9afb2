-- What was used. Events and decisions are partitioned by ISO week (see ensure_partitions), so
-- that retention drops tables; everything else is small or kept for ever. Keys compare as bytes
-- (collate "C"): the cheapest order there is, and the same on every host.

create table tollgate.events (
  organization_id     text collate "C" not null,
  occurred_at         timestamptz not null,
  id                  text collate "C" not null,
  received_at         timestamptz not null,
  reverses            text,
  event_type          text not null,
  category            text not null,
  user_id             text,
  session_id          text,
  api_key_id          uuid,
  quantities          jsonb not null,
  credits             bigint not null,
  cost_usd            numeric(24, 12),
  price_source        text,
  provider            text,
  model               text,
  input_tokens        bigint,
  cached_input_tokens bigint,
  output_tokens       bigint,
  reasoning_tokens    bigint,
  endpoint            text,
  method              text,
  status              smallint,
  duration_ms         integer,
  catalog_version_id  bigint not null,
  properties          jsonb,
  primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
comment on column tollgate.events.quantities is
  'Meter → amount in its smallest unit, or the distinct value for a unique meter.';
comment on column tollgate.events.credits is 'In micro-credits; negative on a reversal.';
comment on column tollgate.events.price_source is
  'Where the model price came from: override, catalog, library, or unpriced; null: no model.';

-- From when on raw events are whole: retention has dropped some or all from before. What starts
-- earlier cannot be recomputed from them. No row while nothing was dropped.
create table tollgate.retention (
  only_row           boolean primary key default true,
  events_whole_since timestamptz not null,
  constraint "there is one retention" check (only_row)
);

-- The idempotency keys, and what was decided under each, so that a retry is given the first answer.
-- Not partitioned by time, so that a key counts once whatever timestamp a retry carries; kept for
-- 65 days (the oldest timestamp taken is 35), backfills for ever.
create table tollgate.event_ids (
  organization_id text collate "C" not null,
  id              text collate "C" not null,
  fingerprint     uuid not null,
  occurred_at     timestamptz not null,
  received_at     timestamptz not null,
  backfilled      boolean not null,
  verb            text not null,
  reservation_id  uuid,
  credits         bigint,
  batch_id        bigint,
  ahead           text,
  asked           text,
  seen            jsonb,
  primary key (organization_id, id),
  constraint "an id is of a known verb" check (verb in ('record', 'track', 'reserve'))
);
create index "old event ids" on tollgate.event_ids using brin (received_at);
comment on column tollgate.event_ids.batch_id is
  'The batch that it was decided in together with others: what they saw is kept once.';
comment on column tollgate.event_ids.seen is
  'What it saw when it was decided in turn: as in decision_batches, of its organization alone.';
comment on column tollgate.event_ids.ahead is
  'JSON of meter → units that earlier calls of the same batch asked for.';
comment on column tollgate.event_ids.asked is 'JSON of meter → units that the call asked for.';

-- What the calls of a batch saw that were all admitted: by organization, the warning threshold and
-- every limit that was touched, with its level before the batch.
create table tollgate.decision_batches (
  id         bigint generated always as identity primary key,
  decided_at timestamptz not null,
  seen       jsonb not null
);
create index "old decision batches" on tollgate.decision_batches using brin (decided_at);

-- A meter's level in one window. Hour, day, month and period are kept for every meter and are its
-- roll-up. leased: debited by processes that decide on it by themselves, and not yet recorded.
-- latest_at and latest_id name the report that made the level of a `latest` meter: of two of one
-- instant, the one with the greater id.
create table tollgate.buckets (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  used            bigint not null default 0,
  held            bigint not null default 0,
  leased          bigint not null default 0,
  latest_at       timestamptz,
  latest_id       text collate "C",
  primary key (organization_id, meter, window_name, window_start),
  constraint "a hold is never negative" check (held >= 0),
  constraint "a lease is never negative" check (leased >= 0)
) with (fillfactor = 80);

-- The rate limits, as leaky buckets: a call of u units pours in u × 60,000 unit-milliseconds, and
-- the limit's maximum leaks out every millisecond. Whole numbers throughout, so it is exact.
create table tollgate.rates (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  debt            numeric not null default 0,
  charged_at      timestamptz not null,
  leased          bigint not null default 0,
  primary key (organization_id, meter, per, subject),
  constraint "a lease of a rate is never negative" check (leased >= 0)
) with (fillfactor = 80);

-- The members of the sets that unique meters count.
create table tollgate.unique_values (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  value           text collate "C" not null,
  primary key (organization_id, meter, window_name, window_start, value)
);

create table tollgate.rollups (
  organization_id     text collate "C" not null,
  dimension           text collate "C" not null,
  grain               text collate "C" not null,
  window_start        timestamptz not null,
  key                 text collate "C" not null,
  events              bigint not null,
  errors              bigint not null,
  unpriced            bigint not null,
  credits             bigint not null,
  cost_usd            numeric(30, 12) not null,
  input_tokens        bigint not null,
  cached_input_tokens bigint not null,
  output_tokens       bigint not null,
  reasoning_tokens    bigint not null,
  timed               bigint not null,
  duration_ms         bigint not null,
  primary key (organization_id, dimension, grain, window_start, key),
  constraint "a roll-up has a known dimension"
    check (dimension in ('total', 'event_type', 'user', 'endpoint', 'category', 'model')),
  constraint "a roll-up has a known grain" check (grain in ('hour', 'day', 'month'))
) with (fillfactor = 80);

-- Mergeable latency histograms, one row an endpoint and day: bucket b counts the calls that took
-- 2^((b-1)/4) < ms <= 2^(b/4). Two arrays side by side, since a row a bucket would make this the
-- larger half of all roll-up rows.
create table tollgate.latency_rollups (
  organization_id text collate "C" not null,
  endpoint        text collate "C" not null,
  day             timestamptz not null,
  buckets         smallint[] not null,
  calls           bigint[] not null,
  primary key (organization_id, day, endpoint)
) with (fillfactor = 80);

-- The refusals, and what was decided on reservations that were to grow. (What was let through is
-- explained by its id and its event.)
create table tollgate.decisions (
  id                 uuid not null,
  decided_at         timestamptz not null,
  organization_id    text collate "C" not null,
  verb               text not null,
  event_id           text collate "C" not null,
  event_type         text not null,
  occurred_at        timestamptz not null,
  allowed            boolean not null,
  credits            bigint not null,
  quantities         jsonb not null,
  seen               jsonb not null,
  catalog_version_id bigint not null,
  primary key (id, decided_at)
) partition by range (decided_at);

-- What a reservation holds is in quantities, by meter; it is held in every window that contains
-- occurred_at.
create table tollgate.reservations (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  event_id        text collate "C" not null,
  user_id         text,
  api_key_id      uuid,
  state           text not null default 'held',
  request         jsonb not null,
  quantities      jsonb not null,
  catalog_version_id bigint not null,
  occurred_at     timestamptz not null,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  ended_at        timestamptz,
  settlement      jsonb,
  held_elsewhere  boolean not null default false,
  unique (organization_id, event_id),
  constraint "a reservation is held, settled, released or expired"
    check (state in ('held', 'settled', 'released', 'expired')),
  constraint "only a held reservation has not ended" check ((state = 'held') = (ended_at is null))
);
create index "reservations that will expire"
  on tollgate.reservations (organization_id, expires_at) where state = 'held';
create index "reservations that Redis holds"
  on tollgate.reservations (organization_id) where held_elsewhere and state <> 'held';
comment on column tollgate.reservations.held_elsewhere is
  'Redis holds it as well, and has not been given it back.';

-- A batch of use as columns: one array an attribute, one place an event. Typed, quick to send,
-- and read by every statement of the write path. The amount_ arrays hold one place a meter of
-- an event, pointing at it by its place (from 1). What follows from those is sent beside them,
-- since whoever made the batch has it at hand and a statement would sort for it: ahead is what the
-- places before ask for in the same organization and hour, by meter, as JSON; the total_ arrays
-- are what all of them ask for (flows only), an organization, hour and meter a place.
create type tollgate.usage_batch as (
  organization_id     text[],
  id                  text[],
  fingerprint         uuid[],
  occurred_at         timestamptz[],
  received_at         timestamptz[],
  backfilled          boolean[],
  reverses            text[],
  verb                text[],
  event_type          text[],
  category            text[],
  user_id             text[],
  session_id          text[],
  api_key_id          uuid[],
  quantities          text[],
  credits             bigint[],
  cost_usd            numeric[],
  price_source        text[],
  provider            text[],
  model               text[],
  input_tokens        bigint[],
  cached_input_tokens bigint[],
  output_tokens       bigint[],
  reasoning_tokens    bigint[],
  endpoint            text[],
  method              text[],
  status              smallint[],
  duration_ms         integer[],
  catalog_version_id  bigint[],
  properties          text[],
  amount_item         integer[],
  amount_meter        text[],
  amount_units        bigint[],
  amount_value        text[],
  ahead               text[],
  total_organization  text[],
  total_hour          timestamptz[],
  total_meter         text[],
  total_units         bigint[]
);

-- What was decided on one item of a batch.
create type tollgate.taken_item as (
  item       integer,
  admitted   boolean,
  recallable boolean,
  seen       jsonb
);
