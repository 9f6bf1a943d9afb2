-- What reports need beside the roll-ups.

-- In whose days an organization reads its reports. Limits and their windows stay in UTC.
alter table tollgate.organizations add column timezone text not null default 'UTC';
comment on column tollgate.organizations.timezone is
  'A name of the IANA database; the engine knows which there are.';

-- How often an organization was refused, without looking at anybody else's refusals.
create index "refusals of an organization"
  on tollgate.decisions (organization_id, decided_at) where not allowed;
