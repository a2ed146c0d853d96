import pg from 'pg';
import { Frontier } from '@keyfold/domain';
import { createPool } from '@keyfold/event-store';
import type { RebuildReport } from '@keyfold/service-kit';
import { checkMigrations } from '../platform/migrations.js';
import { mendCounts } from '../tables/key-count-changes.js';
import { compareCounts } from './compare-counts.js';
import { compareTables, type TableComparison } from './compare-tables.js';
import { foldLog } from './fold-log.js';
import { replaceRows } from './replace-rows.js';
import { createScratchTables, ScratchTx } from './scratch-tables.js';

export interface RebuildOptions {
  /** Of the log's database; the service's own role may do all of this. */
  readonly url: string;
  /** Whether rows that differ are replaced; otherwise they are only named. */
  readonly replaces: boolean;
  readonly progress?: (folded: number) => void;
}

/**
 * Folds the whole log into scratch tables and compares the read models with them, row by row, all in one snapshot: what
 * is written meanwhile is in neither. Then, if it is to, replaces what differs.
 *
 * @throws LogDamagedError if the log is not what its head says; StoreRefusedError if its schema is of another version;
 *   whatever Postgres throws
 */
export async function rebuildReadModels({
  progress = () => undefined,
  replaces,
  url,
}: RebuildOptions): Promise<RebuildReport> {
  await requireMigrated(url);
  const client = new pg.Client({ connectionString: url, application_name: 'keyfold-rebuild', keepAlive: true });
  // Whoever waits for a query learns of a lost connection from it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query("set statement_timeout = 0; set idle_in_transaction_session_timeout = '60s'");
    await createScratchTables(client);
    const fold = { frontier: Frontier.empty(), scratch: new ScratchTx(client) };
    const tables = await inTransaction(client, 'begin isolation level repeatable read', async () => {
      await foldLog(client, fold, progress);
      return [...(await compareTables(client)), await compareCounts(client)];
    });
    const report = { records: fold.frontier.size, tables: tables.map(tableReport), isReplaced: false };
    const different = tables.flatMap((table) => table.different);
    if (!replaces || different.length === 0) return report;
    // What was appended meanwhile, so that there is little left to fold under the lock.
    await inTransaction(client, 'begin', () => foldLog(client, fold, progress));
    await inTransaction(client, "begin; set local lock_timeout = '30s'", async () => {
      await client.query('select from keyfold.log_head where id = 1 for update');
      await foldLog(client, fold, progress);
      await replaceRows(client, different);
      await mendCounts(client);
    });
    return { ...report, isReplaced: true };
  } finally {
    await client.end();
  }
}

async function requireMigrated(url: string): Promise<void> {
  const pool = createPool({ url, max: 1, applicationName: 'keyfold-rebuild' });
  try {
    await checkMigrations(pool);
  } finally {
    await pool.end();
  }
}

async function inTransaction<Result>(client: pg.Client, begin: string, work: () => Promise<Result>): Promise<Result> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

function tableReport({ different, rows, table }: TableComparison): RebuildReport['tables'][number] {
  return {
    table,
    rows,
    different: different.map(({ columns, key, kind }) => ({ row: key, what: WORDS[kind](columns) })),
  };
}

const WORDS = {
  missing: () => 'is missing',
  'not-in-log': () => 'is not in the log',
  differs: (columns: readonly string[]) => `differs in ${columns.join(', ')}`,
} as const;
