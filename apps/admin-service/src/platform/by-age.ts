import type pg from 'pg';
import { clockColumns, type ClockRow } from '@keyfold/event-store';
import type { Database } from './database.js';
import { withTransaction } from './with-transaction.js';

/**
 * Runs work that deletes by age, unless Postgres's clock is suspect: one that is a year ahead would take everything.
 * The work goes by the log time, or by `now()`, which is the very reading that was judged.
 *
 * @returns whether the work was done
 */
export function byAge({ logTime, pool }: Database, work: (tx: pg.PoolClient) => Promise<unknown>): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    if (await isClockSuspect(tx, logTime)) return false;
    await work(tx);
    return true;
  });
}

/** Whether the `now()` of this transaction is suspect. */
async function isClockSuspect(tx: pg.ClientBase, logTime: Database['logTime']): Promise<boolean> {
  const asked = logTime.moment();
  const { rows } = await tx.query<ClockRow>(selectNow);
  const [row] = rows;
  if (row === undefined) throw new Error('log_head has no row');
  logTime.observe(row, asked);
  return logTime.suspicion !== null;
}

const selectNow = `
  select ${clockColumns('now()')}
  from keyfold.log_head h
  where h.id = 1`;
