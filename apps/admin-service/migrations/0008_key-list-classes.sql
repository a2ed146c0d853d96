-- Up Migration
-- What makes a page of any list of keys cost about as much as it shows, however many keys there are: every list is ordered by one value, and
-- keys that a list leaves out are not between those that it shows.

alter table keyfold.api_keys
  -- Effective expiry under the maximum lifetime that keyfold.key_list_sweeps names; null: pending, with a lifetime in days.
  add column ends_at_ms bigint,
  -- live, over, pending, superseded, revoked. A sweep makes live and pending keys over and, after a bulk revocation, revoked.
  add column list_class text not null default 'live',
  -- The owner's, unless the owner is erased.
  add column supervisor_id text,
  -- Lists by use end with the keys that were never used. 0012 moves this column to keyfold.key_uses.
  add column last_use timestamptz not null generated always as (coalesce(last_used_at, timestamptz '-infinity')) stored;

-- Whether ends_at_ms and list_class can be relied on. A change of the maximum lifetime makes max_days null, that and a bulk revocation make a
-- sweep due; while one is due, lists do without both columns.
create table keyfold.key_list_sweeps (
  id smallint not null constraint key_list_sweeps_pkey primary key constraint key_list_sweeps_single_row_check check (id = 1),
  max_days int,
  is_due boolean not null,
  -- Of what made a sweep due last: one that began before does not end it.
  generation bigint not null
);
insert into keyfold.key_list_sweeps (id, max_days, is_due, generation) values (1, null, true, 1);

update keyfold.api_keys k
set supervisor_id = (
    select u.supervisor_id
    from keyfold.users u
    where u.user_id = k.user_id
      and u.status in ('active', 'deactivated')
  ),
  list_class = case
    when k.is_revoked then 'revoked'
    when k.superseded_until_ms is not null then 'superseded'
    when k.is_pending then 'pending'
    else 'live'
  end,
  ends_at_ms = k.own_expires_at_ms;

drop index keyfold.api_keys_revoked_idx;
drop index keyfold.api_keys_pending_idx;
drop index keyfold.api_keys_superseded_idx;
drop index keyfold.api_keys_unended_idx;
drop index keyfold.api_keys_unended_expiry_idx;
drop index keyfold.api_keys_last_used_at_idx;
drop index keyfold.api_keys_never_used_idx;

-- Every list but that of all keys is read class by class. The negation keeps the planner from walking the unique index on created_position past
-- all keys of other classes, in the belief that those wanted lie evenly among them.
create index api_keys_class_idx on keyfold.api_keys (list_class, (-created_position));
create index api_keys_class_end_idx on keyfold.api_keys (list_class, ends_at_ms, created_position);
create index api_keys_class_use_idx on keyfold.api_keys (list_class, last_use, created_position);
create index api_keys_supervisor_idx on keyfold.api_keys (supervisor_id, list_class, (-created_position))
  where supervisor_id is not null;
create index api_keys_supervisor_end_idx on keyfold.api_keys (supervisor_id, list_class, ends_at_ms, created_position)
  where supervisor_id is not null;
create index api_keys_supervisor_use_idx on keyfold.api_keys (supervisor_id, list_class, last_use, created_position)
  where supervisor_id is not null;
create index api_keys_user_class_idx on keyfold.api_keys (user_id, list_class, (-created_position));

-- Down Migration
drop index keyfold.api_keys_user_class_idx;
drop index keyfold.api_keys_supervisor_use_idx;
drop index keyfold.api_keys_supervisor_end_idx;
drop index keyfold.api_keys_supervisor_idx;
drop index keyfold.api_keys_class_use_idx;
drop index keyfold.api_keys_class_end_idx;
drop index keyfold.api_keys_class_idx;
create index api_keys_never_used_idx on keyfold.api_keys (created_position) where last_used_at is null;
create index api_keys_last_used_at_idx on keyfold.api_keys (last_used_at, created_position) where last_used_at is not null;
create index api_keys_unended_expiry_idx on keyfold.api_keys (own_expires_at_ms, created_position)
  where not is_revoked and superseded_until_ms is null;
create index api_keys_unended_idx on keyfold.api_keys (created_position)
  where not is_pending and not is_revoked and superseded_until_ms is null;
create index api_keys_superseded_idx on keyfold.api_keys (created_position)
  where superseded_until_ms is not null and not is_revoked;
create index api_keys_pending_idx on keyfold.api_keys (created_position)
  where is_pending and not is_revoked and superseded_until_ms is null;
create index api_keys_revoked_idx on keyfold.api_keys (created_position) where is_revoked;
drop table keyfold.key_list_sweeps;
alter table keyfold.api_keys
  drop column last_use,
  drop column supervisor_id,
  drop column list_class,
  drop column ends_at_ms;
