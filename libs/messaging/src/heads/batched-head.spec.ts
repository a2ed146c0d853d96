import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  cosignatureLine,
  generateCosignerKey,
  parseCosignerKey,
  processName,
  readNote,
  signRelease,
} from '@keyfold/domain';
import { bodyOf, TestAdmin, testKeys } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { openReply, sealRequest } from '../protocol/feed-message.js';
import { isBatchReply, openBatchReply, type OpenedBatchReply, signBatch } from './batched-head.js';
import type { HeadProcess, HeadRequest } from './signed-head.js';

let log: MemoryLog;
let side: TestAdmin;
let nth = 0;

beforeEach(() => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 20));
  side = new TestAdmin(log, { natsUrl: undefined });
});

const key = parseCosignerKey(generateCosignerKey(processName('gw-1', '0'), Buffer.alloc(32, 4)));
const ownProcess: HeadProcess = {
  slot: '0',
  verifierKey: key.verifierKey,
  version: '1',
  cosigned: null,
  release: null,
};

async function request(size = 12): Promise<HeadRequest & { readonly process: HeadProcess }> {
  nth += 1;
  const appliedRoot = (await log.rootAt(size)).toString('base64');
  const asked = {
    nonce: `nonce-${nth}-${'x'.repeat(16)}`,
    appliedSize: size,
    appliedRoot,
    checkpoint: null,
    held: null,
  };
  return { gatewayId: 'gw-1', incarnation: 'i-1', ...asked, process: ownProcess };
}

async function ask(
  asked: HeadRequest,
): Promise<{ readonly body: Record<string, unknown>; readonly open: () => OpenedBatchReply }> {
  const sealed = sealRequest('head', asked, { protocol: 2, keys: testKeys.shared });
  const text = await side.answer('http', 'head', sealed.text);
  if ('error' in bodyOf(text)) throw new Error(JSON.stringify(bodyOf(text)));
  const body = openReply(sealed, text, testKeys.shared) as Record<string, unknown>;
  return { body, open: () => openBatchReply(body, { nonce: asked.nonce, hash: sealed.hash }, testKeys.verifier) };
}

function asOlder(asked: HeadRequest): HeadRequest {
  const older = { ...asked };
  delete older.process;
  return older;
}

describe('a request with a process', () => {
  test('gets a reply of a batch: the head, its lease and the way to the signature', async () => {
    const { body, open } = await ask(await request());
    expect(isBatchReply(body)).toBe(true);
    expect(open()).toMatchObject({ leaseSeconds: 60, noLease: null, logTime: (await log.head()).logTime });
  });

  test('may get a head without a lease; an older peer is refused then, since it would take any head for one', async () => {
    side.leaseSeconds = 0;
    const asked = await request();
    expect((await ask(asked)).open()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_APPROVED' });
    const older = asOlder(await request());
    await expect(ask(older)).rejects.toThrow('NO_LEASE');
  });

  test('shares head and signature with those that come at the same time, those of older peers beside', async () => {
    const asked = await Promise.all([request(), request(5), request(20)]);
    const older = asOlder(await request());
    const replies = await Promise.all([...asked, older].map(ask));
    expect(new Set(replies.slice(0, 3).map(({ body }) => body['head'])).size).toBe(1);
    expect(new Set(replies.slice(0, 3).map(({ body }) => body['signature'])).size).toBe(1);
    for (const { open } of replies.slice(0, 3)) expect(open().leaseSeconds).toBe(60);
    expect(replies.map(({ body }) => isBatchReply(body))).toEqual([true, true, true, false]);
    expect(side.committed.map(({ request: { nonce } }) => nonce)).toEqual([...asked, older].map(({ nonce }) => nonce));
  });

  test('that is refused does not keep the others from their replies', async () => {
    const ahead = { ...(await request()), appliedSize: 21 };
    const [refused, answered] = await Promise.allSettled([ask(ahead), ask(await request())]);
    expect(refused).toMatchObject({ reason: new Error('{"error":{"code":"AHEAD_OF_LOG"}}') });
    expect(answered.status).toBe('fulfilled');
  });
});

describe('a reply of a batch is dropped', () => {
  const attacks: [string, (body: Record<string, unknown>) => Record<string, unknown>][] = [
    ['with a longer lease than was committed', (body) => ({ ...body, leaseSeconds: 3_600 })],
    ['with another place in the batch', (body) => ({ ...body, index: 1 })],
    ['with a path', (body) => ({ ...body, path: [Buffer.alloc(32).toString('base64')] })],
    ['with another nonce', (body) => ({ ...body, nonce: 'n'.repeat(24) })],
    ['with another head', (body) => ({ ...body, head: String(body['head']).replace('.0', '.1') })],
    ['that holds no head', () => ({ path: [] })],
    [
      'with a signature by another key',
      (body) => {
        const { checkpoint, logTime } = JSON.parse(String(body['head'])) as { checkpoint: string; logTime: string };
        const parts = {
          requestHash: '',
          nonce: String(body['nonce']),
          leaseSeconds: 60,
          noLease: null,
          consistency: [],
        };
        const [forged = {}] = signBatch(
          { checkpoint, logTime },
          [{ ...parts, requestHash: Buffer.alloc(32).toString('base64url') }],
          testKeys.stranger,
        );
        return forged;
      },
    ],
  ];
  test.each(attacks)('%s', async (_name, attack) => {
    const asked = await request();
    const sealed = sealRequest('head', asked, { protocol: 2, keys: testKeys.shared });
    const body = openReply(sealed, await side.answer('http', 'head', sealed.text), testKeys.shared) as Record<
      string,
      unknown
    >;
    const opened = { nonce: asked.nonce, hash: sealed.hash };
    expect(openBatchReply(body, opened, testKeys.verifier).leaseSeconds).toBe(60);
    expect(() => openBatchReply(attack(body), opened, testKeys.verifier)).toThrow(
      expect.objectContaining({ code: 'BAD_HEAD' }),
    );
  });

  test('that was signed for another request of the same batch', async () => {
    const asked = [await request(), await request()];
    const [first, second] = await Promise.all(asked.map(ask));
    const own = {
      nonce: asked[0]?.nonce ?? '',
      hash: sealRequest('head', asked[0] ?? {}, { protocol: 2, keys: testKeys.shared }).hash,
    };
    expect(openBatchReply(first?.body, own, testKeys.verifier).leaseSeconds).toBe(60);
    expect(() => openBatchReply({ ...second?.body, nonce: own.nonce }, own, testKeys.verifier)).toThrow(
      'does not hold this request',
    );
  });
});

describe('what a process signs', () => {
  const cosigned = async (by = key): Promise<string> => {
    const checkpoint = await side.signer.currentCheckpoint();
    return checkpoint + cosignatureLine(readNote(checkpoint).text, by, 1_700_000_000);
  };

  /** The own cosignature, with another time in it. */
  const movedInTime = (note: string): string => {
    const at = note.lastIndexOf(' ') + 1;
    const bytes = Buffer.from(note.slice(at), 'base64');
    bytes.writeBigUInt64BE(1_700_000_001n, 4);
    return `${note.slice(0, at)}${bytes.toString('base64')}\n`;
  };

  test('is checked before its lease is committed', async () => {
    const asked = await request(20);
    const note = await cosigned();
    await ask({ ...asked, process: { ...ownProcess, cosigned: note } });
    expect(side.committed.at(-1)).toMatchObject({
      cosignature: { size: 20, timeSeconds: 1_700_000_000, line: note.split('\n').slice(-2).join('\n') },
      isRelease: false,
    });
    const other = parseCosignerKey(generateCosignerKey('gw-1/0', Buffer.alloc(32, 5)));
    const sibling = parseCosignerKey(generateCosignerKey('gw-1/1', Buffer.alloc(32, 4)));
    const signature = signRelease({ origin: testKeys.signer.name, incarnation: 'i-1', nonce: 'another' }, key).toString(
      'base64',
    );
    for (const process of [
      { ...ownProcess, cosigned: await cosigned(other) },
      { ...ownProcess, cosigned: await cosigned(sibling) },
      { ...ownProcess, cosigned: movedInTime(note) },
      { ...ownProcess, cosigned: note.replace('\n20\n', '\n19\n') },
      { ...ownProcess, verifierKey: other.verifierKey.replace('gw-1', 'gw-2') },
      { ...ownProcess, slot: '1' },
      { ...ownProcess, release: signature },
    ])
      await expect(ask({ ...(await request()), process })).rejects.toThrow(/BAD_PROCESS|UNKNOWN_CHECKPOINT/);
    expect(side.committed).toHaveLength(1);
  });

  test('and does not fit the log is the proof of a fork', async () => {
    const note = await cosigned();
    log.cut(15);
    side = new TestAdmin(log, { natsUrl: undefined });
    await expect(ask({ ...(await request()), process: { ...ownProcess, cosigned: note } })).rejects.toThrow(
      'LOG_FORKED',
    );
    expect(side.alarm.fork).toMatchObject({ noticedBy: 'gateway', firstDifferingPosition: 16 });
  });
});
