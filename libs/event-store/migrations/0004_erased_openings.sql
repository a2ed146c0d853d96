-- Up Migration
-- Which openings were erased, and by which record: what else keeps a copy of them (the stream, first of all) is told from here, again and again
-- until it has none. Names no value; a field's name stands in the record anyway.
create table keyfold.erased_openings (
  position bigint not null,
  field text collate "C" not null,
  erased_by bigint not null,
  constraint erased_openings_position_field_key primary key (position, field)
);
create index erased_openings_erased_by_idx on keyfold.erased_openings (erased_by);

drop function keyfold.erase_openings(bigint[]);

-- The only way to delete openings, and only those of records before the erasure's own. Switched on for this statement alone: an error undoes it
-- with everything else.
create function keyfold.erase_openings(positions bigint[], erasure bigint) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  erased bigint;
begin
  perform set_config('keyfold.erasing', 'on', true);
  with gone as (
    delete from keyfold.openings
    where position = any (positions)
      and position < erasure
    returning position, field
  )
  insert into keyfold.erased_openings (position, field, erased_by)
  select position, field, erasure
  from gone
  on conflict on constraint erased_openings_position_field_key do nothing;
  get diagnostics erased = row_count;
  perform set_config('keyfold.erasing', 'off', true);
  return erased;
end;
$$;
revoke execute on function keyfold.erase_openings(bigint[], bigint) from public;

create trigger erased_openings_append_only before update or delete or truncate on keyfold.erased_openings
  for each statement execute function keyfold.refuse_change();
