import { expect, test } from '@jest/globals';
import { EMPTY_ROOT, Frontier, leafHash } from '@keyfold/domain';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { eventually } from '@keyfold/testing/eventually';
import { eraseStreamOpenings, type RecordFilter, type SignedCheckpoint } from '../index.js';

const log = logOfEachTest();

const positions = async (filter: Partial<RecordFilter>): Promise<number[]> =>
  (await log.store.query({ limit: 100, ...filter })).map(({ record }) => record.position);

test('records are listed by every condition, alone and together, in pages', async () => {
  for (const [nth, actor] of ['user/1', 'user/2', 'user/1', 'user/1'].entries()) {
    const type = nth === 2 ? 'OtherHappened' : 'TestHappened';
    const events = [{ ...testEvent(`role/${nth % 2}`), type }, testEvent('settings/security')];
    await log.store.append(testAppend(events, { actor }));
  }
  expect(await positions({ stream: 'role/1' })).toEqual([3, 7]);
  expect(await positions({ type: 'OtherHappened' })).toEqual([5]);
  expect(await positions({ actor: 'user/2' })).toEqual([3, 4]);
  expect(await positions({ actor: 'user/1', stream: 'role/0' })).toEqual([1, 5]);
  expect(await positions({ after: 2, limit: 3 })).toEqual([3, 4, 5]);
  expect(await positions({ isDescending: true, limit: 3 })).toEqual([8, 7, 6]);
  expect(await positions({ isDescending: true, before: 5, after: 1, actor: 'user/2' })).toEqual([4, 3]);
  expect((await log.store.readAfter(6, 10)).map(({ record }) => record.position)).toEqual([7, 8]);
  expect((await log.store.readAt(8))?.record.stream).toBe('settings/security');
  expect(await log.store.readAt(9)).toBeUndefined();
  expect(await log.store.readStream('user/none')).toEqual([]);
});

test('a time finds its records by bisection of positions', async () => {
  const years = [2990, 2991, 2992, 2993];
  for (const year of years) {
    await log.asOwner('update keyfold.log_head set recorded_at = $1::timestamptz where size > 0', [
      `${year}-01-01T00:00:00Z`,
    ]);
    await log.store.append(testAppend([testEvent('user/1'), testEvent('user/1')]));
  }
  // The first append found an empty log, so its time is the clock's.
  expect(await positions({ from: '2991-01-01T00:00:00.000Z' })).toEqual([3, 4, 5, 6, 7, 8]);
  expect(await positions({ from: '2991-01-01T00:00:00.001Z' })).toEqual([5, 6, 7, 8]);
  expect(await positions({ to: '2991-01-01T00:00:00.000Z' })).toEqual([1, 2]);
  expect(await positions({ from: '2991-01-01T00:00:00Z', to: '2993-01-01T00:00:00Z' })).toEqual([3, 4, 5, 6]);
  const asOf = async (at: string): Promise<number | undefined> => (await log.store.recordAsOf({ at }))?.position;
  expect(await asOf('1999-01-01T00:00:00Z')).toBeUndefined();
  expect(await asOf('2990-12-31T23:59:59.999Z')).toBe(2);
  // All records of the same instant belong to it, and none of a later one.
  expect(await asOf('2991-01-01T00:00:00.000Z')).toBe(4);
  expect(await asOf('9999-12-31T23:59:59.999Z')).toBe(8);
  expect((await log.store.recordAsOf({ position: 3 }))?.position).toBe(3);
  expect(await log.store.recordAsOf({ position: 9 })).toBeUndefined();
  expect((await log.store.recordAsOf('now'))?.position).toBe(8);
});

test('streams are read as they were at a position, whole however long they are, without openings', async () => {
  expect(await log.store.recordAsOf('now')).toBeUndefined();
  const sealed = { ...testEvent('user/1'), sealed: { email: 'a@example.com', username: 'ann' } };
  await log.store.append(testAppend([sealed]));
  const events = Array.from({ length: 1_250 }, () => [testEvent('user/1'), testEvent('role/1')]).flat();
  await log.store.append(testAppend(events));
  const versionsAt = async (position: number): Promise<Record<string, number[]>> => {
    const versions: Record<string, number[]> = {};
    const tails = ['role/1', 'user/1', 'user/none'].map((stream) => ({ stream, after: 0 }));
    for await (const page of log.store.streamsAsOf(tails, position))
      for (const { stream, version } of page) (versions[stream] ??= []).push(version);
    return versions;
  };
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
  for (const position of [1, 2, 1_999, 2_000, 2_001, 2_002, 2_003, 2_501])
    expect([position, await versionsAt(position)]).toEqual([
      position,
      {
        'user/1': upTo(Math.ceil((position + 1) / 2)),
        ...(position < 3 ? {} : { 'role/1': upTo(Math.floor((position - 1) / 2)) }),
      },
    ]);
  const opened = await log.store.openingsAt([1, 2], ['username', 'displayName']);
  expect([...opened]).toEqual([[1, { username: { salt: expect.any(String), value: 'ann' } }]]);
});

test('seventy thousand leaves stream in order, and tiles of both levels are the tree over them', async () => {
  const events = Array.from({ length: 5_000 }, (_, n) => testEvent('user/1', { n }));
  for (let n = 0; n < 14; n += 1) await log.store.append(testAppend(events));
  const frontier = Frontier.empty();
  let rootOfParentTile: Buffer = EMPTY_ROOT;
  for await (const { position, leaf, leafHash: stored } of log.store.leaves({ from: 1, to: 70_000 })) {
    if (position !== frontier.size + 1 || !stored.equals(leafHash(leaf))) throw new Error(`wrong leaf at ${position}`);
    frontier.append(stored);
    if (position === 65_536) rootOfParentTile = frontier.root();
  }
  expect(frontier.size).toBe(70_000);
  expect(await log.store.rootAt(70_000)).toEqual(frontier.root());
  expect(await log.store.tile(2, 0, 1)).toEqual(rootOfParentTile);
  const { rows } = await log.asOwner(
    'select level, count(*) as tiles from keyfold.tiles group by level order by level',
  );
  expect(rows).toEqual([
    { level: 0, tiles: '273' },
    { level: 1, tiles: '1' },
  ]);
});

test('a hole in the log ends a stream by the name of the missing position', async () => {
  await log.store.append(testAppend(Array.from({ length: 5 }, () => testEvent('user/1'))));
  await log.asSuperuser('set session_replication_role = replica');
  await log.asSuperuser('delete from keyfold.events where position = 3');
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { position } of log.store.leaves({ from: 1, to: 5 })) seen.push(position);
  })();
  await expect(reading).rejects.toThrow('no record at position 3');
  expect(seen).toEqual([1, 2]);
});

test('erased openings are gone, the records and the tree are not', async () => {
  const sealed = { username: 'ann', email: 'ann@example.org' };
  await log.store.append(testAppend(['user/1', 'user/2', 'api-key/1', 'user/1'].map((s) => testEvent(s, {}, sealed))));
  const before = await log.store.head();
  expect(await eraseStreamOpenings(log.pool, ['user/1', 'api-key/1'], 4)).toBe(4);
  expect(await eraseStreamOpenings(log.pool, ['user/1', 'api-key/1'], 4)).toBe(0);
  const all = await log.store.readAfter(0, 10);
  expect(all.map(({ openings }) => Object.keys(openings).length)).toEqual([0, 2, 0, 2]);
  expect(all.map(({ record }) => Object.keys(record.sealed).length)).toEqual([2, 2, 2, 2]);
  expect(await eraseStreamOpenings(log.pool, ['user/2', 'user/1'], 5)).toBe(4);
  // What keeps copies is told what was erased, by which record.
  const erased = async (after: number, through: number, field = 'username'): Promise<unknown[]> =>
    (await log.store.erasedPositions({ fields: [field], after, through })).map(Object.values);
  const [byFour, byFive] = [[1, 3].map((position) => [position, 4]), [2, 4].map((position) => [position, 5])];
  expect(await erased(0, 5)).toEqual([...byFour, ...byFive]);
  expect(await erased(0, 4)).toEqual(byFour);
  expect(await erased(4, 5)).toEqual(byFive);
  expect(await erased(0, 5, 'name')).toEqual([]);
  expect(await log.store.rootAt(4)).toEqual(before.root);
});

test('every replica learns of an append, also after its connection was cut', async () => {
  const other = log.openStore();
  const heard: number[] = [];
  const stop = other.onAppend((size) => heard.push(size));
  await log.store.append(testAppend([testEvent('user/1')]));
  await eventually(() => heard.at(-1) === 1);
  const { rowCount } = await log.asSuperuser(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'keyfold-listen'`,
  );
  expect(rowCount).toBe(1);
  await log.store.append(testAppend([testEvent('user/1'), testEvent('user/1')]));
  await eventually(() => heard.at(-1) === 3);
  stop();
  await other.append(testAppend([testEvent('user/1')]));
  expect(heard).toEqual([1, 3]);
});

test('a listener that throws harms neither the append nor its neighbours', async () => {
  const heard: number[] = [];
  log.store.onAppend(() => {
    throw new Error('listener');
  });
  log.store.onAppend((size) => heard.push(size));
  expect((await log.store.append(testAppend([testEvent('user/1')]))).kind).toBe('appended');
  await eventually(() => heard.length === 1);
});

test('a checkpoint is remembered on top of the largest one alone, and only by the server that its state is from', async () => {
  const origin = 'keyfold.example/log';
  const { server } = await log.store.head();
  const checkpoint = (size: number, fill = size): SignedCheckpoint => ({
    origin,
    size,
    root: Buffer.alloc(32, fill),
    note: `note ${size}`,
  });
  const record = (size: number, largestSize: number | null, onServer = server): Promise<string> =>
    log.store.recordSignedCheckpoint(checkpoint(size), { largestSize, server: onServer });
  expect(await log.store.largestSignedCheckpoint(origin)).toBeUndefined();
  expect(await record(3, null, `${server}0`)).toBe('other-server');
  expect(await record(3, null)).toBe('recorded');
  expect(await record(4, null)).toBe('overtaken');
  expect(await record(10, 3)).toBe('recorded');
  expect(await record(11, 3)).toBe('overtaken');
  // The same size again, with whatever root.
  expect(await record(10, 10)).toBe('overtaken');
  expect(await log.store.largestSignedCheckpoint(origin)).toEqual(checkpoint(10));
  expect(await log.store.largestSignedCheckpoint('keyfold.example/other')).toBeUndefined();
});

test('nothing is remembered, and so signed, under an origin that has a successor', async () => {
  const { server } = await log.store.head();
  const record = (origin: string, size: number): Promise<string> => {
    const checkpoint = { origin, size, root: Buffer.alloc(32, size), note: `note ${size}` };
    return log.store.recordSignedCheckpoint(checkpoint, { largestSize: null, server });
  };
  await log.asOwner(
    `insert into keyfold.log_origins (position, previous_origin, origin) values (7, 'before', 'after')`,
  );
  expect(await record('before', 8)).toBe('other-origin');
  expect(await log.store.largestSignedCheckpoint('before')).toBeUndefined();
  expect(await record('after', 8)).toBe('recorded');
});

test('the head names its server: timeline and start; and brings the leaf hashes that are asked for', async () => {
  const { recordedAt, server, size } = await log.store.head();
  expect(server).toMatch(/^1\/\d{16}$/);
  expect({ recordedAt, size }).toEqual({ recordedAt: null, size: 0 });
  await log.store.append(testAppend([testEvent('user/1'), testEvent('user/2'), testEvent('user/3')]));
  const hashes: Buffer[] = [];
  for await (const { leafHash } of log.store.leaves({ from: 1, to: 3 })) hashes.push(leafHash);
  expect((await log.store.head()).leafHashes).toBeNull();
  expect((await log.store.head(1)).leafHashes).toEqual(hashes.slice(1));
  expect((await log.store.head(3)).leafHashes).toEqual([]);
  expect((await log.store.head(4)).leafHashes).toBeNull();
});
