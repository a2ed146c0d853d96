-- Up Migration
-- How many keys there are of each kind, kept with the keys: to count a million rows takes seconds, to add up some thousand numbers does not.
-- Triggers keep the counts, whoever writes the rows: a record, the sweep, a use report, a rebuild, a replica of the version before.

-- As 0012 does: no key may change between the count and the triggers.
lock table keyfold.api_keys in access exclusive mode;
lock table keyfold.key_uses in access exclusive mode;

alter table keyfold.api_keys
  -- When a key of the class revoked was first revoked, milliseconds since 1970; a trigger fills it in.
  add column revoked_at_ms bigint;
alter table keyfold.key_uses
  -- The key's; a trigger keeps it.
  add column created_at_ms bigint not null default 0;

update keyfold.key_uses u
set created_at_ms = k.created_at_ms
from keyfold.api_keys k
where k.created_position = u.created_position;

-- By the first of its own record, a bulk revocation and its owner's erasure. Once it stands it stays: nothing that comes later is earlier.
create function keyfold.note_revocation() returns trigger
language plpgsql
as $$
begin
  new.revoked_at_ms = least(
    case when new.is_revoked then (new.state ->> 'revokedAtMs')::bigint end,
    (
      select min(b.at_ms)
      from keyfold.bulk_revocation_records b
      where b.user_id in (new.user_id, '')
        and b.position > new.created_position
        and (b.issued_before_ms is null or new.created_at_ms < b.issued_before_ms)
    ),
    (select (o.state ->> 'erasedAtMs')::bigint from keyfold.users o where o.user_id = new.user_id)
  );
  return new;
end
$$;

create trigger api_keys_note_revocations before insert or update on keyfold.api_keys
  for each row
  when (new.list_class = 'revoked' and new.revoked_at_ms is null)
  execute function keyfold.note_revocation();

-- Through the trigger.
update keyfold.api_keys
set list_class = list_class
where list_class = 'revoked';

create or replace function keyfold.follow_key() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    insert into keyfold.key_uses (created_position, list_class, supervisor_id, created_at_ms)
    values (new.created_position, new.list_class, new.supervisor_id, new.created_at_ms);
  else
    update keyfold.key_uses
    set list_class = new.list_class, supervisor_id = new.supervisor_id, created_at_ms = new.created_at_ms
    where created_position = new.created_position;
  end if;
  return null;
end
$$;

drop trigger api_keys_change_lists on keyfold.api_keys;
create trigger api_keys_change_lists after update on keyfold.api_keys
  for each row
  when (
    old.list_class is distinct from new.list_class or old.supervisor_id is distinct from new.supervisor_id
    or old.created_at_ms is distinct from new.created_at_ms
  )
  execute function keyfold.follow_key();

-- Keys of a class whose value is in a bucket. Buckets are hours since 1970, for issued and revoked weeks since the first Monday of 1970. What
-- a bucket is cut by is counted exactly, from an index, by whoever asks.
create table keyfold.key_counts (
  -- ends: effective expiry of living and pending keys, 0 for other classes, so that all of a class is their sum; made, idle: creation, and last
  -- use or else creation, of living keys; issued, revoked: of all keys.
  measure text collate "C" not null,
  -- Empty: of any.
  list_class text collate "C" not null,
  bucket int not null,
  keys bigint not null,
  constraint key_counts_pkey primary key (measure, list_class, bucket)
);

-- What has come and gone since it was last added to key_counts. Only ever inserted into by those who write keys, so that none of them waits for
-- another; the count is the sum of both tables in one snapshot.
create table keyfold.key_count_changes (
  measure text collate "C" not null,
  list_class text collate "C" not null,
  bucket int not null,
  keys bigint not null
);

-- The buckets that a key is counted in, by nothing but its row: so what was added for a row is what is taken away for it. 2147483647: no end yet.
create function keyfold.cells_of_key(class text, ends bigint, created bigint, revoked bigint)
returns table (measure text, list_class text, bucket int)
language sql immutable
as $$
  select c.measure, c.list_class, c.bucket
  from (values
    ('ends', class, case when class in ('live', 'pending') then coalesce(ends / 3600000, 2147483647)::int else 0 end),
    ('made', case class when 'live' then class end, (created / 3600000)::int),
    ('issued', '', ((created - 345600000) / 604800000)::int),
    ('revoked', case class when 'revoked' then '' end, ((revoked - 345600000) / 604800000)::int)
  ) as c (measure, list_class, bucket)
  where c.list_class is not null
    and c.bucket is not null
$$;

create function keyfold.cells_of_use(class text, created bigint, used timestamptz)
returns table (measure text, list_class text, bucket int)
language sql immutable
as $$
  select 'idle', class, greatest(
    (created / 3600000)::int,
    case when isfinite(used) then floor(extract(epoch from used) / 3600)::int end
  )
  where class = 'live'
$$;

create function keyfold.count_keys() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, count(*)
    from new_rows k
    cross join lateral keyfold.cells_of_key(k.list_class, k.ends_at_ms, k.created_at_ms, k.revoked_at_ms) as c
    group by 1, 2, 3;
  elsif tg_op = 'UPDATE' then
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, sum(k.keys)
    from (
      select 1 as keys, n.list_class, n.ends_at_ms, n.created_at_ms, n.revoked_at_ms from new_rows n
      union all
      select -1, o.list_class, o.ends_at_ms, o.created_at_ms, o.revoked_at_ms from old_rows o
    ) as k
    cross join lateral keyfold.cells_of_key(k.list_class, k.ends_at_ms, k.created_at_ms, k.revoked_at_ms) as c
    group by 1, 2, 3
    having sum(k.keys) <> 0;
  else
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, -count(*)
    from old_rows k
    cross join lateral keyfold.cells_of_key(k.list_class, k.ends_at_ms, k.created_at_ms, k.revoked_at_ms) as c
    group by 1, 2, 3;
  end if;
  return null;
end
$$;

create function keyfold.count_uses() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, count(*)
    from new_rows u
    cross join lateral keyfold.cells_of_use(u.list_class, u.created_at_ms, u.last_use) as c
    group by 1, 2, 3;
  elsif tg_op = 'UPDATE' then
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, sum(u.keys)
    from (
      select 1 as keys, n.list_class, n.created_at_ms, n.last_use from new_rows n
      union all
      select -1, o.list_class, o.created_at_ms, o.last_use from old_rows o
    ) as u
    cross join lateral keyfold.cells_of_use(u.list_class, u.created_at_ms, u.last_use) as c
    group by 1, 2, 3
    having sum(u.keys) <> 0;
  else
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, -count(*)
    from old_rows u
    cross join lateral keyfold.cells_of_use(u.list_class, u.created_at_ms, u.last_use) as c
    group by 1, 2, 3;
  end if;
  return null;
end
$$;

create trigger api_keys_count_inserted after insert on keyfold.api_keys
  referencing new table as new_rows for each statement execute function keyfold.count_keys();
create trigger api_keys_count_updated after update on keyfold.api_keys
  referencing old table as old_rows new table as new_rows for each statement execute function keyfold.count_keys();
create trigger api_keys_count_deleted after delete on keyfold.api_keys
  referencing old table as old_rows for each statement execute function keyfold.count_keys();
create trigger key_uses_count_inserted after insert on keyfold.key_uses
  referencing new table as new_rows for each statement execute function keyfold.count_uses();
create trigger key_uses_count_updated after update on keyfold.key_uses
  referencing old table as old_rows new table as new_rows for each statement execute function keyfold.count_uses();
create trigger key_uses_count_deleted after delete on keyfold.key_uses
  referencing old table as old_rows for each statement execute function keyfold.count_uses();

insert into keyfold.key_counts (measure, list_class, bucket, keys)
select c.measure, c.list_class, c.bucket, count(*)
from keyfold.api_keys k
cross join lateral keyfold.cells_of_key(k.list_class, k.ends_at_ms, k.created_at_ms, k.revoked_at_ms) as c
group by 1, 2, 3
union all
select c.measure, c.list_class, c.bucket, count(*)
from keyfold.key_uses u
cross join lateral keyfold.cells_of_use(u.list_class, u.created_at_ms, u.last_use) as c
group by 1, 2, 3;

-- Keys made within a part of an hour are counted from the index alone, however many they are.
drop index keyfold.api_keys_created_at_ms_idx;
create index api_keys_created_at_ms_idx on keyfold.api_keys (created_at_ms, created_position) include (list_class);
-- All that the status of a key follows from while a sweep is due: keys are then counted from this index, a tenth of the table's size.
drop index keyfold.api_keys_created_position_key;
create unique index api_keys_created_position_key on keyfold.api_keys (created_position)
  include (list_class, created_at_ms, issued_at_ms, own_expires_at_ms, revoked_at_ms, user_id);

-- Down Migration
drop index keyfold.api_keys_created_position_key;
create unique index api_keys_created_position_key on keyfold.api_keys (created_position);
drop index keyfold.api_keys_created_at_ms_idx;
create index api_keys_created_at_ms_idx on keyfold.api_keys (created_at_ms, created_position);
drop trigger key_uses_count_deleted on keyfold.key_uses;
drop trigger key_uses_count_updated on keyfold.key_uses;
drop trigger key_uses_count_inserted on keyfold.key_uses;
drop trigger api_keys_count_deleted on keyfold.api_keys;
drop trigger api_keys_count_updated on keyfold.api_keys;
drop trigger api_keys_count_inserted on keyfold.api_keys;
drop function keyfold.count_uses();
drop function keyfold.count_keys();
drop function keyfold.cells_of_use(text, bigint, timestamptz);
drop function keyfold.cells_of_key(text, bigint, bigint, bigint);
drop table keyfold.key_count_changes;
drop table keyfold.key_counts;
drop trigger api_keys_change_lists on keyfold.api_keys;
create trigger api_keys_change_lists after update on keyfold.api_keys
  for each row
  when (old.list_class is distinct from new.list_class or old.supervisor_id is distinct from new.supervisor_id)
  execute function keyfold.follow_key();
create or replace function keyfold.follow_key() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    insert into keyfold.key_uses (created_position, list_class, supervisor_id)
    values (new.created_position, new.list_class, new.supervisor_id);
  else
    update keyfold.key_uses
    set list_class = new.list_class, supervisor_id = new.supervisor_id
    where created_position = new.created_position;
  end if;
  return null;
end
$$;
drop trigger api_keys_note_revocations on keyfold.api_keys;
drop function keyfold.note_revocation();
alter table keyfold.key_uses drop column created_at_ms;
alter table keyfold.api_keys drop column revoked_at_ms;
