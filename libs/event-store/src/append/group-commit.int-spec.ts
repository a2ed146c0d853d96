import { expect, test } from '@jest/globals';
import pg from 'pg';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { eventually } from '@keyfold/testing/eventually';
import { type AppendOutcome, claimIdempotencyKey, type PostgresEventStore } from '../index.js';

const log = logOfEachTest();

async function expectSoundLog(store: PostgresEventStore, size: number): Promise<void> {
  const head = await store.head();
  expect(head.size).toBe(size);
  expect(head.root).toEqual(await store.rootAt(size));
  const all = await store.readAfter(0, size + 1);
  expect(all.map(({ record }) => record.position)).toEqual(Array.from({ length: size }, (_, nth) => nth + 1));
  const versions = new Map<string, number>();
  let last = '';
  for (const { record } of all) {
    expect(record.version).toBe((versions.get(record.stream) ?? 0) + 1);
    versions.set(record.stream, record.version);
    expect(record.recordedAt >= last).toBe(true);
    last = record.recordedAt;
  }
}

const holdHead = (): Promise<() => Promise<void>> => hold('select size from keyfold.log_head where id = 1 for update');

async function hold(lock: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: log.database.serviceUrl });
  await holder.connect();
  await holder.query(`begin; ${lock}`);
  return async () => {
    await holder.query('rollback');
    await holder.end();
  };
}

async function appenderWaitsForLock(): Promise<void> {
  await eventually(async () => {
    const { rows } = await log.asSuperuser(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'keyfold-append' and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(1);
  });
}

test('64 writers over four replicas leave one log without gaps, and no two decide on the same version', async () => {
  const stores = [log.store, log.openStore(), log.openStore(), log.openStore()];
  const acknowledged: number[] = [];
  const write = async (writer: number): Promise<void> => {
    const store = stores[writer % stores.length] ?? log.store;
    for (let done = 0; done < 3;) {
      const stream = `user/${(writer + done) % 5}`;
      const version = (await store.readStream(stream)).length;
      const outcome = await store.append(
        testAppend([testEvent(stream), testEvent(`audit/${writer}`)], { expected: [{ stream, version }] }),
      );
      if (outcome.kind !== 'appended') continue;
      acknowledged.push(outcome.firstPosition, outcome.lastPosition);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)));
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 * 6 }, (_, nth) => nth + 1));
  await expectSoundLog(log.store, 64 * 6);
});

test('appends that arrive while a transaction runs share the next one', async () => {
  const release = await holdHead();
  const first = log.store.append(testAppend([testEvent('user/0')]));
  await appenderWaitsForLock();
  const rest = Array.from({ length: 200 }, (_, n) => log.store.append(testAppend([testEvent(`user/${n + 1}`)])));
  await release();
  const outcomes = await Promise.all([first, ...rest]);
  expect(outcomes.map((outcome) => (outcome.kind === 'appended' ? outcome.firstPosition : outcome.kind))).toEqual(
    Array.from({ length: 201 }, (_, nth) => nth + 1),
  );
  expect(await log.transactions()).toBe(2);
});

test('a head that stays locked makes the append fail within its limit, and the store goes on afterwards', async () => {
  const release = await holdHead();
  const refused: unknown = await log.store.append(testAppend([testEvent('user/1')])).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: false });
  await release();
  expect(await log.store.append(testAppend([testEvent('user/1')]))).toMatchObject({
    kind: 'appended',
    firstPosition: 1,
  });
});

async function cancelWaitingAppender(): Promise<void> {
  await appenderWaitsForLock();
  await log.asSuperuser(
    `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'keyfold-append'`,
  );
}

const kindOf = (outcome: PromiseSettledResult<AppendOutcome>): unknown =>
  outcome.status === 'fulfilled' ? outcome.value.kind : (outcome.reason as { code: unknown }).code;

test('an append that meets a locked row fails alone: those of its transaction are settled one by one', async () => {
  const outcome = await claimIdempotencyKey(log.pool, { actor: 'user/3', key: 'k', fingerprints: ['f'] });
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  const release = await hold('select key from keyfold.idempotency_keys for update');
  const requests = [1, 2, 3, 4, 5, 6].map((n) =>
    testAppend(
      [testEvent(`user/${n}`)],
      n === 3 ? { idempotency: { ...outcome.claim, complete: () => ({ status: 200, body: {} }) } } : {},
    ),
  );
  const settled = Promise.allSettled(requests.map((request) => log.store.append(request)));
  // Ends the wait as the statement's or the lock's time limit would.
  await cancelWaitingAppender();
  const outcomes = await settled;
  expect(outcomes.map(kindOf)).toEqual([1, 2, 3, 4, 5, 6].map((n) => (n === 3 ? 'STORE_UNAVAILABLE' : 'appended')));
  expect(outcomes[2]).toMatchObject({ reason: { indeterminate: false } });
  await expectSoundLog(log.store, 5);
  await release();
  const again = requests[2] ?? testAppend([]);
  expect(await log.store.append(again)).toMatchObject({ kind: 'appended', firstPosition: 6 });
});

test('a head that stays locked fails the appends behind it together, not one after the other', async () => {
  const release = await holdHead();
  const settled = Promise.allSettled([1, 2, 3].map((n) => log.store.append(testAppend([testEvent(`user/${n}`)]))));
  // The batch, then the first one alone.
  await cancelWaitingAppender();
  await cancelWaitingAppender();
  const outcomes = await settled;
  const causes = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).message : ''));
  expect(causes).toEqual([
    'the head of the log stays locked',
    'Postgres did not take the append',
    'Postgres did not take the append',
  ]);
  await release();
  expect(await log.store.append(testAppend([testEvent('user/1')]))).toMatchObject({ firstPosition: 1 });
});

test('sessions killed at random lose nothing acknowledged, repeat nothing and leave no gap', async () => {
  const stores = [log.store, log.openStore()];
  let isOver = false;
  const killing = eventually(async () => {
    await log.asSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'keyfold-append' and state <> 'idle'`,
    );
    return acknowledged.size >= 20 && refused >= 10;
  }, 120_000).finally(() => {
    isOver = true;
  });
  let refused = 0;
  const acknowledged = new Set<string>();
  const doubtful = new Set<string>();
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const stream = `audit/${writer}-${n}`;
      const store = stores[writer % 2] ?? log.store;
      await store.append(testAppend([testEvent(stream), testEvent(stream)])).then(
        () => acknowledged.add(stream),
        (err: unknown) => {
          refused += 1;
          expect(err).toMatchObject({ code: 'STORE_UNAVAILABLE' });
          if ((err as { indeterminate: boolean }).indeterminate) doubtful.add(stream);
        },
      );
    }
  };
  await Promise.all([killing, ...Array.from({ length: 8 }, (_, writer) => write(writer))]);
  const { size } = await log.store.head();
  await expectSoundLog(log.store, size);
  const found = new Map<string, number>();
  for (const { record } of await log.store.readAfter(0, size)) {
    found.set(record.stream, (found.get(record.stream) ?? 0) + 1);
  }
  for (const stream of acknowledged) expect(found.get(stream)).toBe(2);
  for (const [stream, count] of found) {
    expect(count).toBe(2);
    expect(acknowledged.has(stream) || doubtful.has(stream)).toBe(true);
  }
});

test('a commit whose answer is a warning is not acknowledged: a standby may not have it', async () => {
  await log.asSuperuser(`alter system set synchronous_standby_names = 'absent'`);
  await log.asSuperuser('select pg_reload_conf()');
  try {
    await eventually(async () => {
      const { rows } = await log.asSuperuser(`select current_setting('synchronous_standby_names') as setting`);
      expect(rows[0]?.['setting']).toBe('absent');
    });
    const pending = log.store.append(testAppend([testEvent('user/1')])).catch((error: unknown) => error);
    await eventually(async () => {
      const { rowCount } = await log.asSuperuser(
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'`,
      );
      expect(rowCount).toBe(1);
    });
    expect(await pending).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: true });
  } finally {
    await log.asSuperuser('alter system reset synchronous_standby_names');
    await log.asSuperuser('select pg_reload_conf()');
  }
});
