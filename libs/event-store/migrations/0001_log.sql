-- Up Migration
-- The log: records, openings, the tree over the records. An append writes all of it in one transaction, under the lock
-- on log_head's only row; see libs/event-store/src/append.

create table keyfold.events (
  position bigint not null,
  stream text collate "C" not null,
  version bigint not null,
  type text collate "C" not null,
  schema_version integer not null,
  recorded_at timestamptz(3) not null,
  actor text collate "C" not null,
  -- The record itself. The columns beside it repeat some of its members for look-ups and are never exported.
  leaf bytea not null,
  leaf_hash bytea not null,
  constraint events_position_key primary key (position),
  constraint events_stream_version_key unique (stream, version),
  constraint events_position_from_one check (position > 0),
  constraint events_version_from_one check (version > 0),
  constraint events_leaf_size check (octet_length(leaf) between 1 and 65535),
  constraint events_leaf_hash_size check (octet_length(leaf_hash) = 32)
);
-- No index on recorded_at: it never decreases along the log, so position_at() finds a time by bisection of positions.
create index events_type_position_idx on keyfold.events (type, position);
create index events_actor_position_idx on keyfold.events (actor, position);

-- No foreign key to events: both rows are written in one transaction and a record is never deleted, so the check would
-- only cost each append a lock and a look-up per field.
create table keyfold.openings (
  position bigint not null,
  field text collate "C" not null,
  salt text collate "C" not null,
  value text not null,
  constraint openings_position_field_key primary key (position, field)
);

create table keyfold.log_head (
  id smallint not null,
  size bigint not null,
  root bytea not null,
  frontier bytea not null,
  recorded_at timestamptz(3),
  constraint log_head_id_key primary key (id),
  constraint log_head_one_row check (id = 1),
  constraint log_head_root_size check (octet_length(root) = 32),
  constraint log_head_recorded_at_known check ((size = 0) = (recorded_at is null))
);

-- Hash tiles of 256 entries, only full ones. An entry of level L covers 256^L records; root is the hash over the whole tile.
create table keyfold.tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null,
  root bytea not null,
  constraint tiles_level_index_key primary key (level, tile_index),
  constraint tiles_hashes_size check (octet_length(hashes) = 8192),
  constraint tiles_root_size check (octet_length(root) = 32)
);
-- Hashes do not compress; trying costs time on each full tile.
alter table keyfold.tiles alter column hashes set storage external;

insert into keyfold.log_head (id, size, root, frontier, recorded_at)
values (1, 0, sha256(''::bytea), ''::bytea, null);

create function keyfold.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'keyfold: % of % is refused, the log is append-only', tg_op, tg_table_name
    using errcode = 'integrity_constraint_violation';
end;
$$;

create trigger events_append_only before update or delete or truncate on keyfold.events
  for each statement execute function keyfold.refuse_change();
create trigger tiles_append_only before update or delete or truncate on keyfold.tiles
  for each statement execute function keyfold.refuse_change();
create trigger openings_append_only before update or truncate on keyfold.openings
  for each statement execute function keyfold.refuse_change();
create trigger log_head_one_row before insert or delete or truncate on keyfold.log_head
  for each statement execute function keyfold.refuse_change();

-- Guards against accident and against the service's role; who owns the tables can drop any trigger, which is what the
-- checkpoints in other hands are for.
create function keyfold.refuse_unless_erasing() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('keyfold.erasing', true) is distinct from 'on' then
    raise exception 'keyfold: openings are deleted by erase_openings() alone'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end;
$$;
create trigger openings_erasure_only before delete on keyfold.openings
  for each statement execute function keyfold.refuse_unless_erasing();

-- The condition stands in the trigger: called for each append, a function would cost more than the update itself.
create trigger log_head_never_back before update on keyfold.log_head
  for each row
  when (
    new.size < old.size
    or new.recorded_at < old.recorded_at
    or (new.size = old.size and new.root <> old.root)
  )
  execute function keyfold.refuse_change();

-- Replaced in 0004 by a function that also notes which record erased them. Switched on for this statement alone: an error
-- undoes it with everything else.
create function keyfold.erase_openings(positions bigint[]) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  erased bigint;
begin
  perform set_config('keyfold.erasing', 'on', true);
  delete from keyfold.openings where position = any (positions);
  get diagnostics erased = row_count;
  perform set_config('keyfold.erasing', 'off', true);
  return erased;
end;
$$;
revoke execute on function keyfold.erase_openings(bigint[]) from public;

-- The first position recorded at or after a time; one past the head if there is none.
create function keyfold.position_at(at timestamptz) returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  low bigint := 1;
  high bigint := (select size + 1 from keyfold.log_head where id = 1);
  middle bigint;
begin
  while low < high loop
    middle := (low + high) / 2;
    if (select recorded_at from keyfold.events where position = middle) < at then
      low := middle + 1;
    else
      high := middle;
    end if;
  end loop;
  return low;
end;
$$;
