-- Credits that are bought by themselves when few are left.
create table tollgate.top_up_settings (
  organization_id text collate "C" primary key references tollgate.organizations,
  below           bigint not null,
  units           bigint not null,
  minor_units     bigint not null,
  currency        text not null,
  most_a_month    smallint not null,
  actor           text not null,
  updated_at      timestamptz not null,
  constraint "something is bought" check (units > 0 and minor_units > 0),
  constraint "bought when some are left, at most so often"
    check (below >= 0 and most_a_month between 1 and 1000)
);
comment on column tollgate.top_up_settings.below is
  'When less can be used than this, so many units are bought: micro-credits, both.';
create index "top-ups of an organization" on tollgate.outbox (organization_id, created_at)
  where kind = 'top_up';
select tollgate.wall_off('tollgate.top_up_settings');
