-- What processes have debited in advance, and who they are.

-- The processes that lease, and when each was last heard of.
create table tollgate.nodes (
  node    text collate "C" primary key,
  seen_at timestamptz not null
) with (fillfactor = 50);

-- What processes have debited in advance. A row is what one of them may still use of one limit; its
-- units are also in the bucket's (or the rate's) leased, and never granted to anyone else before
-- they come back.
create table tollgate.leases (
  organization_id text collate "C" not null,
  meter           text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  per             text collate "C" not null,
  subject         text collate "C" not null,
  node            text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter, window_name, window_start, per, subject, node),
  constraint "a lease is of something" check (units >= 0)
) with (fillfactor = 80);

-- What one ask wants of one counter, and how much more on lease (block) beside what the process
-- has. ceiling: past it nothing is granted, null: nothing is refused or leased. max: of a rate,
-- how much leaks out a minute.
create type tollgate.lease_want as (
  ask             integer,
  want            integer,
  organization_id text,
  meter           text,
  window_name     text,
  window_start    timestamptz,
  per             text,
  subject         text,
  units           bigint,
  block           bigint,
  have            bigint,
  ceiling         bigint,
  max             bigint,
  ends_at         timestamptz
);

-- Who this store is, for those who keep something of it elsewhere. Made when it is first asked for.
create table tollgate.store (
  only_row boolean primary key default true,
  id       uuid not null,
  constraint "there is one store" check (only_row)
);
