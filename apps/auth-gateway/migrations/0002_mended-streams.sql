-- Up Migration

-- Streams whose rows were put right, since they differed from the log. Each process of the gateway looks here for what it may hold wrongly in
-- memory. Rows are inserted under the lock of the projection's row, so that ids are committed in order.
create table mended_streams (
  id bigint generated always as identity constraint mended_streams_pkey primary key,
  stream text collate "C" not null,
  mended_at timestamptz not null default clock_timestamp()
);
