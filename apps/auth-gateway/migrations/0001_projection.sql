-- Up Migration

-- The tables of one shape. Each shape has a schema of its own (see projection-schema.ts), which no process of another shape writes: a change that
-- running processes of this shape could not live with raises the shape, and may then rewrite this file.

-- What this gateway knows of the log. Rows, frontier and position change in one transaction, so that after a crash at any line
-- the tables are exactly the fold of the first applied_size records.
create table projection (
  id smallint primary key constraint projection_one_row check (id = 1),
  -- The key of the log that was followed; another log's records must never be folded on top of these.
  log_key_id text not null,
  applied_size bigint not null constraint projection_applied_size check (applied_size >= 0),
  frontier bytea not null,
  -- The signed note that vouches for the first applied_size records; null before the first.
  checkpoint text
);

-- State columns hold the domain's own states as JSON, read back as a whole; only what is looked up has a column.
create table settings (
  settings_id text collate "C" primary key,
  version integer not null,
  state json not null
);

create table roles (
  role_id text collate "C" primary key,
  version integer not null,
  state json not null
);

-- Beside the states of users and keys: the commitments of their sealed fields in force, by field. They outlive the values, which an erasure destroys.
create table users (
  user_id text collate "C" primary key,
  version integer not null,
  state json not null,
  commitments json not null default '{}'
);

create table api_keys (
  key_id text collate "C" primary key,
  user_id text collate "C",
  version integer not null,
  state json not null,
  commitments json not null default '{}'
);

-- For an erasure, which concerns all keys of a person.
create index api_keys_user_id_idx on api_keys (user_id);

-- Not part of the projection: it survives a rebuild, since each proof is bound to the commitment of the secret's hash.
create table remembered_proofs (
  key_id text collate "C" primary key,
  proof bytea not null constraint remembered_proofs_length check (octet_length(proof) = 32)
);

-- Schemas of this gateway's other shapes, and for how long each has been seen unused.
create table other_shapes (
  schema_name text collate "C" primary key,
  -- What Postgres had counted there at the last look.
  activity numeric not null,
  checked_at timestamptz not null,
  unused_for interval not null
);
