import { expect, test } from '@jest/globals';
import { decodeLeaf, DomainError, leafHash, MAX_LEAF_BYTES, opensCommitment } from '@keyfold/domain';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { cutLog } from '@keyfold/testing/lost-tail';
import { type AppendOutcome, type GuardVerdict, OUTDATED, type Tx } from '../index.js';

const log = logOfEachTest();

const kinds = (outcomes: readonly AppendOutcome[]): string[] => outcomes.map(({ kind }) => kind);

test('what was appended is read back, byte for byte, with its openings', async () => {
  const event = testEvent('user/1', { n: 1 }, { username: 'ann', ranges: ['10.0.0.0/8'] });
  const outcome = await log.store.append(testAppend([event], { expected: [{ stream: 'user/1', version: 0 }] }));
  const [read] = await log.store.readStream('user/1');
  expect(outcome).toEqual({ kind: 'appended', firstPosition: 1, lastPosition: 1, records: [read] });
  if (read === undefined) throw new Error('nothing was read');
  expect(decodeLeaf(read.leaf)).toEqual(read.record);
  expect(read.record).toMatchObject({
    position: 1,
    version: 1,
    actor: 'system',
    correlationId: 'test',
    data: { n: 1 },
  });
  expect(read.openings['ranges']?.value).toEqual(['10.0.0.0/8']);
  for (const [field, opening] of Object.entries(read.openings)) {
    expect(opensCommitment(opening, read.record.sealed[field] ?? '')).toBe(true);
  }
});

test('equal values are sealed under different salts', async () => {
  const events = [1, 2].map(() => testEvent('user/1', {}, { username: 'ann', displayName: 'ann' }));
  await log.store.append(testAppend(events));
  const records = await log.store.readStream('user/1');
  const commitments = records.flatMap(({ record }) => Object.values(record.sealed));
  expect(new Set(commitments).size).toBe(4);
});

test('an append over several streams counts each stream by itself and positions without gaps', async () => {
  await log.store.append(testAppend([testEvent('user/1')]));
  const events = ['role/1', 'user/1', 'role/1', 'user/2'].map((stream) => testEvent(stream));
  const expected = [
    { stream: 'user/1', version: 1 },
    { stream: 'role/1', version: 0 },
  ];
  await log.store.append(testAppend(events, { expected }));
  const all = await log.store.readAfter(1, 10);
  expect(all.map(({ record }) => [record.position, record.stream, record.version])).toEqual([
    [2, 'role/1', 1],
    [3, 'user/1', 2],
    [4, 'role/1', 2],
    [5, 'user/2', 1],
  ]);
});

test('a decision on a stream that has moved is not appended, whichever of its streams it was', async () => {
  await log.store.append(testAppend([testEvent('user/1'), testEvent('settings/security')]));
  const stale = await log.store.append(
    testAppend([testEvent('api-key/1')], {
      expected: [
        { stream: 'user/1', version: 1 },
        { stream: 'settings/security', version: 0 },
      ],
    }),
  );
  expect(stale).toEqual({ kind: 'version-conflict', stream: 'settings/security', actualVersion: 1 });
  const ahead = await log.store.append(testAppend([], { expected: [{ stream: 'user/1', version: 2 }] }));
  expect(ahead).toEqual({ kind: 'version-conflict', stream: 'user/1', actualVersion: 1 });
  expect((await log.store.head()).size).toBe(2);
});

test('appends of one transaction are judged one after the other', async () => {
  const once = testAppend([testEvent('user/1')], { expected: [{ stream: 'user/1', version: 0 }] });
  const next = testAppend([testEvent('user/1')], { expected: [{ stream: 'user/1', version: 1 }] });
  const outcomes = await Promise.all([once, once, next, next, once].map((request) => log.store.append(request)));
  expect(kinds(outcomes)).toEqual(['appended', 'version-conflict', 'appended', 'version-conflict', 'version-conflict']);
  expect(outcomes[4]).toMatchObject({ actualVersion: 2 });
  expect(await log.transactions()).toBe(1);
});

test('what cannot be recorded is refused alone', async () => {
  const filler = 'x'.repeat(MAX_LEAF_BYTES);
  const outcomes = await Promise.all(
    [
      testAppend([testEvent('user/1')]),
      testAppend([testEvent('user/2'), testEvent('user/2', { filler })]),
      testAppend([testEvent('user/3', { lone: '\ud800' })]),
      testAppend([testEvent('user/4', {}, { lone: '\ud800' })]),
      testAppend([testEvent('user/5', { fraction: 0.5 })]),
      testAppend([testEvent("user/6\0'; drop table")]),
      testAppend([{ ...testEvent('user/7'), type: 'no type' }]),
      testAppend([testEvent('user/8')], { actor: 'someone else' }),
      testAppend([testEvent('user/9', { filler: filler.slice(300) })]),
    ].map((request) => log.store.append(request)),
  );
  expect(kinds(outcomes)).toEqual(['appended', ...Array.from({ length: 7 }, () => 'refused'), 'appended']);
  expect((await log.store.readAfter(0, 10)).map(({ record }) => record.stream)).toEqual(['user/1', 'user/9']);
});

test('nothing to append leaves the log alone and says where its head is', async () => {
  expect(await log.store.append(testAppend([]))).toEqual({ kind: 'unchanged', headPosition: 0 });
  const [, unchanged] = await Promise.all([
    log.store.append(testAppend([testEvent('user/1')])),
    log.store.append(testAppend([])),
  ]);
  expect(unchanged).toEqual({ kind: 'unchanged', headPosition: 1 });
});

test('a guard sees what every earlier append did, those of its own transaction included', async () => {
  await log.asOwner('create table keyfold.names (name text primary key)');
  await log.asOwner(`grant select, insert on keyfold.names to ${log.database.serviceRole}`);
  const store = log.openStore([
    {
      name: 'names',
      apply: async (tx, records) => {
        const names = records.map(({ openings }) => openings['username']?.value);
        await tx.query('insert into keyfold.names select unnest($1::text[])', [names]);
      },
    },
  ]);
  const createUser = (id: number, username: string): Promise<AppendOutcome> =>
    store.append(
      testAppend([testEvent(`user/${id}`, {}, { username })], {
        guard: async (tx) => {
          const { rows } = await tx.query('select true from keyfold.names where name = $1::text', [username]);
          return rows.length > 0 ? new DomainError('USERNAME_TAKEN', 'taken') : null;
        },
      }),
    );
  const outcomes = await Promise.all([
    createUser(1, 'ann'),
    createUser(2, 'ann'),
    createUser(3, 'ben'),
    createUser(4, 'ben'),
  ]);
  expect(kinds(outcomes)).toEqual(['appended', 'refused', 'appended', 'refused']);
  expect((await store.head()).size).toBe(2);
  expect(await log.transactions()).toBe(1);
  const { rows } = await log.asOwner('select name from keyfold.names order by name');
  expect(rows).toEqual([{ name: 'ann' }, { name: 'ben' }]);
});

test('what a guard calls outdated is not appended, whether it has events or not; its neighbours are', async () => {
  const sizeIs =
    (size: number) =>
    async (tx: Tx): Promise<GuardVerdict> => {
      const { rows } = await tx.query('select size from keyfold.log_head where id = 1');
      return Number(rows[0]?.['size']) === size ? null : OUTDATED;
    };
  const append = (events: number, size: number): Promise<AppendOutcome> => {
    const made = Array.from({ length: events }, () => testEvent('user/1'));
    return log.store.append(testAppend(made, { guard: sizeIs(size) }));
  };
  const outcomes = await Promise.all([append(1, 0), append(0, 0), append(1, 0), append(0, 1), append(1, 1)]);
  expect(outcomes).toEqual([
    expect.objectContaining({ kind: 'appended', lastPosition: 1 }),
    { kind: 'outdated' },
    { kind: 'outdated' },
    { kind: 'unchanged', headPosition: 1 },
    expect.objectContaining({ kind: 'appended', lastPosition: 2 }),
  ]);
});

test('one append whose read model fails takes neither its neighbours nor the log with it', async () => {
  const store = log.openStore([
    {
      name: 'picky',
      apply: async (tx, records) => {
        if (records.some(({ record }) => record.stream === 'user/bad')) await tx.query('select 1 / 0');
      },
    },
  ]);
  const streams = ['user/1', 'user/bad', 'user/2', 'user/3'];
  const results = await Promise.allSettled(streams.map((stream) => store.append(testAppend([testEvent(stream)]))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: '22012' } });
  const all = await store.readAfter(0, 10);
  expect(all.map(({ record }) => [record.position, record.stream])).toEqual([
    [1, 'user/1'],
    [2, 'user/2'],
    [3, 'user/3'],
  ]);
  expect((await store.head()).root).toEqual(await store.rootAt(3));
});

test('the stored hash is the leaf hash and the head is the tree over all of them', async () => {
  await log.store.append(testAppend(Array.from({ length: 20 }, (_, n) => testEvent(`user/${n}`))));
  for await (const { leaf, leafHash: stored } of log.store.leaves({ from: 1, to: 20 })) {
    expect(stored).toEqual(leafHash(leaf));
  }
  const head = await log.store.head();
  expect(head.frontier.root()).toEqual(head.root);
  expect(head.root).toEqual(await log.store.rootAt(20));
  expect(head.logTime >= (head.recordedAt ?? '')).toBe(true);
});

test('a tile is made of the records that the log has, not of those that it had when it was as long before', async () => {
  const append = (store: typeof log.store, from: number, count: number): Promise<unknown> =>
    store.append(testAppend(Array.from({ length: count }, (_, nth) => testEvent(`user/${from + nth}`))));
  await append(log.store, 0, 200);
  const kept = (await log.asSuperuser('select * from keyfold.log_head')).rows[0] ?? {};
  await append(log.store, 200, 50);
  await cutLog((sql, values) => log.asSuperuser(sql, values), kept);
  // Another replica, as many records.
  await append(log.openStore(), 1_000, 50);
  await append(log.store, 2_000, 10);
  const { root, size } = await log.store.head();
  expect(size).toBe(260);
  expect(await log.store.rootAt(size)).toEqual(root);
  const hashes: Buffer[] = [];
  for await (const { leafHash: hash } of log.store.leaves({ from: 1, to: 256 })) hashes.push(hash);
  expect(await log.store.tile(0, 0, 256)).toEqual(Buffer.concat(hashes));
});

test('a closed store finishes what it took in and refuses the rest', async () => {
  const store = log.openStore();
  const taken = [1, 2, 3].map((n) => store.append(testAppend([testEvent(`user/${n}`)])));
  await store.close();
  expect(kinds(await Promise.all(taken))).toEqual(['appended', 'appended', 'appended']);
  await expect(store.append(testAppend([]))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: false });
});
