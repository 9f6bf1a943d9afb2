-- Writes a quarter of a megabyte and rolls it back. It fails with the store's own error when the
-- disk is full or the server is read-only. The truncate starts a new file. Leaving the block by its
-- exception drops that file, so nothing is left for vacuum.
create or replace function tollgate.probe_room() returns void language plpgsql as $$
begin
  truncate tollgate.room_probe;
  insert into tollgate.room_probe
    select string_agg(md5(random()::text), '') from generate_series(1, 8192);
  raise exception using errcode = 'TG000';
exception
  when sqlstate 'TG000' then null;
end
$$;
