-- Up Migration
-- What key owners are told. Rows, no events: everything in them follows from the log, the clock and the gateways' reports.

create table keyfold.notices (
  notice_id uuid not null default gen_random_uuid() constraint notices_pkey primary key,
  -- The order of the lists: an entry that is added never moves others.
  sequence bigint generated always as identity constraint notices_sequence_key unique,
  -- What the notice is about, so that neither a crash nor a second replica makes it twice.
  subject text not null constraint notices_subject_key unique,
  type text not null,
  user_id text not null,
  key_id text not null,
  occurred_at timestamptz not null,
  data jsonb not null
);
create index notices_user_id_idx on keyfold.notices (user_id, sequence);
create index notices_type_idx on keyfold.notices (type, sequence);
create index notices_key_id_idx on keyfold.notices (key_id, type, occurred_at);

-- From where a retired key was used, to count addresses: keyed hashes, never the addresses.
create table keyfold.retired_key_addresses (
  notice_id uuid not null constraint retired_key_addresses_notice_id_fkey references keyfold.notices on delete cascade,
  address_hash bytea not null,
  constraint retired_key_addresses_pkey primary key (notice_id, address_hash)
);

-- How far each maker of notices has come. Whoever holds the row's lock works, the other replicas go on to something else.
create table keyfold.notice_makers (
  name text not null constraint notice_makers_pkey primary key,
  position bigint not null,
  state jsonb
);
-- Notices begin here: nobody wants one for everything that has ever happened.
insert into keyfold.notice_makers (name, position)
values ('log', coalesce((select size from keyfold.log_head where id = 1), 0)), ('expiry', 0);

-- Which keys have come near their end since a moment: a few ranges, whatever the number of keys.
create index api_keys_lifetime_end_idx on keyfold.api_keys (own_expires_at_ms) where not is_pending and not is_revoked;
create index api_keys_lifetime_start_idx on keyfold.api_keys (issued_at_ms) where not is_pending and not is_revoked;

-- Down Migration
drop index keyfold.api_keys_lifetime_start_idx;
drop index keyfold.api_keys_lifetime_end_idx;
drop table keyfold.notice_makers;
drop table keyfold.retired_key_addresses;
drop table keyfold.notices;
