-- What of a grant is in dispute, whether it was used or not: what is given back of it meanwhile is
-- frozen as well.
alter table tollgate.grants
  add column disputed_units bigint not null default 0,
  add constraint "what is in dispute is not negative" check (disputed_units >= 0),
  add constraint "no more is frozen than is in dispute" check (frozen_units <= disputed_units)
    not valid;
update tollgate.grants set disputed_units = frozen_units where frozen_units > 0;
alter table tollgate.grants validate constraint "no more is frozen than is in dispute";
comment on column tollgate.grants.disputed_units is
  'Of all that it came to, what its payment in dispute is worth: micro-credits.';
