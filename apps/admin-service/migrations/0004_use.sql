-- Up Migration
-- What gateways report of the use of keys, beside last_used_at: nobody's history, and no events. The address goes with the owner's erasure.

alter table keyfold.api_keys
  add column last_used_address inet,
  add column last_used_surface text;

-- Down Migration
alter table keyfold.api_keys
  drop column last_used_address,
  drop column last_used_surface;
