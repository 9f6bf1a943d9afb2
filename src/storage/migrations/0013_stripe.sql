-- What Stripe tells of customers, subscriptions and payments, and what is sent to its meters.

-- Every event that came, for good: one that comes again has no effect. No more of it is kept than
-- what it was about, since what is true now is asked of Stripe and not read off an event.
create table tollgate.stripe_events (
  id          text collate "C" primary key,
  type        text collate "C" not null,
  object_id   text collate "C",
  created_at  timestamptz not null,
  received_at timestamptz not null,
  outcome     text not null,
  detail      jsonb,
  constraint "an event was applied, kept, or about what is gone"
    check (outcome in ('applied', 'kept', 'gone'))
);
comment on column tollgate.stripe_events.detail is 'Of errors of a meter: how many, when, and why.';
create index "errors of meters by time" on tollgate.stripe_events (created_at)
  where detail is not null;

-- State at Stripe as it was when it was last asked for. The version tells whether another answer was
-- written down since it was read: who finds one asks again, so that no older answer comes on top.
create table tollgate.stripe_subscriptions (
  id                   text collate "C" primary key,
  customer_id          text collate "C" not null,
  organization_id      text collate "C" references tollgate.organizations,
  status               text not null,
  cancel_at_period_end boolean not null,
  current_period_end   timestamptz,
  ended_at             timestamptz,
  version              integer not null,
  seen_at              timestamptz not null
);
comment on column tollgate.stripe_subscriptions.organization_id is
  'Null while nobody has said whose customer it is.';
create index "subscriptions of a customer" on tollgate.stripe_subscriptions (customer_id);
create index "subscriptions of an organization" on tollgate.stripe_subscriptions (organization_id);

create table tollgate.stripe_invoices (
  id               text collate "C" primary key,
  customer_id      text collate "C",
  organization_id  text collate "C" references tollgate.organizations,
  status           text not null,
  attempts         integer not null,
  currency         text not null,
  due_minor_units  bigint not null,
  paid_minor_units bigint not null,
  paid_at          timestamptz,
  version          integer not null,
  seen_at          timestamptz not null
);
comment on column tollgate.stripe_invoices.status is
  'As Stripe says: draft, open, paid, uncollectible, void.';
create index "invoices at Stripe of an organization" on tollgate.stripe_invoices (organization_id);
create index "invoices at Stripe of a customer" on tollgate.stripe_invoices (customer_id);

alter table tollgate.stripe_customers add column deleted_at timestamptz;
comment on column tollgate.stripe_customers.deleted_at is
  'When it was found deleted at Stripe: nothing is charged until another is named.';

alter table tollgate.outbox
  add column first_attempt_at timestamptz,
  add column stripe_invoice_id text collate "C";
comment on column tollgate.outbox.first_attempt_at is
  'Committed before anything is asked: while it is null, nothing was ever asked.';
comment on column tollgate.outbox.stripe_invoice_id is 'The invoice at Stripe that has the charge.';
create index "what was done by its name out there" on tollgate.outbox (external_id)
  where external_id is not null;
create index "acts by time" on tollgate.outbox (organization_id, kind, created_at);
create index "charges of an invoice" on tollgate.outbox (organization_id, (payload ->> 'invoiceId'));

-- Up to when use was written down for Stripe's meters: a bucket of an hour or a day that ended by
-- then is in the outbox as it was, and never again.
create table tollgate.stripe_metering (
  only_row boolean primary key default true,
  up_to    timestamptz not null,
  constraint "there is one mark of metering" check (only_row)
);

select tollgate.wall_off('tollgate.stripe_subscriptions');
select tollgate.wall_off('tollgate.stripe_invoices');
