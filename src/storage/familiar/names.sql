-- The usual tables and functions of hand-written trackers, over the ledger. They are in a schema
-- that the user chooses, written {schema} here. The views read the ledger and store nothing. They
-- show every organization to their reader. So only their owner may read them, until the owner
-- grants it to others.

create schema if not exists {schema};

-- One row for each organization and UTC day.
create or replace view {schema}.tenant_usage_metrics as
select r.organization_id as tenant_id, (r.window_start at time zone 'UTC')::date as metric_date,
       r.events as total_events, r.errors as error_count,
       r.input_tokens + r.output_tokens as tokens_used, m.api_calls, m.chat_messages,
       m.embedding_operations, trim_scale(r.credits / 1000000::numeric) as credits_consumed,
       trim_scale(r.cost_usd) as cost_usd,
       case when r.timed > 0 then round(r.duration_ms::numeric / r.timed, 3) end
         as avg_response_time_ms
from tollgate.rollups r
cross join lateral (
  select coalesce(sum(b.used) filter (where b.meter = 'api_calls'), 0)::bigint as api_calls,
         coalesce(sum(b.used) filter (where b.meter = 'chat_messages'), 0)::bigint as chat_messages,
         coalesce(sum(b.used) filter (where b.meter = 'embeddings'), 0)::bigint
           as embedding_operations
  from tollgate.buckets b
  where b.organization_id = r.organization_id and b.window_name = 'day'
    and b.window_start = r.window_start) m
where r.dimension = 'total' and r.grain = 'day';

-- One row for each event, as long as raw events are stored. A reversal is a row with negative
-- amounts.
create or replace view {schema}.tenant_usage_realtime as
select e.id, e.organization_id as tenant_id, e.user_id, e.event_type,
       coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0) as tokens_used,
       trim_scale(e.credits / 1000000::numeric) as credits_consumed,
       trim_scale(e.cost_usd) as cost_usd, e.model, e.endpoint, e.status as status_code,
       e.duration_ms as response_time_ms, coalesce(e.status, 200) < 400 as success, e.reverses,
       e.properties as event_data, e.occurred_at as created_at
from tollgate.events e;

-- One row for each event that came with an API key.
create or replace view {schema}.api_usage as
select e.id, e.api_key_id, e.organization_id, e.user_id, e.endpoint, e.method,
       e.status as status_code, e.duration_ms as response_time_ms,
       coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0) as tokens_used,
       e.occurred_at as created_at
from tollgate.events e
where e.api_key_id is not null;

-- One row for each organization, UTC day and event type.
create or replace view {schema}.usage_daily as
select r.organization_id, (r.window_start at time zone 'UTC')::date as date, r.key as event_type,
       r.events as event_count, r.errors as error_count,
       r.input_tokens + r.output_tokens as tokens_used,
       trim_scale(r.credits / 1000000::numeric) as credits_consumed,
       trim_scale(r.cost_usd) as cost_usd
from tollgate.rollups r
where r.dimension = 'event_type' and r.grain = 'day';

-- The audit log, with the resolution of each entry. The platform's own entries have no tenant.
create or replace view {schema}.audit_events as
select a.organization_id || ':' || a.sequence as id, nullif(a.organization_id, '') as tenant_id,
       a.action as event_type, a.category, a.actor, a.entry::json ->> 'subject' as subject,
       a.entry::json -> 'old' as old_value, a.entry::json -> 'new' as new_value,
       a.occurred_at as created_at, r.sequence is not null as resolved,
       r.entry::json #>> '{new,note}' as resolution, r.actor as resolved_by,
       r.occurred_at as resolved_at
from tollgate.audit_events a
left join tollgate.audit_events r
  on r.organization_id = a.organization_id and r.resolves = a.sequence;

-- True if this many tokens fit every limit of the tenant now. The check uses nothing up.
--   select {schema}.check_tenant_quota('acme', 500);
create or replace function {schema}.check_tenant_quota(p_tenant text, p_tokens numeric default 1)
returns boolean language sql stable as $$
  select bool_and(q.allowed) from tollgate.check_quota(p_tenant, 'tokens', p_tokens) q
$$;

-- Roll-ups are written in the transaction of their events, so they are never out of date. This
-- recomputes today and the two days before, in UTC, from raw events. It returns how many figures
-- differ: 0.
create or replace function {schema}.aggregate_usage_metrics()
returns bigint language sql as $$
  select count(*)
  from (select (now() at time zone 'UTC')::date as today) t
  cross join lateral tollgate.aggregate_usage(
    (t.today - 2)::timestamp at time zone 'UTC', (t.today + 1)::timestamp at time zone 'UTC') d
$$;

-- The same for one UTC day, by default yesterday.
create or replace function {schema}.aggregate_daily_usage(
  p_day date default (now() at time zone 'UTC')::date - 1)
returns bigint language sql as $$
  select count(*)
  from tollgate.aggregate_usage(p_day::timestamp at time zone 'UTC',
                                (p_day + 1)::timestamp at time zone 'UTC')
$$;

-- Drops raw events that are older than this many days; roll-ups are never dropped. Returns how many
-- weekly partitions were dropped. It blocks every writer while it runs, so call it at a quiet hour.
create or replace function {schema}.cleanup_old_realtime_events(p_keep_days integer default 30)
returns integer language sql as $$
  select c.dropped_partitions from tollgate.cleanup_events(make_interval(days => p_keep_days)) c
$$;

-- Removes audit entries that are older than this many days from the start of each chain. Each chain
-- records that it was trimmed. Returns how many entries were removed.
create or replace function {schema}.cleanup_old_audit_events(p_keep_days integer default 731)
returns bigint language sql as $$
  select coalesce(sum(tollgate.trim_audit(h.organization_id,
           now() - make_interval(hours => 24 * p_keep_days), 100000, now(), p_keep_days)), 0)::bigint
  from (select organization_id from tollgate.audit_heads order by organization_id collate "C") h
$$;

-- Marks an entry as resolved, by an entry of its own. Returns true if it was open until now.
--   select {schema}.resolve_audit_event('acme:17', 'the key was rotated');
create or replace function {schema}.resolve_audit_event(p_id text, p_resolution text)
returns boolean language plpgsql as $$
declare
  found_entry tollgate.audit_events;
begin
  select a.* into found_entry from tollgate.audit_events a
  where a.organization_id = regexp_replace(p_id, ':\d+$', '')
    and a.sequence = substring(p_id from ':(\d{1,18})$')::bigint;
  if found_entry.sequence is null then
    raise exception 'there is no audit event %', p_id using errcode = 'no_data_found';
  end if;
  if coalesce(p_resolution, '') = '' then
    raise exception 'a resolution needs a text' using errcode = 'invalid_parameter_value';
  end if;
  if found_entry.action = 'audit.resolved' then
    raise exception 'audit event % resolves another one', p_id
      using errcode = 'invalid_parameter_value';
  end if;
  if exists (select from tollgate.audit_events r where r.organization_id = found_entry.organization_id
             and r.resolves = found_entry.sequence) then
    return false;
  end if;
  perform tollgate.append_audit(array[found_entry.organization_id], array[format(
    ',"action":"audit.resolved","actor":%s,"address":null,"category":%s,'
    '"new":{"note":%s,"resolves":%s},"occurredAt":"%s","old":null,"subject":"audit:%s"}',
    to_json('sql:' || session_user), to_json(found_entry.category), to_json(p_resolution),
    found_entry.sequence, tollgate.audit_text(now()), found_entry.sequence)]);
  return true;
exception when unique_violation then
  -- Another session resolved it at the same moment.
  return false;
end
$$;

-- Records this many events, by default one `api_call`, in the way the ledger records past use: no
-- limit refuses them. Returns their ids. It serves event types whose price does not depend on the
-- call's properties. Record all others with the library, which computes the price.
--   select {schema}.increment_api_calls('acme');
create or replace function {schema}.increment_api_calls(
  p_tenant text, p_calls integer default 1, p_event_type text default 'api_call')
returns setof text language plpgsql as $$
declare
  type record;
  batch tollgate.usage_batch;
  outcomes text[];
begin
  if p_calls is null or p_calls not between 1 and 1000 then
    raise exception 'calls are counted from 1 to 1000 at once, not %', p_calls
      using errcode = 'invalid_parameter_value';
  end if;
  select v.id as version_id, t.value ->> 'category' as category, o.id as tenant,
         coalesce(t.value -> 'meters', '{}') as meters, t.value -> 'multipliers' as multipliers,
         round(coalesce((t.value ->> 'baseCredits')::numeric, 0) * 1000000)::bigint as credits,
         v.document -> 'meters' @> '[{"key": "credits"}]' as adds_credits
  into type
  from tollgate.organizations o
  join tollgate.plan_versions p on p.id = o.plan_version_id
  join lateral (select * from tollgate.catalog_versions c where c.catalog = p.catalog
                order by c.version desc limit 1) v on true
  cross join lateral jsonb_array_elements(v.document -> 'eventTypes') t
  where o.id = p_tenant and t.value ->> 'key' = p_event_type
    and coalesce((t.value ->> 'active')::boolean, true);
  if type.tenant is null then
    raise exception 'there is no tenant % whose catalog has an event type %', p_tenant, p_event_type
      using errcode = 'no_data_found';
  end if;
  if exists (select from jsonb_each(type.meters) m
             join tollgate.meters k on k.key = m.key
             where jsonb_typeof(m.value) <> 'number' or k.scale <> 0
                or k.aggregation not in ('sum', 'count'))
     or jsonb_path_exists(type.multipliers, '$[*] ? (@.type() == "object")') then
    raise exception 'the price of % depends on its calls: record them by the library', p_event_type
      using errcode = 'feature_not_supported';
  end if;
  if type.adds_credits and type.credits > 0 then
    type.meters := type.meters || jsonb_build_object('credits', type.credits);
  end if;
  batch.organization_id := array_fill(p_tenant, array[p_calls]);
  batch.id := array(select gen_random_uuid()::text from generate_series(1, p_calls));
  batch.fingerprint := array(select md5(id)::uuid from unnest(batch.id) id);
  batch.occurred_at := array_fill(date_trunc('milliseconds', now()), array[p_calls]);
  batch.received_at := batch.occurred_at;
  batch.backfilled := array_fill(false, array[p_calls]);
  batch.event_type := array_fill(p_event_type, array[p_calls]);
  batch.category := array_fill(type.category, array[p_calls]);
  batch.quantities := array_fill(type.meters::text, array[p_calls]);
  batch.credits := array_fill(type.credits, array[p_calls]);
  batch.catalog_version_id := array_fill(type.version_id, array[p_calls]);
  select array_agg(item), array_agg(m.key), array_agg(m.value::bigint)
  into batch.amount_item, batch.amount_meter, batch.amount_units
  from generate_series(1, p_calls) item cross join jsonb_each_text(type.meters) m
  where m.value::bigint <> 0;
  select array_agg(p_tenant), array_agg(date_bin('1 hour', now(), '2000-01-01Z')),
         array_agg(m.key), array_agg(m.value::bigint * p_calls)
  into batch.total_organization, batch.total_hour, batch.total_meter, batch.total_units
  from jsonb_each_text(type.meters) m where m.value::bigint <> 0;
  if to_regclass('tollgate.events_' || to_char(now() at time zone 'UTC', 'IYYY"w"IW')) is null then
    perform tollgate.ensure_partitions(now(), now());
  end if;
  outcomes := tollgate.record_events(batch, null, null, null, null, null, now());
  if not 'recorded' = all (outcomes) then
    raise exception 'tenant % is closed', p_tenant using errcode = 'TG003';
  end if;
  return query select unnest(batch.id);
end
$$;

-- Each function runs with its caller's rights. Even so, not everybody may call those that write.
revoke all on function
  {schema}.cleanup_old_realtime_events(integer), {schema}.cleanup_old_audit_events(integer),
  {schema}.resolve_audit_event(text, text), {schema}.increment_api_calls(text, integer, text)
from public;
