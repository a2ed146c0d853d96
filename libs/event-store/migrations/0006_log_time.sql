-- Up Migration
-- What the log time of a replica that starts is computed from.

-- Postgres's clock when the last record was appended; null where it was suspect then. It belongs to the head of the size beside it: an older
-- version, which does not know of it, leaves it behind, and it counts no more.
alter table keyfold.log_head
  add column postgres_time timestamptz,
  add column postgres_time_size bigint;

-- The last record's time was the later of Postgres's clock and the record before.
update keyfold.log_head
set postgres_time = least(recorded_at, clock_timestamp()), postgres_time_size = size
where recorded_at is not null;

-- A time that each replica of the admin-service has not signed beyond; read when a replica starts.
create table keyfold.log_time_bounds (
  replica text collate "C" not null,
  bound_at timestamptz not null,
  constraint log_time_bounds_replica_key primary key (replica)
);
