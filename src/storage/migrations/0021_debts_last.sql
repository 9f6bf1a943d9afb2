-- A debt lasts until it is paid, and is told apart from overage, which the plan charges.

alter table tollgate.credit_windows
  add column overage bigint not null default 0,
  add column allowance bigint,
  add column behavior text,
  add constraint "no overage is negative" check (overage >= 0);
comment on column tollgate.credit_windows.owed is
  'A debt: past everything under a hard limit. The next grant pays it first, whenever it comes.';
comment on column tollgate.credit_windows.overage is
  'Past everything under another limit: the plan charges it, or lets it pass.';
comment on column tollgate.credit_windows.allowance is
  'The maximum that was in force when the window last moved; null: none, or not known.';
comment on column tollgate.credit_windows.behavior is
  'How that limit behaved; null: not known. What comes late is covered by these terms.';
create index "debts of an organization"
  on tollgate.credit_windows (organization_id) where owed > 0;

-- What is owed under a limit that charges was never a debt.
with other as (
  select c.organization_id, c.window_name, c.window_start, c.owed
  from tollgate.credit_windows c
  join tollgate.organizations o on o.id = c.organization_id
  left join tollgate.plan_limits l
    on l.plan_version_id = o.plan_version_id
   and (l.meter, l.window_name, l.per) = ('credits', c.window_name, 'organization')
  left join tollgate.limit_overrides x
    on x.organization_id = c.organization_id
   and (x.meter, x.window_name, x.per) = ('credits', c.window_name, 'organization')
   and x.ended_at is null and (x.expires_at is null or x.expires_at > now())
  where c.owed > 0 and coalesce(x.behavior, l.behavior, 'hard') <> 'hard'),
moved as (
  update tollgate.credit_windows c set overage = other.owed, owed = 0 from other
  where (c.organization_id, c.window_name, c.window_start)
      = (other.organization_id, other.window_name, other.window_start)
  returning c.organization_id, c.window_name, c.window_start, c.overage),
told as (
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start)
  select organization_id, now(), 'opening', window_name, window_start from moved
  returning *)
insert into tollgate.credit_entries
select t.organization_id, t.id, e.place, e.account, null, e.sign * m.overage
from told t
join moved m using (organization_id, window_name, window_start)
cross join (values (1, 'owed', 1), (2, 'plan', -1)) e (place, account, sign);

-- Windows that were too old to be looked at: what stands in them and nobody paid for is the plan's.
with old as (
  select b.organization_id, b.window_name, b.window_start,
         b.used + b.held + b.leased - b.drawn - coalesce(c.from_plan + c.owed + c.overage, 0) as units
  from tollgate.organizations o
  join tollgate.buckets b on b.organization_id = o.id and b.meter = 'credits'
    and b.window_name = o.allowance_window and b.window_start <= now() - interval '65 days'
  left join tollgate.credit_windows c
    on (c.organization_id, c.window_name, c.window_start)
     = (b.organization_id, b.window_name, b.window_start)),
paid as (
  insert into tollgate.credit_windows as c
    (organization_id, window_name, window_start, from_plan)
  select * from old where units > 0
  on conflict (organization_id, window_name, window_start)
  do update set from_plan = c.from_plan + excluded.from_plan
  returning c.organization_id, c.window_name, c.window_start),
told as (
  insert into tollgate.credit_transactions
    (organization_id, occurred_at, kind, window_name, window_start)
  select organization_id, now(), 'opening', window_name, window_start from paid
  returning *)
insert into tollgate.credit_entries
select t.organization_id, t.id, e.place, e.account, null, e.sign * old.units
from told t
join old using (organization_id, window_name, window_start)
cross join (values (1, 'plan', -1), (2, 'used', 1)) e (place, account, sign);

-- How a window of an allowance stands, and how it is covered. Made again with the functions.
drop type tollgate.credit_standing cascade;
create type tollgate.credit_standing as (
  organization_id text,
  window_name     text,
  window_start    timestamptz,
  window_end      timestamptz,
  max             bigint,
  behavior        text,
  level           bigint,
  drawn           bigint,
  from_plan       bigint,
  owed            bigint,
  overage         bigint,
  is_adopted      boolean,
  is_over         boolean
);

-- How much further than its plan's a limit on credits goes.
create type tollgate.credit_widening as (for_max bigint, for_cap bigint, past bigint);

-- When an organization was last billed, and until when: what is counted later is dated later.
alter table tollgate.organizations
  add column billed_at timestamptz,
  add column billed_until timestamptz;
update tollgate.organizations o
set billed_at = i.created_at, billed_until = i.period_end
from (select distinct on (organization_id) organization_id, created_at, period_end
      from tollgate.invoices order by organization_id, period_start desc) i
where i.organization_id = o.id;

alter table tollgate.invoice_lines add column counted bigint;
comment on column tollgate.invoice_lines.counted is
  'Of use: what of its windows the line is for, in the smallest unit. Grants paid for the rest.';

drop function if exists tollgate.settle_credits(text[], timestamptz);
drop function if exists tollgate.apply_due_credits(text, timestamptz);
drop function if exists tollgate.open_window(tollgate.credit_standing, timestamptz);
drop function if exists tollgate.move_cover(tollgate.credit_standing, bigint, bigint, bigint);
