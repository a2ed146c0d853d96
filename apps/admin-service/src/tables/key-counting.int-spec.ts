import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import {
  concerns,
  DAY_MS,
  effectiveExpiry,
  type ExistingApiKey,
  isExistingKey,
  KEY_STATUSES,
  type KeyStatus,
  keyStatus,
  readEvent,
  type Revocation,
  revocationOf,
} from '@keyfold/domain';
import { createPool, PostgresEventStore, type Statement, type Tx } from '@keyfold/event-store';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { history } from '../../../../libs/domain/test/commands.arbitrary.js';
import type { Entry } from '../../../../libs/domain/test/test-log.js';
import { World } from '../../../../libs/domain/test/world.js';
import { KeyUses } from '../features/last-used/key-uses.js';
import { Database } from '../platform/database.js';
import { runMigrations } from '../platform/migrations.js';
import { withTransaction } from '../platform/with-transaction.js';
import { ApiKeyCounts } from './api-key-counts.js';
import { ApiKeyQueries } from './api-key-queries.js';
import { foldChanges, selectDifferences } from './key-count-changes.js';
import { countKeys, DAYS_OF_AGE, DAYS_TO_END, DAYS_UNUSED, type KeyCounts, weekOf } from './key-counting.js';
import type { KeyFilter } from './key-list.js';
import { sweepKeyLists } from './key-list-sweep.js';
import { projectFacts } from './read-models.js';

const SUPERVISOR = 'u2';

let postgres: TestPostgres;
let pool: pg.Pool;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  await runMigrations({ ownerUrl, serviceUrl, log: () => undefined });
  pool = createPool({ url: ownerUrl, max: 3, applicationName: 'test' });
  // The service refuses a name that another one has before it decides; the histories here know nothing of it.
  await pool.query('drop index keyfold.roles_name_key, keyfold.users_username_key');
  database = new Database(pool, new PostgresEventStore({ pool }).logTime);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

/** The projection's statements one behind another, in a transaction of the test's. */
class ClientTx implements Tx {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: pg.ClientBase) {}

  query<R extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<pg.QueryResult<R>> {
    const asked = typeof statement === 'string' ? { text: statement, values: [...(values ?? [])] } : statement;
    const answer = this.last.then(() => this.client.query<R>(asked));
    this.last = answer;
    return answer;
  }

  send(statement: Statement, values?: readonly unknown[]): void {
    void this.query(statement, values);
  }

  /** Resolves once all that was sent is done. */
  async settled(): Promise<void> {
    await this.last;
  }
}

async function project(entries: readonly Entry[]): Promise<void> {
  await withTransaction(pool, async (client) => {
    const tx = new ClientTx(client);
    await projectFacts(
      tx,
      entries.map((entry) => ({ ...entry, leaf: Buffer.alloc(0) })),
    );
    await tx.settled();
  });
}

async function empty(): Promise<void> {
  await pool.query(`
    truncate keyfold.settings, keyfold.roles, keyfold.users, keyfold.role_grants, keyfold.api_keys, keyfold.key_uses,
      keyfold.bulk_revocations, keyfold.bulk_revocation_records, keyfold.key_counts, keyfold.key_count_changes`);
  await pool.query('update keyfold.key_list_sweeps set is_due = true, generation = generation + 1, max_days = null');
}

const sweep = (): Promise<void> => sweepKeyLists(database, () => false);
const fold = (): Promise<void> => withTransaction(pool, (tx) => foldChanges(tx, 1));

/** What is kept beside the keys is what their rows say. */
async function expectKept(): Promise<void> {
  expect((await pool.query(selectDifferences)).rows).toEqual([]);
}

function bulkRevocationOf(key: ExistingApiKey, { log }: World): Revocation | null {
  const bulk = log.entries.flatMap(({ openings, record }) => {
    const read = readEvent(record, openings);
    if (read.kind !== 'event' || read.recorded.event.type !== 'ApiKeysBulkRevoked') return [];
    const { filter, reason } = read.recorded.event.data;
    const issuedBeforeMs = filter.issuedBefore === undefined ? null : Date.parse(filter.issuedBefore);
    const { recordedAtMs: atMs } = read.recorded;
    return [{ userId: filter.userId ?? null, issuedBeforeMs, position: record.position, atMs, reason }];
  });
  return bulk.find((revocation) => concerns(revocation, key)) ?? null;
}

/** The same numbers from the folded state, key by key. */
function naiveCounts(
  world: World,
  lastUses: ReadonlyMap<string, number>,
  { countedAtMs, supervisorId }: { readonly countedAtMs: number; readonly supervisorId: string | null },
): Omit<KeyCounts, 'position'> {
  const { keys, settings, users } = world.facts;
  const all = [...keys.values()].filter(isExistingKey).filter(({ userId }) => {
    const owner = users.get(userId);
    const isSupervised = owner?.status === 'active' || owner?.status === 'deactivated';
    return supervisorId === null || (isSupervised && owner.supervisorId === supervisorId);
  });
  const statusOf = (key: ExistingApiKey): KeyStatus => keyStatus(key, settings, countedAtMs, users.get(key.userId));
  const active = all.filter((key) => statusOf(key) === 'active');
  const endOf = (key: ExistingApiKey): number => effectiveExpiry(key, settings).effectiveExpiresAtMs ?? Infinity;
  const idleSince = (key: ExistingApiKey): number => Math.max(key.issuedAtMs, lastUses.get(key.keyId) ?? -Infinity);
  const revokedAt = all
    .filter((key) => statusOf(key) === 'revoked')
    .map((key) => revocationOf(key, bulkRevocationOf(key, world), users.get(key.userId))?.atMs ?? NaN);
  const inWeek = (instants: readonly number[], week: number): number =>
    instants.filter((ms) => weekOf(ms) === week).length;
  const first = weekOf(countedAtMs) - 51;
  return {
    countedAtMs,
    byStatus: Object.fromEntries(
      KEY_STATUSES.map((status) => [status, all.filter((key) => statusOf(key) === status).length]),
    ) as Record<KeyStatus, number>,
    endingWithin: DAYS_TO_END.map((days) => active.filter((key) => endOf(key) < countedAtMs + days * DAY_MS).length),
    olderThan: DAYS_OF_AGE.map(
      (days) => active.filter(({ issuedAtMs }) => issuedAtMs < countedAtMs - days * DAY_MS).length,
    ),
    unusedFor: DAYS_UNUSED.map((days) => active.filter((key) => idleSince(key) < countedAtMs - days * DAY_MS).length),
    weeks: Array.from({ length: 52 }, (_, nth) => ({
      startMs: 4 * DAY_MS + (first + nth) * 7 * DAY_MS,
      issued: inWeek(
        all.map(({ issuedAtMs }) => issuedAtMs),
        first + nth,
      ),
      revoked: inWeek(revokedAt, first + nth),
    })),
  };
}

const NO_FILTER: KeyFilter = {
  status: null,
  userId: null,
  expiresBeforeMs: null,
  unusedSinceMs: null,
  createdBeforeMs: null,
  supervisorId: null,
  search: null,
  order: null,
};

async function listed(filter: Partial<KeyFilter>): Promise<number> {
  const page = { limit: 200, after: null };
  return (await new ApiKeyQueries(database).list({ ...NO_FILTER, ...filter }, page)).records.length;
}

/** What the filtered lists hold is what was counted, whoever asks. */
async function expectLists(counts: KeyCounts, supervisorId: string | null): Promise<void> {
  for (const status of KEY_STATUSES)
    expect([status, await listed({ status, supervisorId })]).toEqual([status, counts.byStatus[status]]);
  for (const [nth, days] of DAYS_TO_END.entries())
    expect(await listed({ status: 'active', supervisorId, expiresBeforeMs: counts.countedAtMs + days * DAY_MS })).toBe(
      counts.endingWithin[nth],
    );
  for (const [nth, days] of DAYS_UNUSED.entries()) {
    const instant = counts.countedAtMs - days * DAY_MS;
    const unused = { status: 'active', supervisorId, unusedSinceMs: instant, createdBeforeMs: instant } as const;
    expect(await listed(unused)).toBe(counts.unusedFor[nth]);
  }
}

async function expectCounts(world: World, lastUses: ReadonlyMap<string, number>): Promise<void> {
  for (const supervisorId of [null, SUPERVISOR]) {
    const { position, ...counts } = await countKeys(database, { supervisorId });
    expect(counts).toEqual(naiveCounts(world, lastUses, { countedAtMs: counts.countedAtMs, supervisorId }));
    expect(position).toBe(0);
    await expectLists({ ...counts, position }, supervisorId);
  }
  await expectUnrevoked(world);
  await expectKept();
}

/** What a bulk revocation would revoke: of everybody and of each, at all instants and between them. */
async function expectUnrevoked({ facts: { keys, settings, users }, nowMs }: World): Promise<void> {
  const unrevoked = [...keys.values()]
    .filter(isExistingKey)
    .filter((key) => keyStatus(key, settings, nowMs, users.get(key.userId)) !== 'revoked');
  const instants = unrevoked
    .slice(-3)
    .flatMap(({ issuedAtMs: ms }) => [ms, ms + 1, ms - (ms % DAY_MS), ms - (ms % DAY_MS) + DAY_MS]);
  const counts = new ApiKeyCounts(database);
  for (const userId of [null, 'u1', 'u3'])
    for (const issuedBeforeMs of [null, Date.now(), ...instants]) {
      const matching = unrevoked.filter(
        (key) => [null, key.userId].includes(userId) && key.issuedAtMs < (issuedBeforeMs ?? Infinity),
      );
      expect(await counts.notRevoked({ issuedBeforeMs, userId })).toEqual({ keys: matching.length, position: 0 });
    }
}

test('whatever has happened, counts are those of the folded state, and of the lists', async () => {
  const pause = fc.constantFrom('sweep' as const, 'use' as const, 'fold' as const, 'count' as const, null, null);
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(pause, { minLength: 5, maxLength: 20 }),
      // Within how many milliseconds of the last step is counted; keys end up on both sides of what buckets are cut at.
      fc.integer({ min: 30_000, max: 7_200_000 }),
      async (steps, pauses, agoMs) => {
        await empty();
        const world = World.started();
        const lastUses = new Map<string, number>();
        const endMs = Date.now() - agoMs;
        world.nowMs = endMs - steps.reduce((sum, { afterMs }) => sum + afterMs, 0);
        let projected = 0;
        for (const [nth, { afterMs, command }] of steps.entries()) {
          world.nowMs += afterMs;
          world.execute(command(world));
          const next = pauses[nth % pauses.length] ?? null;
          if (next === null) continue;
          await project(world.log.entries.slice(projected));
          projected = world.log.entries.length;
          if (next === 'sweep') await sweep();
          if (next === 'fold') await fold();
          if (next === 'count') await expectCounts(world, lastUses);
          if (next === 'use') await use(world, lastUses, nth);
        }
        await project(world.log.entries.slice(projected));
        await expectCounts(world, lastUses);
        await sweep();
        await expectCounts(world, lastUses);
        await fold();
        await expectCounts(world, lastUses);
      },
    ),
    { numRuns: 60 },
  );
}, 240_000);

/** Every other key is used, at that moment of the history. */
async function use({ facts, nowMs }: World, lastUses: Map<string, number>, nth: number): Promise<void> {
  const keys = [...facts.keys.values()].filter(isExistingKey).filter((_, index) => (index + nth) % 2 === 0);
  const uses = keys.map(({ keyId }) => ({ keyId, at: new Date(nowMs).toISOString(), address: null, surface: 'me' }));
  expect(await new KeyUses(pool).record(uses)).toBe(true);
  for (const { keyId } of keys) lastUses.set(keyId, nowMs);
}
