-- Up Migration
-- Checkpoints that the log has cosigned with the time: between two of the same size nothing was appended, and what the later of two does not
-- hold was not in the log by then.
create table keyfold.cosigned_checkpoints (
  origin text collate "C" not null,
  -- Whole seconds, as the cosignature says.
  cosigned_at timestamptz(0) not null,
  size bigint not null,
  note text not null,
  constraint cosigned_checkpoints_origin_time_key primary key (origin, cosigned_at)
);
create trigger cosigned_checkpoints_append_only before update or truncate on keyfold.cosigned_checkpoints
  for each statement execute function keyfold.refuse_change();
create trigger cosigned_checkpoints_pruning_only before delete on keyfold.cosigned_checkpoints
  for each statement execute function keyfold.refuse_unless_pruning();

-- Keeps one more, unless the newest is younger than that, or larger. Of a run of the same size only the first and the last
-- are kept, since a log that was as large at both ends was so all the time.
create function keyfold.keep_cosigned_checkpoint(
  for_origin text,
  at timestamptz,
  at_size bigint,
  signed_note text,
  least_age interval
) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  newest timestamptz;
  newest_size bigint;
  previous_size bigint;
begin
  -- One at a time, or two replicas would each keep one.
  perform pg_advisory_xact_lock(5316911024);
  select c.cosigned_at, c.size into newest, newest_size
  from keyfold.cosigned_checkpoints c
  where c.origin = for_origin
  order by c.cosigned_at desc
  limit 1;
  if newest is not null and (at < newest + least_age or at <= newest or at_size < newest_size) then
    return false;
  end if;
  if newest_size = at_size then
    select c.size into previous_size
    from keyfold.cosigned_checkpoints c
    where c.origin = for_origin and c.cosigned_at < newest
    order by c.cosigned_at desc
    limit 1;
    if previous_size = at_size then
      perform set_config('keyfold.pruning', 'on', true);
      delete from keyfold.cosigned_checkpoints c where c.origin = for_origin and c.cosigned_at = newest;
      perform set_config('keyfold.pruning', 'off', true);
    end if;
  end if;
  insert into keyfold.cosigned_checkpoints (origin, cosigned_at, size, note)
  values (for_origin, at, at_size, signed_note);
  return true;
end;
$$;
revoke execute on function keyfold.keep_cosigned_checkpoint(text, timestamptz, bigint, text, interval) from public;

-- The only way to delete them by age, and never the newest of an origin.
create function keyfold.prune_cosigned_checkpoints(before timestamptz, most integer) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  pruned bigint;
begin
  perform set_config('keyfold.pruning', 'on', true);
  delete from keyfold.cosigned_checkpoints
  where (origin, cosigned_at) in (
    select c.origin, c.cosigned_at
    from keyfold.cosigned_checkpoints c
    where c.cosigned_at < before
      and exists (
        select from keyfold.cosigned_checkpoints later
        where later.origin = c.origin and later.cosigned_at > c.cosigned_at
      )
    limit most
  );
  get diagnostics pruned = row_count;
  perform set_config('keyfold.pruning', 'off', true);
  return pruned;
end;
$$;
revoke execute on function keyfold.prune_cosigned_checkpoints(timestamptz, integer) from public;
