-- Up Migration
-- A row without a status is a claim: its request is running, or its process died. Only 2xx answers are kept.
create table keyfold.idempotency_keys (
  actor text collate "C" not null,
  key text collate "C" not null,
  fingerprint text collate "C" not null,
  claimed_at timestamptz not null,
  status smallint,
  body json,
  completed_at timestamptz,
  constraint idempotency_keys_actor_key_key primary key (actor, key),
  constraint idempotency_keys_complete check (
    (status is null) = (body is null) and (status is null) = (completed_at is null)
  ),
  constraint idempotency_keys_only_success check (status between 200 and 299)
);
create index idempotency_keys_completed_at_idx on keyfold.idempotency_keys (completed_at);
