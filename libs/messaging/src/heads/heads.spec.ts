import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openCheckpoint, signCheckpoint } from '@keyfold/domain';
import { askingIn, bodyOf, TestAdmin, testKeys, TestLog, type Wire } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import type { TreeState } from '../ports/log-source.js';
import { openRequest, type Protocol, PROTOCOLS, sealReply, sealRequest } from '../protocol/feed-message.js';
import { HeadClient, type HeadClientOptions } from './head-client.js';
import { LogClock } from './log-clock.js';
import { type HeadRequest, type SignedHead, signHead } from './signed-head.js';

let log: MemoryLog;
let side: TestAdmin;
let applied: TreeState;
let requests: HeadRequest[];
let wire: Wire;
/** The form in which the gateway asks. */
let protocol: Protocol;

beforeEach(async () => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 20));
  side = new TestAdmin(log, { natsUrl: undefined });
  applied = { size: 12, root: await log.rootAt(12) };
  requests = [];
  wire = (reply) => reply;
  protocol = 2;
});

function client(options: Partial<HeadClientOptions> = {}): HeadClient {
  const identity = { gatewayId: 'gateway-1', incarnation: 'i-1', keys: testKeys.shared, verifier: testKeys.verifier };
  const clock = new LogClock();
  const requester = askingIn(protocol, async (_purpose, text) => {
    requests.push(bodyOf(text) as HeadRequest);
    return wire(await side.answer('http', 'head', text), text);
  });
  return new HeadClient({ ...identity, requester, applied: () => applied, clock, log: new TestLog(), ...options });
}

/** What one does who has the shared secret but not the log's key. */
function resealed(change: (body: Record<string, unknown>) => object): Wire {
  return (reply, request) =>
    sealReply(openRequest('head', request, testKeys.shared), change(bodyOf(reply)), testKeys.shared);
}
function headIn({ head, ...members }: Record<string, unknown>): SignedHead {
  if (typeof head === 'string') return JSON.parse(head) as SignedHead;
  delete members['signature'];
  return members as SignedHead;
}
const altered = (change: (head: SignedHead) => object): Wire =>
  resealed(({ signature, ...body }) => {
    const head = change(headIn(body));
    return protocol === 1 ? { ...head, signature } : { head: JSON.stringify(head), signature };
  });
const signedAnew = (change: (head: SignedHead) => SignedHead, signer = testKeys.signer): Wire =>
  resealed((body) => signHead(change(headIn(body)), protocol, signer));

/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  jest.useRealTimers();
});

describe('a signed head', () => {
  test('carries size, root, log time and lease, and sets the log clock', async () => {
    const clock = new LogClock(() => 500);
    const heads = client({ clock, monotonicNow: () => 400 });
    const head = await heads.ask();
    expect(head).toMatchObject({ size: 20, leaseSeconds: 60, sentAtMonotonicMs: 400 });
    expect(head.root).toEqual(await log.rootAt(20));
    expect(clock.nowMs()).toBe(Date.parse((await log.head()).logTime) + 100);
    expect(heads.latest).toBe(head);
  });

  test('sets the log clock from the attempt that was answered', async () => {
    let monotonic = 0;
    const clock = new LogClock(() => monotonic);
    const answering = askingIn(protocol, async (_purpose, text) => side.answer('http', 'head', text));
    const requester: HeadClientOptions['requester'] = {
      ask: (purpose, askedIn) => {
        // The first way gives no answer.
        askedIn(protocol);
        monotonic += 2_000;
        return answering.ask(purpose, askedIn);
      },
    };
    const head = await client({ clock, monotonicNow: () => monotonic, requester }).ask();
    expect(head.sentAtMonotonicMs).toBe(2_000);
    expect(clock.nowMs()).toBe(Date.parse((await log.head()).logTime));
  });

  test('the next request presents the checkpoint and the reply that are held', async () => {
    const heads = client();
    const first = await heads.ask();
    await heads.ask();
    expect(requests[0]).toMatchObject({ checkpoint: null, held: null });
    expect(requests[1]).toMatchObject({ checkpoint: first.head.checkpoint, held: first.nonce });
    expect(requests[0]?.nonce).not.toBe(requests[1]?.nonce);
  });

  test('is not asked for before it is known what has been applied', async () => {
    const heads = client({ applied: () => null });
    await expect(heads.ask()).rejects.toMatchObject({ code: 'NOT_STARTED' });
    expect(requests).toHaveLength(0);
  });

  test('calls while a request is outstanding make no second one', async () => {
    const heads = client();
    const [first, second] = await Promise.all([heads.ask(), heads.ask()]);
    expect(first).toBe(second);
    expect(requests).toHaveLength(1);
  });

  test('that is wanted soon is asked for at once, and ten times in a hundred milliseconds at most', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] });
    const heads = client({ monotonicNow: () => performance.now(), intervalMs: 3_600_000 });
    heads.start();
    await turns();
    expect(requests).toHaveLength(1);
    jest.advanceTimersByTime(10);
    for (let call = 0; call < 3; call += 1) heads.askSoon();
    await turns();
    expect(requests).toHaveLength(2);
    for (let call = 0; call < 3; call += 1) heads.askSoon();
    jest.advanceTimersByTime(9);
    await turns();
    expect(requests).toHaveLength(2);
    jest.advanceTimersByTime(1);
    await turns();
    expect(requests).toHaveLength(3);
    heads.close();
  });

  test('is read after the lease, and never from a cache', async () => {
    side = new TestAdmin(log, { natsUrl: undefined });
    const heads = client();
    await heads.ask();
    log.append(...usersCreated(100, 1));
    await expect(heads.ask()).resolves.toMatchObject({ size: 21 });
    side.leaseSeconds = 5;
    await expect(heads.ask()).resolves.toMatchObject({ leaseSeconds: 5 });
  });
});

describe.each(PROTOCOLS)('in form %i a reply is dropped', (form) => {
  beforeEach(() => {
    protocol = form;
  });
  const attacks: [string, () => Wire][] = [
    ['with another nonce', () => signedAnew((head) => ({ ...head, nonce: 'n'.repeat(24) }))],
    ['to another request', () => signedAnew((head) => ({ ...head, requestHash: 'h'.repeat(43) }))],
    ['with a longer lease than was signed', () => altered((head) => ({ ...head, leaseSeconds: 3_600 }))],
    ['with another log time', () => altered((head) => ({ ...head, logTime: '2030-01-01T00:00:00.000Z' }))],
    ['with a signature by another key', () => signedAnew((head) => head, testKeys.stranger)],
    [
      'with another checkpoint',
      () => altered((head) => ({ ...head, checkpoint: head.checkpoint.replace('20', '19') })),
    ],
    ['with a member that was not signed', () => altered((head) => ({ ...head, extra: 1 }))],
    ['that holds no head', () => resealed(() => ({}))],
    ['that holds nothing', () => resealed(() => [])],
  ];
  test.each(attacks)('%s', async (_name, attack) => {
    wire = attack();
    const heads = client();
    await expect(heads.ask()).rejects.toMatchObject({ code: 'BAD_HEAD' });
    expect(heads.latest).toBeNull();
    expect(heads.lastProblem?.code).toBe('BAD_HEAD');
  });

  test('that is no message', async () => {
    for (const text of ['', 'no', 'null', '[]', '{}', '{"protocol":2,"body":"{}","mac":""}']) {
      wire = () => text;
      await expect(client().ask()).rejects.toMatchObject({ code: form === 1 ? 'BAD_HEAD' : 'BAD_REPLY' });
    }
  });

  test('that was the answer to an earlier request', async () => {
    const heads = client();
    let first = '';
    wire = (reply) => (first = reply);
    const held = await heads.ask();
    wire = () => first;
    await expect(heads.ask()).rejects.toMatchObject({ code: form === 1 ? 'BAD_HEAD' : 'BAD_REPLY' });
    wire = resealed(() => bodyOf(first));
    await expect(heads.ask()).rejects.toMatchObject({ code: 'BAD_HEAD' });
    expect(heads.latest).toBe(held);
  });

  test('whose head does not extend what is applied here', async () => {
    applied = { size: 12, root: await log.rootAt(11) };
    await expect(client().ask()).rejects.toMatchObject({ code: 'LOG_FORKED' });
  });

  test('whose head is smaller than one shown before', async () => {
    const heads = client();
    await heads.ask();
    applied = { size: 3, root: await log.rootAt(3) };
    const root = await log.rootAt(15);
    const checkpoint = signCheckpoint({ origin: testKeys.signer.name, size: 15, root }, testKeys.signer);
    const proof = (await log.consistencyProof(3, 15)).map((hash) => hash.toString('base64'));
    wire = signedAnew((head) => ({ ...head, checkpoint, consistency: proof }));
    await expect(heads.ask()).rejects.toMatchObject({ code: 'LOG_FORKED' });
  });
});

describe('a head that has been verified and not applied', () => {
  /** What a replica answers that has lost the end of the log and does not look at what it is shown. */
  async function onFork(size: number): Promise<Wire> {
    const fork = new MemoryLog();
    fork.append(...usersCreated(1, 15), ...usersCreated(500, size - 15));
    const root = await fork.rootAt(size);
    const checkpoint = signCheckpoint({ origin: testKeys.signer.name, size, root }, testKeys.signer);
    const consistency = (await fork.consistencyProof(12, size)).map((hash) => hash.toString('base64'));
    return signedAnew((head) => ({ ...head, checkpoint, consistency }));
  }

  test('is shown until it has been applied, whatever heads come after it', async () => {
    const heads = client();
    const first = await heads.ask();
    wire = await onFork(25);
    await expect(heads.ask()).resolves.toMatchObject({ size: 25 });
    // An honest replica of the forked log finds the evidence.
    log.cut(15);
    log.append(...usersCreated(500, 10));
    side = new TestAdmin(log, { natsUrl: undefined });
    wire = (reply) => reply;
    await expect(heads.ask()).rejects.toThrow();
    expect(requests.at(-1)?.checkpoint).toBe(first.head.checkpoint);
    expect(side.alarm.fork).toMatchObject({ noticedBy: 'gateway' });
  });

  test('gives way to the newest one once it has been applied', async () => {
    const heads = client();
    await heads.ask();
    log.append(...usersCreated(100, 10));
    applied = { size: 20, root: await log.rootAt(20) };
    const second = await heads.ask();
    await heads.ask();
    expect(requests.at(-1)?.checkpoint).toBe(second.head.checkpoint);
  });

  test('is not replaced by one of the same size with another root', async () => {
    const heads = client();
    const first = await heads.ask();
    wire = await onFork(20);
    await expect(heads.ask()).rejects.toMatchObject({ code: 'LOG_FORKED' });
    expect(heads.latest).toBe(first);
  });
});

describe.each(PROTOCOLS)('in form %i a request is refused', (form) => {
  const sealed = (body: HeadRequest, keys = testKeys.shared): string =>
    sealRequest('head', body, { protocol: form, keys }).text;
  const request = (): HeadRequest => ({
    gatewayId: 'g',
    incarnation: 'i',
    nonce: 'n'.repeat(24),
    appliedSize: 0,
    appliedRoot: Buffer.alloc(32).toString('base64'),
    checkpoint: null,
    held: null,
  });
  const refusal = async (text: string): Promise<unknown> => JSON.parse(await side.answer('http', 'head', text));
  const code = (name: string): object => ({ error: { code: name } });

  test('that is malformed', async () => {
    for (const text of ['', 'null', '[]', '{"a":', '1e400', '{"a":1.5,"mac":"x"}']) {
      expect(await refusal(text)).toEqual(code('MALFORMED_REQUEST'));
    }
    expect(await refusal(sealed({ ...request(), nonce: 'short' }))).toEqual(code('MALFORMED_REQUEST'));
    expect(await refusal('{"protocol":3,"body":"{}","mac":"x"}')).toEqual(code('MALFORMED_REQUEST'));
  });

  test('that is not authentic', async () => {
    expect(await refusal(JSON.stringify(request()))).toEqual(code('NOT_AUTHENTICATED'));
    expect(await refusal(sealed(request(), testKeys.otherShared))).toEqual(code('NOT_AUTHENTICATED'));
    // Authentic, but as another kind of request.
    expect(await refusal(sealRequest('refill', request(), { protocol: form, keys: testKeys.shared }).text)).toEqual(
      code('NOT_AUTHENTICATED'),
    );
    const changed = sealed(request()).replace(/(appliedSize\\?":)0/, '$11');
    expect(await refusal(changed)).toEqual(code('NOT_AUTHENTICATED'));
  });

  test('that claims more than the log has; without a signature that is no fork', async () => {
    const text = sealed({ ...request(), appliedSize: 21 });
    expect(await refusal(text)).toEqual(code('AHEAD_OF_LOG'));
    expect(side.alarm.fork).toBeNull();
  });

  test('that presents a checkpoint of another key; that is no fork either', async () => {
    const { stranger } = testKeys;
    const checkpoint = signCheckpoint({ origin: stranger.name, size: 40, root: Buffer.alloc(32, 1) }, stranger);
    const text = sealed({ ...request(), checkpoint });
    expect(await refusal(text)).toEqual(code('UNKNOWN_CHECKPOINT'));
    expect(side.alarm.fork).toBeNull();
  });

  test('once a gateway has shown a signed checkpoint that the log does not extend', async () => {
    const { checkpoint } = (await client().ask()).head;
    expect(openCheckpoint(checkpoint, testKeys.verifier).size).toBe(20);
    log.cut(15);
    side = new TestAdmin(log, { natsUrl: undefined });
    const text = sealed({ ...request(), checkpoint });
    expect(await refusal(text)).toEqual(code('LOG_FORKED'));
    expect(side.alarm.fork).toMatchObject({ noticedBy: 'gateway', firstDifferingPosition: 16 });
    expect(await refusal(sealed(request()))).toEqual(code('LOG_FORKED'));
  });
});
