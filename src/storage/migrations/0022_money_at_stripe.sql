-- What Stripe says of money: what it is to be told exactly, and what comes back.

-- Credits that were bought, and whose money was returned or is in dispute.
alter table tollgate.grants
  add column frozen_units bigint not null default 0,
  add column reversed_units bigint not null default 0,
  add column stripe_invoice_id text collate "C",
  add constraint "what is frozen or was taken back is not negative"
    check (frozen_units >= 0 and reversed_units >= 0),
  add constraint "no more is frozen than it came to" check (left_units + frozen_units <= micro_credits);
comment on column tollgate.grants.frozen_units is
  'Not to be used while its payment is in dispute: micro-credits, beside what is left.';
comment on column tollgate.grants.reversed_units is
  'Taken back since its money was returned: micro-credits.';
comment on column tollgate.grants.stripe_invoice_id is 'The invoice at Stripe that paid for it.';
update tollgate.grants set stripe_invoice_id = substring(reason from '^paid at Stripe: (.+)$')
where source = 'top_up';

alter table tollgate.credit_transactions
  drop constraint "a movement of credits is of a known kind",
  add constraint "a movement of credits is of a known kind" check (
    kind in ('opening', 'grant', 'rollover', 'draw', 'return', 'repay', 'expire', 'end',
             'take_back', 'give_back', 'freeze', 'unfreeze'));
alter table tollgate.credit_entries
  drop constraint "an entry is in a known account",
  drop constraint "an account of a grant names it",
  add constraint "an entry is in a known account"
    check (account in ('given', 'grant', 'frozen', 'plan', 'used', 'owed', 'expired')),
  add constraint "an account of a grant names it"
    check ((account in ('grant', 'frozen')) = (grant_id is not null));

alter table tollgate.stripe_subscriptions
  add column cancel_at timestamptz,
  add column paused_collection text;
comment on column tollgate.stripe_subscriptions.cancel_at is
  'When it ends: at the period''s end or at a time that was set. Null: it goes on.';
comment on column tollgate.stripe_subscriptions.paused_collection is
  'What becomes of its invoices while they are not collected, as Stripe says; null: they are.';

-- Customers whose metadata name an organization that is not there yet. It is theirs once it is made.
create table tollgate.stripe_named_customers (
  customer_id     text collate "C" primary key,
  organization_id text collate "C" not null,
  named_at        timestamptz not null
);
create index "customers that name an organization"
  on tollgate.stripe_named_customers (organization_id);
select tollgate.wall_off('tollgate.stripe_named_customers');

-- What was used of a meter and is less than one of the units that Stripe counts: it goes on to the
-- next hour or day.
create table tollgate.stripe_meter_rests (
  organization_id text collate "C" not null references tollgate.organizations,
  meter           text collate "C" not null,
  units           bigint not null,
  primary key (organization_id, meter),
  constraint "a rest is not negative" check (units >= 0)
);
comment on column tollgate.stripe_meter_rests.units is 'In the smallest unit of the meter.';
select tollgate.wall_off('tollgate.stripe_meter_rests');

-- Use with decimals that waits was refused, and would be for ever: its whole part is sent, and the
-- rest goes on to the next.
with waiting as (
  select o.id, o.organization_id, o.payload ->> 'meter' as meter,
         (o.payload ->> 'value')::numeric as value, m.scale
  from tollgate.outbox o join tollgate.meters m on m.key = o.payload ->> 'meter'
  where o.kind = 'use' and o.done_at is null and o.payload ->> 'value' like '%.%'),
cut as (
  update tollgate.outbox o
  set payload = o.payload || jsonb_build_object('value', trunc(w.value)::text,
        'rest', trim_scale(w.value - trunc(w.value))::text),
      done_at = case when trunc(w.value) = 0 then o.created_at end,
      external_id = case when trunc(w.value) = 0 then 'nothing' end,
      lease = null, leased_until = null
  from waiting w where o.id = w.id)
insert into tollgate.stripe_meter_rests
select organization_id, meter, sum((value - trunc(value)) * power(10::numeric, scale))::bigint
from waiting group by 1, 2;

-- Charges past what Stripe takes at once were refused, and would be for ever: they are split.
with waiting as (
  select *, (payload ->> 'minorUnits')::bigint as units from tollgate.outbox
  where kind = 'charge' and done_at is null and abs((payload ->> 'minorUnits')::bigint) > 99999999),
parts as (
  select w.*, part, (sign(w.units) * least(99999999, abs(w.units) - 99999999 * (part - 1)))::bigint
           as units_of_part
  from waiting w
  cross join lateral generate_series(1, ((abs(w.units) + 99999998) / 99999999)::integer) part),
first as (
  update tollgate.outbox o
  set payload = o.payload || jsonb_build_object('minorUnits', p.units_of_part::text)
  from parts p where o.id = p.id and p.part = 1)
insert into tollgate.outbox (organization_id, kind, key, payload, created_at, next_attempt_at)
select organization_id, kind, key || '_' || part,
       payload || jsonb_build_object('minorUnits', units_of_part::text), created_at, next_attempt_at
from parts where part > 1
on conflict (key) do nothing;
