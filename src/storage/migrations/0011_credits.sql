-- Credits that are given to an organization beside its plan's allowance, and their journal.

-- The accounting window: the limit on credits that is the plan's allowance ('period', else 'month').
-- Null while the organization was never given credits, which spares everyone else the accounting.
alter table tollgate.organizations add column allowance_window text collate "C";
alter table tollgate.organizations add column credits_due_at timestamptz;
comment on column tollgate.organizations.credits_due_at is
  'When the next grant expires or is to be made; null: none.';

alter table tollgate.buckets add column drawn bigint not null default 0;
comment on column tollgate.buckets.drawn is
  'Of credits: what of used, held and leased was taken from grants.';

-- Credits that come again: one grant a cycle, each over when the next is made.
create table tollgate.grant_series (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  key             text collate "C" not null,
  micro_credits   bigint not null,
  priority        smallint not null,
  starts_at       timestamptz not null,
  months          smallint not null,
  made            integer not null default 0,
  rollover_max    bigint not null default 0,
  ends_at         timestamptz,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  ended_at        timestamptz,
  constraint "credits begin to come again once a key" unique (organization_id, key),
  constraint "credits come again by the month" check (months between 1 and 12),
  constraint "a recurring grant is of something" check (micro_credits > 0),
  constraint "what is carried over is not negative" check (rollover_max >= 0)
);
comment on column tollgate.grant_series.made is
  'Grants made so far: the next is due made × months after starts_at.';
create index "recurring grants of an organization"
  on tollgate.grant_series (organization_id) where ended_at is null;

create table tollgate.grants (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  source          text not null,
  series_id       uuid references tollgate.grant_series,
  key             text collate "C" not null,
  micro_credits   bigint not null,
  left_units      bigint not null,
  priority        smallint not null,
  starts_at       timestamptz not null,
  expires_at      timestamptz,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  ended_at        timestamptz,
  constraint "credits come once a key" unique (organization_id, key),
  constraint "a grant is of a known source"
    check (source in ('given', 'recurring', 'rollover', 'top_up')),
  constraint "a grant is of something" check (micro_credits > 0),
  constraint "no grant is below zero, and none has more than it came to"
    check (left_units between 0 and micro_credits),
  constraint "a grant expires after it starts" check (expires_at > starts_at)
);
comment on column tollgate.grants.priority is
  'Lower goes first; the plan''s allowance is at 100, and over at the end of its window.';
comment on column tollgate.grants.left_units is 'What can still be used of it: micro-credits.';
create index "grants that have something left"
  on tollgate.grants (organization_id) where left_units > 0;
create index "grants of an organization" on tollgate.grants (organization_id, created_at, id);

-- How a window's credits were paid for, as far as grants did not: by the plan's allowance, or by
-- nobody. Both with drawn make used, held and leased of the window.
create table tollgate.credit_windows (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  from_plan       bigint not null default 0,
  owed            bigint not null default 0,
  primary key (organization_id, window_name, window_start),
  constraint "what was paid or is owed is not negative" check (from_plan >= 0 and owed >= 0)
) with (fillfactor = 50);
comment on column tollgate.credit_windows.owed is
  'Past everything: overage, or under a hard limit a debt that the next grant pays first.';

-- What each grant gave to each window, by which a use that is undone goes back where it came from.
create table tollgate.grant_draws (
  organization_id text collate "C" not null,
  window_name     text collate "C" not null,
  window_start    timestamptz not null,
  grant_id        uuid not null references tollgate.grants,
  units           bigint not null,
  primary key (organization_id, window_name, window_start, grant_id),
  constraint "no grant gave less than nothing" check (units >= 0)
) with (fillfactor = 50);

-- The journal, in double entry: the entries of a transaction sum to zero, and every balance is the
-- sum of its entries.
create table tollgate.credit_transactions (
  id              bigint generated always as identity,
  organization_id text collate "C" not null,
  occurred_at     timestamptz not null,
  kind            text not null,
  window_name     text collate "C",
  window_start    timestamptz,
  primary key (organization_id, id),
  constraint "a movement of credits is of a known kind" check (
    kind in ('opening', 'grant', 'rollover', 'draw', 'return', 'repay', 'expire', 'end'))
);
create table tollgate.credit_entries (
  organization_id text collate "C" not null,
  transaction_id  bigint not null,
  place           smallint not null,
  account         text not null,
  grant_id        uuid,
  units           bigint not null,
  primary key (organization_id, transaction_id, place),
  foreign key (organization_id, transaction_id) references tollgate.credit_transactions,
  constraint "an entry is in a known account"
    check (account in ('given', 'grant', 'plan', 'used', 'owed', 'expired')),
  constraint "an account of a grant names it" check ((account = 'grant') = (grant_id is not null)),
  constraint "an entry moves something" check (units <> 0)
);
comment on column tollgate.credit_entries.units is
  'Micro-credits: above zero goes into the account, below zero comes out of it.';

-- How a window of an allowance stands, and how it is covered.
create type tollgate.credit_standing as (
  organization_id text,
  window_name     text,
  window_start    timestamptz,
  window_end      timestamptz,
  max             bigint,
  level           bigint,
  drawn           bigint,
  from_plan       bigint,
  owed            bigint,
  is_debt         boolean,
  is_new          boolean
);

create function tollgate.refuse_credit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the journal of credits is append-only: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'TG002';
end
$$;
create trigger "transactions do not change" before update or delete or truncate
  on tollgate.credit_transactions for each statement
  execute function tollgate.refuse_credit_change();
create trigger "entries do not change" before update or delete or truncate
  on tollgate.credit_entries for each statement execute function tollgate.refuse_credit_change();
revoke update, delete, truncate on tollgate.credit_transactions, tollgate.credit_entries from public;

select tollgate.wall_off('tollgate.grant_series');
select tollgate.wall_off('tollgate.grants');
select tollgate.wall_off('tollgate.credit_windows');
select tollgate.wall_off('tollgate.grant_draws');
select tollgate.wall_off('tollgate.credit_transactions');
select tollgate.wall_off('tollgate.credit_entries');
