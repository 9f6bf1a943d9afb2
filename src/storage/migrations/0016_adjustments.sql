-- What comes after an invoice: late use, and what is given back.

alter table tollgate.invoices add column basis jsonb;
comment on column tollgate.invoices.basis is
  'What each limit was charged by and for, so that late use is charged as it would have been.';

alter table tollgate.invoice_lines add column adjusts uuid references tollgate.invoices;
comment on column tollgate.invoice_lines.adjusts is 'The earlier invoice that the line corrects.';
create index "corrections of an invoice" on tollgate.invoice_lines (adjusts)
  where adjusts is not null;

-- Given back of an invoice by hand; it is on the next invoice as a credit.
create table tollgate.credit_notes (
  id              uuid primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  invoice_id      uuid not null references tollgate.invoices,
  key             text collate "C" not null,
  minor_units     bigint not null,
  reason          text not null,
  actor           text not null,
  created_at      timestamptz not null,
  applied_to      uuid references tollgate.invoices,
  constraint "money is given back once a key" unique (organization_id, key),
  constraint "something is given back" check (minor_units > 0)
);
create index "credit notes of an invoice" on tollgate.credit_notes (invoice_id);
create index "credit notes that wait"
  on tollgate.credit_notes (organization_id) where applied_to is null;
select tollgate.wall_off('tollgate.credit_notes');

-- Since credits are given beside an allowance, it says what they have left. Made again with the
-- other functions.
drop function if exists tollgate.limits_in_force(text[], timestamptz);
