import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isSignedRelease,
  openCheckpoint,
  parseCosignerVerifierKey,
  readNote,
  signCheckpoint,
  verifyCosignature,
} from '@keyfold/domain';
import { testKeys } from '@keyfold/testing/feed/feed-harness';
import { LeaseProcess } from './lease-process.js';

const { signer, stranger, verifier } = testKeys;
const NONCE = 'n'.repeat(24);

let dataDir: string;
/** What memory has applied, the note that came with it, and the log's clock. */
let applied: { size: number; root: Buffer };
let note: string | null;
let logNowMs: number | null;
let lines: string[];
let started: LeaseProcess[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyfold-process-'));
  applied = { size: 0, root: Buffer.alloc(32) };
  note = null;
  logNowMs = 1_700_000_000_900;
  lines = [];
  started = [];
});
afterEach(() => {
  for (const each of started) each.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function leaseProcess(slot = '0'): LeaseProcess {
  const log = {
    error: (_: object, message: string) => void lines.push(message),
    info: (_: object, message: string) => void lines.push(message),
  };
  const each = new LeaseProcess({
    place: { dataDir, gatewayId: 'gw', slot },
    version: '1.2.3',
    verifier,
    applied: () => applied,
    isDoubtful: () => false,
    checkpoint: () => note,
    logNowMs: () => logNowMs,
    log,
  });
  started.push(each);
  return each;
}
function startedProcess(slot?: string): LeaseProcess {
  const each = leaseProcess(slot);
  each.start();
  return each;
}

const rootOf = (size: number): Buffer => Buffer.alloc(32, size);
function signed(size: number, root = rootOf(size), by = signer): string {
  return signCheckpoint({ origin: by.name, size, root }, by);
}
/** Memory applies what the log has signed for. */
function apply(size: number): void {
  applied = { size, root: rootOf(size) };
  note = signed(size);
}
/** Size and time of what the process says that it has applied; checks both signatures. */
function cosignedBy(each: LeaseProcess): { size: number; timeSeconds: number | undefined } | null {
  const { cosigned, verifierKey } = each.describe(NONCE).process;
  if (cosigned === null) return null;
  const { signatures, text } = readNote(cosigned);
  const own = parseCosignerVerifierKey(verifierKey);
  const line = signatures.find(({ keyId, name }) => name === own.name && keyId === own.keyId);
  const found = verifyCosignature(text, line?.signature ?? Buffer.alloc(0), own);
  return { size: openCheckpoint(cosigned, verifier).size, timeSeconds: found?.timeSeconds };
}

describe('what a process says it has applied', () => {
  test('is the newest checkpoint that its own memory holds, at the time of the log', () => {
    const each = startedProcess();
    expect(cosignedBy(each)).toBeNull();
    apply(5);
    expect(cosignedBy(each)).toEqual({ size: 5, timeSeconds: 1_700_000_000 });
    expect(each.describe(NONCE).process).toMatchObject({ slot: '0', version: '1.2.3', release: null });
    apply(9);
    logNowMs = 1_700_000_007_000;
    expect(cosignedBy(each)).toEqual({ size: 9, timeSeconds: 1_700_000_007 });
    expect(each.cosignedSize).toBe(9);
  });

  test('is never a checkpoint that its memory has not come to, as one that a sibling has written to the tables', () => {
    const each = startedProcess();
    apply(5);
    cosignedBy(each);
    for (const [size, root] of [
      [9, rootOf(9)],
      [5, rootOf(6)],
      [4, rootOf(4)],
    ] as const) {
      note = signed(size, root);
      expect(cosignedBy(each)).toMatchObject({ size: 5 });
    }
    // Memory and note differ the other way round.
    applied = { size: 9, root: rootOf(8) };
    note = signed(9);
    expect(cosignedBy(each)).toMatchObject({ size: 5 });
  });

  test('is cosigned once for each checkpoint, and sent again until there is a newer one', () => {
    const each = startedProcess();
    apply(5);
    const first = each.describe(NONCE).process.cosigned;
    logNowMs = 1_700_000_050_000;
    note = signed(5);
    expect([each.describe(NONCE).process.cosigned, each.cosignNewest()]).toEqual([first, false]);
    apply(6);
    expect([each.cosignNewest(), each.cosignNewest()]).toEqual([true, false]);
  });

  test('is nothing before the log has said what time it is', () => {
    const each = startedProcess();
    apply(5);
    logNowMs = null;
    expect(cosignedBy(each)).toBeNull();
  });

  test('is nothing where the note is not by the log, as one that somebody has put into the tables', () => {
    const each = startedProcess();
    for (const text of ['', 'x', signed(5).replace('5', '6'), signed(5, rootOf(5), stranger)]) {
      applied = { size: 5, root: rootOf(5) };
      note = text;
      expect(cosignedBy(each)).toBeNull();
    }
  });

  test('never goes back, whatever is applied and signed in whatever order', () => {
    const step = fc.record({
      memory: fc.integer({ min: 1, max: 6 }),
      log: fc.integer({ min: 1, max: 6 }),
      isForked: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const each = startedProcess();
        let most = 0;
        for (const { isForked, log, memory } of steps) {
          applied = { size: memory, root: rootOf(memory) };
          note = signed(log, rootOf(isForked ? 99 : log));
          most = memory === log && !isForked ? Math.max(most, memory) : most;
          expect(cosignedBy(each)?.size ?? 0).toBe(most);
        }
        each.close();
      }),
      { numRuns: 50 },
    );
  });
});

describe('a process without its key', () => {
  test('may hold no lease and proves nothing, until the other process ends', () => {
    apply(5);
    const first = startedProcess();
    const second = startedProcess();
    expect([first.mayHoldLease, second.mayHoldLease]).toEqual([true, false]);
    expect(second.problem?.code).toBe('KEY_IN_USE');
    const asked = second.describe(NONCE).process;
    expect(asked.cosigned).toBeNull();
    expect(asked.verifierKey).not.toBe(first.describe(NONCE).process.verifierKey);
    expect(parseCosignerVerifierKey(asked.verifierKey).name).toBe('gw/0');
    const { verifierKey } = first.describe(NONCE).process;
    const before = second.describe(NONCE).incarnation;
    first.close();
    expect(second.describe(NONCE).process.verifierKey).toBe(verifierKey);
    // The log takes one key for one incarnation.
    expect(before).not.toBe(second.incarnation);
    expect(second.describe(NONCE).incarnation).toBe(second.incarnation);
  });

  test('says so once, and once more when it has it', () => {
    const first = startedProcess();
    const second = startedProcess();
    second.describe(NONCE);
    second.describe(NONCE);
    first.close();
    second.describe(NONCE);
    second.describe(NONCE);
    expect(lines).toEqual([
      'this process uses its key',
      expect.stringContaining('is locked'),
      'this process uses its key',
    ]);
    expect([second.mayHoldLease, second.problem]).toEqual([true, null]);
  });

  test('that was not started, as a preparation, takes none and leaves no file', () => {
    apply(5);
    const each = leaseProcess();
    expect([each.mayHoldLease, each.problem, each.describe(NONCE).process.cosigned]).toEqual([false, null, null]);
    expect(startedProcess().mayHoldLease).toBe(true);
  });
});

describe('a release', () => {
  test('is for this incarnation, request and log, by the key of the process', () => {
    const each = startedProcess();
    expect(each.beginRelease()).toBe(true);
    const { release, verifierKey } = each.describe(NONCE).process;
    const signature = Buffer.from(release ?? '', 'base64');
    const own = parseCosignerVerifierKey(verifierKey);
    const stated = { origin: verifier.name, incarnation: each.incarnation, nonce: NONCE };
    expect(isSignedRelease(stated, signature, own)).toBe(true);
    for (const other of [{ origin: 'x' }, { incarnation: 'i-2' }, { nonce: 'm'.repeat(24) }])
      expect(isSignedRelease({ ...stated, ...other }, signature, own)).toBe(false);
    expect(each.mayHoldLease).toBe(false);
  });

  test('is not made without a key', () => {
    startedProcess();
    const second = startedProcess();
    expect(second.beginRelease()).toBe(false);
    expect(second.describe(NONCE).process.release).toBeNull();
  });
});
