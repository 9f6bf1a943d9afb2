-- What a limit per user or API key does with a call that names none: null is what its behavior says
-- (`hard` refuses, `soft` lets through). And functions whose results or arguments change.
alter table tollgate.plan_limits add column anonymous text
  constraint "an anonymous call is refused or allowed" check (anonymous in ('refuse', 'allow'));
alter table tollgate.limit_overrides add column anonymous text
  constraint "an anonymous call is refused or allowed" check (anonymous in ('refuse', 'allow'));

drop function if exists tollgate.limits_in_force(text[], timestamptz);
drop function if exists tollgate.check_quota(text, text, bigint, timestamptz);
