import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EMPTY_ROOT, initialSettingsState, type NoLeaseReason, signCheckpoint } from '@keyfold/domain';
import { HeadClient, type HeadRequest, LogClock, openRequest, sealReply, signBatch } from '@keyfold/messaging';
import { HostClock } from '@keyfold/service-kit';
import { eventually } from '@keyfold/testing/eventually';
import { askingIn, testKeys, TestLog } from '@keyfold/testing/feed/feed-harness';
import type { FactChange } from '../facts/fact.js';
import { GatewayFacts } from '../facts/gateway-facts.js';
import { Freshness } from './freshness.js';
import { LeaseProcess } from './lease-process.js';

const { shared, signer, verifier } = testKeys;
const LOG_TIME = '2030-01-01T00:00:00.000Z';
const rootOf = (size: number): Buffer => (size === 0 ? EMPTY_ROOT : Buffer.alloc(32, size));

let dataDir: string;
/** The clocks of the host, moved by the tests. */
let clocks: { monotonicMs: number; wallMs: number; uptimeMs: number };
/** What the log would answer next. */
let log: {
  size: number;
  leaseSeconds: number;
  noLease: NoLeaseReason | null;
  retryAt?: string;
  waits: Promise<void>;
};
let requests: HeadRequest[];
let facts: GatewayFacts;
let leaseProcess: LeaseProcess;
let freshness: Freshness;
let heads: HeadClient;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyfold-freshness-'));
  clocks = { monotonicMs: 1_000, wallMs: 5_000, uptimeMs: 9_000 };
  log = { size: 0, leaseSeconds: 60, noLease: null, waits: Promise.resolve() };
  requests = [];
  facts = new GatewayFacts({ maxEntries: 10 });
  const hostClock = new HostClock({
    // No two readings of it are the same.
    monotonicMs: () => (clocks.monotonicMs += 0.001),
    wallMs: () => clocks.wallMs,
    uptimeMs: () => clocks.uptimeMs,
  });
  const logClock = new LogClock(() => hostClock.nowMs());
  leaseProcess = new LeaseProcess({
    place: { dataDir, gatewayId: 'gw', slot: '0' },
    version: '1',
    verifier,
    applied: () => ({ size: facts.appliedSize, root: rootOf(facts.appliedSize) }),
    isDoubtful: () => false,
    checkpoint: () => (facts.appliedSize === 0 ? null : note(facts.appliedSize)),
    logNowMs: () => (logClock.isSet ? logClock.nowMs() : null),
    log: new TestLog(),
  });
  freshness = new Freshness(hostClock, logClock, facts, leaseProcess);
  heads = new HeadClient({
    requester: askingIn(2, answer),
    verifier,
    keys: shared,
    gatewayId: 'gw',
    incarnation: 'unused',
    // Nothing but the first record is ever in the tree, so each head extends it.
    applied: () => ({ size: 0, root: EMPTY_ROOT }),
    held: () => freshness.lease.held?.nonce ?? null,
    process: (nonce) => leaseProcess.describe(nonce),
    clock: logClock,
    log: new TestLog(),
    monotonicNow: () => hostClock.nowMs(),
    // Only what is asked for at once is seen here.
    intervalMs: 1_000_000,
  });
  freshness.follow(heads);
});
afterEach(() => {
  heads.close();
  leaseProcess.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function note(size: number): string {
  return signCheckpoint({ origin: signer.name, size, root: rootOf(size) }, signer);
}

async function answer(_purpose: string, text: string): Promise<string> {
  const opened = openRequest('head', text, shared);
  const request = opened.body as unknown as HeadRequest;
  requests.push(request);
  const { leaseSeconds, noLease, retryAt, size, waits } = log;
  await waits;
  const reply = {
    requestHash: opened.hash,
    nonce: request.nonce,
    leaseSeconds,
    noLease,
    consistency: [],
    ...(retryAt === undefined ? {} : { retryAt }),
  };
  const [body = {}] = signBatch({ checkpoint: note(size), logTime: LOG_TIME }, [reply], signer);
  return sealReply(opened, body, shared);
}

/** Memory takes over records up to this one, the last of which may change the settings. */
function apply(size: number, gatewayLeaseSeconds?: number): void {
  const state = {
    ...initialSettingsState,
    settings: { ...initialSettingsState.settings, gatewayLeaseSeconds: gatewayLeaseSeconds ?? 60 },
  };
  const change: FactChange = {
    category: 'settings',
    stream: 'settings/security',
    id: 'security',
    fact: { version: 1, state },
    isNew: true,
    position: size,
    commitments: {},
  };
  facts.apply(gatewayLeaseSeconds === undefined ? [] : [change], size);
  freshness.applied();
}

function pass(ms: number, also: 'awake' | 'asleep' = 'awake'): void {
  if (also === 'awake') clocks.monotonicMs += ms;
  clocks.wallMs += ms;
  clocks.uptimeMs += ms;
}

describe('a lease', () => {
  test('counts from when the answered request was sent, however long the answer took', async () => {
    leaseProcess.start();
    let come: () => void = () => undefined;
    log.waits = new Promise((resolve) => (come = resolve));
    const asked = heads.ask();
    pass(20_000);
    come();
    await asked;
    pass(39_999);
    expect(freshness.holdsLease()).toBe(true);
    pass(1);
    expect(freshness.holdsLease()).toBe(false);
    expect(freshness.noLease?.code).toBe('RUN_OUT');
  });

  test('begins once the head is applied, and is named in requests from then on', async () => {
    leaseProcess.start();
    log.size = 7;
    await heads.ask();
    apply(6);
    expect([freshness.holdsLease(), freshness.noLease?.code]).toEqual([false, 'NOT_APPLIED']);
    await heads.ask();
    expect(requests.map(({ held }) => held)).toEqual([null, null]);
    apply(7);
    expect([freshness.holdsLease(), freshness.noLease]).toEqual([true, null]);
    await heads.ask();
    expect(requests[2]?.held).toBe(requests[1]?.nonce);
  });

  test('is over when the host has slept for that long, though its monotonic clock stood still', async () => {
    leaseProcess.start();
    await heads.ask();
    pass(59_000, 'asleep');
    expect(freshness.holdsLease()).toBe(true);
    pass(1_001, 'asleep');
    expect([freshness.holdsLease(), freshness.decisionTimeMs()]).toEqual([false, null]);
  });

  test('outlives a wall clock that somebody has set, in either direction', async () => {
    leaseProcess.start();
    await heads.ask();
    for (const stepMs of [3_600_000, -7_200_000]) {
      clocks.wallMs += stepMs;
      expect(freshness.holdsLease()).toBe(true);
    }
  });

  test('that is shorter in the settings now is asked for at once, also while the gateway catches up', async () => {
    leaseProcess.start();
    heads.start();
    await eventually(() => freshness.holdsLease());
    log = { ...log, size: 1_000, leaseSeconds: 5 };
    const before = requests.length;
    apply(400);
    apply(500, 5);
    apply(501);
    await eventually(() => requests.length > before);
    // The one behind the head is not held yet.
    expect(freshness.lease.held?.leaseSeconds).toBe(60);
    apply(1_000);
    expect(freshness.lease.held?.leaseSeconds).toBe(5);
    expect(requests).toHaveLength(before + 1);
  });

  test('is not held by a process without its key, whatever it is granted', async () => {
    await heads.ask();
    expect([freshness.holdsLease(), freshness.knownHeadSize]).toEqual([false, 0]);
    leaseProcess.start();
    await heads.ask();
    expect(freshness.holdsLease()).toBe(true);
  });

  test('that the log does not give leaves the one that is held', async () => {
    leaseProcess.start();
    await heads.ask();
    log = { ...log, leaseSeconds: 0, noLease: 'UNAVAILABLE' };
    pass(30_000);
    await heads.ask();
    expect(freshness.holdsLease()).toBe(true);
    pass(30_000);
    expect([freshness.holdsLease(), freshness.noLease?.code]).toEqual([false, 'UNAVAILABLE']);
  });

  test('since too many keys were enrolled says when there is room again', async () => {
    leaseProcess.start();
    log = { ...log, leaseSeconds: 0, noLease: 'TOO_MANY_ENROLMENTS', retryAt: '2026-01-01T01:00:00.000Z' };
    await heads.ask();
    const { code, sentence } = freshness.noLease ?? { code: '', sentence: '' };
    expect(code).toBe('TOO_MANY_ENROLMENTS');
    expect(sentence).toContain('too many keys were enrolled within an hour');
    expect(sentence).toContain('from 2026-01-01T01:00:00.000Z on');
  });
});

describe('a key that the log does not know', () => {
  test('is shown by a cosignature at once, and not again and again', async () => {
    leaseProcess.start();
    apply(3);
    log = { ...log, size: 3, leaseSeconds: 0, noLease: 'NOT_PROVEN' };
    heads.start();
    await eventually(() => requests.length === 2);
    expect(requests.map(({ process }) => process?.cosigned?.startsWith(note(3)))).toEqual([undefined, true]);
    // Nothing but the regular request is to come: one that is asked for here comes first.
    await heads.ask();
    expect(requests).toHaveLength(3);
  });
});

describe('a release', () => {
  const releases = (): boolean[] => requests.map(({ process }) => process?.release !== null);

  test('ends the lease here before it is sent, and nothing brings it back', async () => {
    leaseProcess.start();
    await heads.ask();
    let heldAtRequest: boolean | undefined;
    log.waits = new Promise((resolve) => {
      setImmediate(() => {
        heldAtRequest = freshness.holdsLease();
        resolve();
      });
    });
    await freshness.release();
    expect([heldAtRequest, freshness.holdsLease()]).toEqual([false, false]);
    expect(releases()).toEqual([false, true]);
  });

  test('follows a request that was on its way', async () => {
    leaseProcess.start();
    await heads.ask();
    const asked = heads.ask();
    await freshness.release();
    await asked;
    expect(releases()).toEqual([false, false, true]);
    expect(freshness.holdsLease()).toBe(false);
  });

  test('is not waited for when nobody answers', async () => {
    leaseProcess.start();
    await heads.ask();
    log.waits = new Promise(() => undefined);
    await freshness.release();
    expect(releases()).toEqual([false, true]);
  });

  test('is not sent where none was granted: no key, or no answer yet', async () => {
    await freshness.release();
    await heads.ask();
    await freshness.release();
    expect(releases()).toEqual([false]);
  });
});
