import { beforeEach, describe, expect, test } from '@jest/globals';
import { openCheckpoint } from '@keyfold/domain';
import { TestLog, testKeys } from '../../../../test/support/feed/feed-harness.js';
import { MemoryLog } from '../../../../test/support/feed/memory-log.js';
import { usersCreated } from '../../../../test/support/feed/test-events.js';
import { ForkAlarm } from '../fork-alarm.js';
import type { SignedCheckpoints } from '../log-source.js';
import { CheckpointSigner } from './checkpoint-signer.js';

let log: MemoryLog;
let alarm: ForkAlarm;
let kept: { size: number; root: Buffer; note: string } | undefined;
/** What was signed, on a disk of its own: it outlives what the log loses. */
const signed: SignedCheckpoints = {
  largestSignedCheckpoint: () => Promise.resolve(kept),
  recordSignedCheckpoint: (checkpoint) => {
    kept = checkpoint;
    return Promise.resolve();
  },
};
const signer = (): CheckpointSigner => new CheckpointSigner({ source: log, signed, signer: testKeys.signer, alarm });

beforeEach(() => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 30));
  alarm = new ForkAlarm(new TestLog());
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
    const guard = new CheckpointSigner({
      source: log,
      signed: { ...signed, recordSignedCheckpoint: () => Promise.reject(new Error('the disk is full')) },
      signer: testKeys.signer,
      alarm,
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
    alarm = new ForkAlarm(new TestLog());
    await expect(signer().currentCheckpoint()).rejects.toMatchObject({ code: 'LOG_FORKED' });
    expect(alarm.fork?.noticedBy).toBe('signer');
  });

  test('is not signed on the word of a caller who extended another tree', async () => {
    const guard = signer();
    await guard.currentCheckpoint();
    const before = { size: 29, root: await log.rootAt(29) };
    log.cut(20);
    log.append(...usersCreated(500, 50));
    await expect(guard.sign(await log.head(), before)).rejects.toMatchObject({ code: 'LOG_FORKED' });
  });
});
