-- Breaking: a replica of the version before cannot read keys any more from here on; what it appends stays right.
-- Up Migration
-- Gateways report the use of every key in use each few seconds. In keyfold.api_keys, the widest table with the most indexes, a use cost an entry in
-- each of these and a copy of the row.

-- At once, not when the columns go: no key may come between the copy and the trigger, and nobody who reads wait in a circle with this.
lock table keyfold.api_keys in access exclusive mode;

create table keyfold.key_uses (
  -- Of the key's first record, which is shorter than its id.
  created_position bigint not null constraint key_uses_pkey primary key,
  -- -infinity: never, which lists by use show last.
  last_use timestamptz not null default '-infinity',
  last_used_surface text,
  last_used_address inet,
  -- From then on no address is kept.
  is_erased boolean not null default false,
  -- The key's, for lists by use; a trigger keeps them.
  list_class text not null,
  supervisor_id text
)
-- A use leaves its page only when that is full.
with (fillfactor = 70);

insert into keyfold.key_uses (
  created_position, last_use, last_used_surface, last_used_address, is_erased, list_class, supervisor_id
)
select k.created_position, k.last_use, k.last_used_surface, k.last_used_address,
  k.state ->> 'status' = 'issued' and k.state ->> 'secretHash' is null, k.list_class, k.supervisor_id
from keyfold.api_keys k;

create index key_uses_class_idx on keyfold.key_uses (list_class, last_use, created_position);
create index key_uses_supervisor_idx on keyfold.key_uses (supervisor_id, list_class, last_use, created_position)
  where supervisor_id is not null;

drop index keyfold.api_keys_class_use_idx;
drop index keyfold.api_keys_supervisor_use_idx;
alter table keyfold.api_keys
  drop column last_use,
  drop column last_used_at,
  drop column last_used_address,
  drop column last_used_surface;

create function keyfold.follow_key() returns trigger
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

create trigger api_keys_have_uses after insert on keyfold.api_keys
  for each row execute function keyfold.follow_key();
create trigger api_keys_change_lists after update on keyfold.api_keys
  for each row
  when (old.list_class is distinct from new.list_class or old.supervisor_id is distinct from new.supervisor_id)
  execute function keyfold.follow_key();

-- Down Migration
drop trigger api_keys_change_lists on keyfold.api_keys;
drop trigger api_keys_have_uses on keyfold.api_keys;
drop function keyfold.follow_key();
alter table keyfold.api_keys
  add column last_used_at timestamptz,
  add column last_used_address inet,
  add column last_used_surface text;
update keyfold.api_keys k
set last_used_at = nullif(u.last_use, '-infinity'), last_used_address = u.last_used_address,
  last_used_surface = u.last_used_surface
from keyfold.key_uses u
where u.created_position = k.created_position;
alter table keyfold.api_keys
  add column last_use timestamptz not null generated always as (coalesce(last_used_at, timestamptz '-infinity')) stored;
create index api_keys_class_use_idx on keyfold.api_keys (list_class, last_use, created_position);
create index api_keys_supervisor_use_idx on keyfold.api_keys (supervisor_id, list_class, last_use, created_position)
  where supervisor_id is not null;
drop table keyfold.key_uses;
