-- Up Migration
-- Which gateway processes have asked for heads, and how far they have applied the log: what their last requests said, some seconds late at most.
-- Nobody's history, and nothing that a decision rests on.
create table keyfold.gateway_processes (
  gateway_id text collate "C" not null,
  incarnation text not null,
  applied_position bigint not null,
  -- What the answer granted.
  lease_seconds int not null,
  last_seen_at timestamptz not null,
  constraint gateway_processes_pkey primary key (gateway_id, incarnation)
);

-- Down Migration
drop table keyfold.gateway_processes;
