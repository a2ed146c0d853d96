import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyFacts, type FactsView, foldFacts, readEvent } from '@keyfold/domain';
import { FEED_FIELDS } from '@keyfold/messaging';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { history } from '../../../../libs/domain/test/commands.arbitrary.js';
import { type Entry, event } from '../../../../libs/domain/test/test-log.js';
import { World } from '../../../../libs/domain/test/world.js';
import { FactsUnavailableError, readKeyRows } from '../facts/fact-loader.js';
import type { ReadRows } from '../facts/gateway-facts.js';
import { ProjectionDamagedError, UnknownRecordError } from './batch-fold.js';
import { copyRows } from './copy-rows.js';
import { keyIssued, logOf, revoked, userCreated } from './projection-events.testing.js';
import { projectionSchema } from './projection-schema.js';
import { ProjectionStore, WrongLogError } from './projection-store.js';
import { batchesOf, makeSchema, type TestProcess, type TestSchema } from './test-gateway.testing.js';

let postgres: TestPostgres;
let schema: TestSchema;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const { ownerUrl } = await postgres.createDatabase();
  schema = await makeSchema(ownerUrl, projectionSchema('test-1'));
});
afterAll(async () => {
  await schema.pool.end();
  await postgres.stop();
});
beforeEach(() => schema.empty());

/** The tables as one view. */
async function tables(): Promise<object> {
  const read = async (table: string, id: string, column = 'state'): Promise<Record<string, unknown>> => {
    const { rows } = await schema.pool.query<{ id: string; value: unknown }>(
      `select ${id} as id, ${column} as value from ${table}`,
    );
    return Object.fromEntries(rows.map((row) => [row.id, row.value]));
  };
  return {
    settings: (await read('settings', 'settings_id'))['security'] ?? null,
    roles: await read('roles', 'role_id'),
    users: await read('users', 'user_id'),
    keys: await read('api_keys', 'key_id'),
    commitments: {
      ...(await read('users', 'user_id', 'commitments')),
      ...(await read('api_keys', 'key_id', 'commitments')),
    },
  };
}

function viewOf(entries: readonly Entry[]): FactsView {
  const view = emptyFacts();
  for (const { openings, record } of entries) foldFacts(view, readEvent(record, openings));
  return view;
}

function asTables({ keys, roles, settings, users }: FactsView, entries: readonly Entry[]): unknown {
  const hasSettings = entries.some(({ record }) => record.stream === 'settings/security');
  const plain = {
    settings: hasSettings ? settings : null,
    roles: Object.fromEntries(roles),
    users: Object.fromEntries(users),
    keys: Object.fromEntries(keys),
    commitments: commitmentsOf(entries),
  };
  return JSON.parse(JSON.stringify(plain));
}

/** What the records of each user and key say of the sealed fields that gateways get, the newest of each. */
function commitmentsOf(entries: readonly Entry[]): Record<string, Record<string, string>> {
  const commitments: Record<string, Record<string, string>> = {};
  for (const { record } of entries) {
    const [category, id = ''] = record.stream.split('/');
    if (category !== 'user' && category !== 'api-key') continue;
    const sealed = Object.entries(record.sealed).filter(([field]) => FEED_FIELDS.has(field));
    commitments[id] = { ...commitments[id], ...Object.fromEntries(sealed) };
  }
  return commitments;
}

async function applyAll(
  { projector }: TestProcess,
  entries: readonly Entry[],
  cuts: readonly number[] = [],
): Promise<void> {
  for (const batch of batchesOf(entries, cuts)) await projector.apply(batch);
}

describe('the projection', () => {
  test('whatever happens, in whatever batches, through restarts, the tables are the fold of the log', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 1, max: 60 })),
        fc.array(fc.boolean()),
        async (steps, cuts, restarts) => {
          await schema.empty();
          const world = World.started();
          for (const { afterMs, command } of steps) {
            world.nowMs += afterMs;
            world.execute(command(world));
          }
          const { entries } = world.log;
          let process = await schema.start();
          for (const [at, batch] of batchesOf(entries, cuts).entries()) {
            if (restarts[at] === true) process = await schema.start();
            await process.projector.apply(batch);
          }
          const view = viewOf(entries);
          expect(await tables()).toEqual(asTables(view, entries));
          expect(process.facts.settings).toEqual(view.settings);
          for (const [id, role] of view.roles) expect(process.facts.role(id)).toEqual(role);
          expect(process.facts.appliedSize).toBe(entries.length);
          expect(process.projector.applied.root).toEqual(batchesOf(entries)[0]?.frontier.root());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a batch large enough for COPY ends in the same rows', async () => {
    const users = Array.from({ length: 300 }, (_, at) => userCreated(`u${at}`));
    const keys = Array.from({ length: 300 }, (_, at) => keyIssued(`k${at}`, `u${at}`));
    const odd = event('role/r', 'RoleCreated', {
      name: 'R',
      description: 'a\\b\t"c"\nd',
      permissions: [],
      system: false,
    });
    const entries = logOf(...users, odd, ...keys, revoked('k3'), revoked('k7'));
    await applyAll(await schema.start(), entries, [330]);
    expect(await tables()).toEqual(asTables(viewOf(entries), entries));
  });

  test('COPY takes texts as they are, whatever is in them and however long they are', async () => {
    const odd = 'a\\b\t"c"\n\r\\.\\N \u{1f511} \u00e4 \uffff';
    // The second and the fourth do not fit where the one before ends.
    const texts = ['', 'x'.repeat(260_000), odd, '\u20ac'.repeat(200_000), ...Array<string>(3_000).fill(odd.repeat(9))];
    const tx = await schema.pool.connect();
    try {
      await tx.query('begin; create temporary table copied (at integer, line text, whole json) on commit drop');
      await copyRows(
        tx,
        'copied (at, line, whole)',
        texts.map((text, at) => [at - 1, text, JSON.stringify({ text })]),
      );
      const { rows } = await tx.query('select at, line, whole from copied order by at');
      expect(rows.length).toBe(texts.length);
      expect(rows).toEqual(texts.map((text, at) => ({ at: at - 1, line: text, whole: { text } })));
      await tx.query('rollback');
    } finally {
      tx.release();
    }
  });

  test('a batch with a row that is there already is applied in no part of it', async () => {
    const entries = logOf(...Array.from({ length: 300 }, (_, at) => userCreated(`u${at}`)));
    const process = await schema.start();
    await schema.pool.query(`insert into users (user_id, version, state) values ('u200', 1, '{}')`);
    await expect(applyAll(process, entries)).rejects.toThrow('users_pkey');
    const { rows } = await schema.pool.query(
      'select (select count(*) from users)::int as users, applied_size from projection',
    );
    expect(rows).toEqual([{ users: 1, applied_size: '0' }]);
    expect(process.facts.appliedSize).toBe(0);
    expect(process.projector.applied.size).toBe(0);
  });

  test('a process that dies between the commit and memory goes on from the tables and applies nothing twice', async () => {
    const entries = logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1'));
    const [first, second] = batchesOf(entries, [2]);
    if (first === undefined || second === undefined) throw new Error('two batches');
    const dying = await schema.start();
    await dying.projector.apply(first);
    // The next process has not seen the batch that another one has committed.
    const behind = await schema.start();
    await dying.projector.apply(second);
    expect(behind.facts.appliedSize).toBe(2);
    const before = await tables();
    await behind.projector.apply(second);
    expect(await tables()).toEqual(before);
    expect(behind.facts.appliedSize).toBe(3);
    // And the one that died starts with what it had committed.
    const restarted = await schema.start();
    expect((await restarted.projector.position()).size).toBe(3);
    expect(restarted.facts.appliedSize).toBe(3);
  });

  test('memory that another process has left behind follows with what it holds', async () => {
    const entries = logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1'));
    const [one, two, three] = batchesOf(entries, [1, 2]);
    if (one === undefined || two === undefined || three === undefined) throw new Error('three batches');
    const [ahead, behind] = [await schema.start(), await schema.start()];
    for (const batch of [one, two]) for (const process of [ahead, behind]) await process.projector.apply(batch);
    await ahead.projector.apply(three);
    expect(behind.facts.key('k1')?.fact.state).toMatchObject({ revokedAtMs: null });
    expect((await behind.projector.position()).size).toBe(2);
    await behind.projector.apply(three);
    expect(behind.facts.key('k1')?.fact.state).toEqual(ahead.facts.key('k1')?.fact.state);
  });

  test('tables whose server lost a tail get it again, while memory stays as far as it was', async () => {
    const entries = logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1'), userCreated('u2'));
    const [one, two, three] = batchesOf(entries, [2, 3]);
    if (one === undefined || two === undefined || three === undefined) throw new Error('three batches');
    const process = await schema.start();
    await process.projector.apply(one);
    const { rows } = await schema.pool.query<{ frontier: Buffer }>('select frontier from projection');
    const kept = await schema.pool.query<{ state: unknown }>(`select state from api_keys where key_id = 'k1'`);
    await process.projector.apply(two);
    await schema.pool.query('update projection set applied_size = 2, frontier = $1', [rows[0]?.frontier]);
    await schema.pool.query('update api_keys set version = 1, state = $1', [JSON.stringify(kept.rows[0]?.state)]);
    await expect(process.projector.apply(three)).rejects.toThrow('do not follow');
    expect((await process.projector.position()).size).toBe(2);
    await process.projector.apply({ ...three, records: [...two.records, ...three.records] });
    expect(await tables()).toEqual(asTables(viewOf(entries), entries));
    expect(process.facts.key('k1')?.fact.state).toMatchObject({ revocationReason: 'UNSPECIFIED' });
  });

  test.each([
    ['an unknown type', event('user/u1', 'UserPromoted')],
    [
      'a newer schemaVersion of a known type',
      { ...event('user/u1', 'RoleGranted', { roleId: 'r1' }), schemaVersion: 2 },
    ],
  ])('%s stops the projector before anything of the batch is applied, and says so once', async (_what, unknown) => {
    const entries = logOf(userCreated('u1'), unknown);
    const process = await schema.start();
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(applyAll(process, entries)).rejects.toThrow(UnknownRecordError);
    expect(process.projector.stopped?.error.message).toContain('position 2');
    expect(process.alarms).toEqual(['PROJECTOR_STOPPED']);
    expect(process.facts.appliedSize).toBe(0);
    expect(await tables()).toMatchObject({ users: {} });
  });

  test('an unknown type of another category is passed over', async () => {
    const process = await schema.start();
    await applyAll(process, logOf(event('audit/x', 'SomethingNew'), userCreated('u1')));
    expect(process.facts.appliedSize).toBe(2);
  });

  test('invalid data makes that thing unusable with an alarm, and the rest goes on', async () => {
    const process = await schema.start();
    const broken = event('user/u1', 'RoleGranted', { roleId: 7 });
    await applyAll(process, logOf(userCreated('u1'), userCreated('u2'), broken, keyIssued('k1', 'u2')));
    expect(process.facts.user('u1')?.state).toEqual({ status: 'unusable' });
    expect(process.facts.user('u2')?.state).toMatchObject({ status: 'active' });
    expect(process.alarms).toEqual(['UNUSABLE_RECORD']);
    expect(process.facts.appliedSize).toBe(4);
  });

  test.each(['update api_keys set version = 5', 'delete from api_keys'])(
    'rows that somebody has changed are noticed before anything is folded onto them: %s',
    async (tampering) => {
      const entries = logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1'));
      const [one, two] = batchesOf(entries, [2]);
      if (one === undefined || two === undefined) throw new Error('two batches');
      await (await schema.start()).projector.apply(one);
      await schema.pool.query(tampering);
      const process = await schema.start();
      await expect(process.projector.apply(two)).rejects.toThrow(ProjectionDamagedError);
      expect(process.facts.appliedSize).toBe(2);
    },
  );

  test('an erasure takes names, ranges and hashes out of the rows of the person', async () => {
    const entries = logOf(
      userCreated('u1'),
      keyIssued('k1', 'u1'),
      event('user/u1', 'UserDeactivated'),
      event('user/u1', 'UserErased'),
    );
    await applyAll(await schema.start(), entries, [2]);
    const { rows } = await schema.pool.query<{ text: string }>(
      'select users::text || api_keys::text as text from users, api_keys',
    );
    expect(rows[0]?.text).toContain('erased');
    expect(rows[0]?.text).not.toMatch(/of a person|10\.0\.0\.0|argon2id|"username":"u1"/);
    expect(await tables()).toMatchObject({ commitments: commitmentsOf(entries) });
  });

  test('the tables of another log are refused', async () => {
    await schema.start();
    await expect(new ProjectionStore(schema.pool, '01234567').prepare()).rejects.toThrow(WrongLogError);
  });
});

/** A user and their key, which is then revoked, and the user deactivated. */
const lifecycle = (): Entry[] =>
  logOf(userCreated('u1'), keyIssued('k1', 'u1'), revoked('k1'), event('user/u1', 'UserDeactivated'));

const isRevoked = (state: unknown): boolean => (state as { revokedAtMs: unknown }).revokedAtMs !== null;

/** Holds each read back after the rows have been read, until it is opened. */
function barrier(): {
  readRows: (keyId: string) => Promise<ReadRows>;
  reads: number[];
  open: () => void;
  reached: Promise<void>;
} {
  let [open, reach]: (() => void)[] = [];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const reads: number[] = [];
  const readRows = async (keyId: string): Promise<ReadRows> => {
    const rows = await readKeyRows(schema.pool, keyId);
    reads.push(rows.appliedSize);
    reach?.();
    await opened;
    return rows;
  };
  return { readRows, reads, open: () => open?.(), reached };
}

/** Tables with the first two records, and a process that has just started on them, so that its caches are empty. */
async function cold(readRows?: (keyId: string) => Promise<ReadRows>) {
  const [first] = batchesOf(lifecycle().slice(0, 2));
  if (first === undefined) throw new Error('a batch');
  await (await schema.start()).projector.apply(first);
  return schema.start(readRows === undefined ? {} : { readRows });
}

const batch = (from: number, to: number) => {
  const found = batchesOf(lifecycle().slice(0, to), [from - 1])[1];
  if (found === undefined) throw new Error('a batch');
  return found;
};

describe('a key that is not in memory', () => {
  test('comes there with its owner by one query, and requests at the same time share it', async () => {
    const { facts, loader } = await cold();
    expect(facts.key('k1')).toBeUndefined();
    expect(await Promise.all([loader.load('k1'), loader.load('k1')])).toEqual(['held', 'held']);
    expect(facts.key('k1')?.fact.state).toMatchObject({ status: 'issued', userId: 'u1' });
    expect(facts.user('u1')?.state).toMatchObject({ username: 'u1' });
    expect(await loader.load('k2')).toBe('absent');
  });

  test('is never put there as it was before a revocation that was applied while its row was on the way', async () => {
    const gate = barrier();
    const { facts, loader, projector } = await cold(gate.readRows);
    const load = loader.load('k1');
    await gate.reached;
    await projector.apply(batch(3, 3));
    gate.open();
    expect(await load).toBe('held');
    expect(isRevoked(facts.key('k1')?.fact.state)).toBe(true);
    expect(gate.reads).toEqual([2, 3]);
  });

  test('nor with its owner as they were', async () => {
    const entries = logOf(userCreated('u1'), keyIssued('k1', 'u1'), event('user/u1', 'UserDeactivated'));
    const [, deactivation] = batchesOf(entries, [2]);
    if (deactivation === undefined) throw new Error('a batch');
    const gate = barrier();
    const { facts, loader, projector } = await cold(gate.readRows);
    const load = loader.load('k1');
    await gate.reached;
    await projector.apply(deactivation);
    gate.open();
    expect(await load).toBe('held');
    expect(facts.user('u1')?.state).toMatchObject({ status: 'deactivated' });
    expect(gate.reads).toEqual([2, 3]);
  });

  test('waits for memory if its row is ahead of it, so that no decision mixes two positions', async () => {
    const { facts, loader, projector } = await cold();
    const other = await schema.start();
    await other.projector.apply(batch(3, 3));
    let isLoaded = false;
    const load = loader.load('k1').then((found) => {
      isLoaded = true;
      return found;
    });
    await schema.pool.query('select 1');
    expect(isLoaded).toBe(false);
    expect(facts.key('k1')).toBeUndefined();
    await projector.apply(batch(3, 3));
    expect(await load).toBe('held');
    expect(isRevoked(facts.key('k1')?.fact.state)).toBe(true);
  });

  test('is not read from tables that are behind memory', async () => {
    const { loader, projector } = await cold();
    await projector.apply(batch(3, 3));
    await schema.pool.query('update projection set applied_size = 2');
    await expect(loader.load('k1')).rejects.toThrow(FactsUnavailableError);
  });

  test('is not guessed at when the tables cannot be read', async () => {
    const { facts, loader } = await cold(() => Promise.reject(new Error('gone')));
    await expect(loader.load('k1')).rejects.toThrow(FactsUnavailableError);
    expect(facts.key('k1')).toBeUndefined();
  });
});
