import { expect, test } from '@jest/globals';
import type pg from 'pg';
import { leafHash } from '@keyfold/domain';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { startTestPostgres } from '@keyfold/testing/postgres';
import { checkLogAtStart, createPool } from './index.js';

const SIZE = 256 + 40;

const log = logOfEachTest();

async function fill(): Promise<void> {
  await log.store.append(testAppend(Array.from({ length: SIZE }, (_, n) => testEvent(`user/${n}`))));
}

// Triggers do not fire for a replica's session: what someone with the whole machine can do.
async function tamper(sql: string): Promise<void> {
  await log.asSuperuser(`set session_replication_role = replica`);
  const { rowCount } = await log.asSuperuser(sql);
  expect(rowCount).toBeGreaterThan(0);
}

const otherLeaf = `convert_to(replace(convert_from(leaf, 'UTF8'), '"actor":"system"', '"actor":"user/1"'), 'UTF8')`;

test('an empty log and a sound one are accepted', async () => {
  await checkLogAtStart(log.pool);
  for (const size of [1, 255, 1, 3, 252, 1]) {
    await log.store.append(testAppend(Array.from({ length: size }, () => testEvent('user/1'))));
    await checkLogAtStart(log.pool);
  }
});

test('sessions that a pooler shares among connections are refused', async () => {
  // As PgBouncer does it with pool_mode=transaction: whoever asks next gets the session that has just become free.
  const session = await log.pool.connect();
  const connection = { query: session.query.bind(session), release: () => undefined };
  const pooled = { connect: () => Promise.resolve(connection), query: connection.query } as unknown as pg.Pool;
  try {
    await expect(checkLogAtStart(pooled)).rejects.toThrow(/do not keep their session/);
  } finally {
    await session.query('rollback');
    session.release();
  }
});

test('a log to which other replicas append meanwhile is sound', async () => {
  const checked = new AbortController();
  const appending = (async () => {
    while (!checked.signal.aborted) await log.store.append(testAppend([testEvent('user/1')]));
  })();
  try {
    for (let n = 0; n < 100; n += 1) await checkLogAtStart(log.pool);
  } finally {
    checked.abort();
    await appending;
  }
});

test.each([
  [
    `update keyfold.events set leaf = ${otherLeaf} where position = ${SIZE}`,
    `position ${SIZE} does not match its hash`,
  ],
  [
    `update keyfold.events set leaf = ${otherLeaf}, leaf_hash = sha256('\\x00'::bytea || ${otherLeaf}) where position = ${SIZE}`,
    `position ${SIZE} is not the one that its columns describe`,
  ],
  [
    `update keyfold.events set leaf = ${otherLeaf}, leaf_hash = sha256('\\x00'::bytea || ${otherLeaf}), actor = 'user/1' where position = ${SIZE}`,
    `up to position ${SIZE} do not match the head's root`,
  ],
  [
    `update keyfold.events set leaf = ${otherLeaf}, leaf_hash = sha256('\\x00'::bytea || ${otherLeaf}), actor = 'user/1' where position = 100`,
    'tile 0 does not match its records',
  ],
  [`update keyfold.events set stream = 'user/x' where position = 270`, 'position 270 is not the one'],
  [
    `update keyfold.events set leaf = 'x', leaf_hash = sha256('\\x0078'::bytea) where position = 280`,
    'position 280 cannot be read',
  ],
  [`delete from keyfold.events where position = 290`, 'no record at position 290'],
  [`delete from keyfold.events where position = ${SIZE}`, `no record at position ${SIZE}`],
  [`delete from keyfold.tiles`, 'no tile 0'],
  [`update keyfold.tiles set root = sha256('x'::bytea)`, 'tile 0 does not match'],
  [`update keyfold.log_head set root = sha256('x'::bytea)`, 'frontier does not match its root'],
  [
    `update keyfold.log_head set size = 1, frontier = (select leaf_hash from keyfold.events where position = 1), root = (select leaf_hash from keyfold.events where position = 1)`,
    'the head is at 1 but there is a record at 2',
  ],
  [
    `update keyfold.log_head set frontier = set_byte(frontier, 0, (get_byte(frontier, 0) + 1) % 256)`,
    'frontier does not match its root',
  ],
])('a log that contradicts itself is refused: %s', async (sql, sentence) => {
  await fill();
  await tamper(sql);
  await expect(checkLogAtStart(log.pool)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    message: expect.stringContaining(sentence),
  });
});

test('two records that changed places are refused', async () => {
  await fill();
  const swapped = (column: string): string =>
    `${column} = (select other.${column} from keyfold.events other where other.position = 571 - events.position)`;
  const columns = ['leaf', 'leaf_hash', 'type', 'actor'].map(swapped).join(', ');
  await tamper(`update keyfold.events set ${columns} where position in (285, 286)`);
  await expect(checkLogAtStart(log.pool)).rejects.toThrow('position 285 is not the one');
});

test('the hash in the refusals above is the one of the leaf', async () => {
  await fill();
  const { rows } = await log.asOwner(`select leaf, sha256('\\x00'::bytea || leaf) as hash from keyfold.events limit 1`);
  expect(rows[0]?.['hash']).toEqual(leafHash(rows[0]?.['leaf'] as Buffer));
});

test.each([['fsync'], ['full_page_writes']])('a server that runs with %s off is refused', async (name) => {
  const unsafe = await startTestPostgres({ settings: { [name]: 'off' } });
  const database = await unsafe.createLogDatabase();
  const pool = createPool({ url: database.serviceUrl });
  try {
    await expect(checkLogAtStart(pool)).rejects.toThrow(`${name}=off`);
  } finally {
    await pool.end();
    await unsafe.stop();
  }
});

test('a role whose commits do not wait for the disk is refused', async () => {
  await log.asSuperuser(
    `alter role ${log.database.serviceRole} in database ${log.database.name} set synchronous_commit = off`,
  );
  const pool = createPool({ url: log.database.serviceUrl });
  await expect(checkLogAtStart(pool)).rejects.toThrow('synchronous_commit=off');
  await pool.end();
});
