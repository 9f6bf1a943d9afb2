-- Retention of one chain: removes its oldest entries from before an instant, at most p_most. It
-- appends an entry that names the last removed entry, its hash, and the number of days kept. It
-- refuses to remove entries younger than p_keep_days.
-- The platform's chain names the organizations that were created. Names in removed entries are
-- repeated in the new one. Returns how many entries were removed.
--   select tollgate.trim_audit('acme', now() - interval '731 days', 100000);
create or replace function tollgate.trim_audit(
  p_organization text, p_before timestamptz, p_most bigint, p_at timestamptz default now(),
  p_keep_days integer default 731)
returns bigint language plpgsql as $$
declare
  head tollgate.audit_heads;
  last_taken bigint;
  last_hash bytea;
begin
  if p_keep_days < 1 or p_before > p_at - make_interval(hours => 24 * p_keep_days) then
    raise exception 'retention keeps the last % days of the audit log', greatest(p_keep_days, 1)
      using errcode = 'TG002';
  end if;
  select * into head from tollgate.audit_heads h
  where h.organization_id = p_organization for no key update;
  select least(head.start_sequence + p_most, coalesce(min(kept.sequence) - 1, head.sequence))
  into last_taken
  from (select e.sequence from tollgate.audit_events e
        where e.organization_id = p_organization and e.occurred_at >= p_before
        order by e.sequence limit 1) kept;
  if last_taken is null or last_taken <= head.start_sequence then return 0; end if;
  select e.hash into strict last_hash from tollgate.audit_events e
  where e.organization_id = p_organization and e.sequence = last_taken;
  perform tollgate.append_audit(array[''], array[format(
    ',"action":"audit.chains_carried","actor":"retention","address":null,'
    '"category":"organization","new":{"organizations":%s},"occurredAt":"%s","old":null,'
    '"subject":"audit:chains"}', part.ids, tollgate.audit_text(p_at))])
  from (select json_agg(m.id order by m.place)::text as ids
        from tollgate.organizations_named(head.start_sequence, last_taken)
          with ordinality m (id, place)
        group by (m.place - 1) / 500 order by (m.place - 1) / 500) part
  where p_organization = '';
  perform tollgate.append_audit(array[p_organization], array[format(
    ',"action":"audit.trimmed","actor":"retention","address":null,"category":"security",'
    '"new":{"before":"%s","keepDays":%s,"startHash":"%s","startsAfter":%s},"occurredAt":"%s",'
    '"old":{"startsAfter":%s},"subject":"audit:%s"}',
    tollgate.audit_text(p_before), p_keep_days, encode(last_hash, 'hex'), last_taken, tollgate.audit_text(p_at),
    head.start_sequence, last_taken)]);
  update tollgate.audit_heads h set start_sequence = last_taken, start_hash = last_hash
  where h.organization_id = p_organization;
  delete from tollgate.audit_events e
  where e.organization_id = p_organization and e.sequence <= last_taken;
  return last_taken - head.start_sequence;
end
$$;

-- The organizations whose creation the platform's chain records, after one entry and up to another.
create or replace function tollgate.organizations_named(p_after bigint, p_to bigint)
returns setof text language sql stable as $$
  select distinct named.id
  from tollgate.audit_events e
  cross join lateral (select e.entry::json #> '{new,organizations}' as ids) said
  cross join json_array_elements_text(
    case when json_typeof(said.ids) = 'array' then said.ids else '[]' end) named (id)
  where e.organization_id = '' and e.sequence > p_after and e.sequence <= p_to
    and e.action in ('audit.chain_opened', 'audit.chains_carried')
$$;

-- An instant in the form of audit entries.
create or replace function tollgate.audit_text(p_at timestamptz)
returns text language sql immutable strict parallel safe as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

revoke execute on function tollgate.trim_audit(text, timestamptz, bigint, timestamptz, integer)
  from public;
