import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { logOfEachTest, openTestLog, testAppend, testEvent } from '@keyfold/testing/event-log';
import { eventually } from '@keyfold/testing/eventually';
import { startTestPostgres } from '@keyfold/testing/postgres';
import { claimIdempotencyKey, createPool, type InlineProjection, PostgresEventStore } from '../index.js';

const log = logOfEachTest();

const asClient = (err: unknown): unknown => err;

interface Link {
  readonly url: string;
  /**
   * From now on the client is cut off when it sends a commit: before the server gets it, or when the server has
   * answered.
   */
  cutAtCommit(when: 'before' | 'after'): void;
  close(): Promise<void>;
}

/** Bytes of the server as those of one that speaks another language. */
type Translation = (bytes: Buffer) => Buffer;

// Stands between a store and Postgres.
async function openLink(url: string, translation: () => Translation = () => (bytes) => bytes): Promise<Link> {
  const address = new URL(url);
  const serverPort = Number(address.port);
  let cut: 'before' | 'after' | 'never' = 'never';
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(serverPort, address.hostname);
    const translate = translation();
    let isCommitting = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      isCommitting = cut !== 'never' && bytes.includes('; commit');
      if (isCommitting && cut === 'before') client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isCommitting) {
        cut = 'never';
        client.destroy();
      } else client.write(translate(bytes));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address.port = String((server.address() as AddressInfo).port);
  return {
    url: address.href,
    cutAtCommit: (when) => {
      cut = when;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface LinkedStore {
  readonly projections?: readonly InlineProjection[];
  readonly translation?: () => Translation;
}

async function withLink(
  work: (store: PostgresEventStore, link: Link) => Promise<void>,
  { projections = [], translation }: LinkedStore = {},
): Promise<void> {
  const link = await openLink(log.database.serviceUrl, translation);
  const pool = createPool({ url: link.url });
  const store = new PostgresEventStore({ pool, projections });
  try {
    await work(store, link);
  } finally {
    await store.close();
    await pool.end();
    await link.close();
  }
}

test('a commit whose answer is lost is reported as doubtful, never repeated, and found again by its idempotency key', async () => {
  await withLink(async (store, link) => {
    const claim = { actor: 'user/1', key: 'k', fingerprints: ['f'] };
    const outcome = await claimIdempotencyKey(log.pool, claim);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    await store.append(testAppend([testEvent('user/0')]));
    link.cutAtCommit('after');
    const idempotency = { ...outcome.claim, complete: () => ({ status: 201, body: { id: 'user/1' } }) };
    const lost = await store.append(testAppend([testEvent('user/1')], { idempotency })).catch(asClient);
    expect(lost).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: true });
    expect(await claimIdempotencyKey(log.pool, claim)).toMatchObject({ kind: 'replay', body: { id: 'user/1' } });
    expect(await store.append(testAppend([testEvent('user/2')]))).toMatchObject({ firstPosition: 3 });
    expect(await store.readStream('user/1')).toHaveLength(1);
  });
});

test('a commit that never arrived is doubtful too, and leaves nothing', async () => {
  await withLink(async (store, link) => {
    await store.append(testAppend([testEvent('user/0')]));
    link.cutAtCommit('before');
    const lost = await store.append(testAppend([testEvent('user/1')])).catch(asClient);
    expect(lost).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: true });
    link.cutAtCommit('after');
    expect(await log.store.append(testAppend([testEvent('user/2')]))).toMatchObject({ firstPosition: 2 });
  });
});

describe('a server that speaks German', () => {
  // Severities as its message catalogue has them; they are the first field of an error or a notice.
  const GERMAN: Readonly<Record<string, string>> = { ERROR: 'FEHLER', WARNING: 'WARNUNG', NOTICE: 'HINWEIS' };

  function intoGerman(): Translation {
    let rest = Buffer.alloc(0);
    return (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      const messages: Buffer[] = [];
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const end = rest.readUInt32BE(1) + 1;
        messages.push(translated(rest.subarray(0, end)));
        rest = rest.subarray(end);
      }
      return Buffer.concat(messages);
    };
  }

  function translated(message: Buffer): Buffer {
    const [, word = ''] = /^[EN].{4}S(\w+)\0/s.exec(message.toString('latin1')) ?? [];
    const german = GERMAN[word];
    if (german === undefined) return message;
    const body = Buffer.concat([Buffer.from(`S${german}`), message.subarray(6 + word.length)]);
    const start = Buffer.from(message.subarray(0, 5));
    start.writeUInt32BE(body.length + 4, 1);
    return Buffer.concat([start, body]);
  }

  test('fails the append that it refuses, and no neighbour', async () => {
    const picky: InlineProjection = {
      name: 'picky',
      // Goes with the commit.
      apply: (tx, records) => {
        if (records.some(({ record }) => record.stream === 'user/bad')) tx.send('select 1 / $1::int', [0]);
        return Promise.resolve();
      },
    };
    const work = async (store: PostgresEventStore): Promise<void> => {
      const streams = ['user/1', 'user/bad', 'user/2'];
      const results = await Promise.allSettled(streams.map((stream) => store.append(testAppend([testEvent(stream)]))));
      expect(results).toMatchObject([
        { value: { lastPosition: 1 } },
        { reason: { code: '22012', severity: 'FEHLER' } },
        { value: { lastPosition: 2 } },
      ]);
    };
    await withLink(work, { projections: [picky], translation: intoGerman });
  });

  test('warns of a commit that may be undone, and that is not acknowledged; what it only mentions is', async () => {
    const raising = (level: 'notice' | 'warning'): string =>
      `do $$ begin raise ${level} 'the transaction has already committed locally' ; end $$`;
    const talkative: InlineProjection = {
      name: 'talkative',
      apply: (tx, records) => {
        tx.send(raising(records.some(({ record }) => record.stream === 'user/warned') ? 'warning' : 'notice'));
        return Promise.resolve();
      },
    };
    const work = async (store: PostgresEventStore): Promise<void> => {
      expect(await store.append(testAppend([testEvent('user/1')]))).toMatchObject({ lastPosition: 1 });
      const warned = await store.append(testAppend([testEvent('user/warned')])).catch(asClient);
      expect(warned).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: true });
    };
    await withLink(work, { projections: [talkative], translation: intoGerman });
  });
});

test('a session that ends before its commit is sent costs a new one, not the append', async () => {
  const release = await holdHead();
  const pending = log.store.append(testAppend([testEvent('user/1')]));
  await eventually(async () => {
    const { rowCount } = await log.asSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'keyfold-append' and wait_event_type = 'Lock'`,
    );
    expect(rowCount).toBe(1);
  });
  await release();
  expect(await pending).toMatchObject({ kind: 'appended', firstPosition: 1, lastPosition: 1 });
  expect((await log.store.head()).size).toBe(1);
});

test('a session that Postgres ends the moment it has begun fails an append, not the process', async () => {
  const fields = ['SFATAL', 'C57P01', 'Mterminating connection due to administrator command', ''];
  const text = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length + 4);
  const ended = Buffer.concat([Buffer.from('E'), size, text]);
  let connections = 0;
  const translation = (): Translation => {
    // The first is the pool's, the second that of the appends.
    const isHit = connections++ === 1;
    // Ready for a query, and over, in one piece: nobody has had a turn to listen in between.
    return (bytes) => (isHit && bytes.at(-6) === 0x5a ? Buffer.concat([bytes, ended]) : bytes);
  };
  const work = async (store: PostgresEventStore): Promise<void> => {
    const first = await store.append(testAppend([testEvent('user/1')])).catch(asClient);
    expect(first).toMatchObject({ code: 'STORE_UNAVAILABLE', indeterminate: false });
    expect(await store.append(testAppend([testEvent('user/2')]))).toMatchObject({ kind: 'appended' });
  };
  await withLink(work, { translation });
});

test('a session that ends while idle is not noticed by the next append', async () => {
  await log.store.append(testAppend([testEvent('user/1')]));
  await log.asSuperuser(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'keyfold-append'`,
  );
  expect(await log.store.append(testAppend([testEvent('user/1')]))).toMatchObject({ firstPosition: 2 });
});

test('a session that ends while its user holds it, between two queries or in one, ends no more than that', async () => {
  for (const isAsked of [false, true]) {
    const client = await log.pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const asked = isAsked ? client.query('select pg_sleep(600)').catch(asClient) : undefined;
    const ended = new Promise((resolve) => client.once('end', resolve));
    await log.asSuperuser(`select pg_terminate_backend(${rows[0]?.pid})`);
    expect(await asked).toEqual(isAsked ? expect.any(Error) : undefined);
    await ended;
    client.release(true);
  }
  expect((await log.store.head()).size).toBe(0);
});

test('a session of the pool that stops inside a transaction is ended by Postgres and gives its locks back', async () => {
  const { rows } = await log.pool.query('show idle_in_transaction_session_timeout');
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '15s' }]);
});

test('a server that cannot be reached is unavailability, for appends and for reads', async () => {
  const own = await startTestPostgres();
  const ownLog = await openTestLog(own);
  await ownLog.store.append(testAppend([testEvent('user/1')]));
  await own.stop();
  const refusal = { code: 'STORE_UNAVAILABLE', indeterminate: false };
  await expect(ownLog.store.append(testAppend([testEvent('user/1')]))).rejects.toMatchObject(refusal);
  await expect(ownLog.store.head()).rejects.toMatchObject(refusal);
  await ownLog.close();
});

async function holdHead(): Promise<() => Promise<void>> {
  const holder = await log.pool.connect();
  await holder.query('begin; select size from keyfold.log_head where id = 1 for update');
  return async () => {
    await holder.query('rollback');
    holder.release();
  };
}
