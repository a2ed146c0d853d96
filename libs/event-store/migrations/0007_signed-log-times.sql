-- Up Migration
-- Breaking: replicas of an older version sign no further head, so that no lease is granted that no row tells of.
-- The latest log time that each replica has signed, committed with the lease rows of that head; read when a replica starts.
create table keyfold.signed_log_times (
  replica text collate "C" not null,
  signed_at timestamptz not null,
  constraint signed_log_times_replica_key primary key (replica)
);

insert into keyfold.signed_log_times (replica, signed_at)
select 'before', max(bound_at)
from keyfold.log_time_bounds
having max(bound_at) is not null;

-- What an older replica writes before a head leaves.
drop table keyfold.log_time_bounds;
