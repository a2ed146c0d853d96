import { expect, test } from '@jest/globals';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { type InlineProjection, type PostgresEventStore, prepared, type Tx } from '../index.js';

const log = logOfEachTest();

/** A store whose appends do this in their transaction. */
function storeDoing(apply: (tx: Tx, stream: string) => Promise<void> | void): PostgresEventStore {
  const projection: InlineProjection = {
    name: 'test',
    apply: async (tx, records) => {
      for (const { record } of records) await apply(tx, record.stream);
    },
  };
  return log.openStore([projection]);
}

const append = (store: PostgresEventStore, stream = 'user/1'): Promise<{ kind: string }> =>
  store.append(testAppend([testEvent(stream)]));

test('values of every kind arrive as they would by the protocol', async () => {
  const values = [
    `it's "quoted" \\ and $1, {a,b}; drop table x --`,
    -5,
    true,
    null,
    new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)),
    Buffer.from([0, 1, 39, 92, 255]),
    ['', 'null', 'a "b" \\c\\', `it's`, null, 'é€\n'],
    [1, 2],
    JSON.stringify({ text: 'é "x" \\ \' ' }),
  ];
  const text = `
    select $1::text as a, $2::int as b, $3::boolean as c, $4::text as d, $5::timestamptz as e, $6::bytea as f, $7::text[] as g,
      $8::bigint[] as h, $9::jsonb as i`;
  const seen: unknown[] = [];
  const named = prepared('keyfold_test_values', text);
  const store = storeDoing(async (tx) => {
    for (const statement of [tx.query(text, values), tx.query(named(values)), tx.query(named(values))])
      seen.push((await statement).rows[0]);
  });
  expect((await append(store)).kind).toBe('appended');
  const { rows } = await log.pool.query(text, values);
  expect(seen).toEqual([rows[0], rows[0], rows[0]]);
});

test('what cannot be a value fails its own append and nothing else', async () => {
  const store = storeDoing(async (tx, stream) => {
    if (stream === 'user/nul') tx.send('select $1::text', ['a\0b']);
    if (stream === 'user/object') await tx.query('select $1::text', [{}]);
  });
  const outcomes = await Promise.allSettled(
    ['user/1', 'user/nul', 'user/2', 'user/object'].map((stream) => append(store, stream)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  expect((await store.head()).size).toBe(2);
});

test('a statement that nobody waits for fails the append that sent it', async () => {
  const store = storeDoing((tx, stream) => {
    if (stream === 'user/bad') tx.send('select 1 / $1::int', [0]);
  });
  const outcomes = await Promise.allSettled(['user/1', 'user/bad', 'user/2'].map((stream) => append(store, stream)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: '22012' } });
  expect((await store.head()).size).toBe(2);
});

test('after a failure each statement is known as prepared or not as it is', async () => {
  let isBroken = true;
  const first = prepared('keyfold_test_first', 'select $1::int + 1 as n');
  const second = prepared('keyfold_test_second', 'select $1::int + 2 as n');
  const seen: unknown[] = [];
  const store = storeDoing(async (tx) => {
    // One is prepared in front of the failure, one behind it is not.
    tx.send(first([1]));
    if (isBroken) tx.send('select 1 / $1::int', [0]);
    seen.push((await tx.query(second([1]))).rows);
    seen.push((await tx.query(first([1]))).rows);
  });
  await expect(append(store)).rejects.toMatchObject({ code: '22012' });
  isBroken = false;
  expect((await append(store)).kind).toBe('appended');
  expect(seen).toEqual([[{ n: 3 }], [{ n: 2 }]]);
});

test('a read model reads under the lock what it has to know, once for the transaction, and not of streams that begin', async () => {
  const asked: (readonly string[])[] = [];
  const known: unknown[] = [];
  const projection: InlineProjection<{ size: unknown }> = {
    name: 'knowing',
    read: async (tx, streams) => {
      asked.push(streams);
      const { rows } = await tx.query('select size from keyfold.log_head where id = 1');
      return { size: rows[0]?.['size'] };
    },
    apply: (_tx, records, { size }) => {
      known.push([records.length, size]);
      return Promise.resolve();
    },
  };
  const stores = [log.openStore([projection]), log.openStore([projection])];
  const guard = async (tx: Tx): Promise<null> => {
    await tx.query('select 1');
    return null;
  };
  const expected = [{ stream: 'user/new', version: 0 }];
  await Promise.all([
    stores[0]?.append(testAppend([testEvent('user/new'), testEvent('user/1')], { expected, guard })),
    stores[0]?.append(testAppend([testEvent('user/2')], { guard })),
  ]);
  await stores[1]?.append(testAppend([testEvent('user/1')]));
  expect(asked).toEqual([['user/1', 'user/2'], ['user/1']]);
  // The second guard had to see the first append's rows.
  expect(known).toEqual([
    [2, '0'],
    [1, '0'],
    [1, '3'],
  ]);
});

test('an append with a guard and a read model is two messages', async () => {
  const names = prepared('keyfold_test_one', 'select $1::int as n');
  const store = storeDoing((tx) => {
    tx.send(names([1]));
  });
  const guard = async (tx: Tx): Promise<null> => {
    await tx.query(names([2]));
    return null;
  };
  const write = (stream: string): Promise<unknown> => store.append(testAppend([testEvent(stream)], { guard }));
  await write('user/1');
  const { rows } = await log.asSuperuser(
    `select pid from pg_stat_activity where datname = current_database() and application_name = 'keyfold-append'`,
  );
  expect(rows).toHaveLength(1);
  const query = `select query from pg_stat_activity where pid = ${String(rows[0]?.['pid'])}`;
  await write('user/2');
  const [row] = (await log.asSuperuser(query)).rows;
  // The last message holds everything from the rows to the commit.
  expect(row?.['query']).toMatch(/^execute keyfold_insert_record[^;]*; .*execute keyfold_test_one \('1'\); commit$/s);
});

test('who listens is told of own commits with the records and the tree before them', async () => {
  const other = log.openStore();
  const heard: unknown[] = [];
  const before: (Buffer | undefined)[] = [];
  log.store.onAppend((size, committed) => {
    heard.push([size, committed?.before.size, committed?.records.map(({ record }) => record.stream)]);
    before.push(committed?.before.frontier);
  });
  await log.store.append(testAppend([testEvent('user/1'), testEvent('user/2')]));
  const { frontier } = await log.store.head();
  await other.append(testAppend([testEvent('user/3')]));
  await log.store.append(testAppend([]));
  await log.store.append(testAppend([testEvent('user/4')]));
  const own = heard.filter((entry) => (entry as unknown[])[1] !== undefined);
  expect(own).toEqual([
    [2, 0, ['user/1', 'user/2']],
    [4, 3, ['user/4']],
  ]);
  expect(before[0]).toEqual(Buffer.alloc(0));
  expect(frontier.size).toBe(2);
});
