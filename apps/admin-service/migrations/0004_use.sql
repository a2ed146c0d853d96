-- Up Migration
-- What gateways report of the use of keys, beside last_used_at. It is in no record. The address is deleted when the owner
-- is erased. 0012 moves these columns and last_used_at to keyfold.key_uses.

alter table keyfold.api_keys
  add column last_used_address inet,
  add column last_used_surface text;

-- Down Migration
alter table keyfold.api_keys
  drop column last_used_address,
  drop column last_used_surface;
