import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createPool, PostgresEventStore } from '@keyfold/event-store';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { Database } from '../platform/database.js';
import { runMigrations } from '../platform/migrations.js';
import { ApiKeyCounts } from './api-key-counts.js';
import { countKeys } from './key-counting.js';

/* How many rows counting reads, where most keys are over: what it costs does not grow with them. */

const DAY_MS = 86_400_000;
const OVER = 5_000;
const LIVE = 20;

let postgres: TestPostgres;
/** One connection, whose reads Postgres counts. */
let pool: pg.Pool;
let owner: pg.Pool;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  await runMigrations({ ownerUrl, serviceUrl, log: () => undefined });
  pool = createPool({ url: ownerUrl, max: 1, applicationName: 'counting' });
  owner = createPool({ url: ownerUrl, max: 1, applicationName: 'test' });
  database = new Database(pool, new PostgresEventStore({ pool }).logTime);
  // Issued a day ago and live, or over and issued more than a hundred days ago, all on one day.
  await owner.query(
    `insert into keyfold.api_keys (
       key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending,
       is_revoked, state, list_class, ends_at_ms
     )
     select n, 1, n, 'u1', k.ms, k.ms, k.ms + 30 * $4, false, false, '{}', k.class, k.ms + 30 * $4
     from generate_series(1, $1::int + $2::int) as n
     cross join lateral (
       select case when n > $1 then $3::bigint - $4::bigint else ($3 / $4 - 106) * $4 + n * 10000 end as ms,
         case when n > $1 then 'live' else 'over' end as class
     ) as k`,
    [OVER, LIVE, Date.now(), DAY_MS],
  );
  await owner.query('vacuum analyze');
});
afterAll(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await postgres.stop();
});

/** Of keys and of their uses, from tables and indexes. */
async function readBy(work: () => Promise<unknown>): Promise<number> {
  const total = async (): Promise<number> => {
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await owner.query<{ read: string }>(selectRead);
    return Number(rows[0]?.read);
  };
  const before = await total();
  await work();
  return (await total()) - before;
}

const selectRead = `
  select (
      select sum(seq_tup_read)
      from pg_stat_user_tables
      where relname in ('api_keys', 'key_uses')
    ) + (
      select sum(idx_tup_read)
      from pg_stat_user_indexes
      where relname in ('api_keys', 'key_uses')
    ) as read`;

const counted = async (): Promise<unknown> => (await countKeys(database, { supervisorId: null })).byStatus;
const BY_STATUS = { active: LIVE, expired: OVER, pending: 0, revoked: 0, superseded: 0 };

test('while a sweep is due, keys are read whose status a maximum lifetime decides, and no others', async () => {
  await owner.query('update keyfold.key_list_sweeps set is_due = true');
  const read = await readBy(async () => {
    expect(await counted()).toEqual(BY_STATUS);
  });
  expect(read).toBeLessThan(10 * LIVE);
});

test.each([true, false])(
  'what a bulk revocation is for is counted without reading all keys, with a sweep due: %s',
  async (isDue) => {
    await owner.query('update keyfold.key_list_sweeps set is_due = $1, max_days = 180', [isDue]);
    const counts = new ApiKeyCounts(database);
    const read = await readBy(async () => {
      const tomorrow = Date.now() + DAY_MS;
      expect((await counts.notRevoked({ userId: null, issuedBeforeMs: tomorrow })).keys).toBe(OVER + LIVE);
      const between = Date.now() - 50 * DAY_MS;
      expect((await counts.notRevoked({ userId: null, issuedBeforeMs: between })).keys).toBe(OVER);
    });
    expect(read).toBeLessThan(OVER);
  },
);

test('where what is kept says that no key is left, the keys are asked: the revocation is not for nothing', async () => {
  const counts = new ApiKeyCounts(database);
  const all = { userId: null, issuedBeforeMs: Date.now() + DAY_MS };
  await owner.query(`
    insert into keyfold.key_count_changes (measure, list_class, bucket, keys)
    select c.measure, c.list_class, c.bucket, -sum(c.keys)
    from (select * from keyfold.key_counts union all select * from keyfold.key_count_changes) as c
    where c.measure = 'unrevoked'
    group by c.measure, c.list_class, c.bucket`);
  expect((await counts.notRevoked(all)).keys).toBe(OVER + LIVE);
});

test('of the day that a bulk revocation cuts, keys on either side give the same count', async () => {
  const counts = new ApiKeyCounts(database);
  for (const keyId of [1, 900, 2_500, 4_990]) {
    const { rows } = await owner.query<{ ms: string }>(
      'select created_at_ms as ms from keyfold.api_keys where key_id = $1',
      [keyId],
    );
    const { keys } = await counts.notRevoked({ userId: null, issuedBeforeMs: Number(rows[0]?.ms) });
    expect(keys).toBe(keyId - 1);
  }
});

test('a lower maximum lifetime is counted before the sweep, and a higher one brings keys back', async () => {
  await owner.query(`
    update keyfold.api_keys
    set ends_at_ms = issued_at_ms + ${10 * DAY_MS}, own_expires_at_ms = own_expires_at_ms + ${100 * DAY_MS}
    where list_class = 'over'`);
  await owner.query('update keyfold.key_list_sweeps set is_due = true');
  expect(await counted()).toEqual({ ...BY_STATUS, active: LIVE + OVER, expired: 0 });
});
