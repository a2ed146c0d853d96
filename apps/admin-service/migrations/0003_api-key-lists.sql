-- Up Migration

-- The record that issued or promised the key, in milliseconds since 1970; issued_at_ms is where the lifetime begins, so the claim's where there was one.
alter table keyfold.api_keys add column created_at_ms bigint;
update keyfold.api_keys set created_at_ms = coalesce((state ->> 'issuedAtMs')::bigint, issued_at_ms, 0);
alter table keyfold.api_keys alter column created_at_ms set not null;

-- One row for each user that a bulk revocation named, and one with an empty id for those that named nobody: keys created before the position are
-- revoked. So a revocation is one row, however many keys it concerns.
create table keyfold.bulk_revocations (
  user_id text not null constraint bulk_revocations_pkey primary key,
  before_position bigint not null
);

-- One index for each filtered list, in the order of the list. Keys that expire without an event, or are revoked in bulk,
-- stay in these indexes, so a page may read many entries that it does not show: 0008 replaces most of them.
create index api_keys_created_at_ms_idx on keyfold.api_keys (created_at_ms, created_position);
create index api_keys_revoked_idx on keyfold.api_keys (created_position) where is_revoked;
create index api_keys_pending_idx on keyfold.api_keys (created_position)
  where is_pending and not is_revoked and superseded_until_ms is null;
create index api_keys_superseded_idx on keyfold.api_keys (created_position)
  where superseded_until_ms is not null and not is_revoked;
create index api_keys_unended_idx on keyfold.api_keys (created_position)
  where not is_pending and not is_revoked and superseded_until_ms is null;
create index api_keys_own_expires_at_ms_idx on keyfold.api_keys (own_expires_at_ms, created_position);
create index api_keys_unended_expiry_idx on keyfold.api_keys (own_expires_at_ms, created_position)
  where not is_revoked and superseded_until_ms is null;
create index api_keys_last_used_at_idx on keyfold.api_keys (last_used_at, created_position) where last_used_at is not null;
create index api_keys_never_used_idx on keyfold.api_keys (created_position) where last_used_at is null;

create table keyfold.leak_reports (
  network cidr not null constraint leak_reports_pkey primary key,
  window_started_at timestamptz not null,
  reports int not null
);
create index leak_reports_window_started_at_idx on keyfold.leak_reports (window_started_at);

-- Down Migration

drop table keyfold.leak_reports;
drop index keyfold.api_keys_never_used_idx;
drop index keyfold.api_keys_last_used_at_idx;
drop index keyfold.api_keys_unended_expiry_idx;
drop index keyfold.api_keys_own_expires_at_ms_idx;
drop index keyfold.api_keys_unended_idx;
drop index keyfold.api_keys_superseded_idx;
drop index keyfold.api_keys_pending_idx;
drop index keyfold.api_keys_revoked_idx;
drop index keyfold.api_keys_created_at_ms_idx;
drop table keyfold.bulk_revocations;
alter table keyfold.api_keys drop column created_at_ms;
