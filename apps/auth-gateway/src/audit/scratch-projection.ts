import pg from 'pg';
import { CATEGORIES, type Category, Frontier } from '@keyfold/domain';
import type { RefillClient, VerifiedBatch, VerifiedRecord } from '@keyfold/messaging';
import { keysOf, loadFacts, TABLES, writeFacts } from '../projection/fact-tables.js';
import { foldForTables } from '../projection/fold-for-tables.js';
import { rowDifference, type StoredRow } from './row-difference.js';
import { type StoredColumns, storedColumns, storedRow } from './stored-rows.js';

/** Folded and written together: a COPY is worth its round trips from some hundred rows on. */
const RECORDS_AT_ONCE = 8_000;
const ROWS_AT_ONCE = 5_000;

/** What the log's first records say, in tables of the session's own. */
export interface ScratchFold {
  readonly frontier: Frontier;
  /** The signed note over these records; null for none. */
  readonly checkpoint: string | null;
}

/**
 * Makes empty tables of the projection's shape in the session's temporary schema, where unqualified names mean them
 * from now on: the functions that write the projection write these. They are gone with the session, also after a crash.
 */
export async function createScratchProjection(tx: pg.ClientBase, schema: string): Promise<void> {
  for (const category of CATEGORIES) {
    const { id, table } = TABLES[category];
    const live = `${pg.escapeIdentifier(schema)}.${table}`;
    await tx.query(`create temporary table ${table} (like ${live} including defaults, primary key (${id}))`);
  }
  await tx.query(`create index on pg_temp.api_keys (user_id)`);
}

/**
 * Folds the log from its first record on into the scratch tables, each record verified like the feed's.
 *
 * @param through as many records as that, or all if the log has fewer
 * @throws FeedProblem if they cannot be had; UnknownRecordError, ProjectionDamagedError
 */
export async function foldIntoScratch(
  tx: pg.PoolClient,
  refills: Pick<RefillClient, 'refill'>,
  { progress, through }: { readonly through: number; readonly progress: (folded: number) => void },
): Promise<ScratchFold> {
  const tables = {
    load: (category: Category, ids: readonly string[]) => loadFacts(tx, category, ids),
    keysOf: (userId: string) => keysOf(tx, userId),
  };
  let fold: ScratchFold = { frontier: Frontier.empty(), checkpoint: null };
  while (fold.frontier.size < through) {
    const { last, records } = await recordsAfter(fold.frontier, refills, through);
    if (last === null) break;
    await writeFacts(tx, (await foldForTables(tables, records)).changes);
    fold = { frontier: last.frontier, checkpoint: last.checkpoint };
    progress(fold.frontier.size);
  }
  return fold;
}

async function recordsAfter(
  frontier: Frontier,
  refills: Pick<RefillClient, 'refill'>,
  through: number,
): Promise<{ readonly last: VerifiedBatch | null; readonly records: readonly VerifiedRecord[] }> {
  const records: VerifiedRecord[] = [];
  let last: VerifiedBatch | null = null;
  let at = frontier;
  while (at.size < through && records.length < RECORDS_AT_ONCE) {
    const batch = await refills.refill({ size: at.size, frontier: at }, { held: [], through });
    if (batch === null) break;
    records.push(...batch.records);
    at = batch.frontier;
    last = batch;
  }
  return { last, records };
}

/** How the rows of a table compare with the scratch table's. */
export interface ComparedTable {
  readonly table: string;
  /** That the log says there are. */
  readonly rows: number;
  /** Streams whose rows are not the same. */
  readonly different: readonly string[];
}

/**
 * Compares the projection's tables, as this transaction sees them, with the scratch tables, row by row in the order of
 * their ids.
 */
export async function compareWithScratch(tx: pg.ClientBase, schema: string): Promise<ComparedTable[]> {
  const tables: ComparedTable[] = [];
  for (const category of CATEGORIES) tables.push(await compareTable(tx, schema, category));
  return tables;
}

async function compareTable(tx: pg.ClientBase, schema: string, category: Category): Promise<ComparedTable> {
  const { table } = TABLES[category];
  // By the first column as it is selected: `order by user_id` would mean the column of that name, null for users.
  const select = (from: string): string => `select ${storedColumns(category)} from ${from}.${table} order by 1`;
  const live = new RowCursor(tx, `live_${table}`);
  const scratch = new RowCursor(tx, `scratch_${table}`);
  await live.open(select(pg.escapeIdentifier(schema)));
  await scratch.open(select('pg_temp'));
  const different: string[] = [];
  let rows = 0;
  for (;;) {
    const pair = pairOf(await live.peek(), await scratch.peek());
    if (pair === null) return { table, rows, different };
    const { expected, stored } = pair;
    if (rowDifference(stored, expected) !== null) different.push(`${category}/${(stored ?? expected)?.id ?? ''}`);
    if (stored !== null) live.take();
    if (expected !== null) scratch.take();
    if (expected !== null) rows++;
  }
}

/** The next rows of one id; null at the end of both tables. */
function pairOf(
  stored: StoredRow | null,
  expected: StoredRow | null,
): { readonly stored: StoredRow | null; readonly expected: StoredRow | null } | null {
  if (stored === null || expected === null) return stored === expected ? null : { stored, expected };
  // By the bytes of the ids, as the tables are ordered.
  const order = stored.id === expected.id ? 0 : Buffer.compare(Buffer.from(stored.id), Buffer.from(expected.id));
  return { stored: order <= 0 ? stored : null, expected: order >= 0 ? expected : null };
}

/** A table's rows in order, some thousands in memory at a time. */
class RowCursor {
  private rows: readonly StoredColumns[] = [];
  private at = 0;
  private isAtEnd = false;

  constructor(
    private readonly tx: pg.ClientBase,
    private readonly name: string,
  ) {}

  async open(select: string): Promise<void> {
    await this.tx.query(`declare ${this.name} no scroll cursor for ${select}`);
  }

  /** The row that {@link take} passes; null behind the last one. */
  async peek(): Promise<StoredRow | null> {
    if (this.at >= this.rows.length && !this.isAtEnd) {
      const { rows } = await this.tx.query<StoredColumns>(`fetch ${ROWS_AT_ONCE} from ${this.name}`);
      this.rows = rows;
      this.at = 0;
      this.isAtEnd = rows.length < ROWS_AT_ONCE;
    }
    const row = this.rows[this.at];
    return row === undefined ? null : storedRow(row);
  }

  take(): void {
    this.at++;
  }
}
