import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestLog, testAppend, testEvent, type TestLog } from '@keyfold/testing/event-log';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPool, grantLogAccess, pruneSignedCheckpoints } from './index.js';

let postgres: TestPostgres;
let log: TestLog;
// One log for all: nothing that is tried here may change it.
beforeAll(async () => {
  postgres = await startTestPostgres();
  log = await openTestLog(postgres);
  await log.store.append(testAppend([testEvent('user/1', {}, { username: 'ann' })]));
});
afterAll(async () => {
  await log.close();
  await postgres.stop();
});

const PERMISSION_DENIED = '42501';
const REFUSED_BY_TRIGGER = '23000';

const logTables = ['events', 'openings', 'tiles', 'signed_checkpoints'];
const tampering = [
  ...logTables.flatMap((table) => [
    `update keyfold.${table} set ${table === 'tiles' ? 'level = 1' : table === 'signed_checkpoints' ? 'size = 1' : 'position = 2'}`,
    `delete from keyfold.${table}`,
    `truncate keyfold.${table}`,
  ]),
  'insert into keyfold.log_head (id, size, root, frontier) select 1, size, root, frontier from keyfold.log_head',
  'delete from keyfold.log_head',
  'truncate keyfold.log_head',
];

test.each([
  ...tampering,
  'update keyfold.log_head set id = 1',
  ...[...logTables, 'log_head'].flatMap((table) => [
    `alter table keyfold.${table} disable trigger all`,
    `alter table keyfold.${table} add column more text`,
    `drop table keyfold.${table}`,
    `create trigger mine before insert on keyfold.${table} for each statement execute function keyfold.refuse_change()`,
  ]),
  'set session_replication_role = replica',
  'create or replace function keyfold.refuse_change() returns trigger language sql as $$ select null $$',
  'create table keyfold.mine (id integer)',
])('the service may not: %s', async (sql) => {
  await expect(log.pool.query(sql)).rejects.toMatchObject({ code: PERMISSION_DENIED });
});

test.each(tampering)('even the owner is stopped from: %s', async (sql) => {
  await expect(log.asOwner(sql)).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
});

test.each([
  'update keyfold.log_head set size = 0, recorded_at = null',
  `update keyfold.log_head set root = sha256('other'::bytea)`,
  `update keyfold.log_head set recorded_at = recorded_at - interval '1 ms'`,
])('the head does not go back, whoever asks: %s', async (sql) => {
  await expect(log.pool.query(sql)).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
  await expect(log.asOwner(sql)).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
});

test('openings go through the erasure function and in no other way', async () => {
  const setting = `select set_config('keyfold.erasing', 'on', false)`;
  await log.pool.query(setting);
  await expect(log.pool.query('delete from keyfold.openings')).rejects.toMatchObject({ code: PERMISSION_DENIED });
  await expect(log.asOwner('delete from keyfold.openings')).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
  const { rows } = await log.pool.query(`select keyfold.erase_openings('{1}', 2)::int as erased`);
  expect(rows).toEqual([{ erased: 1 }]);
  // Not left on behind the call.
  await expect(
    log.asOwner(
      `with erased as (select keyfold.erase_openings('{1}', 2)) select * from erased; delete from keyfold.openings`,
    ),
  ).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
});

test('of the checkpoints only those can be deleted that a larger one of their origin stands for', async () => {
  const insert = `
    insert into keyfold.signed_checkpoints (origin, size, root, note)
    select origin, size, sha256('x'), 'note' from unnest(array['a', 'b']) as origin, generate_series(1, 250) as size`;
  await log.pool.query(insert);
  const pruned = [];
  for (let round = 0; round < 4; round += 1) pruned.push(await pruneSignedCheckpoints(log.pool, 200));
  expect(pruned).toEqual([200, 200, 98, 0]);
  const { rows } = await log.pool.query('select origin, size from keyfold.signed_checkpoints order by origin');
  expect(rows).toEqual([
    { origin: 'a', size: '250' },
    { origin: 'b', size: '250' },
  ]);
  await expect(
    log.asOwner(
      `with pruned as (select keyfold.prune_signed_checkpoints(1)) select * from pruned; delete from keyfold.signed_checkpoints`,
    ),
  ).rejects.toMatchObject({ code: REFUSED_BY_TRIGGER });
});

test('a role without grants can neither read the log nor erase', async () => {
  await log.asSuperuser('create role keyfold_nobody login');
  for (const sql of ['select leaf from keyfold.events', `select keyfold.erase_openings('{1}', 2)`]) {
    await expect(log.asSuperuser(`set role keyfold_nobody; ${sql}`)).rejects.toMatchObject({ code: PERMISSION_DENIED });
  }
  await log.asSuperuser('grant usage on schema keyfold to keyfold_nobody');
  await expect(
    log.asSuperuser(`set role keyfold_nobody; select keyfold.erase_openings('{1}', 2)`),
  ).rejects.toMatchObject({
    code: PERMISSION_DENIED,
  });
  await log.asSuperuser('drop owned by keyfold_nobody; drop role keyfold_nobody');
});

test('granting again takes back what the service has more than it needs, and several may grant at once', async () => {
  await log.asOwner(`grant all on keyfold.events to ${log.database.serviceRole}`);
  const owner = createPool({ url: log.database.ownerUrl });
  await Promise.all([1, 2, 3, 4].map(() => grantLogAccess(owner, log.database.serviceRole)));
  await owner.end();
  await expect(log.pool.query('truncate keyfold.events')).rejects.toMatchObject({ code: PERMISSION_DENIED });
  expect((await log.store.append(testAppend([testEvent('user/1')]))).kind).toBe('appended');
});
