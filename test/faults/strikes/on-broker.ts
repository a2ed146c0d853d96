import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { feedNames } from '@keyfold/messaging';
import { eventually } from '@keyfold/testing/eventually';
import type { FaultKind } from '../plan.js';
import type { World } from '../world.js';
import { frozen, isRunning, nothing, type Strike, type Struck, wholly } from './struck.js';

type OnBroker = Extract<FaultKind, `broker ${string}` | `stream ${string}` | `consumers ${string}`>;

export const ON_BROKER: Readonly<Record<OnBroker, Strike>> = {
  'broker killed': async ({ nats }) => {
    const pid = nats.pid();
    await nats.kill();
    return { heal: () => nats.restart(), hadEffect: () => !isRunning(pid) };
  },
  'broker frozen': ({ nats }) => frozen([nats.pid()]),
  'broker loses its tail': async (world) => {
    const { nats } = world;
    const copy = `${nats.storeDir}-copy`;
    const last = await lastSequence(world);
    await nats.kill();
    const restarted = { heal: () => nats.restart(), hadEffect: () => false };
    await wholly(restarted, () => cp(join(nats.storeDir, 'jetstream'), copy, { recursive: true }));
    await nats.restart();
    const heal = async (): Promise<void> => {
      await nats.kill();
      await rm(join(nats.storeDir, 'jetstream'), { recursive: true, force: true });
      await cp(copy, join(nats.storeDir, 'jetstream'), { recursive: true });
      await rm(copy, { recursive: true });
      await nats.restart();
    };
    // What came since is lost with the copy that heals.
    return { heal, hadEffect: async () => (await lastSequence(world)) > last };
  },
  'broker file cut short': (world) =>
    onFiles(world, async (file) => {
      const { size } = await stat(file);
      await truncate(file, Math.floor(size * 0.6));
      return size > 0;
    }),
  'broker file damaged': (world, { delayMs }) => onFiles(world, (file) => flipOneByte(file, delayMs)),
  'stream deleted': (world) =>
    onStream(world, async (manager, stream) => ((await manager.streams.delete(stream)) ? 1 : 0)),
  'consumers deleted': (world) => onStream(world, deleteConsumers),
  'stream poisoned': (world) => onStream(world, (manager, stream) => poison(manager, stream, world.logKeyId)),
};

/** Harms the files that the stream's messages are in while the broker is down. */
async function onFiles({ nats }: World, harm: (file: string) => Promise<boolean>): Promise<Struck> {
  let harmed = 0;
  await nats.kill();
  const struck = { heal: () => nats.restart(), hadEffect: () => harmed > 0 };
  return wholly(struck, async () => {
    for (const file of await blocksBelow(nats.storeDir)) if (await harm(file)) harmed += 1;
  });
}

/** @param work returns how much it has hit */
async function onStream(
  { logKeyId, nats }: World,
  work: (manager: JetStreamManager, stream: string) => Promise<number>,
): Promise<Struck> {
  const connection = await connect({ servers: nats.url, timeout: 2_000 });
  try {
    const hit = await work(await jetstreamManager(connection), feedNames(logKeyId).stream);
    return { heal: nothing, hadEffect: () => hit > 0 };
  } finally {
    await connection.close();
  }
}

async function lastSequence({ logKeyId, nats }: World): Promise<number> {
  const connection = await connect({ servers: nats.url, timeout: 2_000 });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(feedNames(logKeyId).stream);
    return state.last_seq;
  } finally {
    await connection.close();
  }
}

/** Waits for one: a gateway that has just lost its own makes another. */
async function deleteConsumers(manager: JetStreamManager, stream: string): Promise<number> {
  let deleted = 0;
  await eventually(async () => {
    for await (const { name } of manager.consumers.list(stream)) {
      try {
        if (await manager.consumers.delete(stream, name)) deleted += 1;
      } catch (error) {
        // Ended by its own client between the two questions.
        const isGone =
          error instanceof JetStreamApiError && error.code === (JetStreamApiCodes.ConsumerNotFound as number);
        if (!isGone) throw error;
      }
    }
    return deleted > 0;
  }, 10_000);
  return deleted;
}

async function poison(manager: JetStreamManager, stream: string, logKeyId: string): Promise<number> {
  const { state } = await manager.streams.info(stream);
  const old = await manager.streams.getMessage(stream, { seq: Math.max(1, state.last_seq - 3) });
  const js = manager.jetstream();
  // With it the broker itself would refuse what comes out of turn.
  old?.header.delete('Nats-Expected-Last-Sequence');
  let stored = 0;
  for (const payload of ['', '{}', '{"position":1}', old?.data ?? 'x']) {
    await js.publish(`keyfold.log.${logKeyId}.api-key`, payload, old === null ? {} : { headers: old.header });
    stored += 1;
  }
  return stored;
}

async function flipOneByte(file: string, at: number): Promise<boolean> {
  const bytes = await readFile(file);
  if (bytes.length === 0) return false;
  const position = (at * 7_919) % bytes.length;
  bytes[position] = (bytes[position] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
  return true;
}

async function blocksBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.blk') && entry.parentPath.includes('KEYFOLD_LOG_'))
    .map((entry) => join(entry.parentPath, entry.name));
}
