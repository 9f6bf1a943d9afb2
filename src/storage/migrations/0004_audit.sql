-- What was done, by whom, and what was refused: one chain of entries an organization, and one for
-- the platform (organization ''), in which each entry commits to all before it.

-- The instant that an entry names, as "2026-03-10T12:00:00.000Z": text to instant without any
-- setting of the session, so that a column can be generated from it.
create function tollgate.audit_instant(p_text text)
returns timestamptz language sql immutable strict parallel safe as $$
  select make_timestamp(
    substr(p_text, 1, 4)::integer, substr(p_text, 6, 2)::integer, substr(p_text, 9, 2)::integer,
    substr(p_text, 12, 2)::integer, substr(p_text, 15, 2)::integer, substr(p_text, 18, 6)::float8)
    at time zone 'UTC'
$$;

-- The text of an entry is what is hashed; the columns to look for entries by are generated from it,
-- so that nothing that is found can differ from what was hashed.
create table tollgate.audit_events (
  organization_id text collate "C" not null,
  sequence        bigint not null,
  previous_hash   bytea not null,
  entry           text not null,
  hash            bytea not null,
  category        text collate "C" not null generated always as (entry::json ->> 'category') stored,
  action          text collate "C" not null generated always as (entry::json ->> 'action') stored,
  actor           text collate "C" not null generated always as (entry::json ->> 'actor') stored,
  actor_start     text collate "C" not null
    generated always as (left(entry::json ->> 'actor', 100)) stored,
  occurred_at     timestamptz not null
    generated always as (tollgate.audit_instant(entry::json ->> 'occurredAt')) stored,
  resolves        bigint generated always as (
    case when entry::json ->> 'action' = 'audit.resolved'
         then (entry::json #>> '{new,resolves}')::bigint end) stored,
  primary key (organization_id, sequence),
  constraint "an entry says whose it is and which place it has" check (starts_with(entry,
    '{"organizationId":' || to_json(organization_id)::text || ',"sequence":' || sequence || ',')),
  constraint "a hash commits to the entry and to the one before"
    check (hash = sha256(previous_hash || convert_to(entry, 'UTF8')))
);
comment on column tollgate.audit_events.actor_start is
  'How the actor begins, for the index: an actor may be longer than an index can hold.';
comment on column tollgate.audit_events.hash is 'sha256(previous_hash || the entry in UTF-8).';
create index "audit events by category"
  on tollgate.audit_events (organization_id, category, sequence);
create index "audit events by action" on tollgate.audit_events (organization_id, action, sequence);
create index "audit events by actor"
  on tollgate.audit_events (organization_id, actor_start, sequence);
create index "audit events by time" on tollgate.audit_events (organization_id, occurred_at);
create unique index "one resolution an audit event"
  on tollgate.audit_events (organization_id, resolves) where resolves is not null;

-- Where each chain ends, and where it starts since retention last took its oldest entries.
create table tollgate.audit_heads (
  organization_id text collate "C" primary key,
  sequence        bigint not null default 0,
  hash            bytea not null default decode(repeat('00', 32), 'hex'),
  start_sequence  bigint not null default 0,
  start_hash      bytea not null default decode(repeat('00', 32), 'hex'),
  constraint "a chain does not end before it starts" check (start_sequence between 0 and sequence)
) with (fillfactor = 50);
comment on column tollgate.audit_heads.start_sequence is
  'The last entry that retention took: the chain starts after it, from start_hash.';

create function tollgate.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'TG002';
end
$$;

-- Only what is before the start of its chain may go, and only an entry of the chain moves its start.
create function tollgate.guard_audit_delete() returns trigger language plpgsql as $$
begin
  if exists (
    select from removed r left join tollgate.audit_heads h using (organization_id)
    where h.start_sequence is null or r.sequence > h.start_sequence) then
    raise exception 'the audit log is append-only: delete of audit_events is refused'
      using errcode = 'TG002';
  end if;
  return null;
end
$$;

create function tollgate.guard_audit_head() returns trigger language plpgsql as $$
begin
  if new.organization_id <> old.organization_id or new.sequence < old.sequence
     or new.sequence = old.sequence and new.hash <> old.hash
     or new.start_sequence < old.start_sequence
     or new.start_sequence = old.start_sequence and new.start_hash <> old.start_hash
     or new.start_sequence > old.start_sequence and not exists (
       select from tollgate.audit_events e
       where e.organization_id = new.organization_id and e.sequence = new.sequence
         and e.action = 'audit.trimmed'
         and (e.entry::json #>> '{new,startsAfter}')::bigint = new.start_sequence
         and e.entry::json #>> '{new,startHash}' = encode(new.start_hash, 'hex')) then
    raise exception 'the audit log is append-only: update of audit_heads is refused'
      using errcode = 'TG002';
  end if;
  return new;
end
$$;

create trigger "entries do not change" before update on tollgate.audit_events
  for each statement execute function tollgate.refuse_audit_change();
create trigger "entries are not emptied" before truncate on tollgate.audit_events
  for each statement execute function tollgate.refuse_audit_change();
create trigger "entries stay" after delete on tollgate.audit_events
  referencing old table as removed
  for each statement execute function tollgate.guard_audit_delete();
create trigger "a chain only grows" before update on tollgate.audit_heads
  for each row execute function tollgate.guard_audit_head();
create trigger "a chain has a head" before delete on tollgate.audit_heads
  for each statement execute function tollgate.refuse_audit_change();
create trigger "heads are not emptied" before truncate on tollgate.audit_heads
  for each statement execute function tollgate.refuse_audit_change();

revoke update, delete, truncate on tollgate.audit_events from public;
revoke delete, truncate on tollgate.audit_heads from public;
