import { beforeEach, describe, expect, test } from '@jest/globals';
import { EMPTY_ROOT, type JsonObject, type NoteSigner, signCheckpoint } from '@keyfold/domain';
import { askingIn, testKeys, TestLog } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { openRequest, type Protocol, PROTOCOLS, sealReply } from '../protocol/feed-message.js';
import { type BatchedReply, signBatch } from './batched-head.js';
import { HeadClient, type HeadClientOptions } from './head-client.js';
import { LogClock } from './log-clock.js';
import { type HeadProcess, type HeadRequest, parseHeadRequest, signHead } from './signed-head.js';

const LOG_TIME = '2030-01-01T00:00:00.000Z';
const { shared, signer, stranger, verifier } = testKeys;

let log: MemoryLog;
/** What a client has sent, and what becomes of the reply that an admin-service makes of it. */
let requests: HeadRequest[];
let reply: (request: HeadRequest, requestHash: string) => Promise<JsonObject | undefined>;

beforeEach(() => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 20));
  requests = [];
  reply = (request, requestHash) => batched(request, requestHash);
});

const describeProcess = (nonce: string): { incarnation: string; process: HeadProcess } => ({
  incarnation: 'i-2',
  process: {
    slot: '0',
    verifierKey: 'gateway-1/0+x',
    version: null,
    cosigned: null,
    release: Buffer.alloc(64, nonce).toString('base64'),
  },
});

function client(options: Partial<HeadClientOptions> = {}, protocol: Protocol = 2): HeadClient {
  const requester = askingIn(protocol, async (_purpose, text) => {
    const opened = openRequest('head', text, shared);
    const request = parseHeadRequest(opened.body);
    requests.push(request);
    return sealReply(opened, (await reply(request, opened.hash)) ?? {}, shared);
  });
  return new HeadClient({
    gatewayId: 'gateway-1',
    incarnation: 'i-1',
    requester,
    keys: shared,
    verifier,
    applied: () => ({ size: 0, root: EMPTY_ROOT }),
    process: describeProcess,
    clock: new LogClock(),
    log: new TestLog(),
    ...options,
  });
}

async function checkpoint(): Promise<string> {
  const { root, size } = await log.head();
  return signCheckpoint({ origin: signer.name, size, root }, signer);
}

interface Batch {
  readonly leaseSeconds?: number;
  readonly noLease?: BatchedReply['noLease'];
  /** Requests of others before and behind this one. */
  readonly others?: readonly [number, number];
  readonly by?: NoteSigner;
}

async function batched(
  { nonce }: Pick<HeadRequest, 'nonce'>,
  requestHash: string,
  { by = signer, leaseSeconds = 60, noLease = null, others: [before, behind] = [2, 3] }: Batch = {},
): Promise<JsonObject | undefined> {
  const own = { requestHash, nonce, leaseSeconds, noLease, consistency: [] };
  const other = (of: number): BatchedReply => ({
    ...own,
    requestHash: Buffer.alloc(32, of).toString('base64url'),
    leaseSeconds: 3_600,
    nonce: 'o'.repeat(24),
  });
  const replies = [...Array(before).keys()].map(other);
  replies.push(own, ...[...Array(behind).keys()].map((of) => other(of + 100)));
  return signBatch({ checkpoint: await checkpoint(), logTime: LOG_TIME }, replies, by)[before];
}

describe('a reply that shares its signature with others', () => {
  test.each([
    [0, 0],
    [0, 1],
    [6, 0],
    [3, 9],
    [400, 600],
  ])('brings head, time and lease, with %d before it and %d behind it', async (before, behind) => {
    reply = (request, hash) => batched(request, hash, { leaseSeconds: 7, others: [before, behind] });
    const head = await client({ monotonicNow: () => 400 }).ask();
    expect(head).toMatchObject({ size: 20, leaseSeconds: 7, noLease: null, isOfBatch: true, sentAtMonotonicMs: 400 });
    expect(head.nonce).toBe(requests[0]?.nonce);
    expect(head.logTimeMs).toBe(Date.parse(LOG_TIME));
  });

  test('may be a head without a lease, and says why', async () => {
    reply = (request, hash) => batched(request, hash, { leaseSeconds: 0, noLease: 'SLOT_TAKEN' });
    const clock = new LogClock();
    await expect(client({ clock }).ask()).resolves.toMatchObject({ size: 20, leaseSeconds: 0, noLease: 'SLOT_TAKEN' });
    expect(clock.isSet).toBe(true);
  });

  test('may give a reason that a newer log has', async () => {
    reply = async (request, hash) => ({
      ...(await batched(request, hash, { leaseSeconds: 0, noLease: 'RETIRED' })),
      noLease: 'NEW',
    });
    await expect(client().ask()).resolves.toMatchObject({ leaseSeconds: 0, noLease: 'UNKNOWN' });
  });

  const attacks: [string, typeof reply][] = [
    ['with a longer lease', async (...own) => ({ ...(await batched(...own)), leaseSeconds: 3_600 })],
    [
      'with a lease where there is none',
      async (...own) => ({ ...(await batched(...own, { leaseSeconds: 0, noLease: 'RETIRED' })), leaseSeconds: 60 }),
    ],
    ['with another nonce', async (...own) => ({ ...(await batched(...own)), nonce: 'n'.repeat(24) })],
    ['to another request', async (request) => batched(request, Buffer.alloc(32, 9).toString('base64url'))],
    ['at another place of the batch', async (...own) => ({ ...(await batched(...own)), index: 1 })],
    ['with a path cut short', async (...own) => ({ ...(await batched(...own)), path: [] })],
    [
      'with another time',
      async (...own) => {
        const body = await batched(...own);
        return { ...body, head: (body?.['head'] as string).replace('2030', '2031') };
      },
    ],
    ['by another key', async (...own) => batched(...own, { by: stranger })],
    ['that is no head', async (...own) => ({ ...(await batched(...own)), head: '{}' })],
    ['without a lease length', async (...own) => ({ ...(await batched(...own)), leaseSeconds: null })],
  ];
  test.each(attacks)('is dropped %s', async (_name, attack) => {
    reply = attack;
    const heads = client();
    await expect(heads.ask()).rejects.toMatchObject({ code: 'BAD_HEAD' });
    expect(heads.latest).toBeNull();
  });

  test('is dropped if it answered an earlier request', async () => {
    let first: JsonObject | undefined;
    reply = async (...own) => (first = await batched(...own));
    const heads = client();
    const held = await heads.ask();
    reply = () => Promise.resolve(first);
    await expect(heads.ask()).rejects.toMatchObject({ code: 'BAD_HEAD' });
    expect(heads.latest).toBe(held);
  });
});

describe('what a process says of itself', () => {
  test('is made for each request, by its nonce', async () => {
    const heads = client();
    await heads.ask();
    await heads.ask();
    for (const request of requests) expect(request).toMatchObject(describeProcess(request.nonce));
    expect(requests).toHaveLength(2);
    expect(requests[0]?.nonce).not.toBe(requests[1]?.nonce);
  });

  test.each(PROTOCOLS)(
    'does not keep an admin-service from answering in its older form, asked in form %i',
    async (form) => {
      reply = async ({ nonce }, requestHash) =>
        signHead(
          { checkpoint: await checkpoint(), logTime: LOG_TIME, consistency: [], leaseSeconds: 60, nonce, requestHash },
          form,
          signer,
        );
      const head = await client({}, form).ask();
      expect(head).toMatchObject({ size: 20, leaseSeconds: 60, noLease: null, isOfBatch: false });
      // The readers of the first form refuse what they do not know.
      expect(requests[0]?.process === undefined).toBe(form === 1);
    },
  );
});
