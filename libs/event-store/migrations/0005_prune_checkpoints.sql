-- Up Migration
-- Each append is signed, so the table got a row for each. What the log signs next is compared with the largest checkpoint
-- of its origin alone: the smaller ones are prefixes of it, and may go.
drop trigger signed_checkpoints_append_only on keyfold.signed_checkpoints;
create trigger signed_checkpoints_append_only before update or truncate on keyfold.signed_checkpoints
  for each statement execute function keyfold.refuse_change();

create function keyfold.refuse_unless_pruning() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('keyfold.pruning', true) is distinct from 'on' then
    raise exception 'keyfold: checkpoints are deleted by prune_signed_checkpoints() alone'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end;
$$;
create trigger signed_checkpoints_pruning_only before delete on keyfold.signed_checkpoints
  for each statement execute function keyfold.refuse_unless_pruning();

-- The only way to delete checkpoints, and never the largest of an origin. Switched on for this statement alone: an error
-- undoes it with everything else.
create function keyfold.prune_signed_checkpoints(most integer) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  pruned bigint;
begin
  perform set_config('keyfold.pruning', 'on', true);
  delete from keyfold.signed_checkpoints
  where (origin, size) in (
    select smaller.origin, smaller.size
    from keyfold.signed_checkpoints smaller
    join (
      select origin, max(size) as size
      from keyfold.signed_checkpoints
      group by origin
    ) as largest on largest.origin = smaller.origin and largest.size > smaller.size
    limit most
  );
  get diagnostics pruned = row_count;
  perform set_config('keyfold.pruning', 'off', true);
  return pruned;
end;
$$;
revoke execute on function keyfold.prune_signed_checkpoints(integer) from public;
