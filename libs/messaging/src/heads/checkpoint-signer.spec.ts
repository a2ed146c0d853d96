import { beforeEach, describe, expect, test } from '@jest/globals';
import { leafHash, openCheckpoint } from '@keyfold/domain';
import { TestAdmin, testKeys } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import type { SignedCheckpoints } from '../ports/log-source.js';
import type { CheckpointSigner } from './checkpoint-signer.js';

let log: MemoryLog;
let kept: { size: number; root: Buffer; note: string } | undefined;
/** What was signed, on a disk of its own: it outlives what the log loses. */
const signed: SignedCheckpoints = {
  largestSignedCheckpoint: () => Promise.resolve(kept),
  recordSignedCheckpoint: (checkpoint, { largestSize, server }) => {
    if (server !== log.server) return Promise.resolve('other-server');
    if (largestSize !== (kept?.size ?? null)) return Promise.resolve('overtaken');
    kept = checkpoint;
    return Promise.resolve('recorded');
  },
};
/** A replica's signer, with an alarm of its own. */
const replica = (disk = signed): TestAdmin =>
  new TestAdmin(Object.assign(Object.create(log) as MemoryLog, disk), { natsUrl: undefined });
const signer = (disk = signed): CheckpointSigner => replica(disk).signer;
/** The checkpoint in a note. */
const opened = (note: string): { size: number; root: Buffer } => openCheckpoint(note, testKeys.verifier);

beforeEach(() => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 30));
  kept = undefined;
});

describe('the signer', () => {
  test('signs the head, earlier sizes and later ones', async () => {
    const guard = signer();
    await guard.currentCheckpoint();
    expect(openCheckpoint(await guard.signCheckpointAt(7), testKeys.verifier)).toMatchObject({
      size: 7,
      root: await log.rootAt(7),
    });
    log.append(...usersCreated(100, 5));
    expect(openCheckpoint(await guard.currentCheckpoint(), testKeys.verifier).size).toBe(35);
    expect(kept?.size).toBe(35);
  });

  test('has recorded the largest checkpoint before it lets the signature out', async () => {
    const guard = signer({
      ...signed,
      recordSignedCheckpoint: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(guard.currentCheckpoint()).rejects.toThrow('the disk is full');
  });

  test('checks one signature after the other', async () => {
    const guard = signer();
    const sizes = [30, 3, 29, 17, 30, 1];
    const notes = await Promise.all(sizes.map((size) => guard.signCheckpointAt(size)));
    expect(notes.map((note) => openCheckpoint(note, testKeys.verifier).size)).toEqual(sizes);
    expect(kept?.size).toBe(30);
  });
});

describe('a log that does not extend what was signed', () => {
  const losses: [string, () => void][] = [
    [
      'is shorter',
      () => {
        log.cut(20);
      },
    ],
    [
      'has another record at the same size',
      () => {
        log.cut(29);
        log.append(...usersCreated(500, 1));
      },
    ],
    [
      'has gone on differently',
      () => {
        log.cut(20);
        log.append(...usersCreated(500, 50));
      },
    ],
  ];
  test.each(losses)('%s: no signature, in the same process and in the next', async (_name, lose) => {
    const guard = signer();
    await guard.currentCheckpoint();
    lose();
    await expect(guard.currentCheckpoint()).rejects.toMatchObject({ code: 'LOG_FORKED' });
    // Not even of what both share: nobody may be told anything until a person has looked.
    await expect(guard.signCheckpointAt(5)).rejects.toMatchObject({ code: 'LOG_FORKED' });
    const next = replica();
    await expect(next.signer.currentCheckpoint()).rejects.toMatchObject({ code: 'LOG_FORKED' });
    expect(next.alarm.fork?.noticedBy).toBe('server');
  });

  test('is not signed on the word of a caller who appended to another tree', async () => {
    const guard = signer();
    await guard.currentCheckpoint();
    const own = log.records.slice(20).map(({ leaf }) => leafHash(leaf));
    log.cut(20);
    log.append(...usersCreated(500, 50));
    const grown = { from: 20, leafHashes: [...own, ...own] };
    await expect(guard.sign(await log.head(), 'relay', { grown })).rejects.toMatchObject({ code: 'LOG_FORKED' });
  });
});

describe('two replicas', () => {
  test('sign one after the other, each on top of what the other one has signed', async () => {
    const [one, other] = [signer(), signer()];
    for (let round = 0; round < 6; round += 1) {
      log.append(...usersCreated(100 + round * 10, 3));
      await (round % 2 === 0 ? one : other).currentCheckpoint();
      expect(kept?.size).toBe(log.size);
    }
    const [first, second] = await Promise.all([one.currentCheckpoint(), other.currentCheckpoint()]);
    expect(opened(first)).toEqual(opened(second));
  });

  test('one does not go on from where it was itself when the other one has signed what the log has lost', async () => {
    const [one, other] = [signer(), replica()];
    await other.signer.signCheckpointAt(10);
    await one.currentCheckpoint();
    log.cut(20);
    log.append(...usersCreated(500, 50));
    await expect(other.signer.currentCheckpoint()).rejects.toMatchObject({ code: 'LOG_FORKED' });
    expect(kept?.size).toBe(30);
  });

  test('a state that was read before a failover is not signed after it', async () => {
    const guard = signer();
    await guard.currentCheckpoint();
    log.append(...usersCreated(100, 10));
    const before = await log.head();
    log.cut(35);
    log.server = 'the standby';
    await expect(guard.sign(before, 'head')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

test('a state between those known is signed by the kept end of the tree, without a proof out of the database', async () => {
  const guard = signer();
  await guard.currentCheckpoint();
  log.append(...usersCreated(100, 40));
  await guard.currentCheckpoint();
  expect(guard.known.size).toBe(70);
  log.consistencyProof = () => Promise.reject(new Error('the database was asked'));
  log.rootAt = () => Promise.reject(new Error('the database was asked'));
  for (const size of [30, 31, 50, 69]) expect(opened(await guard.signCheckpointAt(size)).size).toBe(size);
  expect(guard.known.proof(30, 70)).not.toBeNull();
  expect(guard.known.proof(29, 70)).toBeNull();
});

test('the relay goes first, heads go before everything else', async () => {
  let release: () => void = () => undefined;
  const busy = new Promise<void>((resolve) => (release = resolve));
  const guard = signer({
    ...signed,
    recordSignedCheckpoint: async (...args) => {
      await busy;
      return signed.recordSignedCheckpoint(...args);
    },
  });
  const order: string[] = [];
  const head = await log.head();
  const sign = async (size: number, priority: 'relay' | 'head' | 'other', name: string): Promise<void> => {
    await guard.sign({ size, server: head.server, root: await log.rootAt(size) }, priority);
    order.push(name);
  };
  const first = guard.sign(head, 'other');
  const all = [
    sign(1, 'other', 'public'),
    sign(2, 'other', 'refill'),
    sign(3, 'head', 'head'),
    sign(4, 'relay', 'relay'),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  release();
  await Promise.all([first, ...all]);
  expect(order).toEqual(['relay', 'head', 'public', 'refill']);
});
