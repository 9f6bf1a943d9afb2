-- Writes a quarter of a megabyte and takes it back: fails, with what keeps the store from it, when
-- the disk is full or the server is read-only. The truncate begins a new file, which is dropped when
-- the block is left by its exception, so that nothing is left to be vacuumed.
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
