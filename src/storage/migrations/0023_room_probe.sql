-- Where it is tried out whether the database can write: `tollgate.probe_room()` leaves nothing here.
create table tollgate.room_probe (filler text not null);
alter table tollgate.room_probe alter column filler set storage external;
