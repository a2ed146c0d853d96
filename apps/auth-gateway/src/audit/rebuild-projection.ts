import type pg from 'pg';
import type { RefillClient } from '@keyfold/messaging';
import type { RebuildReport } from '@keyfold/service-kit';
import type { DifferentRow, RowAudit } from './row-audit.js';
import {
  type ComparedTable,
  compareWithScratch,
  createScratchProjection,
  foldIntoScratch,
  type ScratchFold,
} from './scratch-projection.js';
import { mendRows } from './stored-rows.js';

const STREAMS_AT_ONCE = 100;
/** A row that is changed by a record at each look is left to the next rebuild. */
const MAX_ROUNDS = 5;

/** The admin-service is of a version that does not say what the log has of single streams. */
export class AdminTooOldError extends Error {
  override readonly name = 'AdminTooOldError';
}

export interface RebuildParts {
  readonly pool: pg.Pool;
  /** Of this gateway's tables. */
  readonly schema: string;
  readonly refills: Pick<RefillClient, 'refill'>;
  readonly audit: Pick<RowAudit, 'compare'>;
}

export interface RebuildOptions {
  /** Whether rows that differ are put right; otherwise they are only named. */
  readonly replaces: boolean;
  readonly progress?: (folded: number) => void;
}

/**
 * Folds the log, verified like the feed's, into scratch tables up to where this gateway's tables stand, and compares
 * the two row by row, in one snapshot. What differs is compared once more by itself, as of the tables' newest position,
 * since values may have been erased meanwhile. Then, if it is to, puts right what is left. The gateway may run all the
 * time: its processes learn which rows were put right, and compare what they hold of these in memory.
 *
 * @throws FeedProblem if the log cannot be had; UnknownRecordError; AdminTooOldError; whatever Postgres throws
 */
export async function rebuildProjection(parts: RebuildParts, options: RebuildOptions): Promise<RebuildReport> {
  const { replaces } = options;
  const bulk = await compareAll(parts, options.progress ?? (() => undefined));
  if (replaces && bulk.position !== 'same') await restorePosition(parts.pool, bulk);
  const suspects = bulk.tables.flatMap(({ different }) => different);
  // Where the tables say that they stand beyond the log, nothing of them can be compared before that is put right.
  const different =
    bulk.position === 'ahead' && !replaces
      ? suspects.map((stream) => ({ stream, difference: 'differs' }))
      : await confirmed(parts, suspects, replaces);
  const position = { row: 'projection', what: `${bulk.position === 'ahead' ? 'applied_size' : 'frontier'} differs` };
  return {
    records: bulk.fold.frontier.size,
    isReplaced: replaces,
    tables: [
      { table: 'projection', rows: 1, different: bulk.position === 'same' ? [] : [position] },
      ...bulk.tables.map(({ different: ofTable, rows, table }) => {
        const streams = new Set(ofTable);
        const rowsOfTable = different.filter(({ stream }) => streams.has(stream));
        return {
          table,
          rows,
          different: rowsOfTable.map(({ difference, stream }) => ({ row: stream, what: difference })),
        };
      }),
    ],
  };
}

interface BulkComparison {
  readonly tables: readonly ComparedTable[];
  readonly fold: ScratchFold;
  /** Where the tables said that they stood. */
  readonly appliedSize: number;
  /** Whether that, and the frontier with it, is the log's. */
  readonly position: 'same' | 'differs' | 'ahead';
}

async function compareAll(
  { pool, refills, schema }: RebuildParts,
  progress: (folded: number) => void,
): Promise<BulkComparison> {
  const tx = await pool.connect();
  try {
    await tx.query('begin isolation level repeatable read');
    await tx.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
    const { rows } = await tx.query<{ applied_size: string; frontier: Buffer }>(
      'select applied_size, frontier from projection where id = 1',
    );
    const appliedSize = Number(rows[0]?.applied_size ?? 0);
    await createScratchProjection(tx, schema);
    const fold = await foldIntoScratch(tx, refills, { through: appliedSize, progress });
    const tables = await compareWithScratch(tx, schema);
    const isSame = rows[0] === undefined || Buffer.compare(rows[0].frontier, fold.frontier.toBytes()) === 0;
    const position = fold.frontier.size < appliedSize ? 'ahead' : isSame ? 'same' : 'differs';
    return { tables, fold, appliedSize, position };
  } finally {
    // The scratch tables go with the session.
    tx.release(true);
  }
}

/** The tables' own word for where they stand. Left alone if records have been applied since it was compared. */
async function restorePosition(pool: pg.Pool, { appliedSize, fold }: BulkComparison): Promise<void> {
  await pool.query(
    `update projection
     set applied_size = $2::bigint, frontier = $3::bytea, checkpoint = $4::text
     where id = 1 and applied_size = $1::bigint`,
    [appliedSize, fold.frontier.size, fold.frontier.toBytes(), fold.checkpoint],
  );
}

/** Those of the suspected streams that differ from what the log's key vouches for, put right if they are to be. */
async function confirmed(
  { audit, pool }: RebuildParts,
  suspects: readonly string[],
  replaces: boolean,
): Promise<DifferentRow[]> {
  const found = new Map<string, DifferentRow>();
  let left = suspects;
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round++) {
    const changed: string[] = [];
    for (let at = 0; at < left.length; at += STREAMS_AT_ONCE) {
      const comparison = await audit.compare(left.slice(at, at + STREAMS_AT_ONCE));
      if (comparison === null) throw new AdminTooOldError('the admin-service is of an older version: upgrade it first');
      for (const row of comparison.different) found.set(row.stream, row);
      if (!replaces || comparison.different.length === 0) continue;
      const mended = new Set(await mendRows(pool, comparison.different));
      changed.push(...comparison.different.flatMap(({ stream }) => (mended.has(stream) ? [] : [stream])));
    }
    left = changed;
  }
  return [...found.values()];
}
