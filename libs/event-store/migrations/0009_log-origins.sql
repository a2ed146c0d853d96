-- Up Migration
-- The forks that were acknowledged (records ForkAcknowledged, written in their own transaction): under which origin the log has gone on. Nothing is
-- signed any more under a previous one.
create table keyfold.log_origins (
  -- Of the record.
  position bigint not null constraint log_origins_pkey primary key,
  previous_origin text collate "C" not null constraint log_origins_previous_origin_key unique,
  origin text collate "C" not null constraint log_origins_origin_key unique
);
