import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { openCheckpoint } from '@keyfold/domain';
import { eventually } from '@keyfold/testing/eventually';
import { FaultProxy } from '@keyfold/testing/fault-proxy';
import { type TestAdmin, testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { StreamComparison } from '../fork/stream-comparison.js';
import { CHECKPOINT_HEADER, feedNames, pinnedStreamConfig, streamConfigProblems } from '../protocol/names.js';
import { LogStream } from '../transport/log-stream.js';
import { StreamAudit } from './stream-audit.js';

const setup = useFeedSetup();
const { stream, subjectOf } = feedNames(testKeys.verifier.keyId);
// Audits that a test waits for come at every connection; between them the relay must find out by itself.
const often = { auditIntervalMs: 100, pollMs: 50 };

async function withNats<T>(use: (manager: JetStreamManager, connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: setup.nats.url });
  try {
    return await use(await jetstreamManager(connection), connection);
  } finally {
    await connection.close();
  }
}

/** The stream holds exactly the log: every record at its position, and a checkpoint of the log at its end. */
async function expectFaithful(): Promise<void> {
  await eventually(async () => {
    await withNats(async (manager) => {
      const { state } = await manager.streams.info(stream);
      expect(state).toMatchObject({ messages: setup.log.size, last_seq: setup.log.size });
      for (const { leaf, record } of setup.log.records) {
        const message = await manager.streams.getMessage(stream, { seq: record.position });
        expect(Buffer.from(message?.data ?? '').toString()).toBe(Buffer.from(leaf).toString());
      }
    });
  });
}

async function lastMessage(): Promise<StoredMsg | null> {
  return withNats((manager) => manager.streams.getMessage(stream, { seq: setup.log.size }));
}

/** Files of the stream's messages. */
async function blocks(): Promise<string[]> {
  const files = await readdir(setup.nats.storeDir, { recursive: true });
  return files.filter((file) => file.endsWith('.blk')).map((file) => join(setup.nats.storeDir, file));
}

async function relaying(options: Parameters<typeof setup.admin>[0] = often): Promise<TestAdmin> {
  const side = await setup.admin(options);
  await setup.relayed(side);
  return side;
}

describe('the relay', () => {
  test('stores each record at its position, with a checkpoint of its size on the last of each batch', async () => {
    setup.log.append(...usersCreated(1, 700));
    await relaying();
    await expectFaithful();
    const header = (await lastMessage())?.header.get(CHECKPOINT_HEADER) ?? '';
    const checkpoint = openCheckpoint(Buffer.from(header, 'base64url').toString(), testKeys.verifier);
    expect(checkpoint).toMatchObject({ size: 700, root: await setup.log.rootAt(700) });
  });

  test('two relays at once store everything once and in order', async () => {
    const sides = await Promise.all([setup.admin(often), setup.admin(often), setup.admin(often)]);
    for (let round = 0; round < 30; round += 1) setup.log.append(...usersCreated(round * 10, 7));
    await Promise.all(sides.map((side) => setup.relayed(side)));
    const follower = setup.gateway({ adminUrl: undefined });
    await setup.caughtUp(follower);
    await expectFaithful();
    // Not by making the stream anew: what came too late was never stored.
    expect(sides.flatMap(({ log }) => log.lines).filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a relay that dies between publishing and the acknowledgement leaves nothing twice', async () => {
    const side = await setup.admin();
    setup.log.append(...usersCreated(1, 1_500));
    await eventually(() => side.relay.status.position > 0);
    // The connection ends with batches under way: some stored, some not, none of the rest acknowledged.
    await side.link.connection?.close();
    setup.log.append(...usersCreated(5_000, 10));
    await relaying();
    await expectFaithful();
  });

  test('makes the stream again when somebody deletes it', async () => {
    setup.log.append(...usersCreated(1, 20));
    await relaying();
    await withNats((manager) => manager.streams.delete(stream));
    setup.log.append(...usersCreated(100, 5));
    await expectFaithful();
  });

  test('feeds a stream anew that was made by other hands or emptied', async () => {
    setup.log.append(...usersCreated(1, 20));
    await relaying();
    await withNats(async (manager) => {
      await expect(manager.streams.purge(stream)).rejects.toThrow(/purge/);
      // The relay may be quicker to make it again.
      await eventually(async () => {
        await manager.streams.delete(stream);
        await manager.streams.add({ name: stream, subjects: ['keyfold.log.>'], max_msgs: 3 });
      });
    });
    await expectFaithful();
    const { config } = await withNats((manager) => manager.streams.info(stream));
    expect(streamConfigProblems(config, testKeys.verifier.keyId)).toEqual([]);
  });

  test('feeds a stream anew that holds a message which is not in the log', async () => {
    setup.log.append(...usersCreated(1, 20));
    await relaying();
    await withNats(async (_manager, connection) => {
      connection.publish(subjectOf('user/1'), 'forged');
      await connection.flush();
    });
    await expectFaithful();
    setup.log.append(...usersCreated(100, 5));
    await expectFaithful();
  });

  test('feeds a stream anew of which a message was removed or replaced', async () => {
    setup.log.append(...usersCreated(1, 20));
    const side = await relaying();
    await withNats((manager) => manager.streams.deleteMessage(stream, 7, true));
    await expectFaithful();
    await setup.relayed(side);
    await withNats(async (manager, connection) => {
      await manager.streams.delete(stream);
      await manager.streams.add(pinnedStreamConfig(testKeys.verifier.keyId));
      for (const { leaf, record } of setup.log.records) {
        const changed = record.position === 11 ? Buffer.from('changed') : leaf;
        await connection.request(subjectOf(record.stream), changed);
      }
    });
    await expectFaithful();
  });
});

describe('a store that lost something while the server was down', () => {
  const damages: [string, (files: string[]) => Promise<void>][] = [
    ['a block file cut off', async ([file = '']) => truncate(file, Math.floor((await stat(file)).size * 0.6))],
    ['everything', () => rm(setup.nats.storeDir, { recursive: true, force: true })],
    ['one flipped bit', async ([file = '']) => flipBit(file)],
  ];
  test.each(damages)('%s: the stream becomes the log again, and gateways miss nothing', async (_name, damage) => {
    setup.log.append(...usersCreated(1, 300));
    const side = await relaying();
    const early = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(early);
    await setup.nats.pause();
    await damage(await blocks());
    await setup.nats.restart();
    setup.log.append(...usersCreated(1_000, 40));
    const late = setup.gateway({ adminUrl: side.url });
    await Promise.all([setup.caughtUp(early), setup.caughtUp(late)]);
    await expectFaithful();
  });
});

async function flipBit(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const at = Math.floor((await handle.stat()).size / 2);
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await handle.write(byte, 0, 1, at);
  await handle.close();
}

describe('a log that lost its tail', () => {
  test('is noticed by the stream: nothing is relayed, signed or removed any more', async () => {
    setup.log.append(...usersCreated(1, 50));
    const first = await relaying();
    await first.stop();
    setup.log.cut(30);
    setup.log.append(...usersCreated(7_000, 40));
    const side = await setup.admin(often);
    await eventually(() => {
      expect(side.relay.status.state).toBe('forked');
    });
    expect(side.alarm.fork).toMatchObject({ noticedBy: 'stream', firstDifferingPosition: 31 });
    await expect(side.signer.currentCheckpoint()).rejects.toThrow('forked');
    const { state } = await withNats((manager) => manager.streams.info(stream));
    expect(state.last_seq).toBe(50);
  });

  test('is noticed by the signer of a process that goes on running', async () => {
    setup.log.append(...usersCreated(1, 50));
    const side = await relaying({ auditIntervalMs: 3_600_000 });
    setup.log.cut(30);
    setup.log.append(...usersCreated(7_000, 40));
    await eventually(() => {
      expect(side.relay.status.state).toBe('forked');
    });
    expect(side.alarm.fork?.noticedBy).toBe('signer');
  });
});

test('a read that a broken connection cut short is no damage: the stream stays', async () => {
  setup.log.append(...usersCreated(1, 700));
  const proxy = await FaultProxy.start(setup.nats.port);
  try {
    await (await relaying()).stop();
    const created = await withNats(async (manager) => (await manager.streams.info(stream)).created);
    proxy.muteBefore('"stream":"user/60');
    const side = await setup.admin({ ...often, natsUrl: proxy.through(setup.nats.url) });
    await eventually(() => proxy.kind === 'mute');
    proxy.become('open');
    await setup.relayed(side);
    expect(await withNats(async (manager) => (await manager.streams.info(stream)).created)).toBe(created);
    expect(side.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  } finally {
    await proxy.stop();
  }
});

test('audits walk through the whole stream in turn, wherever they begin', async () => {
  setup.log.append(...usersCreated(1, 5_000));
  const side = await setup.admin();
  await setup.relayed(side);
  await side.stop();
  const connection = await connect({ servers: setup.nats.url });
  const looked = new Set<number>();
  const source = Object.assign(Object.create(setup.log) as typeof setup.log, {
    readAfter: (position: number, limit: number) => {
      for (let nth = 1; nth <= limit; nth += 1) looked.add(position + nth);
      return setup.log.readAfter(position, limit);
    },
  });
  const { verifier } = testKeys;
  const comparison = new StreamComparison({ source, verifier, alarm: side.alarm });
  const audit = new StreamAudit({ source, logKeyId: verifier.keyId, comparison, log: side.log });
  const log = await LogStream.open(connection, verifier.keyId);
  for (let nth = 0; nth < 6; nth += 1) expect(await audit.run(log)).toBe(5_000);
  await connection.close();
  expect(looked.size).toBe(5_000);
});

test('a stream with the checkpoints of another log is reported and left alone', async () => {
  await withNats(async (manager, connection) => {
    await manager.streams.add(pinnedStreamConfig(testKeys.verifier.keyId));
    const note = Buffer.from('keyfold.local/other\n1\nAAAA\n\n— keyfold.local/other AAAAAA==\n').toString('base64url');
    const head = headers();
    head.set(CHECKPOINT_HEADER, note);
    await connection.request(subjectOf('user/1'), 'theirs', { headers: head, timeout: 10_000 });
  });
  setup.log.append(...usersCreated(1, 3));
  const side = await setup.admin(often);
  await eventually(() => {
    expect(side.relay.status.state).toBe('foreign');
  });
  const message = await withNats((manager) => manager.streams.getMessage(stream, { seq: 1 }));
  expect(message?.string()).toBe('theirs');
});
