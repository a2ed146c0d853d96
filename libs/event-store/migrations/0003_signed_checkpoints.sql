-- Up Migration
-- Checkpoints that this log has signed; since 0005 only the largest of each origin is kept for good. A size has one root
-- per origin: a second one would be a fork.
create table keyfold.signed_checkpoints (
  origin text collate "C" not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamptz not null default clock_timestamp(),
  constraint signed_checkpoints_origin_size_key primary key (origin, size),
  constraint signed_checkpoints_root_size check (octet_length(root) = 32)
);
create trigger signed_checkpoints_append_only before update or delete or truncate on keyfold.signed_checkpoints
  for each statement execute function keyfold.refuse_change();
