-- An extension of a reservation that is sent again is given the first answer. Its id is kept with
-- the decision, for as long as that is.
alter table tollgate.decisions
  add column reservation_id uuid,
  add column extension_id   text collate "C",
  add column fingerprint    uuid,
  add column expires_at     timestamptz;
comment on column tollgate.decisions.extension_id is
  'Of an extension that was let through: its id, which counts once in its reservation.';
comment on column tollgate.decisions.fingerprint is
  'Of what was sent under extension_id.';
comment on column tollgate.decisions.expires_at is
  'Of what was sent under extension_id: until when its reservation was then held.';
create index "extensions of a reservation" on tollgate.decisions (reservation_id, extension_id)
  where extension_id is not null;

-- Made again with the other functions, with more parameters or columns.
drop function if exists tollgate.extend_reservation(
  tollgate.usage_batch, uuid, uuid, timestamptz, boolean, text, boolean, timestamptz);
drop function if exists tollgate.write_extension(
  tollgate.usage_batch, uuid, uuid, timestamptz, tollgate.taken_item, boolean, timestamptz);
drop function if exists tollgate.release_reservation(text, uuid, timestamptz);
