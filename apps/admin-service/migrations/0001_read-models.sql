-- Up Migration
-- Tables of the admin-service. Settings, roles, users, grants and keys are read models: they are written in the append's
-- transaction, so they are never behind the log, and can be derived from it again. Sessions, sign-in attempts and the
-- last use of keys are in no record.

create table keyfold.settings (
  id smallint not null constraint settings_pkey primary key constraint settings_single_row_check check (id = 1),
  stream_version bigint not null,
  state jsonb not null
);

create table keyfold.roles (
  role_id text not null constraint roles_pkey primary key,
  stream_version bigint not null,
  created_position bigint not null,
  name text,
  permissions text[] not null,
  is_system boolean not null,
  is_deleted boolean not null,
  state jsonb not null
);
create unique index roles_name_key on keyfold.roles (lower(name)) where not is_deleted;
create unique index roles_created_position_key on keyfold.roles (created_position);

create table keyfold.users (
  user_id text not null constraint users_pkey primary key,
  stream_version bigint not null,
  created_position bigint not null,
  created_at timestamptz not null,
  username text,
  display_name text,
  email text,
  status text not null,
  supervisor_id text,
  state jsonb not null
);
-- Deactivated users keep their name; only an erased one has none, so a name is never two people's.
create unique index users_username_key on keyfold.users (username);
create unique index users_created_position_key on keyfold.users (created_position);
create index users_supervisor_id_idx on keyfold.users (supervisor_id) where supervisor_id is not null;

create table keyfold.role_grants (
  user_id text not null,
  role_id text not null,
  constraint role_grants_pkey primary key (user_id, role_id)
);
create index role_grants_role_id_idx on keyfold.role_grants (role_id);

create table keyfold.api_keys (
  key_id text not null constraint api_keys_pkey primary key,
  stream_version bigint not null,
  created_position bigint not null,
  user_id text not null,
  -- Instants in milliseconds since 1970, as in the log's own arithmetic. null: pending, so its lifetime has not begun.
  issued_at_ms bigint,
  own_expires_at_ms bigint,
  is_pending boolean not null,
  is_revoked boolean not null,
  superseded_until_ms bigint,
  last_used_at timestamptz,
  state jsonb not null
);
create unique index api_keys_created_position_key on keyfold.api_keys (created_position);
create index api_keys_user_id_idx on keyfold.api_keys (user_id, created_position);

create table keyfold.sessions (
  -- Version 7, so that ids are in the order of creation, whatever the database's collation.
  session_id text collate "C" not null constraint sessions_pkey primary key,
  token_hash bytea not null constraint sessions_token_hash_key unique,
  user_id text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  address inet not null,
  user_agent text,
  -- The password change that this session made and so survives.
  kept_by_correlation_id text
);
create index sessions_user_id_idx on keyfold.sessions (user_id);
create index sessions_expires_at_idx on keyfold.sessions (expires_at);

create table keyfold.sign_in_failures (
  failure_id bigint generated always as identity constraint sign_in_failures_pkey primary key,
  -- Hashed: people type passwords into the name's box.
  account_hash bytea not null,
  address inet not null,
  network cidr not null,
  failed_at timestamptz not null
);
create index sign_in_failures_account_idx on keyfold.sign_in_failures (account_hash, network, failed_at);
create index sign_in_failures_address_idx on keyfold.sign_in_failures (address, failed_at);
create index sign_in_failures_failed_at_idx on keyfold.sign_in_failures (failed_at);

create table keyfold.sign_in_addresses (
  account_hash bytea not null,
  address inet not null,
  last_signed_in_at timestamptz not null,
  constraint sign_in_addresses_pkey primary key (account_hash, address)
);
create index sign_in_addresses_last_signed_in_at_idx on keyfold.sign_in_addresses (last_signed_in_at);

-- Down Migration
drop table keyfold.sign_in_addresses;
drop table keyfold.sign_in_failures;
drop table keyfold.sessions;
drop table keyfold.api_keys;
drop table keyfold.role_grants;
drop table keyfold.users;
drop table keyfold.roles;
drop table keyfold.settings;
