-- Up Migration
-- What is counted while a sweep of the key lists is due: keys by what no sweep changes, and rows from indexes that have all that they are counted by.

-- As 0019 does: no key may change between the count and the new function.
lock table keyfold.api_keys in access exclusive mode;

-- As 0019 has it, and: unrevoked, all keys of other classes than revoked by the day of their creation.
create or replace function keyfold.cells_of_key(class text, ends bigint, created bigint, revoked bigint)
returns table (measure text, list_class text, bucket int)
language sql immutable
as $$
  select c.measure, c.list_class, c.bucket
  from (values
    ('ends', class, case when class in ('live', 'pending') then coalesce(ends / 3600000, 2147483647)::int else 0 end),
    ('made', case class when 'live' then class end, (created / 3600000)::int),
    ('issued', '', ((created - 345600000) / 604800000)::int),
    ('revoked', case class when 'revoked' then '' end, ((revoked - 345600000) / 604800000)::int),
    ('unrevoked', case when class <> 'revoked' then '' end, (created / 86400000)::int)
  ) as c (measure, list_class, bucket)
  where c.list_class is not null
    and c.bucket is not null
$$;

-- What the rows say has to be kept of them.
create function keyfold.cells_of_rows()
returns table (measure text, list_class text, bucket int, keys bigint)
language sql stable
as $$
  select c.measure, c.list_class, c.bucket, count(*)
  from keyfold.api_keys k
  cross join lateral keyfold.cells_of_key(k.list_class, k.ends_at_ms, k.created_at_ms, k.revoked_at_ms) as c
  group by 1, 2, 3
  union all
  select c.measure, c.list_class, c.bucket, count(*)
  from keyfold.key_uses u
  cross join lateral keyfold.cells_of_use(u.list_class, u.created_at_ms, u.last_use) as c
  group by 1, 2, 3
$$;

insert into keyfold.key_counts (measure, list_class, bucket, keys)
select measure, list_class, bucket, keys
from keyfold.cells_of_rows()
where measure = 'unrevoked';

-- All that the status of a key follows from, class by class, so that only keys of a class whose status is open are read. It was in the index by
-- position, of all keys together.
drop index keyfold.api_keys_class_end_idx;
create index api_keys_class_end_idx on keyfold.api_keys (list_class, ends_at_ms, created_position)
  include (created_at_ms, issued_at_ms, own_expires_at_ms, revoked_at_ms, user_id);
drop index keyfold.api_keys_supervisor_end_idx;
create index api_keys_supervisor_end_idx on keyfold.api_keys (supervisor_id, list_class, ends_at_ms, created_position)
  include (created_at_ms, issued_at_ms, own_expires_at_ms, revoked_at_ms, user_id)
  where supervisor_id is not null;
drop index keyfold.api_keys_created_position_key;
create unique index api_keys_created_position_key on keyfold.api_keys (created_position);

-- Keys that a lower maximum lifetime has ended, the only ones that a higher one brings back: by their issue, since so long ago is what it brings.
create index api_keys_capped_idx on keyfold.api_keys (issued_at_ms)
  include (created_position, created_at_ms, own_expires_at_ms, user_id)
  where list_class = 'over' and own_expires_at_ms > ends_at_ms;

-- Down Migration
drop index keyfold.api_keys_capped_idx;
drop index keyfold.api_keys_created_position_key;
create unique index api_keys_created_position_key on keyfold.api_keys (created_position)
  include (list_class, created_at_ms, issued_at_ms, own_expires_at_ms, revoked_at_ms, user_id);
drop index keyfold.api_keys_supervisor_end_idx;
create index api_keys_supervisor_end_idx on keyfold.api_keys (supervisor_id, list_class, ends_at_ms, created_position)
  where supervisor_id is not null;
drop index keyfold.api_keys_class_end_idx;
create index api_keys_class_end_idx on keyfold.api_keys (list_class, ends_at_ms, created_position);
drop function keyfold.cells_of_rows();
create or replace function keyfold.cells_of_key(class text, ends bigint, created bigint, revoked bigint)
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
delete from keyfold.key_counts where measure = 'unrevoked';
delete from keyfold.key_count_changes where measure = 'unrevoked';
