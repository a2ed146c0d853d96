import type pg from 'pg';
import { Frontier, opensCommitment } from '@keyfold/domain';
import { readRecordsAfter, type StoredRecord } from '@keyfold/event-store';
import { projectFacts } from '../tables/read-models.js';
import type { ScratchTx } from './scratch-tables.js';

const RECORDS_AT_ONCE = 2_000;

/** The log itself is not what it was: nothing can be rebuilt from it. */
export class LogDamagedError extends Error {
  override readonly name = 'LogDamagedError';
}

/**
 * Folds the records that are visible to the transaction and not folded yet, as the append folded them, each checked
 * before it is used: its place, its openings against their commitments, and the root over all of them.
 *
 * @param frontier over what has been folded already; grows
 * @param progress is told how many records are folded
 * @throws LogDamagedError if records, openings and head do not fit together
 */
export async function foldLog(
  client: pg.ClientBase,
  { frontier, scratch }: { readonly frontier: Frontier; readonly scratch: ScratchTx },
  progress: (folded: number) => void,
): Promise<void> {
  const { rows } = await client.query<{ size: string; root: Buffer }>(
    'select size, root from keyfold.log_head where id = 1',
  );
  const head = rows[0];
  if (head === undefined) throw new LogDamagedError('the log has no head');
  const size = Number(head.size);
  while (frontier.size < size) {
    const records = await readRecordsAfter(client, frontier.size, Math.min(RECORDS_AT_ONCE, size - frontier.size));
    for (const [nth, { leaf, record }] of records.entries()) {
      if (record.position !== frontier.size + 1)
        throw new LogDamagedError(`record ${frontier.size + 1} is missing, or another one is in its place`);
      requireOpenings(records[nth]);
      frontier.appendLeaf(leaf);
    }
    if (records.length === 0) throw new LogDamagedError(`record ${frontier.size + 1} is missing`);
    await requireErased(client, records);
    await projectFacts(scratch, records);
    await scratch.settled();
    progress(frontier.size);
  }
  if (!frontier.root().equals(head.root))
    throw new LogDamagedError(`the first ${size} records do not have the root that the head says`);
}

function requireOpenings(stored: StoredRecord | undefined): void {
  if (stored === undefined) return;
  const { openings, record } = stored;
  for (const [field, opening] of Object.entries(openings)) {
    const commitment = Object.hasOwn(record.sealed, field) ? record.sealed[field] : undefined;
    if (commitment === undefined || !opensCommitment(opening, commitment))
      throw new LogDamagedError(
        `the opening of ${field} beside record ${record.position} is not the one that was sealed`,
      );
  }
}

/**
 * An opening that is missing and was never erased would read as erased: the person's values would go from the tables as
 * well.
 */
async function requireErased(client: pg.ClientBase, records: readonly StoredRecord[]): Promise<void> {
  const missing = records.flatMap(({ openings, record }) =>
    Object.keys(record.sealed)
      .filter((field) => !Object.hasOwn(openings, field))
      .map((field) => ({ position: record.position, field })),
  );
  if (missing.length === 0) return;
  const { rows } = await client.query<{ position: string; field: string }>(selectNotErased, [
    missing.map(({ position }) => position),
    missing.map(({ field }) => field),
  ]);
  const [lost] = rows;
  if (lost !== undefined)
    throw new LogDamagedError(
      `the opening of ${lost.field} beside record ${lost.position} is missing, and was not erased`,
    );
}

const selectNotErased = `
  select m.position, m.field
  from unnest($1::bigint[], $2::text[]) as m (position, field)
  where not exists (
    select 1
    from keyfold.erased_openings o
    where o.position = m.position
      and o.field = m.field
  )
  order by m.position
  limit 1`;
