-- What the credentials rest on that Tollgate itself gives out: read tokens and sessions.

-- By what is derived from it every process on this database signs. One secret is in force; those
-- before it are good for checking what they signed, until their time is over.
create table tollgate.server_secrets (
  id             uuid primary key,
  secret         bytea not null,
  created_at     timestamptz not null,
  accepted_until timestamptz,
  constraint "a server secret has 32 bytes" check (octet_length(secret) = 32)
);
comment on column tollgate.server_secrets.accepted_until is 'Null: in force.';
create unique index "one server secret in force"
  on tollgate.server_secrets ((true)) where accepted_until is null;

-- Who signed in to the console: a user, or an administrator by a key, which may be the configured
-- one that no table knows. A session ends with its time, with its sign-out and with its key.
create table tollgate.sessions (
  id                uuid primary key,
  actor             text collate "C" not null,
  user_id           text,
  is_admin_by_claim boolean not null,
  api_key_id        uuid references tollgate.api_keys,
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  constraint "a session is a user's or a key's"
    check (num_nonnulls(user_id, api_key_id) <= 1)
);
create index "sessions by actor" on tollgate.sessions (actor);
create index "sessions by their end" on tollgate.sessions (expires_at);

-- A key that was revoked is as unknown as one that never was, also by the time that it takes.
alter table tollgate.api_keys alter column hash drop not null;
update tollgate.api_keys set hash = null where revoked_at is not null;
alter table tollgate.api_keys add constraint "a key that is not revoked has its hash"
  check (hash is not null or revoked_at is not null);
