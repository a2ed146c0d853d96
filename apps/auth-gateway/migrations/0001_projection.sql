-- Up Migration

-- What this gateway knows of the log. Rows, frontier and position change in one transaction, so that after a crash at any line
-- the tables are exactly the fold of the first applied_size records.
create table projection (
  id smallint primary key constraint projection_one_row check (id = 1),
  -- The key of the log that was followed; another log's records must never be folded on top of these.
  log_key_id text not null,
  -- Shape of the state columns; a gateway that folds into another shape starts anew.
  state_shape integer not null,
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

create table users (
  user_id text collate "C" primary key,
  version integer not null,
  state json not null
);

create table api_keys (
  key_id text collate "C" primary key,
  user_id text collate "C",
  version integer not null,
  state json not null
);

-- For an erasure, which concerns all keys of a person.
create index api_keys_user_id_idx on api_keys (user_id);

-- Not part of the projection: it survives a rebuild, since each proof is bound to the commitment of the secret's hash.
create table remembered_proofs (
  key_id text collate "C" primary key,
  proof bytea not null constraint remembered_proofs_length check (octet_length(proof) = 32)
);
