-- Appends entries to the chains of their organizations, in order; '' is the platform's chain.
-- p_rests hold the part of an entry's text after organization and sequence, from the comma on.
-- Chains are locked in order of organization until the transaction ends, so one call may append to
-- many. Several calls in one transaction must keep that order among themselves.
-- One statement writes all entries, since each statement prepares the generated columns again.
create or replace function tollgate.append_audit(p_organizations text[], p_rests text[])
returns table (place integer, organization_id text, sequence bigint) language plpgsql as $$
#variable_conflict use_column
declare
  asked record;
  head tollgate.audit_heads;
  places integer[] := '{}';
  chains text[] := '{}';
  sequences bigint[] := '{}';
  befores bytea[] := '{}';
  entries text[] := '{}';
  hashes bytea[] := '{}';
  text_of_entry text;
begin
  for asked in
    select i.organization_id, i.rest, i.place::integer as place
    from unnest(p_organizations, p_rests) with ordinality i (organization_id, rest, place)
    order by i.organization_id collate "C", i.place
  loop
    if asked.organization_id is distinct from head.organization_id then
      insert into tollgate.audit_heads (organization_id) values (asked.organization_id)
      on conflict (organization_id) do nothing;
      select h.* into head from tollgate.audit_heads h
      where h.organization_id = asked.organization_id for no key update;
    end if;
    head.sequence := head.sequence + 1;
    befores := befores || head.hash;
    text_of_entry := '{"organizationId":' || to_json(head.organization_id)::text
      || ',"sequence":' || head.sequence || asked.rest;
    head.hash := sha256(head.hash || convert_to(text_of_entry, 'UTF8'));
    places := places || asked.place;
    chains := chains || head.organization_id;
    sequences := sequences || head.sequence;
    entries := entries || text_of_entry;
    hashes := hashes || head.hash;
  end loop;
  insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
  select * from unnest(chains, sequences, befores, entries, hashes);
  update tollgate.audit_heads h set sequence = last.sequence, hash = last.hash
  from (select distinct on (a.chain collate "C") a.chain, a.sequence, a.hash
        from unnest(chains, sequences, hashes) a (chain, sequence, hash)
        order by a.chain collate "C", a.sequence desc) last
  where h.organization_id = last.chain;
  return query select * from unnest(places, chains, sequences);
end
$$;
