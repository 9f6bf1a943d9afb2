-- What a release says is left, for whoever sends it again.
alter table tollgate.reservations add column standing jsonb;
comment on column tollgate.reservations.standing is
  'How the limits on credits stood when it was released; null: it was not.';
-- Made again with the other functions, with what is left.
drop function if exists tollgate.release_reservation(text, uuid, timestamptz);
