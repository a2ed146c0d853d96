import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createPool, PostgresEventStore } from '@keyfold/event-store';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { Database } from '../platform/database.js';
import { runMigrations } from '../platform/migrations.js';
import { withTransaction } from '../platform/with-transaction.js';
import { ApiKeyCounts } from './api-key-counts.js';
import type { CountedKeys } from './counted-keys.js';
import { readKeptCounts, readUnsweptCounts } from './kept-key-counts.js';
import { limitsAt, weekOf } from './key-counting.js';
import { endsUnder } from './key-status-conditions.js';

/* Keys on both sides of each instant that is counted by, and of the hours in which those lie, to the millisecond. */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 5, 15, 12, 34, 56, 789);
const LIMITS = limitsAt(NOW);

interface Key {
  readonly createdMs: number;
  readonly endMs: number;
  readonly usedMs: number | null;
  readonly isPending: boolean;
  readonly isSuperseded: boolean;
}

const around = (instants: readonly number[]): number[] =>
  instants.flatMap((ms) => {
    const hour = ms - (ms % HOUR_MS);
    return [hour - 1, hour, hour + 1, ms - 1, ms, ms + 1, hour + HOUR_MS - 1, hour + HOUR_MS];
  });

const key = (of: Partial<Key>): Key => ({
  ...{ createdMs: NOW - 2 * DAY_MS, endMs: NOW + 20 * DAY_MS, usedMs: null, isPending: false, isSuperseded: false },
  ...of,
});
// In the order of their positions, which is that of the log's times.
const keys: Key[] = [
  ...around([NOW, ...LIMITS.ends]).map((endMs) => key({ endMs })),
  ...around([NOW]).map((endMs) => key({ endMs, isPending: true })),
  ...around([NOW]).map((endMs) => key({ endMs, createdMs: NOW - 40 * DAY_MS, usedMs: NOW - 35 * DAY_MS })),
  ...around([...LIMITS.made, ...LIMITS.idle]).map((createdMs) => key({ createdMs, endMs: NOW + DAY_MS / 2 })),
  ...around(LIMITS.idle).map((usedMs) => key({ createdMs: NOW - 100 * DAY_MS, usedMs })),
  ...around(LIMITS.made).map((createdMs) => key({ createdMs, isSuperseded: true })),
  // Used in the hour in which it was made, which a limit cuts.
  ...LIMITS.idle.map((ms) => key({ createdMs: ms - 5, usedMs: ms + 5 })),
].sort((one, other) => one.createdMs - other.createdMs);
const userOf = (nth: number): string => `u${nth % 3}`;

const before = (instants: readonly number[], limits: readonly number[]): number[] =>
  limits.map((limit) => instants.filter((ms) => ms < limit).length);

interface Asked {
  /** The maximum lifetime; endless: it has been applied to the keys already. */
  readonly longestMs: number;
  readonly isRevoked: (nth: number) => boolean;
}

function expected({ isRevoked, longestMs }: Asked): Omit<CountedKeys, 'issued' | 'revoked'> {
  const rest = keys
    .filter((_, nth) => !isRevoked(nth))
    .map((each) => (each.isPending ? each : { ...each, endMs: Math.min(each.endMs, each.createdMs + longestMs) }));
  const superseded = rest.filter(({ isSuperseded }) => isSuperseded).length;
  const active = rest.filter(({ endMs, isPending, isSuperseded }) => !isPending && !isSuperseded && endMs > NOW);
  const pending = rest.filter(({ endMs, isPending }) => isPending && endMs > NOW).length;
  const counts = { pending, active: active.length, superseded, revoked: keys.length - rest.length };
  const of = (value: (key: Key) => number, limits: readonly number[]): number[] => before(active.map(value), limits);
  return {
    byStatus: { ...counts, expired: rest.length - active.length - pending - superseded },
    ends: of(({ endMs }) => endMs, LIMITS.ends),
    made: of(({ createdMs }) => createdMs, LIMITS.made),
    idle: of(({ createdMs, usedMs }) => Math.max(createdMs, usedMs ?? createdMs), LIMITS.idle),
  };
}

let postgres: TestPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  await runMigrations({ ownerUrl, serviceUrl, log: () => undefined });
  pool = createPool({ url: ownerUrl, max: 1, applicationName: 'test' });
  // No sweep has been since any of them ended.
  await pool.query(
    `insert into keyfold.api_keys (
       key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending,
       is_revoked, state, list_class, ends_at_ms
     )
     select k.nth, 1, k.nth, k."userId", k."createdMs", case when not k."isPending" then k."createdMs" end, k."endMs",
       k."isPending", false, '{}', case when k."isPending" then 'pending' when k."isSuperseded" then 'superseded' else 'live' end, k."endMs"
     from jsonb_to_recordset($1::jsonb) as k (nth int, "userId" text, "createdMs" bigint, "endMs" bigint, "isPending" boolean, "isSuperseded" boolean)`,
    [JSON.stringify(keys.map((each, nth) => ({ nth, userId: userOf(nth), ...each })))],
  );
  await pool.query(
    `update keyfold.key_uses u
     set last_use = to_timestamp(k."usedMs"::float8 / 1000)
     from jsonb_to_recordset($1::jsonb) as k (nth int, "usedMs" bigint)
     where u.created_position = k.nth and k."usedMs" is not null`,
    [JSON.stringify(keys.map(({ usedMs }, nth) => ({ nth, usedMs })))],
  );
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const NONE = (): boolean => false;
const whileDue = (longestMs: number): Promise<CountedKeys> =>
  withTransaction(pool, (tx) => {
    const policy = { nowMs: NOW, longestMs, endsAt: endsUnder(longestMs), isSwept: false };
    return readUnsweptCounts(tx, { limits: LIMITS, policy });
  });

test('what is kept is counted to the millisecond of each limit', async () => {
  const counted = await withTransaction(pool, (tx) => readKeptCounts(tx, LIMITS));
  expect(counted).toMatchObject(expected({ isRevoked: NONE, longestMs: Infinity }));
});

test.each([180, 60, 25])('and so is what another maximum of %s days would leave, before the sweep', async (days) => {
  const longestMs = days * DAY_MS;
  expect(await whileDue(longestMs)).toMatchObject(expected({ isRevoked: NONE, longestMs }));
});

describe('what is revoked in bulk and not swept yet', () => {
  const [everybody, ofUser] = [Math.floor(keys.length / 2), Math.floor((keys.length * 3) / 4)];
  const isRevoked = (nth: number): boolean => nth < everybody || (nth < ofUser && userOf(nth) === 'u2');
  const atMs = NOW - 8 * DAY_MS;

  const revoke = async (userId: string, position: number): Promise<void> => {
    await pool.query('insert into keyfold.bulk_revocations (user_id, before_position) values ($1, $2)', [
      userId,
      position,
    ]);
    await pool.query(
      `insert into keyfold.bulk_revocation_records (position, user_id, issued_before_ms, at_ms, reason)
       values ($1, $2, null, $3, 'UNSPECIFIED')`,
      [position, userId, atMs],
    );
  };

  test('counts as revoked where it is one user’s alone', async () => {
    await pool.query('update keyfold.key_list_sweeps set is_due = true');
    await revoke('u2', ofUser);
    const longestMs = 180 * DAY_MS;
    const isOfUser = (nth: number): boolean => nth < ofUser && userOf(nth) === 'u2';
    expect(await whileDue(longestMs)).toMatchObject(expected({ isRevoked: isOfUser, longestMs }));
    await revoke('', everybody);
  });

  test('counts as revoked, in the week of the revocation', async () => {
    const longestMs = 180 * DAY_MS;
    const counted = await whileDue(longestMs);
    const wanted = expected({ isRevoked, longestMs });
    expect(counted).toMatchObject(wanted);
    expect([...counted.revoked]).toEqual([[weekOf(atMs), wanted.byStatus.revoked]]);
    expect([...counted.issued.values()].reduce((sum, issued) => sum + issued, 0)).toBe(keys.length);
  });

  test('and is not revoked again: of everybody and of each, before every instant', async () => {
    const database = new Database(pool, new PostgresEventStore({ pool }).logTime);
    const counts = new ApiKeyCounts(database);
    const instants = [
      NOW - 100 * DAY_MS,
      keys[everybody]?.createdMs ?? 0,
      ...LIMITS.made,
      ...LIMITS.idle,
      NOW,
      NOW + 1,
    ];
    for (const userId of [null, 'u1', 'u2'])
      for (const issuedBeforeMs of [null, ...instants.flatMap((ms) => [ms - 1, ms, ms + 1])]) {
        const left = keys.filter(
          ({ createdMs }, nth) =>
            !isRevoked(nth) && createdMs < (issuedBeforeMs ?? Infinity) && [null, userOf(nth)].includes(userId),
        );
        const { keys: counted } = await counts.notRevoked({ issuedBeforeMs, userId });
        expect([userId, issuedBeforeMs, counted]).toEqual([userId, issuedBeforeMs, left.length]);
      }
  });
});
