-- Up Migration
-- What has come near its end is read some keys at a time, in the order of these values: keys that end in the same millisecond need a second one to
-- tell where a page ended.
drop index keyfold.api_keys_lifetime_end_idx;
drop index keyfold.api_keys_lifetime_start_idx;
create index api_keys_lifetime_end_idx on keyfold.api_keys (own_expires_at_ms, created_position) where not is_pending and not is_revoked;
create index api_keys_lifetime_start_idx on keyfold.api_keys (issued_at_ms, created_position) where not is_pending and not is_revoked;

-- Down Migration
drop index keyfold.api_keys_lifetime_start_idx;
drop index keyfold.api_keys_lifetime_end_idx;
create index api_keys_lifetime_end_idx on keyfold.api_keys (own_expires_at_ms) where not is_pending and not is_revoked;
create index api_keys_lifetime_start_idx on keyfold.api_keys (issued_at_ms) where not is_pending and not is_revoked;
