-- The platform's chain names every organization that was made, so that a chain of any other was
-- invented. Those from before are named here, as they stand now; a chain without an organization is
-- not. Written out, since what appends later may change.
do $$
declare
  head tollgate.audit_heads;
  named record;
  text_of_entry text;
begin
  for named in
    select json_agg(o.id order by o.id)::text as ids
    from (select id, (row_number() over (order by id) - 1) / 500 as part
          from tollgate.organizations) o
    group by o.part order by o.part
  loop
    insert into tollgate.audit_heads (organization_id) values ('')
    on conflict (organization_id) do nothing;
    select * into head from tollgate.audit_heads where organization_id = '' for no key update;
    text_of_entry := '{"organizationId":"","sequence":' || head.sequence + 1
      || ',"action":"audit.chains_carried","actor":"migration","address":null,'
      || '"category":"organization","new":{"organizations":' || named.ids || '},"occurredAt":"'
      || to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      || '","old":null,"subject":"audit:chains"}';
    insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
    values ('', head.sequence + 1, head.hash, text_of_entry,
            sha256(head.hash || convert_to(text_of_entry, 'UTF8')));
    update tollgate.audit_heads
    set sequence = head.sequence + 1, hash = sha256(head.hash || convert_to(text_of_entry, 'UTF8'))
    where organization_id = '';
  end loop;
end
$$;

-- A change that is what a trial was for says so in the log when it takes effect.
alter table tollgate.scheduled_changes add column trial_plan text;
comment on column tollgate.scheduled_changes.trial_plan is
  'The plan of the trial, as catalog/plan, that this change upgrades; null: it upgrades none.';
