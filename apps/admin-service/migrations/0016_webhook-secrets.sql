-- Up Migration
-- Test messages tell of no notice. A secret that was replaced signs beside the new one for a while, so that a receiver can be changed over.
alter table keyfold.webhook_deliveries alter column notice_id drop not null;
alter table keyfold.webhooks
  -- Encrypted as `secret` is.
  add column previous_secret bytea,
  add column previous_secret_until timestamptz;

-- Down Migration
alter table keyfold.webhooks
  drop column previous_secret_until,
  drop column previous_secret;
delete from keyfold.webhook_deliveries where notice_id is null;
alter table keyfold.webhook_deliveries alter column notice_id set not null;
