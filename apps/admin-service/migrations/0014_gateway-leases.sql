-- Up Migration
-- Breaking: an older version cannot list or note gateways any more.
-- Which gateway processes exist and what lease each may hold. A confirmation rests on these rows: they are flushed to disk like the log, and no clock of
-- Postgres deletes one or ends one.

-- The records GatewayEnrolled, written in their own transaction. Of one slot the newest that is not retired counts.
create table keyfold.gateway_enrolments (
  -- Of the record.
  position bigint not null constraint gateway_enrolments_pkey primary key,
  gateway_id text collate "C" not null,
  slot text collate "C" not null,
  -- C2SP vkey of type 0x04, named <gateway_id>/<slot>.
  verifier_key text collate "C" not null,
  -- The record's time: at most ten within an hour of log time for each gateway.
  enrolled_at timestamptz not null,
  -- Position of the GatewayRetired after which the key is never accepted again; null while there is none.
  retired_position bigint
);
create index gateway_enrolments_slot_idx on keyfold.gateway_enrolments (gateway_id, slot, position);
create index gateway_enrolments_verifier_key_idx on keyfold.gateway_enrolments (verifier_key);

-- The fold of the stream log/settings; no row while nothing was changed.
create table keyfold.log_settings (
  id smallint not null constraint log_settings_pkey primary key constraint log_settings_single_row_check check (id = 1),
  stream_version bigint not null,
  gateway_enrolment text not null
);

-- One row for each process (gateway id and random incarnation) that has asked for a head.
create table keyfold.gateway_leases (
  -- Names the row for good: a row that was deleted and made anew is another one.
  id bigint generated always as identity constraint gateway_leases_id_key unique,
  gateway_id text collate "C" not null,
  incarnation text collate "C" not null,
  -- The worker slot; null for a peer of an older protocol, which has no key either. Never changes.
  slot text collate "C",
  -- The process's own key; null for an older peer. Never changes: an incarnation has one key.
  verifier_key text collate "C",
  -- Position of the GatewayEnrolled record by which it got its last lease; null before the first, and for an older peer.
  enrolled_position bigint,
  -- Build of the process, as it says; null for an older peer.
  version text,
  -- Why the last request got no lease (NO_LEASE_REASONS of libs/messaging); null if it got one. NOT_APPROVED: the key waits for an administrator.
  no_lease text,
  -- The largest position that the process has claimed to have applied. What a receipt calls applied is cosigned_size.
  applied_position bigint not null,
  -- Committed with the last reply, and what that reply says; 0: no lease.
  lease_seconds int not null,
  -- The longest lease that may be out: what confirmations count by. 0 where none is, as after a release.
  longest_seconds int not null,
  -- [[nonce, seconds], ...] of the reply that the process holds and all later ones, oldest first (leaseTermsAfter of libs/domain).
  kept_replies jsonb not null,
  -- Log time committed with the last reply. It decides nothing; shown as lastSeenAt, and with longest_seconds as leaseUntil.
  logged_at timestamptz not null,
  -- Counts the replies. With id it tells whether the row has changed since it was read; a replica counts a lease as over by that and its own monotonic
  -- clock alone.
  renewal bigint not null,
  -- Of lease_generations, when the last reply was committed.
  generation int not null,
  -- Null while the lease may run; else how it ended. A released incarnation never gets a lease again; one that ran out may.
  ended text constraint gateway_leases_ended_check check (ended in ('released', 'run-out')),
  -- Log time of the end.
  ended_at timestamptz,
  -- Size of the newest checkpoint that the process has cosigned, verified; null before the first, and for an older peer.
  cosigned_size bigint,
  -- The cosignature as a line of the checkpoint's note, its newline included.
  cosignature text,
  -- Seconds since 1970 that the cosignature was made at, as the process says.
  cosigned_at_seconds bigint,
  constraint gateway_leases_pkey primary key (gateway_id, incarnation)
-- Each row is written about once a second: the new version goes beside the old one, without touching an index.
) with (fillfactor = 30, autovacuum_vacuum_scale_factor = 1.0, autovacuum_vacuum_cost_delay = 0);
create index gateway_leases_slot_idx on keyfold.gateway_leases (gateway_id, slot) where ended is null;

-- Begins anew where leases may be out that no row tells of: after an upgrade from a version without rows, on a new timeline of Postgres, after a fork.
-- The newest counts.
create table keyfold.lease_generations (
  generation int not null constraint lease_generations_pkey primary key,
  reason text not null constraint lease_generations_reason_check check (reason in ('first', 'upgrade', 'timeline', 'fork')),
  -- Postgres's timeline since then; null until the first replica has looked.
  timeline text,
  -- The longest lease that may be out without a row: nothing is confirmed until it is over, counted by a replica's own monotonic clock since its first
  -- read of this row.
  unknown_seconds int not null,
  -- Set by the first replica that has counted it.
  is_over boolean not null
);
insert into keyfold.lease_generations (generation, reason, timeline, unknown_seconds, is_over)
select 1,
  case when h.size = 0 then 'first' else 'upgrade' end,
  null,
  -- Replicas of the version before may sign a second longer, with a request that was under way.
  case
    when h.size = 0 then 0
    else 5 + greatest(
      60,
      (select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1),
      (select max(p.lease_seconds) from keyfold.gateway_processes p)
    )
  end,
  h.size = 0
from keyfold.log_head h
where h.id = 1;

-- Of older peers: what they asked for last.
insert into keyfold.gateway_leases (
  gateway_id, incarnation, applied_position, lease_seconds, longest_seconds, kept_replies, logged_at, renewal, generation
)
select p.gateway_id, p.incarnation, p.applied_position, p.lease_seconds, p.lease_seconds, jsonb_build_array(jsonb_build_array('', p.lease_seconds)),
  p.last_seen_at, 1, 1
from keyfold.gateway_processes p;
drop table keyfold.gateway_processes;
