-- Billing: what was billed for which period, and what is still to be told to whoever collects it.

-- An organization has one invoice a period: the unique constraint is what makes two processes, or a
-- second run, bill once, whatever else goes wrong.
create table tollgate.invoices (
  id                  uuid primary key,
  organization_id     text collate "C" not null references tollgate.organizations,
  period_start        timestamptz not null,
  period_end          timestamptz not null,
  state               text not null,
  currency            text not null,
  total_minor_units   bigint not null,
  due_minor_units     bigint not null,
  carried_minor_units bigint not null,
  created_at          timestamptz not null,
  constraint "one invoice a period" unique (organization_id, period_start),
  constraint "an invoice is a draft or final" check (state in ('draft', 'final')),
  constraint "a billed period is not empty" check (period_end > period_start),
  constraint "what is due or carried adds up to the total" check (
    due_minor_units >= 0 and carried_minor_units >= 0
    and total_minor_units = due_minor_units - carried_minor_units)
);
comment on column tollgate.invoices.total_minor_units is
  'The sum of the lines, each rounded once to the minor unit of the currency.';

create table tollgate.invoice_lines (
  invoice_id      uuid not null references tollgate.invoices,
  line            smallint not null,
  organization_id text collate "C" not null references tollgate.organizations,
  kind            text not null,
  description     text not null,
  meter           text collate "C",
  window_name     text collate "C",
  units           text,
  amount          text not null,
  minor_units     bigint not null,
  steps           jsonb not null,
  primary key (invoice_id, line),
  constraint "a line is of a known kind"
    check (kind in ('subscription', 'overage', 'proration', 'credit', 'adjustment'))
);
comment on column tollgate.invoice_lines.units is 'Of overage: decimal text, in whole units.';
comment on column tollgate.invoice_lines.amount is
  'Exact, before rounding: decimal text, or a fraction where there is no finite decimal.';

-- Acts outside of this database, written down with what causes them, and done afterwards until
-- they are known to be done. A row is tried by one process at a time, which has it on lease.
create table tollgate.outbox (
  id              bigint generated always as identity primary key,
  organization_id text collate "C" not null references tollgate.organizations,
  kind            text not null,
  key             text collate "C" not null unique,
  payload         jsonb not null,
  created_at      timestamptz not null,
  attempts        integer not null default 0,
  refusals        integer not null default 0,
  next_attempt_at timestamptz not null,
  lease           uuid,
  leased_until    timestamptz,
  last_error      text,
  done_at         timestamptz,
  external_id     text,
  constraint "what is done has a name out there" check ((done_at is null) = (external_id is null))
);
comment on column tollgate.outbox.key is
  'The same whoever writes the act down: what was done under it is found by it.';
comment on column tollgate.outbox.refusals is
  'Definite answers of no; each begins a new idempotency key, as the old one would replay the no.';
create index "what is to be done of an organization"
  on tollgate.outbox (organization_id, next_attempt_at) where done_at is null;

-- Who an organization is at Stripe.
create table tollgate.stripe_customers (
  organization_id text collate "C" primary key references tollgate.organizations,
  customer_id     text collate "C" not null unique,
  updated_at      timestamptz not null
);

select tollgate.wall_off('tollgate.invoices');
select tollgate.wall_off('tollgate.invoice_lines');
select tollgate.wall_off('tollgate.outbox');
select tollgate.wall_off('tollgate.stripe_customers');
