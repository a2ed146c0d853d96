import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { eventually } from '@keyfold/testing/eventually';
import { type Answered, type EverySurface, openEverySurface } from '@keyfold/testing/every-surface';
import { type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import type { TestApiKey } from '@keyfold/testing/log-writer';
import { type Surface, SURFACES } from '../authentication/verdict.js';

/* What each way into a gateway answers without a lease, and when it is that the lease counts. */

let world: GatewayWorld;
let everywhere: EverySurface;
let keys: ReadonlyMap<Surface, TestApiKey>;
/** Keeps Argon2 busy for a second or so, and how long that is on this machine. */
let slowHash: string;
let slowHashMs: number;

beforeAll(async () => {
  world = await startGatewayWorld();
  everywhere = await openEverySurface(world, { KEYFOLD_GATEWAY_ARGON2_CONCURRENCY: '1' });
  slowHash = await argon2.hash('x', { type: argon2.argon2id, memoryCost: 262_144, timeCost: 4, parallelism: 1 });
  const startMs = performance.now();
  await argon2.verify(slowHash, 'x');
  slowHashMs = performance.now() - startMs;
});
afterAll(async () => {
  await everywhere.close();
  await world.stop();
});

/** A key for each surface that nobody has proven yet. */
async function freshKeys(): Promise<ReadonlyMap<Surface, TestApiKey>> {
  const made = new Map<Surface, TestApiKey>();
  for (const surface of SURFACES) made.set(surface, await world.writer.issue(world.anna));
  await world.caughtUp(everywhere.gateway);
  return made;
}

/** What is said of a refusal: the code of a problem, or the reason where 200 answers every question. */
const codeOf = ({ body }: Answered): unknown => {
  const { code, reason } = (body ?? {}) as { code?: unknown; reason?: unknown };
  return code ?? reason;
};

async function askAll(present: (surface: Surface) => string): Promise<Record<string, [number, unknown]>> {
  const answers = await Promise.all(
    SURFACES.map(async (surface) => {
      const answered = await everywhere.asks[surface]({ username: 'anna', key: present(surface) });
      return [surface, [answered.status, codeOf(answered)]] as [string, [number, unknown]];
    }),
  );
  return Object.fromEntries(answers);
}

const keyOf = (surface: Surface): string => keys.get(surface)?.key ?? '';
const allOf = (answer: (surface: Surface) => [number, unknown]): Record<string, [number, unknown]> =>
  Object.fromEntries(SURFACES.map((surface) => [surface, answer(surface)]));
/** nginx turns whatever it does not know into a 500. */
const STALE = allOf((surface) => {
  if (surface === 'nats') return [0, 'STALE'];
  return [surface === 'auth-request' ? 403 : 503, 'STALE'];
});
const UNPROVEN = allOf((surface) => {
  if (surface === 'nats') return [0, 'INVALID_CREDENTIALS'];
  return [surface === 'verify' ? 200 : 401, 'INVALID_CREDENTIALS'];
});

test('a request that waits while the lease ends is refused by every surface: the decision comes after the last wait', async () => {
  keys = await freshKeys();
  const { argon2: gate, freshness } = everywhere.gateway.parts;
  const { admin } = world.writer;
  admin.leaseSeconds = 2;
  await eventually(() => freshness.lease.held?.leaseSeconds === 2);
  // Three times as long as the lease.
  const busy = Array.from({ length: Math.ceil(6_000 / slowHashMs) }, () => gate.verify(slowHash, 'x'));
  const asked = askAll(keyOf);
  await eventually(() => gate.queued >= SURFACES.length);
  admin.isSilent = true;
  await eventually(() => !freshness.holdsLease());
  // Every request got past the look at the lease with which it begins, and none has been decided yet.
  const waiting = gate.queued;
  const answers = await asked;
  await Promise.all(busy);
  expect(waiting).toBeGreaterThanOrEqual(SURFACES.length);
  expect(answers).toEqual(STALE);
  admin.isSilent = false;
  await eventually(() => freshness.holdsLease());
});

describe('a token that is being signed', () => {
  /** Signs as ever, and then does this before the token is handed over. */
  async function whileSigning(then: () => Promise<unknown>): Promise<[number, unknown]> {
    const { tokens } = everywhere.gateway.parts;
    const key = await world.writer.issue(world.anna);
    await world.caughtUp(everywhere.gateway);
    const issue = tokens.issue.bind(tokens);
    tokens.issue = async (...identity) => {
      const token = await issue(...identity);
      await then();
      return token;
    };
    try {
      signedFor = key;
      const answered = await everywhere.asks.token({ username: 'anna', key: key.key });
      return [answered.status, codeOf(answered)];
    } finally {
      tokens.issue = issue;
    }
  }
  let signedFor: TestApiKey;

  test('is not given to whose key is revoked meanwhile', async () => {
    const revoke = async (): Promise<void> => {
      const position = await world.writer.revoke(signedFor);
      await eventually(() => everywhere.gateway.parts.facts.appliedSize >= position);
    };
    expect(await whileSigning(revoke)).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(await whileSigning(() => Promise.resolve())).toEqual([200, undefined]);
  });

  test('is not given once the lease is over', async () => {
    const { freshness } = everywhere.gateway.parts;
    const { admin } = world.writer;
    admin.leaseSeconds = 2;
    await eventually(() => freshness.lease.held?.leaseSeconds === 2);
    const outlive = async (): Promise<void> => {
      admin.isSilent = true;
      await eventually(() => !freshness.holdsLease());
    };
    expect(await whileSigning(outlive)).toEqual([503, 'STALE']);
    admin.isSilent = false;
    await eventually(() => freshness.holdsLease());
  });
});

test('without a lease what is well formed with a valid tag is a 503, and the rest as ever', async () => {
  world.writer.admin.isSilent = true;
  await eventually(() => !everywhere.gateway.parts.freshness.holdsLease());
  expect(await askAll(keyOf)).toEqual(STALE);
  expect(await askAll((surface) => `${keyOf(surface)}x`)).toEqual(UNPROVEN);
  expect(await askAll(() => 'x')).toEqual(UNPROVEN);
});

test('messages of the stream bring records, and no lease', async () => {
  const { facts, freshness } = everywhere.gateway.parts;
  const before = facts.appliedSize;
  await world.writer.revoke({ keyId: keys.get('me')?.keyId ?? '' });
  await eventually(() => facts.appliedSize > before);
  expect(freshness.holdsLease()).toBe(false);
  expect(freshness.noLease?.code).toBe('ADMIN_UNREACHABLE');
});

test('with the next lease every surface decides on what has been applied meanwhile', async () => {
  const { freshness } = everywhere.gateway.parts;
  const { admin } = world.writer;
  admin.leaseSeconds = 60;
  admin.isSilent = false;
  await eventually(() => freshness.holdsLease());
  const answers = await askAll(keyOf);
  expect(answers['me']?.[0]).toBe(401);
  for (const [surface, [status, reason]] of Object.entries(answers))
    if (surface !== 'me')
      expect([surface, status, reason ?? null]).toEqual([surface, surface === 'nats' ? 0 : 200, null]);
});
