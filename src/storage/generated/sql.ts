// Written by scripts/gen.mjs: change the .sql files beside this folder, then `npm run gen`.
import type { SqlFile } from '../sql-files.ts'

/** In the order in which they are applied. */
export const migrations: readonly SqlFile[] = [
  {
    name: '0001_catalog_and_organizations',
    text: `-- What is sold (meters, catalogs, plan versions), and to whom (organizations, keys, overrides).

create table tollgate.meters (
  key         text collate "C" primary key,
  unit        text not null,
  aggregation text not null,
  scale       smallint not null default 0,
  constraint "a meter aggregates in a known way"
    check (aggregation in ('sum', 'count', 'max', 'unique', 'latest')),
  constraint "a meter keeps at most six decimals" check (scale between 0 and 6)
);

-- Every change of a catalog is a new row holding the whole document; the newest is in force.
create table tollgate.catalog_versions (
  id          bigint generated always as identity primary key,
  catalog     text not null,
  version     integer not null,
  document    jsonb not null,
  source      text not null,
  source_hash text,
  actor       text not null,
  note        text,
  created_at  timestamptz not null,
  constraint "a catalog comes from a file or the API" check (source in ('file', 'api')),
  constraint "one catalog version a number" unique (catalog, version)
);

-- Immutable: an edited plan is a new version, and organizations stay on theirs until moved.
create table tollgate.plan_versions (
  id         bigint generated always as identity primary key,
  catalog    text not null,
  plan       text not null,
  version    integer not null,
  document   jsonb not null,
  created_at timestamptz not null,
  constraint "one plan version a number" unique (catalog, plan, version)
);

create table tollgate.plan_limits (
  plan_version_id bigint not null references tollgate.plan_versions,
  meter           text collate "C" not null references tollgate.meters,
  window_name     text collate "C" not null,
  max             bigint,
  behavior        text not null,
  primary key (plan_version_id, meter, window_name),
  constraint "a limit has a known window"
    check (window_name in ('minute', 'hour', 'day', 'month', 'period')),
  constraint "a limit has a known behavior" check (behavior in ('hard', 'soft', 'overage')),
  constraint "a maximum is not negative" check (max >= 0)
);
comment on column tollgate.plan_limits.max is 'In the meter''s smallest unit; null means unlimited.';

create table tollgate.organizations (
  id              text collate "C" primary key,
  name            text not null,
  plan_version_id bigint not null references tollgate.plan_versions,
  status          text not null default 'active',
  starts_at       timestamptz not null,
  warn_percent    smallint not null default 80,
  created_at      timestamptz not null,
  closed_at       timestamptz,
  constraint "an organization is active or closed" check (status in ('active', 'closed')),
  constraint "a warning threshold is a percentage" check (warn_percent between 1 and 100)
);
comment on column tollgate.organizations.starts_at is
  'Start of the subscription; its UTC day anchors the billing periods.';

create table tollgate.limit_overrides (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  meter           text collate "C" not null references tollgate.meters,
  window_name     text collate "C" not null,
  max             bigint,
  behavior        text not null,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  expires_at      timestamptz,
  ended_at        timestamptz,
  constraint "an override has a known window"
    check (window_name in ('minute', 'hour', 'day', 'month', 'period')),
  constraint "an override has a known behavior" check (behavior in ('hard', 'soft', 'overage')),
  constraint "an overriding maximum is not negative" check (max >= 0)
);
create unique index "one override in force per limit"
  on tollgate.limit_overrides (organization_id, meter, window_name) where ended_at is null;

-- Only the SHA-256 of a key is kept; organization_id is null for a platform administrator's key.
create table tollgate.api_keys (
  id              uuid primary key,
  organization_id text collate "C" references tollgate.organizations,
  name            text not null,
  prefix          text not null,
  hash            bytea not null unique,
  created_at      timestamptz not null,
  expires_at      timestamptz,
  revoked_at      timestamptz,
  last_used_at    timestamptz
);
create index "keys of an organization" on tollgate.api_keys (organization_id, created_at);
`,
  },
  {
    name: '0002_ledger',
    text: `-- What was used. Events and decisions are partitioned by ISO week (see ensure_partitions), so
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

-- The idempotency keys. Not partitioned by time, so that a key counts once whatever timestamp a
-- retry carries; kept for 65 days (the oldest timestamp taken is 35), backfills for ever.
create table tollgate.event_ids (
  organization_id text collate "C" not null,
  id              text collate "C" not null,
  fingerprint     uuid not null,
  occurred_at     timestamptz not null,
  received_at     timestamptz not null,
  decision_id     uuid,
  reservation_id  uuid,
  backfilled      boolean not null,
  primary key (organization_id, id)
);
create index "old event ids" on tollgate.event_ids using brin (received_at);

-- A meter's level in one window. Hour, day, month and period are kept for every meter and are its
-- roll-up; minutes only while a limit asks for them. latest_at and latest_id name the report that
-- made the level of a \`latest\` meter: of two of one instant, the one with the greater id.
create table tollgate.buckets (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  used            bigint not null default 0,
  held            bigint not null default 0,
  latest_at       timestamptz,
  latest_id       text collate "C",
  primary key (organization_id, meter, window_name, window_start),
  constraint "a hold is never negative" check (held >= 0)
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
  limits             jsonb not null,
  warn_percent       smallint not null,
  catalog_version_id bigint not null,
  primary key (id, decided_at)
) partition by range (decided_at);
comment on column tollgate.decisions.limits is
  'Every limit the call touched: meter, window, start, max, behavior, before, amount, refused.';

create table tollgate.reservations (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  event_id        text collate "C" not null,
  state           text not null default 'held',
  request         jsonb not null,
  quantities      jsonb not null,
  occurred_at     timestamptz not null,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  ended_at        timestamptz,
  settlement      jsonb,
  unique (organization_id, event_id),
  constraint "a reservation is held, settled, released or expired"
    check (state in ('held', 'settled', 'released', 'expired')),
  constraint "only a held reservation has not ended" check ((state = 'held') = (ended_at is null))
);
create index "reservations that will expire"
  on tollgate.reservations (organization_id, expires_at) where state = 'held';

create table tollgate.reservation_holds (
  reservation_id uuid not null references tollgate.reservations on delete cascade,
  meter          text collate "C" not null,
  window_name    text collate "C" not null,
  window_start   timestamptz not null,
  units          bigint not null,
  primary key (reservation_id, meter, window_name, window_start)
);

-- A batch of use as columns: one array an attribute, one place an event. Typed, quick to send,
-- and read by every statement of the write path. The amount_ arrays hold one place a meter of
-- an event, pointing at it by its place (from 1).
create type tollgate.usage_batch as (
  organization_id     text[],
  id                  text[],
  fingerprint         uuid[],
  occurred_at         timestamptz[],
  received_at         timestamptz[],
  backfilled          boolean[],
  reverses            text[],
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
  amount_value        text[]
);
`,
  },
]

/** In the order in which they are created. */
export const functions: readonly SqlFile[] = [
  {
    name: '010_window_start',
    text: `-- Start of the k-th billing period that contains p_at: anchor + k months, clamped to the month's
-- end from the anchor itself (31 January → 28 February → 31 March), never from the one before.
create or replace function tollgate.period_start(p_anchor timestamptz, p_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case when candidate > at_utc then anchor + make_interval(months => months - 1)
              else candidate end at time zone 'UTC'
  from (select date_trunc('day', p_anchor at time zone 'UTC') as anchor,
               p_at at time zone 'UTC' as at_utc) t
  cross join lateral (select (extract(year from at_utc) - extract(year from anchor))::int * 12
               + (extract(month from at_utc) - extract(month from anchor))::int as months) m
  cross join lateral (select anchor + make_interval(months => months) as candidate) c
$$;

-- Start of the window that contains p_at. Windows are UTC; p_anchor is used by periods only.
create or replace function tollgate.window_start(
  p_window text, p_at timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'minute' then date_bin('1 minute', p_at, '2000-01-01Z')
    when 'hour'   then date_bin('1 hour', p_at, '2000-01-01Z')
    when 'day'    then date_bin('1 day', p_at, '2000-01-01Z')
    when 'month'  then date_trunc('month', p_at at time zone 'UTC') at time zone 'UTC'
    when 'period' then tollgate.period_start(p_anchor, p_at)
  end
$$;

-- The end of a window, which is the start of the next. A period is 28 to 31 days long, so 35 days
-- after its start the next one has begun and is not over.
create or replace function tollgate.window_end(
  p_window text, p_start timestamptz, p_anchor timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case p_window
    when 'period' then tollgate.period_start(p_anchor, p_start + interval '35 days')
    else (p_start at time zone 'UTC' + ('1 ' || p_window)::interval) at time zone 'UTC'
  end
$$;
`,
  },
  {
    name: '020_limits_in_force',
    text: `-- The limits of some organizations at a moment: the plan's, unless an override stands.
-- (PL/pgSQL here and below where SQL would do: it plans once a session, not once a call.)
create or replace function tollgate.limits_in_force(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, window_name text,
  max bigint, behavior text, overridden boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with override as (
    select o.organization_id, o.meter, o.window_name, o.max, o.behavior
    from tollgate.limit_overrides o
    where o.organization_id = any (p_organizations)
      and o.ended_at is null and (o.expires_at is null or o.expires_at > p_at)),
  planned as (
    select o.id as organization_id, l.meter, l.window_name, l.max, l.behavior
    from tollgate.organizations o
    join tollgate.plan_limits l on l.plan_version_id = o.plan_version_id
    where o.id = any (p_organizations))
  select organization_id, meter, m.aggregation, window_name,
         case when o.meter is null then p.max else o.max end,
         coalesce(o.behavior, p.behavior), o.meter is not null
  from planned p
  full join override o using (organization_id, meter, window_name)
  join tollgate.meters m on m.key = meter;
end
$$;
`,
  },
  {
    name: '030_partitions',
    text: `-- Makes sure that events and decisions have their weekly partitions (Monday to Monday, UTC) from
-- p_from to p_to. One at a time: the advisory lock keeps two processes from racing.
create or replace function tollgate.ensure_partitions(p_from timestamptz, p_to timestamptz)
returns integer language plpgsql as $$
declare
  week timestamp := date_trunc('week', p_from at time zone 'UTC');
  parent text;
  partition_name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  while week <= p_to at time zone 'UTC' loop
    foreach parent in array array['events', 'decisions'] loop
      partition_name := parent || '_' || to_char(week, 'IYYY"w"IW');
      if to_regclass('tollgate.' || quote_ident(partition_name)) is null then
        execute format('create table tollgate.%I partition of tollgate.%I for values from (%L) to (%L)',
          partition_name, parent, week::text || 'Z', (week + interval '7 days')::text || 'Z');
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end
$$;
`,
  },
  {
    name: '040_lock_organizations',
    text: `-- Serializes all writes of an organization: every write path locks its organizations first, in
-- order of id, so that paths never deadlock and the statement after sees all that was committed.
create or replace function tollgate.lock_organizations(p_organizations text[])
returns void language plpgsql as $$
begin
  perform 1 from tollgate.organizations
  where id = any (p_organizations) order by id for no key update;
end
$$;
`,
  },
  {
    name: '050_windows_kept',
    text: `-- The windows of every meter of some organizations. Hour, day, month and period are always kept
-- (they are the meter's roll-up, and what a limit that is set later must know of); a minute is
-- kept while a limit asks for it or where it has been begun, and for unique meters, whose sets
-- cannot be made up later.
create or replace function tollgate.windows_kept(p_organizations text[], p_at timestamptz)
returns table (
  organization_id text, meter text, aggregation text, anchor timestamptz, window_name text,
  is_kept boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select o.id, m.key, m.aggregation, o.starts_at, w.window_name,
         w.window_name <> 'minute' or m.aggregation = 'unique' or l.meter is not null
  from tollgate.organizations o
  cross join tollgate.meters m
  cross join (values ('minute'), ('hour'), ('day'), ('month'), ('period')) w (window_name)
  left join tollgate.limits_in_force(p_organizations, p_at) l
    on l.organization_id = o.id and l.meter = m.key and l.window_name = w.window_name
  where o.id = any (p_organizations);
end
$$;

-- What a minute that was not begun yet must start from, when its limit is younger than itself:
-- the events of that minute. (Holds begin every window, so none is missing.)
create or replace function tollgate.minute_seed(
  p_organization text, p_meter text, p_aggregation text, p_start timestamptz)
returns bigint language sql stable as $$
  select coalesce(case p_aggregation
           when 'max' then max((quantities ->> p_meter)::bigint) else
           sum((quantities ->> p_meter)::bigint) end, 0)::bigint
  from tollgate.events
  where p_aggregation in ('sum', 'count', 'max')
    and organization_id = p_organization and quantities ? p_meter
    and occurred_at >= p_start and occurred_at < p_start + interval '1 minute'
$$;
`,
  },
  {
    name: '055_merge_levels',
    text: `-- How two parts of one window make its level. \`latest\` is decided by time, by the caller.
create or replace function tollgate.merge_levels(p_aggregation text, p_level bigint, p_units bigint)
returns bigint language sql immutable parallel safe as $$
  select case p_aggregation
    when 'max' then greatest(p_level, p_units)
    when 'latest' then p_units
    else p_level + p_units
  end
$$;
`,
  },
  {
    name: '060_post_levels',
    text: `-- Adds a batch's flows (sum, count) and maxima to the levels of their windows. One pass over the
-- amounts, by minute; every window is then made of those few rows. The organizations must be
-- locked; call before the events are inserted (minute_seed reads them).
create or replace function tollgate.post_flows(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  states text[] := array(
    select key from tollgate.meters where aggregation in ('latest', 'unique'));
begin
  with minutely as materialized (
    select i.organization_id, a.meter, i.minute, sum(a.units) as total, max(a.units) as peak
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units)
    join (select item, organization_id,
                 date_bin('1 minute', occurred_at, '2000-01-01Z') as minute
          from unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen)
               with ordinality u (organization_id, occurred_at, chosen, item)
          where chosen) i using (item)
    where a.meter <> all (states)
    group by 1, 2, 3),
  kept as materialized (
    select * from tollgate.windows_kept(
      array(select distinct organization_id from minutely), p_at)),
  delta as (
    select organization_id, meter, k.aggregation, k.window_name, k.is_kept,
           tollgate.window_start(k.window_name, minute, k.anchor) as window_start,
           case k.aggregation when 'max' then max(peak) else sum(total) end::bigint as units
    from minutely join kept k using (organization_id, meter) group by 1, 2, 3, 4, 5, 6)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used)
  select d.organization_id, d.meter, d.window_name, d.window_start,
         case when d.window_name <> 'minute' or old.meter is not null then d.units
              else tollgate.merge_levels(d.aggregation, tollgate.minute_seed(
                d.organization_id, d.meter, d.aggregation, d.window_start), d.units)
         end
  from delta d
  left join tollgate.buckets old using (organization_id, meter, window_name, window_start)
  where d.is_kept or old.meter is not null
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = tollgate.merge_levels(
    (select aggregation from tollgate.meters where key = b.meter), b.used, excluded.used);
end
$$;

-- The same for what does not add up: latest keeps the newest report, unique adds what was not
-- seen in the window before.
create or replace function tollgate.post_states(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
begin
  with amount as materialized (
    select i.organization_id, a.meter, m.aggregation, i.id, i.occurred_at,
           a.units, a.value, k.window_name,
           tollgate.window_start(k.window_name, i.occurred_at, k.anchor) as window_start
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units,
                (p_batch).amount_value) a (item, meter, units, value)
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('latest', 'unique')
    join unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_chosen)
         with ordinality i (organization_id, id, occurred_at, chosen, item)
      on i.item = a.item and i.chosen
    join tollgate.windows_kept((p_batch).organization_id, p_at) k
      on k.organization_id = i.organization_id and k.meter = a.meter
    where k.is_kept or exists (
      select 1 from tollgate.buckets b
      where (b.organization_id, b.meter, b.window_name, b.window_start)
          = (i.organization_id, a.meter, k.window_name,
             tollgate.window_start(k.window_name, i.occurred_at, k.anchor)))),
  report as (
    select distinct on (organization_id, meter, window_name, window_start)
           organization_id, meter, window_name, window_start, units, occurred_at, id
    from amount where aggregation = 'latest'
    order by organization_id, meter, window_name, window_start, occurred_at desc,
             id collate "C" desc),
  member as (
    insert into tollgate.unique_values
    select distinct organization_id, meter, window_name, window_start, value
    from amount where value is not null
    on conflict do nothing
    returning organization_id, meter, window_name, window_start)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, latest_at, latest_id)
  select * from report
  union all
  select organization_id, meter, window_name, window_start, count(*), null, null
  from member group by 1, 2, 3, 4
  order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = case when excluded.latest_at is null then b.used + excluded.used
                  when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.used
                  else b.used end,
      latest_id = case when b.latest_at is null or (excluded.latest_at, excluded.latest_id)
                    > (b.latest_at, b.latest_id) then excluded.latest_id else b.latest_id end,
      latest_at = greatest(b.latest_at, excluded.latest_at);
end
$$;
`,
  },
  {
    name: '065_latency_bucket',
    text: `-- The histogram bucket of a duration: bucket b holds 2^((b-1)/4) < ms <= 2^(b/4), so that a
-- percentile read back is within 10 % of the true one; 0 holds everything up to 1 ms.
create or replace function tollgate.latency_bucket(p_duration_ms integer)
returns smallint language sql immutable parallel safe as $$
  select case when p_duration_ms <= 1 then 0
              else ceil(4 * ln(p_duration_ms::float8) / ln(2::float8) - 1e-9) end::smallint
$$;

-- One histogram of two: the calls of each bucket added up.
create or replace function tollgate.merge_histograms(
  p_buckets smallint[], p_calls bigint[], p_more_buckets smallint[], p_more_calls bigint[])
returns table (buckets smallint[], calls bigint[]) language sql immutable parallel safe as $$
  select array_agg(bucket order by bucket), array_agg(total order by bucket)
  from (select bucket, sum(calls)::bigint as total
        from (select unnest(p_buckets) as bucket, unnest(p_calls) as calls
              union all
              select unnest(p_more_buckets), unnest(p_more_calls)) both_parts
        group by bucket) merged
$$;
`,
  },
  {
    name: '070_post_rollups',
    text: `-- Adds a batch's events to the roll-ups: first by hour and dimension in one pass over the batch,
-- then by day from those few rows (months are read as sums of their days, see monthly_rollups).
-- A reversal counts minus one.
create or replace function tollgate.post_rollups(p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  with item as materialized (
    select i.*, date_bin('1 hour', i.occurred_at, '2000-01-01Z') as hour,
           case when i.reverses is null then 1 else -1 end as sign
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).event_type) as event_type,
                 unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
                 unnest((p_batch).endpoint) as endpoint, unnest((p_batch).model) as model,
                 unnest((p_batch).credits) as credits, unnest((p_batch).cost_usd) as cost_usd,
                 unnest((p_batch).price_source) as price_source,
                 unnest((p_batch).input_tokens) as input_tokens,
                 unnest((p_batch).cached_input_tokens) as cached_input_tokens,
                 unnest((p_batch).output_tokens) as output_tokens,
                 unnest((p_batch).reasoning_tokens) as reasoning_tokens,
                 unnest((p_batch).status) as status,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where i.chosen),
  hourly as materialized (
    select organization_id, hour,
           case when grouping(event_type) = 0 then 'event_type'
                when grouping(user_id) = 0 then 'user'
                when grouping(endpoint) = 0 then 'endpoint'
                when grouping(category) = 0 then 'category'
                when grouping(model) = 0 then 'model' else 'total' end as dimension,
           coalesce(event_type, user_id, endpoint, category, model) as key,
           sum(sign) as events,
           coalesce(sum(sign) filter (where status >= 400), 0) as errors,
           coalesce(sum(sign) filter (where price_source = 'unpriced'), 0) as unpriced,
           sum(credits) as credits, coalesce(sum(cost_usd), 0) as cost_usd,
           coalesce(sum(input_tokens), 0) as input_tokens,
           coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
           coalesce(sum(output_tokens), 0) as output_tokens,
           coalesce(sum(reasoning_tokens), 0) as reasoning_tokens,
           coalesce(sum(sign) filter (where duration_ms is not null), 0) as timed,
           coalesce(sum(duration_ms * sign), 0) as duration_ms
    from item
    group by grouping sets ((organization_id, hour), (organization_id, hour, event_type),
      (organization_id, hour, user_id), (organization_id, hour, endpoint),
      (organization_id, hour, category), (organization_id, hour, model)))
  insert into tollgate.rollups as r
  select organization_id, dimension, grain,
         tollgate.window_start(grain, hour, null) as window_start, coalesce(key, ''),
         sum(events), sum(errors), sum(unpriced), sum(credits), sum(cost_usd),
         sum(input_tokens), sum(cached_input_tokens), sum(output_tokens),
         sum(reasoning_tokens), sum(timed), sum(duration_ms)
  from hourly cross join (values ('hour'), ('day')) g (grain)
  where dimension = 'total' or key is not null
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (organization_id, dimension, grain, window_start, key) do update
  set events = r.events + excluded.events,
      errors = r.errors + excluded.errors,
      unpriced = r.unpriced + excluded.unpriced,
      credits = r.credits + excluded.credits,
      cost_usd = r.cost_usd + excluded.cost_usd,
      input_tokens = r.input_tokens + excluded.input_tokens,
      cached_input_tokens = r.cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = r.output_tokens + excluded.output_tokens,
      reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
      timed = r.timed + excluded.timed,
      duration_ms = r.duration_ms + excluded.duration_ms;
end
$$;

-- Adds the durations of a batch's events to the latency histograms of their endpoints and days.
create or replace function tollgate.post_latencies(
  p_batch tollgate.usage_batch, p_chosen boolean[])
returns void language plpgsql as $$
begin
  insert into tollgate.latency_rollups as l
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from (
    select organization_id, endpoint, date_bin('1 day', occurred_at, '2000-01-01Z') as day,
           tollgate.latency_bucket(duration_ms) as bucket,
           sum(case when reverses is null then 1 else -1 end)::bigint as calls
    from (select unnest((p_batch).organization_id) as organization_id,
                 unnest((p_batch).endpoint) as endpoint,
                 unnest((p_batch).occurred_at) as occurred_at,
                 unnest((p_batch).reverses) as reverses,
                 unnest((p_batch).duration_ms) as duration_ms, unnest(p_chosen) as chosen) i
    where chosen and endpoint is not null and duration_ms is not null
    group by 1, 2, 3, 4) counted
  group by 1, 2, 3 order by 1, 3, 2
  on conflict (organization_id, day, endpoint) do update
  set (buckets, calls) = (select * from tollgate.merge_histograms(
    l.buckets, l.calls, excluded.buckets, excluded.calls));
end
$$;
`,
  },
  {
    name: '080_post_events',
    text: `-- Writes the chosen events of a batch with everything that follows from them. The caller has
-- locked the organizations and claimed the ids. Columns are unnested in the select list, where
-- they stream side by side: in \`from\` each would be stored first, 2 µs an event.
create or replace function tollgate.post_events(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_at timestamptz)
returns void language plpgsql as $$
begin
  perform tollgate.post_flows(p_batch, p_chosen, p_at);
  if exists (select 1 from tollgate.meters where aggregation in ('latest', 'unique')
             and key = any ((p_batch).amount_meter)) then
    perform tollgate.post_states(p_batch, p_chosen, p_at);
  end if;
  perform tollgate.post_rollups(p_batch, p_chosen);
  if (p_batch).duration_ms is not null then
    perform tollgate.post_latencies(p_batch, p_chosen);
  end if;
  insert into tollgate.events
    (organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
     session_id, api_key_id, quantities, credits, cost_usd, price_source, provider, model,
     input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint, method,
     status, duration_ms, catalog_version_id, properties)
  select organization_id, occurred_at, id, received_at, reverses, event_type, category, user_id,
         session_id, api_key_id, quantities::jsonb, credits, cost_usd, price_source, provider,
         model, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, endpoint,
         method, status, duration_ms, catalog_version_id, properties::jsonb
  from (select unnest((p_batch).organization_id) as organization_id,
               unnest((p_batch).occurred_at) as occurred_at, unnest((p_batch).id) as id,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).reverses) as reverses,
               unnest((p_batch).event_type) as event_type,
               unnest((p_batch).category) as category, unnest((p_batch).user_id) as user_id,
               unnest((p_batch).session_id) as session_id,
               unnest((p_batch).api_key_id) as api_key_id,
               unnest((p_batch).quantities) as quantities, unnest((p_batch).credits) as credits,
               unnest((p_batch).cost_usd) as cost_usd,
               unnest((p_batch).price_source) as price_source,
               unnest((p_batch).provider) as provider, unnest((p_batch).model) as model,
               unnest((p_batch).input_tokens) as input_tokens,
               unnest((p_batch).cached_input_tokens) as cached_input_tokens,
               unnest((p_batch).output_tokens) as output_tokens,
               unnest((p_batch).reasoning_tokens) as reasoning_tokens,
               unnest((p_batch).endpoint) as endpoint, unnest((p_batch).method) as method,
               unnest((p_batch).status) as status, unnest((p_batch).duration_ms) as duration_ms,
               unnest((p_batch).catalog_version_id) as catalog_version_id,
               unnest((p_batch).properties) as properties, unnest(p_chosen) as chosen) i
  where chosen;
end
$$;
`,
  },
  {
    name: '090_record_events',
    text: `-- Which places of the batch have an id that is still free. The organizations must be locked: then
-- nobody else can be claiming, and what is free now can be claimed without looking again.
create or replace function tollgate.free_ids(p_batch tollgate.usage_batch)
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(e.id is null order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id)
         with ordinality i (organization_id, id, item)
    left join tollgate.event_ids e using (organization_id, id));
end
$$;

-- Takes the ids of the chosen places, which the caller knows to be free.
create or replace function tollgate.claim_ids(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_decision_id uuid[], p_reservation_id uuid[])
returns void language plpgsql as $$
begin
  insert into tollgate.event_ids (organization_id, id, fingerprint, occurred_at, received_at,
                                  backfilled, decision_id, reservation_id)
  select organization_id, id, fingerprint, occurred_at, received_at, backfilled, decision_id,
         reservation_id
  from (select unnest((p_batch).organization_id) as organization_id, unnest((p_batch).id) as id,
               unnest((p_batch).fingerprint) as fingerprint,
               unnest((p_batch).occurred_at) as occurred_at,
               unnest((p_batch).received_at) as received_at,
               unnest((p_batch).backfilled) as backfilled, unnest(p_chosen) as chosen,
               unnest(p_decision_id) as decision_id, unnest(p_reservation_id) as reservation_id) i
  where chosen;
end
$$;

-- Which places of the batch name an organization that exists and is open.
create or replace function tollgate.open_organizations(p_organizations text[])
returns boolean[] language plpgsql stable as $$
begin
  return (
    select array_agg(o.id is not null order by i.item)
    from unnest(p_organizations) with ordinality i (organization_id, item)
    left join tollgate.organizations o on o.id = i.organization_id and o.status = 'active');
end
$$;

-- Records use that has already happened, each (organization, id) once. One call a batch; within
-- a batch an id must be unique. Returns, in the batch's order: recorded | duplicate (same id,
-- same payload) | conflict (same id, another payload, or a reservation's id) |
-- unknown_organization. What is not recorded moves nothing.
-- Most batches hold nothing that was sent before, so all ids are claimed at first, and only when
-- one of them is taken are they looked up: that saves a look-up an event.
create or replace function tollgate.record_events(p_batch tollgate.usage_batch, p_at timestamptz)
returns text[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  is_open boolean[];
  to_record boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  is_open := tollgate.open_organizations((p_batch).organization_id);
  to_record := is_open;
  begin
    perform tollgate.claim_ids(p_batch, to_record, null, null);
  exception when unique_violation then
    to_record := array(
      select o and f from unnest(is_open, tollgate.free_ids(p_batch)) with ordinality u (o, f, n)
      order by n);
    perform tollgate.claim_ids(p_batch, to_record, null, null);
  end;
  perform tollgate.post_events(p_batch, to_record, p_at);
  if true = all (to_record) then
    return array_fill('recorded'::text, array[cardinality(to_record)]);
  end if;
  return (
    select array_agg(case when i.to_record then 'recorded'
                          when not i.is_open then 'unknown_organization'
                          when e.fingerprint = i.fingerprint and e.reservation_id is null
                            then 'duplicate'
                          else 'conflict' end order by i.item)
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, to_record, is_open)
         with ordinality i (organization_id, id, fingerprint, to_record, is_open, item)
    left join tollgate.event_ids e
      on not i.to_record and e.organization_id = i.organization_id and e.id = i.id);
end
$$;
`,
  },
  {
    name: '100_touched_limits',
    text: `-- Every limit that the candidates touch, a row an item and limit, with the bucket's level before
-- the batch (used and held) and what the item adds. A value already in a unique meter's set adds
-- nothing, and a report of a state from before the latest one changes nothing.
create or replace function tollgate.touched_limits(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_at timestamptz)
returns table (
  item bigint, bucket bigint, meter text, aggregation text, window_name text,
  window_start timestamptz, max bigint, behavior text, level bigint, units bigint, value text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select i.item, i.organization_id, i.id, i.occurred_at, o.starts_at
    from unnest((p_batch).organization_id, (p_batch).id, (p_batch).occurred_at, p_candidate)
         with ordinality i (organization_id, id, occurred_at, candidate, item)
    join tollgate.organizations o on o.id = i.organization_id
    where i.candidate),
  touched as materialized (
    select i.item, i.organization_id, l.meter, l.aggregation, l.window_name, l.max, l.behavior,
           tollgate.window_start(l.window_name, i.occurred_at, i.starts_at) as window_start,
           i.id, i.occurred_at, a.units, a.value
    from unnest((p_batch).amount_item, (p_batch).amount_meter,
                (p_batch).amount_units, (p_batch).amount_value) a (item, meter, units, value)
    join item i on i.item = a.item
    join tollgate.limits_in_force(array(select distinct organization_id from item), p_at) l
      on l.organization_id = i.organization_id and l.meter = a.meter),
  bucket as materialized (
    select t.*, coalesce(b.used + b.held, case when t.window_name = 'minute' then
             tollgate.minute_seed(t.organization_id, t.meter, t.aggregation, t.window_start) end,
             0) as level, b.latest_at, b.latest_id, row_number() over () as bucket
    from (select distinct organization_id, meter, aggregation, window_name, window_start
          from touched) t
    left join tollgate.buckets b using (organization_id, meter, window_name, window_start))
  select t.item, b.bucket, t.meter, t.aggregation, t.window_name, t.window_start, t.max,
         t.behavior, b.level,
         case when (b.latest_at, b.latest_id) > (t.occurred_at, t.id) then b.level
              when t.value is not null and exists (
                select 1 from tollgate.unique_values u
                where (u.organization_id, u.meter, u.window_name, u.window_start, u.value)
                    = (t.organization_id, t.meter, t.window_name, t.window_start, t.value)) then 0
              else t.units end, t.value
  from touched t
  join bucket b using (organization_id, meter, window_name, window_start);
end
$$;
`,
  },
  {
    name: '110_take',
    text: `-- THE rule of admission. In the order of the batch, an item is admitted when no hard limit that
-- it touches would be raised past its maximum; an admitted item moves all its levels, a refused
-- one none. A value that an admitted item brought to a unique meter adds nothing again.
-- Read-only: the caller locks first and posts what was admitted afterwards.
create or replace function tollgate.take(
  p_batch tollgate.usage_batch, p_candidate boolean[], p_at timestamptz)
returns table (item integer, admitted boolean, limits jsonb) language plpgsql stable as $$
declare
  asked record;
  level bigint[] := '{}';
  before bigint[];
  after bigint[];
  refused boolean[];
  members text[] := '{}';
  added bigint;
begin
  for asked in
    select t.item, array_agg(t.bucket) as bucket, array_agg(t.level) as level,
           array_agg(t.units) as units, array_agg(t.max) as max,
           array_agg(t.bucket || ' ' || t.value) as member,
           array_agg(t.behavior = 'hard') as hard, array_agg(t.aggregation) as aggregation,
           jsonb_agg(jsonb_build_object('meter', t.meter, 'window', t.window_name,
             'start', t.window_start, 'max', t.max::text, 'behavior', t.behavior,
             'asked', t.units::text)) as shown
    from tollgate.touched_limits(p_batch, p_candidate, p_at) t
    group by t.item order by t.item
  loop
    before := '{}'; after := '{}'; refused := '{}';
    for i in 1 .. cardinality(asked.bucket) loop
      before[i] := coalesce(level[asked.bucket[i]], asked.level[i]);
      added := case when asked.member[i] = any (members) then 0 else asked.units[i] end;
      after[i] := tollgate.merge_levels(asked.aggregation[i], before[i], added);
      refused[i] := asked.hard[i] and asked.max[i] is not null
                    and after[i] > asked.max[i] and after[i] > before[i];
    end loop;
    item := asked.item;
    admitted := not (true = any (refused));
    if admitted then
      for i in 1 .. cardinality(asked.bucket) loop
        level[asked.bucket[i]] := after[i];
        members := members || asked.member[i];
      end loop;
    end if;
    select jsonb_agg(shown || jsonb_build_object('before', before[n]::text, 'refused', refused[n])
                     order by n)
    into limits from jsonb_array_elements(asked.shown) with ordinality e (shown, n);
    return next;
  end loop;
end
$$;
`,
  },
  {
    name: '115_check_usage',
    text: `-- Would the batch's items be admitted now? Records nothing; only ends holds that are past their
-- time, and only when there are any, so that a check waits for no lock otherwise.
create or replace function tollgate.check_usage(p_batch tollgate.usage_batch, p_at timestamptz)
returns table (item integer, admitted boolean, limits jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  if exists (select 1 from tollgate.reservations r
             where r.organization_id = any ((p_batch).organization_id)
               and r.state = 'held' and r.expires_at <= p_at) then
    perform tollgate.lock_organizations((p_batch).organization_id);
    perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  end if;
  return query select * from tollgate.take(
    p_batch, array_fill(true, array[cardinality((p_batch).id)]), p_at);
end
$$;
`,
  },
  {
    name: '120_reservations',
    text: `-- Gives the holds of some reservations back to their buckets. The organizations must be locked.
create or replace function tollgate.give_back_holds(p_reservations uuid[])
returns void language sql volatile as $$
  update tollgate.buckets b set held = b.held - h.units
  from (select r.organization_id, h.meter, h.window_name, h.window_start, sum(h.units) as units
        from tollgate.reservation_holds h
        join tollgate.reservations r on r.id = h.reservation_id
        where h.reservation_id = any (p_reservations)
        group by 1, 2, 3, 4) h
  where (b.organization_id, b.meter, b.window_name, b.window_start)
      = (h.organization_id, h.meter, h.window_name, h.window_start)
$$;

-- Ends every hold of the organizations that is past its time: a reservation expires at its very
-- moment, because each decision calls this first; the job only tidies idle organizations.
create or replace function tollgate.expire_reservations(p_organizations text[], p_at timestamptz)
returns integer language plpgsql as $$
declare
  due uuid[] := array(
    select id from tollgate.reservations
    where organization_id = any (p_organizations) and state = 'held' and expires_at <= p_at);
begin
  if cardinality(due) > 0 then
    perform tollgate.give_back_holds(due);
    update tollgate.reservations set state = 'expired', ended_at = expires_at where id = any (due);
  end if;
  return cardinality(due);
end
$$;

-- Holds the amounts of the chosen items, each for its reservation, in every window there is, so
-- that a limit set later sees the hold as well. Only meters that add up can be held.
create or replace function tollgate.hold_amounts(
  p_batch tollgate.usage_batch, p_chosen boolean[], p_reservation_id uuid[])
returns void language plpgsql as $$
begin
  with asked as materialized (
    select i.organization_id, i.reservation_id, a.meter, w.window_name,
           tollgate.window_start(w.window_name, i.occurred_at, o.starts_at) as window_start, a.units
    from unnest((p_batch).amount_item, (p_batch).amount_meter, (p_batch).amount_units)
         a (item, meter, units)
    join unnest((p_batch).organization_id, (p_batch).occurred_at, p_chosen, p_reservation_id)
         with ordinality i (organization_id, occurred_at, chosen, reservation_id, item)
      on i.item = a.item and i.chosen
    join tollgate.organizations o on o.id = i.organization_id
    join tollgate.meters m on m.key = a.meter and m.aggregation in ('sum', 'count')
    cross join (values ('minute'), ('hour'), ('day'), ('month'), ('period')) w (window_name)),
  held as (
    insert into tollgate.reservation_holds as h
    select reservation_id, meter, window_name, window_start, units from asked
    on conflict (reservation_id, meter, window_name, window_start)
    do update set units = h.units + excluded.units)
  insert into tollgate.buckets as b
    (organization_id, meter, window_name, window_start, used, held)
  select organization_id, meter, window_name, window_start,
         case when window_name = 'minute' and not exists (
           select 1 from tollgate.buckets old
           where (old.organization_id, old.meter, old.window_name, old.window_start)
               = (asked.organization_id, asked.meter, asked.window_name, asked.window_start))
         then tollgate.minute_seed(organization_id, meter, 'sum', window_start) else 0 end,
         sum(units)
  from asked group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start)
  do update set held = b.held + excluded.held;
end
$$;

-- The same for all organizations that have one due, at most p_most of them in one transaction.
create or replace function tollgate.expire_due_reservations(p_at timestamptz, p_most integer)
returns integer language plpgsql as $$
declare
  organizations text[] := array(
    select distinct organization_id from tollgate.reservations
    where state = 'held' and expires_at <= p_at limit p_most);
begin
  if cardinality(organizations) = 0 then return 0; end if;
  perform tollgate.lock_organizations(organizations);
  return tollgate.expire_reservations(organizations, p_at);
end
$$;
`,
  },
  {
    name: '130_decide_usage',
    text: `-- The answer to each call of a batch that was decided: its own decision, or the first one that was
-- given under its id.
create or replace function tollgate.answers(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_decided boolean[])
returns table (item integer, outcome text, decision jsonb, reservation jsonb)
language sql stable as $$
  select i.item::integer,
         case when i.decided then 'decided' when o.id is null then 'unknown_organization'
              when e.id is null then 'closed_organization'
              when e.fingerprint = i.fingerprint
                   and (e.reservation_id is not null) = (i.verb = 'reserve') then 'replay'
              else 'conflict' end,
         to_jsonb(d), to_jsonb(r)
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).fingerprint, p_verb,
              p_decision_id, p_decided)
       with ordinality i (organization_id, id, fingerprint, verb, decision_id, decided, item)
  left join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.event_ids e on e.organization_id = i.organization_id and e.id = i.id
  left join tollgate.decisions d on d.id = coalesce(e.decision_id, i.decision_id)
  left join tollgate.reservations r
    on r.organization_id = i.organization_id and r.event_id = i.id
  order by i.item
$$;

-- Decides a batch of track and reserve calls, in its order, and writes what follows from each:
-- the event or the hold, the decision, and nothing for a refusal but its decision. outcome:
-- decided | replay (same id, same payload: the first decision again) | conflict (same id,
-- another payload or another verb) | unknown_organization | closed_organization.
create or replace function tollgate.decide_usage(
  p_batch tollgate.usage_batch, p_verb text[], p_decision_id uuid[], p_reservation_id uuid[],
  p_expires_at timestamptz[], p_request text[], p_at timestamptz)
returns table (item integer, outcome text, decision jsonb, reservation jsonb)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_decide boolean[];
  to_claim boolean[];
  to_post boolean[];
  to_hold boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  to_decide := array(
    select i.is_open and i.is_free
    from unnest(tollgate.open_organizations((p_batch).organization_id),
                tollgate.free_ids(p_batch)) with ordinality i (is_open, is_free, item)
    order by i.item);

  insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
    occurred_at, allowed, credits, quantities, limits, warn_percent, catalog_version_id)
  select i.decision_id, p_at, i.organization_id, i.verb, i.id, i.event_type, i.occurred_at,
         coalesce(t.admitted, true), i.credits, i.quantities::jsonb, coalesce(t.limits, '[]'),
         o.warn_percent, i.catalog_version_id
  from unnest((p_batch).organization_id, (p_batch).id, (p_batch).event_type,
              (p_batch).occurred_at, (p_batch).credits, (p_batch).quantities,
              (p_batch).catalog_version_id, p_verb, p_decision_id, to_decide)
       with ordinality i (organization_id, id, event_type, occurred_at, credits, quantities,
                          catalog_version_id, verb, decision_id, candidate, item)
  join tollgate.organizations o on o.id = i.organization_id
  left join tollgate.take(p_batch, to_decide, p_at) t on t.item = i.item
  where i.candidate;

  select array_agg(coalesce(d.allowed, false) order by i.item),
         array_agg(coalesce(d.allowed and d.verb = 'track', false) order by i.item),
         array_agg(coalesce(d.allowed and d.verb = 'reserve', false) order by i.item)
  into to_claim, to_post, to_hold
  from unnest(p_decision_id, to_decide) with ordinality i (decision_id, candidate, item)
  left join tollgate.decisions d on i.candidate and d.id = i.decision_id and d.decided_at = p_at;

  perform tollgate.claim_ids(p_batch, to_claim, p_decision_id, p_reservation_id);
  if true = any (to_post) then
    perform tollgate.post_events(p_batch, to_post, p_at);
  end if;
  if true = any (to_hold) then
    insert into tollgate.reservations (id, organization_id, event_id, request, quantities,
                                       occurred_at, created_at, expires_at)
    select reservation_id, organization_id, id, request::jsonb, quantities::jsonb, occurred_at,
           p_at, expires_at
    from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).id, p_request,
                (p_batch).quantities, (p_batch).occurred_at, p_expires_at, to_hold)
         i (reservation_id, organization_id, id, request, quantities, occurred_at, expires_at,
            chosen) where chosen;
    perform tollgate.hold_amounts(p_batch, to_hold, p_reservation_id);
  end if;

  return query select * from tollgate.answers(p_batch, p_verb, p_decision_id, to_decide);
end
$$;
`,
  },
  {
    name: '140_settle_reservations',
    text: `-- Ends reservations at what was really used: the hold goes back and the event, which carries the
-- reservation's id and time, is recorded in full, even above the hold or after expiry (\`late\`).
-- Settling again, at once or later, returns the first settlement. outcome: settled | replay |
-- released | unknown_reservation.
create or replace function tollgate.settle_reservations(
  p_batch tollgate.usage_batch, p_reservation_id uuid[], p_at timestamptz)
returns table (item integer, outcome text, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  to_settle boolean[];
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  select array_agg(coalesce(r.state in ('held', 'expired'), false) order by i.item) into to_settle
  from unnest(p_reservation_id, (p_batch).organization_id)
       with ordinality i (id, organization_id, item)
  left join tollgate.reservations r using (id, organization_id);

  perform tollgate.give_back_holds(array(
    select r.id from tollgate.reservations r
    where r.id = any (p_reservation_id) and r.state = 'held'
      and r.organization_id = any ((p_batch).organization_id)));
  update tollgate.reservations r
  set state = 'settled', ended_at = p_at,
      settlement = jsonb_build_object('credits', i.credits, 'quantities', i.quantities::jsonb,
        'late', r.state = 'expired', 'limits', coalesce(t.limits, '[]'))
  from unnest(p_reservation_id, (p_batch).organization_id, (p_batch).credits,
              (p_batch).quantities, to_settle)
       with ordinality i (id, organization_id, credits, quantities, chosen, item)
  left join tollgate.take(p_batch, to_settle, p_at) t on t.item = i.item
  where i.chosen and r.id = i.id and r.organization_id = i.organization_id;
  perform tollgate.post_events(p_batch, to_settle, p_at);

  return query
  select i.item::integer,
         case when i.chosen then 'settled' when r.state = 'settled' then 'replay'
              when r.state = 'released' then 'released' else 'unknown_reservation' end,
         to_jsonb(r)
  from unnest(p_reservation_id, (p_batch).organization_id, to_settle)
       with ordinality i (id, organization_id, chosen, item)
  left join tollgate.reservations r using (id, organization_id)
  order by i.item;
end
$$;

-- Ends a reservation with nothing used. Releasing one that has ended changes nothing.
create or replace function tollgate.release_reservation(
  p_organization text, p_reservation_id uuid, p_at timestamptz)
returns setof tollgate.reservations language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform tollgate.lock_organizations(array[p_organization]);
  perform tollgate.expire_reservations(array[p_organization], p_at);
  if exists (select 1 from tollgate.reservations where id = p_reservation_id
             and organization_id = p_organization and state = 'held') then
    perform tollgate.give_back_holds(array[p_reservation_id]);
    update tollgate.reservations set state = 'released', ended_at = p_at
    where id = p_reservation_id;
  end if;
  return query select * from tollgate.reservations
  where id = p_reservation_id and organization_id = p_organization;
end
$$;

-- Enlarges a hold by the batch's one item, decided like a reservation of its own, and moves its
-- expiry. Returns no decision when the reservation is not held any more.
create or replace function tollgate.extend_reservation(
  p_batch tollgate.usage_batch, p_reservation_id uuid, p_decision_id uuid,
  p_expires_at timestamptz, p_at timestamptz)
returns table (decision jsonb, reservation jsonb) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  taken record;
begin
  perform tollgate.lock_organizations((p_batch).organization_id);
  perform tollgate.expire_reservations((p_batch).organization_id, p_at);
  if exists (select 1 from tollgate.reservations r where r.id = p_reservation_id
             and r.organization_id = (p_batch).organization_id[1] and r.state = 'held') then
    select coalesce(bool_and(t.admitted), true) as admitted,
           coalesce((array_agg(t.limits))[1], '[]') as limits into taken
    from tollgate.take(p_batch, array[true], p_at) t;
    insert into tollgate.decisions
    select p_decision_id, p_at, o.id, 'extend', (p_batch).id[1], (p_batch).event_type[1],
           (p_batch).occurred_at[1], taken.admitted, (p_batch).credits[1],
           (p_batch).quantities[1]::jsonb, taken.limits, o.warn_percent,
           (p_batch).catalog_version_id[1]
    from tollgate.organizations o where o.id = (p_batch).organization_id[1];
    if taken.admitted then
      perform tollgate.hold_amounts(p_batch, array[true], array[p_reservation_id]);
      update tollgate.reservations r
      set expires_at = greatest(r.expires_at, p_expires_at),
          quantities = (
            select coalesce(jsonb_object_agg(
              key, coalesce((r.quantities ->> key)::bigint, 0) + units), '{}')
            from (select key, sum(value::bigint)::bigint as units
                  from jsonb_each_text((p_batch).quantities[1]::jsonb) group by key) more)
            || r.quantities - array(select jsonb_object_keys((p_batch).quantities[1]::jsonb))
      where r.id = p_reservation_id;
    end if;
  end if;
  return query
  select to_jsonb(d), to_jsonb(r) from tollgate.reservations r
  left join tollgate.decisions d on d.id = p_decision_id and d.decided_at = p_at
  where r.id = p_reservation_id and r.organization_id = (p_batch).organization_id[1];
end
$$;
`,
  },
  {
    name: '150_check_quota',
    text: `-- For psql, triggers and pg_cron: would this amount of a meter (in its smallest unit) fit every
-- limit of the organization now? One row a limit; nothing is used up. No row: no limit on it.
--   select * from tollgate.check_quota('acme', 'tokens', 500);
create or replace function tollgate.check_quota(
  p_organization text, p_meter text, p_amount bigint, p_at timestamptz default now())
returns table (
  meter text, window_name text, window_start timestamptz, behavior text,
  max bigint, used bigint, held bigint, remaining bigint, allowed boolean)
language sql stable as $$
  select l.meter, l.window_name, w.window_start, l.behavior, l.max, level.used, level.held,
         case when l.max is not null then greatest(l.max - level.used - level.held, 0) end,
         l.behavior <> 'hard' or l.max is null
           or tollgate.merge_levels(l.aggregation, level.used + level.held, p_amount)
              <= greatest(l.max, level.used + level.held)
  from tollgate.limits_in_force(array[p_organization], p_at) l
  join tollgate.organizations o on o.id = l.organization_id
  cross join lateral (
    select tollgate.window_start(l.window_name, p_at, o.starts_at) as window_start) w
  left join tollgate.buckets b
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (l.organization_id, l.meter, l.window_name, w.window_start)
  cross join lateral (
    select coalesce(b.used, case when l.window_name = 'minute' then tollgate.minute_seed(
             l.organization_id, l.meter, l.aggregation, w.window_start) end, 0) as used,
           coalesce(b.held, 0) - coalesce((
             select sum(h.units)::bigint from tollgate.reservations r
             join tollgate.reservation_holds h on h.reservation_id = r.id
             where r.organization_id = l.organization_id and r.state = 'held'
               and r.expires_at <= p_at and (h.meter, h.window_name, h.window_start)
                 = (l.meter, l.window_name, w.window_start)), 0) as held) level
  where l.meter = p_meter
  order by l.window_name
$$;
`,
  },
  {
    name: '160_recompute',
    text: `-- What the roll-ups of every window wholly inside [p_from, p_to) must be, from raw events alone.
-- Written apart from post_rollups on purpose: doctor compares two computations, not one with itself.
create or replace function tollgate.recompute_rollups(p_from timestamptz, p_to timestamptz)
returns setof tollgate.rollups language sql stable as $$
  select e.organization_id, d.dimension, g.grain, w.window_start, d.key,
         sum(s.sign), sum(s.sign) filter (where e.status >= 400),
         sum(s.sign) filter (where e.price_source = 'unpriced'), sum(e.credits),
         coalesce(sum(e.cost_usd), 0), coalesce(sum(e.input_tokens), 0),
         coalesce(sum(e.cached_input_tokens), 0), coalesce(sum(e.output_tokens), 0),
         coalesce(sum(e.reasoning_tokens), 0),
         sum(s.sign) filter (where e.duration_ms is not null),
         coalesce(sum(e.duration_ms * s.sign), 0)
  from tollgate.events e
  cross join lateral (select case when e.reverses is null then 1 else -1 end as sign) s
  cross join (values ('hour', interval '1 hour'), ('day', interval '24 hours')) g (grain, length)
  cross join lateral (select tollgate.window_start(g.grain, e.occurred_at, null) as window_start) w
  cross join lateral (values ('total', ''), ('event_type', e.event_type), ('user', e.user_id),
    ('endpoint', e.endpoint), ('category', e.category), ('model', e.model)) d (dimension, key)
  where e.occurred_at >= p_from and e.occurred_at < p_to and d.key is not null
    and w.window_start >= p_from and w.window_start + g.length <= p_to
  group by 1, 2, 3, 4, 5
$$;

-- The same for the latency histograms, a row a bucket that has calls.
create or replace function tollgate.recompute_latencies(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, endpoint text, day timestamptz, bucket smallint, calls bigint)
language sql stable as $$
  select e.organization_id, e.endpoint, w.day, tollgate.latency_bucket(e.duration_ms),
         sum(case when e.reverses is null then 1 else -1 end)
  from tollgate.events e
  cross join lateral (select tollgate.window_start('day', e.occurred_at, null) as day) w
  where e.occurred_at >= p_from and e.occurred_at < p_to
    and e.endpoint is not null and e.duration_ms is not null
    and w.day >= p_from and w.day + interval '24 hours' <= p_to
  group by 1, 2, 3, 4
  having sum(case when e.reverses is null then 1 else -1 end) <> 0
$$;

-- The same for the buckets: hour, day, month and period for every meter, and the minutes that have
-- one.
create or replace function tollgate.recompute_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, meter text, window_name text, window_start timestamptz, used bigint)
language sql stable as $$
  select e.organization_id, m.key, g.window_name, w.window_start,
         -- Filtered, because every aggregate of a case is computed, and a set's values are no numbers.
         case m.aggregation
           when 'unique' then count(distinct q.value)
           when 'max' then max(q.value::bigint) filter (where m.aggregation = 'max')
           when 'latest' then (array_agg(q.value::bigint order by e.occurred_at desc, e.id desc)
                               filter (where m.aggregation = 'latest'))[1]
           else sum(q.value::bigint) filter (where m.aggregation in ('sum', 'count')) end
  from tollgate.events e
  join tollgate.organizations o on o.id = e.organization_id
  cross join lateral jsonb_each_text(e.quantities) q
  join tollgate.meters m on m.key = q.key
  cross join (values ('minute'), ('hour'), ('day'), ('month'), ('period')) g (window_name)
  cross join lateral (
    select tollgate.window_start(g.window_name, e.occurred_at, o.starts_at) as window_start) w
  where e.occurred_at >= p_from and e.occurred_at < p_to and w.window_start >= p_from
    and (g.window_name <> 'minute' or exists (
      select 1 from tollgate.buckets b
      where (b.organization_id, b.meter, b.window_name, b.window_start)
          = (e.organization_id, m.key, g.window_name, w.window_start)))
  group by e.organization_id, m.key, m.aggregation, g.window_name, w.window_start
  -- Of an aggregate, so that it is worked out once a window and not once an event.
  having tollgate.window_end(g.window_name, w.window_start, min(o.starts_at)) <= p_to
$$;
`,
  },
  {
    name: '170_aggregate_usage',
    text: `-- Which roll-ups and latency histograms of the windows wholly inside [p_from, p_to) differ from
-- what raw events say.
create or replace function tollgate.differing_rollups(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select r.* from tollgate.rollups r
    where r.window_start >= p_from
      and tollgate.window_end(r.grain, r.window_start, null) <= p_to)
  select coalesce(s.organization_id, t.organization_id),
         'rollup ' || coalesce(s.dimension, t.dimension), coalesce(s.grain, t.grain),
         coalesce(s.window_start, t.window_start), coalesce(s.key, t.key), to_jsonb(s), to_jsonb(t)
  from stored s
  full join tollgate.recompute_rollups(p_from, p_to) t
    on (s.organization_id, s.dimension, s.grain, s.window_start, s.key)
     = (t.organization_id, t.dimension, t.grain, t.window_start, t.key)
  where (s.events, s.errors, s.unpriced, s.credits, s.cost_usd, s.input_tokens,
         s.cached_input_tokens, s.output_tokens, s.reasoning_tokens, s.timed, s.duration_ms)
    is distinct from
        (t.events, coalesce(t.errors, 0), coalesce(t.unpriced, 0), t.credits, t.cost_usd,
         t.input_tokens, t.cached_input_tokens, t.output_tokens, t.reasoning_tokens,
         coalesce(t.timed, 0), t.duration_ms)
  union all
  select coalesce(s.organization_id, t.organization_id), 'latency', 'day', coalesce(s.day, t.day),
         coalesce(s.endpoint, t.endpoint), s.histogram, t.histogram
  from (select l.organization_id, l.endpoint, l.day,
               jsonb_object_agg(u.bucket, u.calls) filter (where u.calls <> 0) as histogram
        from tollgate.latency_rollups l
        cross join lateral unnest(l.buckets, l.calls) u (bucket, calls)
        where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to
        group by 1, 2, 3) s
  full join (
    select c.organization_id, c.endpoint, c.day, jsonb_object_agg(c.bucket, c.calls) as histogram
    from tollgate.recompute_latencies(p_from, p_to) c group by 1, 2, 3) t
    on (s.organization_id, s.day, s.endpoint) = (t.organization_id, t.day, t.endpoint)
  where s.histogram is distinct from t.histogram
$$;

-- Which levels of the windows wholly inside [p_from, p_to) differ, and which holds at all.
create or replace function tollgate.differing_buckets(p_from timestamptz, p_to timestamptz)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language sql stable as $$
  with stored as (
    select b.* from tollgate.buckets b join tollgate.organizations o on o.id = b.organization_id
    where b.window_start >= p_from
      and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to)
  select coalesce(s.organization_id, t.organization_id), 'bucket',
         coalesce(s.window_name, t.window_name), coalesce(s.window_start, t.window_start),
         coalesce(s.meter, t.meter), to_jsonb(s.used), to_jsonb(t.used)
  from stored s
  full join tollgate.recompute_buckets(p_from, p_to) t
    on (s.organization_id, s.meter, s.window_name, s.window_start)
     = (t.organization_id, t.meter, t.window_name, t.window_start)
  where coalesce(s.used, 0) <> coalesce(t.used, 0)
  union all
  select coalesce(b.organization_id, h.organization_id), 'hold',
         coalesce(b.window_name, h.window_name), coalesce(b.window_start, h.window_start),
         coalesce(b.meter, h.meter), to_jsonb(b.held), to_jsonb(h.units)
  from (select * from tollgate.buckets where held <> 0) b
  full join (
    select r.organization_id, x.meter, x.window_name, x.window_start, sum(x.units)::bigint as units
    from tollgate.reservations r
    join tollgate.reservation_holds x on x.reservation_id = r.id
    where r.state = 'held' group by 1, 2, 3, 4) h
    on (b.organization_id, b.meter, b.window_name, b.window_start)
     = (h.organization_id, h.meter, h.window_name, h.window_start)
  where coalesce(b.held, 0) <> coalesce(h.units, 0)
$$;

-- From when on raw events are whole; null while retention has dropped none.
create or replace function tollgate.events_whole_since()
returns timestamptz language sql stable as $$
  select events_whole_since from tollgate.retention
$$;

-- Recomputes every roll-up, histogram, bucket and hold of the windows wholly inside [p_from, p_to)
-- from raw events and returns what differs (no row: the books agree). With p_repair the stored
-- figures are set to the recomputed ones. Windows from which retention has dropped events are left
-- alone, whatever is asked for: their figures cannot be recomputed any more.
--   select * from tollgate.aggregate_usage(now() - interval '7 days', now());
create or replace function tollgate.aggregate_usage(
  p_from timestamptz, p_to timestamptz, p_repair boolean default false)
returns table (
  organization_id text, what text, window_name text, window_start timestamptz, key text,
  stored jsonb, recomputed jsonb) language plpgsql as $$
begin
  p_from := greatest(p_from, tollgate.events_whole_since());
  if p_repair then
    perform tollgate.lock_organizations(array(select id from tollgate.organizations));
  end if;
  return query select * from tollgate.differing_rollups(p_from, p_to);
  return query select * from tollgate.differing_buckets(p_from, p_to);
  if p_repair then
    perform tollgate.repair_usage(p_from, p_to);
  end if;
end
$$;

-- Sets the stored figures of [p_from, p_to) to the recomputed ones.
create or replace function tollgate.repair_usage(p_from timestamptz, p_to timestamptz)
returns void language plpgsql as $$
begin
  delete from tollgate.rollups r
  where r.window_start >= p_from and tollgate.window_end(r.grain, r.window_start, null) <= p_to;
  insert into tollgate.rollups
  select organization_id, dimension, grain, window_start, key, events, coalesce(errors, 0),
         coalesce(unpriced, 0), credits, cost_usd, input_tokens, cached_input_tokens,
         output_tokens, reasoning_tokens, coalesce(timed, 0), duration_ms
  from tollgate.recompute_rollups(p_from, p_to);
  delete from tollgate.latency_rollups l
  where l.day >= p_from and tollgate.window_end('day', l.day, null) <= p_to;
  insert into tollgate.latency_rollups
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from tollgate.recompute_latencies(p_from, p_to) group by 1, 2, 3;
  update tollgate.buckets b set used = 0
  from tollgate.organizations o
  where o.id = b.organization_id and b.window_start >= p_from
    and tollgate.window_end(b.window_name, b.window_start, o.starts_at) <= p_to;
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, used)
  select * from tollgate.recompute_buckets(p_from, p_to)
  on conflict (organization_id, meter, window_name, window_start) do update
  set used = excluded.used;
  update tollgate.buckets set held = 0 where held <> 0;
  insert into tollgate.buckets as b (organization_id, meter, window_name, window_start, held)
  select r.organization_id, x.meter, x.window_name, x.window_start, sum(x.units)
  from tollgate.reservations r
  join tollgate.reservation_holds x on x.reservation_id = r.id
  where r.state = 'held' group by 1, 2, 3, 4
  on conflict (organization_id, meter, window_name, window_start) do update
  set held = excluded.held;
end
$$;
`,
  },
  {
    name: '180_cleanup_events',
    text: `-- The instant before which nothing is kept. Days are subtracted in UTC, where each has 24 hours,
-- whatever the session's time zone.
create or replace function tollgate.kept_from(p_keep interval, p_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select (p_at at time zone 'UTC' - p_keep) at time zone 'UTC'
$$;

-- The same for ids, which must outlive the oldest timestamp that is taken.
create or replace function tollgate.ids_kept_from(p_keep_ids interval, p_at timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
begin
  if p_keep_ids < interval '65 days' then
    raise exception 'event ids must be kept for 65 days at least, not %', p_keep_ids
      using errcode = 'TG001';
  end if;
  return tollgate.kept_from(p_keep_ids, p_at);
end
$$;

-- Drops the weekly partitions of events or decisions that lie wholly before an instant. One caller
-- at a time, and none while a partition is made: what is looked up is then still there.
-- Waits for everyone who uses the table: call it once a transaction, and with nothing locked.
create or replace function tollgate.drop_partitions(p_parent text, p_before timestamptz)
returns integer language plpgsql as $$
declare
  child record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('tollgate.partitions', 0));
  for child in
    select c.relname, w.ends_at
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    cross join lateral (
      select (to_date(substring(c.relname from '\\d{4}w\\d{2}$'), 'IYYY"w"IW') + 7)::timestamp
             at time zone 'UTC' as ends_at) w
    where i.inhparent = ('tollgate.' || quote_ident(p_parent))::regclass and w.ends_at <= p_before
  loop
    execute format('drop table tollgate.%I', child.relname);
    dropped := dropped + 1;
    if p_parent = 'events' then
      insert into tollgate.retention as r (events_whole_since) values (child.ends_at)
      on conflict (only_row) do update
      set events_whole_since = greatest(r.events_whole_since, excluded.events_whole_since);
    end if;
  end loop;
  return dropped;
end
$$;

-- Forgets ids received before an instant, but never those of backfilled events, reservations that
-- ended before it, and the levels of minutes too old for any late event.
create or replace function tollgate.forget_old(p_ids_from timestamptz, p_at timestamptz)
returns table (forgotten_ids bigint, forgotten_minutes bigint) language plpgsql as $$
declare
  minutes_from timestamptz := tollgate.kept_from('36 days', p_at);
begin
  delete from tollgate.event_ids where received_at < p_ids_from and not backfilled;
  get diagnostics forgotten_ids = row_count;
  delete from tollgate.buckets
  where window_name = 'minute' and window_start < minutes_from and held = 0;
  get diagnostics forgotten_minutes = row_count;
  delete from tollgate.unique_values
  where window_name in ('minute', 'hour') and window_start < minutes_from;
  delete from tollgate.reservations where ended_at < p_ids_from;
  return next;
end
$$;

-- Retention: all of the above at once, for psql and pg_cron. Ids are kept for 65 days at least;
-- roll-ups stay for ever. It is one transaction, so it keeps every writer waiting while it runs:
-- holding two tables' locks it would otherwise deadlock with them. The engine's own job takes one
-- transaction a step instead.
--   select * from tollgate.cleanup_events();
create or replace function tollgate.cleanup_events(
  p_keep_events interval default '30 days', p_keep_ids interval default '65 days',
  p_at timestamptz default now())
returns table (dropped_partitions integer, forgotten_ids bigint, forgotten_minutes bigint)
language plpgsql as $$
declare
  ids_from timestamptz := tollgate.ids_kept_from(p_keep_ids, p_at);
begin
  lock table tollgate.organizations in exclusive mode;
  dropped_partitions := tollgate.drop_partitions('decisions', ids_from)
    + tollgate.drop_partitions('events', tollgate.kept_from(p_keep_events, p_at));
  select f.forgotten_ids, f.forgotten_minutes into forgotten_ids, forgotten_minutes
  from tollgate.forget_old(ids_from, p_at) f;
  return next;
end
$$;
`,
  },
]
