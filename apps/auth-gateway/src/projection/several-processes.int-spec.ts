import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VerifiedBatch } from '@keyfold/messaging';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { history } from '../../../../libs/domain/test/commands.arbitrary.js';
import { type Entry, event } from '../../../../libs/domain/test/test-log.js';
import { World } from '../../../../libs/domain/test/world.js';
import { readKeyRows } from '../facts/fact-loader.js';
import { keyIssued, logOf, revoked, userCreated } from './projection-events.testing.js';
import { projectionSchema } from './projection-schema.js';
import { batchesOf, makeSchema, type TestProcess, type TestSchema } from './test-gateway.testing.js';

/* The worker processes of one gateway: one schema, each with a memory of its own. */

let postgres: TestPostgres;
let schema: TestSchema;

beforeAll(async () => {
  postgres = await startTestPostgres();
  schema = await makeSchema((await postgres.createDatabase()).ownerUrl, projectionSchema('test-1'));
});
afterAll(async () => {
  await schema.pool.end();
  await postgres.stop();
});
beforeEach(() => schema.empty());

const threeBatches = (entries: readonly Entry[], first: number, second: number): VerifiedBatch[] =>
  batchesOf(entries, [first, second]);

async function applyTo(processes: readonly TestProcess[], batch: VerifiedBatch | undefined): Promise<void> {
  if (batch === undefined) throw new Error('a batch');
  for (const { projector } of processes) await projector.apply(batch);
}

const isRevoked = (process: TestProcess, keyId: string): boolean =>
  (process.facts.key(keyId)?.fact.state as { revokedAtMs?: number | null } | undefined)?.revokedAtMs !== null;

test('a row read before a revocation that another worker wrote never gets in, though memory did not hold the key', async () => {
  const [first, second] = batchesOf(logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1')), [2]);
  await applyTo([await schema.start()], first);
  const reads: number[] = [];
  let go: () => void = () => undefined;
  const mayGo = new Promise<void>((resolve) => (go = resolve));
  let hasRead: () => void = () => undefined;
  const read = new Promise<void>((resolve) => (hasRead = resolve));
  const slow = await schema.start({
    readRows: async (keyId) => {
      const rows = await readKeyRows(schema.pool, keyId);
      reads.push(rows.appliedSize);
      hasRead();
      await mayGo;
      return rows;
    },
  });
  const load = slow.loader.load('k1');
  await read;
  // The other worker is first, so this one folds onto its memory alone, which has never seen the key.
  await applyTo([await schema.start(), slow], second);
  go();
  expect(await load).toBe('held');
  expect(isRevoked(slow, 'k1')).toBe(true);
  expect(reads).toEqual([2, 3]);
});

test('a batch too large to be remembered stream by stream keeps rows from before out all the same', async () => {
  const users = Array.from({ length: 300 }, (_, at) => userCreated(`u${at}`));
  const keys = users.map((_, at) => keyIssued(`k${at}`, `u${at}`));
  const revocations = keys.map((_, at) => revoked(`k${at}`));
  const [first, second] = batchesOf(logOf(...users, ...keys, ...revocations), [600]);
  await applyTo([await schema.start()], first);
  const behind = await schema.start();
  const early = await readKeyRows(schema.pool, 'k7');
  await applyTo([await schema.start(), behind], second);
  expect(behind.facts.admit(early)).toBe('stale');
});

test('workers that start together on an empty gateway end in one projection and in step', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.array(fc.integer({ min: 1, max: 60 })), async (steps, cuts) => {
      await schema.empty();
      const world = World.started();
      for (const { afterMs, command } of steps) {
        world.nowMs += afterMs;
        world.execute(command(world));
      }
      const { entries } = world.log;
      const workers = await Promise.all([schema.start(), schema.start(), schema.start()]);
      // Each at its own pace, so they meet in the tables in every order.
      await Promise.all(
        workers.map(async ({ projector }) => {
          for (const batch of batchesOf(entries, cuts)) await projector.apply(batch);
        }),
      );
      const fresh = await schema.start();
      for (const { facts } of workers) {
        expect(facts.appliedSize).toBe(entries.length);
        expect(facts.settings).toEqual(fresh.facts.settings);
      }
      for (const { record } of entries) await expectOneMind(record.stream, fresh, workers);
    }),
    { numRuns: 15 },
  );
});

test('an erased person is gone from the memory of a worker that did not write the erasure, and from what it writes later', async () => {
  const log = logOf(
    userCreated('u1'),
    keyIssued('k1', 'u1'),
    keyIssued('k2', 'u1'),
    event('user/u1', 'UserDeactivated'),
    event('user/u1', 'UserErased'),
    revoked('k1'),
    revoked('k2'),
  );
  const [before, erasure, after] = threeBatches(log, 4, 6);
  const [writer, other] = [await schema.start(), await schema.start()];
  await applyTo([writer, other], before);
  for (const keyId of ['k1', 'k2']) await other.loader.load(keyId);
  await applyTo([writer, other], erasure);
  // Now the other one is first, and folds onto what it kept.
  await applyTo([other, writer], after);
  const inMemory = JSON.stringify(['k1', 'k2'].map((keyId) => other.facts.key(keyId)?.fact));
  const { rows } = await schema.pool.query<{ text: string }>('select api_keys::text as text from api_keys');
  for (const text of [inMemory, ...rows.map((row) => row.text)])
    expect(text).not.toMatch(/of a person|10\.0\.0\.0|argon2id/);
  expect(isRevoked(other, 'k1')).toBe(true);
});

test('also where memory holds the keys of the person but no longer the person', async () => {
  const log = logOf(
    userCreated('u1'),
    keyIssued('k1', 'u1'),
    event('user/u1', 'UserDeactivated'),
    event('user/u1', 'UserErased'),
  );
  const [before, erasure] = batchesOf(log, [3]);
  const [writer, other] = [await schema.start(), await schema.start({ maxEntries: 1 })];
  await applyTo([writer, other], before);
  await other.loader.load('k1');
  // Pushes the person out, who was the only one there is room for.
  other.facts.apply([otherUser()], 3);
  expect(other.facts.user('u1')).toBeUndefined();
  expect(other.facts.key('k1')).toBeDefined();
  await applyTo([writer, other], erasure);
  expect(other.facts.key('k1')).toBeUndefined();
});

/** What each worker kept of the stream, or reads of it now, is what one with an empty memory reads. */
async function expectOneMind(stream: string, fresh: TestProcess, workers: readonly TestProcess[]): Promise<void> {
  const [category, id = ''] = stream.split('/');
  if (category === 'role') for (const { facts } of workers) expect(facts.role(id)).toEqual(fresh.facts.role(id));
  if (category !== 'api-key') return;
  await fresh.loader.load(id);
  for (const { facts, loader } of workers) {
    if (facts.key(id) === undefined) await loader.load(id);
    expect(facts.key(id)?.fact).toEqual(fresh.facts.key(id)?.fact);
  }
}

function otherUser(): Parameters<TestProcess['facts']['apply']>[0][number] {
  const state = { status: 'none' } as const;
  return {
    category: 'user',
    stream: 'user/u2',
    id: 'u2',
    fact: { version: 1, state },
    isNew: true,
    position: 3,
    commitments: {},
  };
}
