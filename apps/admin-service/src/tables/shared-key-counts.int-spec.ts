import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createPool, PostgresEventStore } from '@keyfold/event-store';
import { eventually } from '@keyfold/testing/eventually';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { Database } from '../platform/database.js';
import { runMigrations } from '../platform/migrations.js';
import type { KeyCounts } from './key-counting.js';
import { LogHead } from './log-head.js';
import { SharedKeyCounts } from './shared-key-counts.js';

let postgres: TestPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let counts: SharedKeyCounts;

/** The real one, which says how often it was read. */
class CountedHead extends LogHead {
  reads = 0;

  override async position(): Promise<number> {
    const position = await super.position();
    this.reads += 1;
    return position;
  }
}
let head: CountedHead;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  await runMigrations({ ownerUrl, serviceUrl, log: () => undefined });
  pool = createPool({ url: ownerUrl, max: 8, applicationName: 'counting' });
  owner = createPool({ url: ownerUrl, max: 2, applicationName: 'test' });
  const database = new Database(pool, new PostgresEventStore({ pool }).logTime);
  head = new CountedHead(database);
  counts = new SharedKeyCounts(database, head);
});
afterAll(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await postgres.stop();
});

/** Counts that have their snapshot wait until the work is done. */
async function whileCounting(work: () => Promise<unknown>): Promise<void> {
  const holder = await owner.connect();
  try {
    await holder.query('begin; lock table keyfold.key_list_sweeps');
    await work();
  } finally {
    await holder.query('rollback');
    holder.release();
  }
}

const sessions = async (condition: string): Promise<number> => {
  const { rows } = await owner.query<{ sessions: string }>(
    `select count(*) as sessions from pg_stat_activity where application_name = 'counting' and ${condition}`,
  );
  return Number(rows[0]?.sessions);
};

const asked: Promise<KeyCounts>[] = [];
/** Resolves once whoever asks has read the head, and waits for a count. */
const ask = async (supervisorId: string | null = null): Promise<void> => {
  const { reads } = head;
  asked.push(counts.of(supervisorId));
  await eventually(async () => {
    expect(head.reads).toBe(reads + 1);
    expect(await sessions(`wait_event_type = 'Lock'`)).toBe(1);
  });
};

test('those who ask at the same time share one count', async () => {
  await whileCounting(async () => {
    for (let nth = 0; nth < 5; nth += 1) await ask();
  });
  const [first, ...others] = await Promise.all(asked.splice(0));
  expect(others).toHaveLength(4);
  for (const other of others) expect(other).toBe(first);
});

test('who has seen more than the count has waits for the next one, and those who come meanwhile share that', async () => {
  await whileCounting(async () => {
    await ask();
    await owner.query('update keyfold.log_head set size = size + 1, recorded_at = now()');
    await ask();
    await ask();
  });
  const [before, after, shared] = await Promise.all(asked.splice(0));
  expect([before?.position, after?.position]).toEqual([0, 1]);
  expect(shared).toBe(after);
});

test('a count that fails is nobody else’s, and the next one begins anew', async () => {
  await whileCounting(async () => {
    await ask();
    const cancelled = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'counting'`;
    await owner.query(cancelled);
    await expect(asked.pop()).rejects.toThrow('canceling statement');
  });
  expect((await counts.of(null)).position).toBe(1);
});

test('those of a supervisor are not those of all', async () => {
  await whileCounting(async () => {
    asked.push(counts.of(null), counts.of('s1'));
    await eventually(async () => {
      expect(await sessions(`wait_event_type = 'Lock'`)).toBe(2);
    });
  });
  const [all, supervised] = await Promise.all(asked.splice(0));
  expect(supervised).not.toBe(all);
});
