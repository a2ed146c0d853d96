import type pg from 'pg';

/** What is kept of all keys: the sum of both tables. {@link foldChanges} moves rows from the one to the other. */
export const kept = `(
    select measure, list_class, bucket, keys from keyfold.key_counts
    union all
    select measure, list_class, bucket, keys from keyfold.key_count_changes
  )`;

/** An advisory lock: any number that nothing else in the database locks. */
const FOLD_LOCK = 5_203_114_881;

/**
 * Adds the changes to the counts, so that reading them stays cheap. Nobody who writes keys waits for it, nor it for
 * them: it takes what is committed. One at a time, since two would write the same rows in another order.
 *
 * @param tx at the isolation level read committed
 */
export async function foldChanges(tx: pg.ClientBase, fromChanges: number): Promise<void> {
  const { rowCount } = await tx.query(selectMany, [fromChanges]);
  if (rowCount === 0) return;
  const { rows } = await tx.query<{ is_mine: boolean }>(`select pg_try_advisory_xact_lock(${FOLD_LOCK}) as is_mine`);
  if (rows[0]?.is_mine !== true) return;
  // A statement of its own: under the lock it sees what the one before has left.
  await tx.query(takeChanges);
  await tx.query('delete from keyfold.key_counts where keys = 0');
}

const selectMany = `
  select 1
  from keyfold.key_count_changes
  offset $1::int - 1
  limit 1`;

const takeChanges = `
  with taken as (
    delete from keyfold.key_count_changes
    returning measure, list_class, bucket, keys
  )
  insert into keyfold.key_counts as c (measure, list_class, bucket, keys)
  select t.measure, t.list_class, t.bucket, sum(t.keys)
  from taken t
  group by 1, 2, 3
  on conflict on constraint key_counts_pkey do update
  set keys = c.keys + excluded.keys`;

/** By how much what is kept differs from what the rows say, bucket by bucket: nothing, unless somebody altered it. */
export const selectDifferences = `
  select measure, list_class, bucket, coalesce(counted.keys, 0) - coalesce(kept.keys, 0) as keys
  from keyfold.cells_of_rows() as counted
  full join (
    select c.measure, c.list_class, c.bucket, sum(c.keys) as keys
    from ${kept} as c
    group by 1, 2, 3
  ) as kept using (measure, list_class, bucket)
  where coalesce(counted.keys, 0) <> coalesce(kept.keys, 0)`;

/**
 * Makes what is kept agree with the rows. One statement, so one snapshot: what others commit meanwhile comes with rows
 * and changes together.
 */
export async function mendCounts(tx: pg.ClientBase): Promise<void> {
  await tx.query(`insert into keyfold.key_count_changes (measure, list_class, bucket, keys) ${selectDifferences}`);
}
