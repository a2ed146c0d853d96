import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyIdBytesOf, makeApiKey, type RateLimit } from '@keyfold/domain';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import {
  type Answered,
  type Ask,
  type EverySurface,
  openEverySurface,
  over,
  overHttp,
  type PresentedKey,
} from '@keyfold/testing/every-surface';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { type TestApiKey, testKeys } from '@keyfold/testing/log-writer';
import { SURFACES } from '../authentication/verdict.js';
import { KeyLimits } from './key-limits.js';

let world: GatewayWorld;
let everywhere: EverySurface;
let gateway: TestAuthGateway;
let forwardAuth: Ask;

beforeAll(async () => {
  world = await startGatewayWorld();
  everywhere = await openEverySurface(world);
  gateway = everywhere.gateway;
  forwardAuth = everywhere.asks['forward-auth'];
});

afterAll(async () => {
  await everywhere.close();
  await world.stop();
});

/** So long that nothing becomes free again while a test runs. */
const seconds = 3_600;

async function keyWith(rateLimit: RateLimit | null): Promise<TestApiKey> {
  const key = await world.writer.issue(world.anna, { rateLimit });
  await world.caughtUp(gateway);
  return key;
}

async function settings(defaultKeyRateLimit: { requests: number; seconds: number } | null): Promise<void> {
  await world.writer.changeSettings({ defaultKeyRateLimit });
  await world.caughtUp(gateway);
}

const isAllowed = ({ body, status }: Answered): boolean =>
  status === 200 || (status === 0 && (body as { allowed: unknown }).allowed === true);

/** That the answer says of which limit it speaks, in the form of the surface; @returns the seconds to wait */
function expectLimited(surface: string, { body, headers, status }: Answered, policy: string): number {
  if (surface === 'nats') {
    expect(body).toEqual({ allowed: false, reason: 'RATE_LIMITED', position: gateway.parts.facts.appliedSize });
    return 0;
  }
  expect([status, headers['x-keyfold-status']]).toEqual(surface === 'auth-request' ? [403, '429'] : [429, undefined]);
  expect(body).toMatchObject({ code: 'RATE_LIMITED', status });
  if (surface === 'verify')
    expect(body).toMatchObject({ allowed: false, reason: 'RATE_LIMITED', position: gateway.parts.facts.appliedSize });
  const [name] = policy.split(';');
  expect(headers['ratelimit-policy']).toBe(policy);
  expect(headers['ratelimit']).toBe(`${name ?? ''};r=0;t=${headers['retry-after'] ?? ''}`);
  expect(headers['cache-control']).toBe('no-store');
  for (const none of ['www-authenticate', 'remote-user', 'x-keyfold-user-id']) expect(headers[none]).toBeUndefined();
  return Number(headers['retry-after']);
}

describe('a key with a rate limit', () => {
  test.each(SURFACES)('is held to it at %s', async (surface) => {
    const ask = everywhere.asks[surface];
    const key = await keyWith({ requests: 2, seconds });
    expect([isAllowed(await ask(key)), isAllowed(await ask(key))]).toEqual([true, true]);
    const waitSeconds = expectLimited(surface, await ask(key), '"key";q=2;w=3600');
    if (surface === 'nats') return;
    expect(waitSeconds).toBeGreaterThan(seconds - 600);
    expect(waitSeconds).toBeLessThanOrEqual(seconds);
  });

  test('has one limit for all ways in, and as many requests at once as it says', async () => {
    const key = await keyWith({ requests: SURFACES.length, seconds });
    for (const surface of SURFACES)
      expect([surface, isAllowed(await everywhere.asks[surface](key))]).toEqual([surface, true]);
    expect((await forwardAuth(key)).status).toBe(429);
    const burst = await keyWith({ requests: 5, seconds });
    const answers = await Promise.all(Array.from({ length: 20 }, () => forwardAuth(burst)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  test('passes again when the time has come that it was told', async () => {
    const key = await keyWith({ requests: 1, seconds: 1 });
    expect((await forwardAuth(key)).status).toBe(200);
    await eventually(async () => (await forwardAuth(key)).status === 200);
  });

  test('only what nothing else refuses counts', async () => {
    const key = await world.writer.issue(world.anna, { rateLimit: { requests: 2, seconds }, readOnly: true });
    await world.caughtUp(gateway);
    const me = `${gateway.url}/v1/me`;
    for (let refused = 0; refused < 5; refused++) {
      expect((await over(`${gateway.url}/v1/ext-authz/orders`, 'POST')(key)).body).toMatchObject({ code: 'READ_ONLY' });
      expect((await over(`${me}?scopes=more`)(key)).body).toMatchObject({ code: 'SCOPE_MISSING' });
      expect((await over(`${me}?scopes=`)(key)).status).toBe(400);
      expect((await forwardAuth({ ...key, key: `${key.key}x` })).status).toBe(401);
      expect((await over(me)({ ...key, username: 'bert' })).status).toBe(401);
    }
    const answers = [await over(me)(key), await over(me)(key), await over(me)(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  test('a request that is decided once more is not counted once more', async () => {
    const key = await keyWith({ requests: 1, seconds });
    const again = { method: 'GET', ip: null, isUpgrade: false, scopes: [], isCounted: true };
    expect((await forwardAuth(key)).status).toBe(200);
    const decided = await gateway.parts.signIn.byAuthorization('reverse-proxy', basic('anna', key.key), again);
    expect(decided).toMatchObject({ allowed: true });
    expect((await forwardAuth(key)).status).toBe(429);
  });

  test('another key of the same user is not held back', async () => {
    const [key, other] = [await keyWith({ requests: 1, seconds }), await keyWith({ requests: 1, seconds })];
    expect([(await forwardAuth(key)).status, (await forwardAuth(key)).status]).toEqual([200, 429]);
    expect((await forwardAuth(other)).status).toBe(200);
  });

  test('the default limit holds from the record that sets it on, for keys without one of their own', async () => {
    const [plain, generous] = [await keyWith(null), await keyWith({ requests: 1_000, seconds })];
    for (let request = 0; request < 5; request++) expect((await forwardAuth(plain)).status).toBe(200);
    await settings({ requests: 2, seconds });
    expect([(await forwardAuth(plain)).status, (await forwardAuth(plain)).status]).toEqual([200, 200]);
    expectLimited('forward-auth', await forwardAuth(plain), '"key";q=2;w=3600');
    for (let request = 0; request < 5; request++) expect((await forwardAuth(generous)).status).toBe(200);
    await settings({ requests: 3, seconds });
    expect([(await forwardAuth(plain)).status, (await forwardAuth(plain)).status]).toEqual([200, 429]);
    await settings(null);
    expect((await forwardAuth(plain)).status).toBe(200);
  });

  test('a key without a limit leaves nothing in memory', async () => {
    const { keyLimits } = gateway.parts;
    const held = (): number => (keyLimits instanceof KeyLimits ? keyLimits.size : Number.NaN);
    const key = await keyWith(null);
    const before = held();
    expect((await forwardAuth(key)).status).toBe(200);
    expect(held()).toBe(before);
  });

  test('refusals by a limit are counted with their reason', async () => {
    const key = await keyWith({ requests: 1, seconds });
    await forwardAuth(key);
    const counted = async (): Promise<number> => {
      const metrics = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
      const line =
        /^keyfold_gateway_decisions_total\{surface="forward-auth",result="refused",reason="RATE_LIMITED"\} (\d+)$/m;
      return Number(line.exec(metrics)?.[1]);
    };
    const before = await counted();
    await forwardAuth(key);
    expect(await counted()).toBe(before + 1);
  });
});

/** A key with this id and another secret: with a genuine tag only if made by who holds the shared secret. */
function guessed({ keyId, username }: TestApiKey, shared: Parameters<typeof makeApiKey>[1]): PresentedKey {
  return { username, key: makeApiKey({ keyIdBytes: keyIdBytesOf(keyId), secretBytes: randomBytes(32) }, shared).key };
}
const forged = (key: TestApiKey): PresentedKey => guessed(key, testKeys.otherShared);
const wrong = (key: TestApiKey): PresentedKey => guessed(key, testKeys.shared);

/** A key that was never issued. */
function unknownKey(): TestApiKey {
  const made = makeApiKey({ keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) }, testKeys.shared);
  return { ...made, ...world.anna };
}

let addresses = 0;
/** An address that nobody has failed from yet. */
const newAddress = (): string => `198.51.100.${++addresses}`;
const OF_KEY = '"failures-of-key";q=100;w=60';
const OF_NETWORK = '"failures-from-network";q=1000;w=60';

/** Of two answers to be compared. */
const DIFFERENT: ReadonlySet<string> = new Set(['date', 'x-request-id', 'retry-after', 'ratelimit']);

async function failures(count: number, presented: () => PresentedKey, from: string): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let at = 0; at < count; at += 20)
    answers.push(...(await Promise.all(Array.from({ length: 20 }, () => forwardAuth(presented(), from)))));
  return answers;
}

describe('failed attempts', () => {
  test('after a hundred for a key id the guesser is told to wait, and every request with the right key passes', async () => {
    const key = await keyWith(null);
    const from = newAddress();
    const answers: Answered[] = [];
    for (let round = 0; round < 10; round++) {
      answers.push(...(await failures(20, () => forged(key), from)));
      // The first of these is the key's first use ever at this gateway.
      expect((await forwardAuth(key, from)).status).toBe(200);
    }
    expect(answers.slice(0, 100).map(({ status }) => status)).toEqual(Array<number>(100).fill(401));
    for (const { headers } of answers.slice(0, 100))
      expect(Object.keys(headers).filter((name) => name.includes('rate') || name === 'retry-after')).toEqual([]);
    for (const answer of answers.slice(100)) {
      const waitSeconds = expectLimited('forward-auth', answer, OF_KEY);
      expect(waitSeconds).toBeGreaterThan(0);
      expect(waitSeconds).toBeLessThanOrEqual(60);
    }
  });

  test.each(SURFACES)('a guesser is told so at %s, where the right key passes', async (surface) => {
    const ask = everywhere.asks[surface];
    const key = await keyWith(null);
    const from = newAddress();
    await failures(100, () => forged(key), from);
    expectLimited(surface, await ask(forged(key), from), OF_KEY);
    expect(isAllowed(await ask(key, from))).toBe(true);
  });

  test('the answer is the same whether there is such a key or not', async () => {
    const [key, unknown] = [await keyWith(null), unknownKey()];
    const [from, elsewhere] = [newAddress(), newAddress()];
    await Promise.all([failures(100, () => forged(key), from), failures(100, () => forged(unknown), elsewhere)]);
    const shown = async (presented: PresentedKey, address: string): Promise<object> => {
      const { body, headers, status } = await forwardAuth(presented, address);
      const alike = Object.entries(headers).filter(([name]) => !DIFFERENT.has(name));
      return { body, status, alike };
    };
    const existing = await shown(forged(key), from);
    for (const [presented, address] of [
      [forged(unknown), elsewhere],
      [wrong(key), from],
      [wrong(unknown), elsewhere],
    ] as const)
      expect(await shown(presented, address)).toEqual(existing);
    expect(existing).toMatchObject({ status: 429 });
  });

  test('from a shared address with a thousand failures everybody else signs in, for the first time too', async () => {
    const [proven, fresh] = [await keyWith(null), await keyWith(null)];
    const from = newAddress();
    expect((await forwardAuth(proven, from)).status).toBe(200);
    const answers = await failures(1_040, () => ({ username: 'anna', key: unknownKey().key.slice(1) }), from);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1_000);
    expectLimited('forward-auth', await forwardAuth(forged(proven), from), OF_NETWORK);
    expectLimited('me', await everywhere.asks.me({ username: 'anna', key: 'password' }, from), OF_NETWORK);
    expect((await forwardAuth(proven, from)).status).toBe(200);
    expect((await forwardAuth(fresh, from)).status).toBe(200);
    // Nothing was tried: the challenge is what a browser asks for before it signs in.
    const none = await overHttp(`${gateway.url}/v1/forward-auth`, { headers: { 'x-forwarded-for': from } });
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Basic realm="Keyfold", charset="UTF-8"']);
    expect((await forwardAuth(forged(proven), newAddress())).status).toBe(401);
  });

  test('neither does a proven secret count, nor does another key that passes take failures back', async () => {
    const [key, other] = [await keyWith(null), await keyWith(null)];
    const from = newAddress();
    for (let round = 0; round < 6; round++) {
      const misnamed = await failures(20, () => ({ ...key, username: 'bert' }), from);
      expect(new Set(misnamed.map(({ status }) => status))).toEqual(new Set([401]));
    }
    await failures(100, () => forged(other), from);
    for (let round = 0; round < 3; round++) {
      expect((await forwardAuth(key, from)).status).toBe(200);
      expect((await forwardAuth(other, from)).status).toBe(200);
    }
    expect((await forwardAuth(forged(other), from)).status).toBe(429);
    expect((await forwardAuth({ ...key, username: 'bert' }, from)).status).toBe(401);
  });

  test('who holds the shared secret makes a hundred Argon2 runs for a key, and does not keep its owner out', async () => {
    const [key, proven] = [await keyWith(null), await keyWith(null)];
    const { argon2, failedAttempts } = gateway.parts;
    const from = newAddress();
    expect((await forwardAuth(proven, from)).status).toBe(200);
    for (const { keyId } of [key, proven])
      for (let computed = 0; computed < 99; computed++) failedAttempts.computedWrong(keyId, from);
    for (const presented of [key, proven]) {
      const { runs } = argon2;
      expect((await forwardAuth(wrong(presented), from)).status).toBe(401);
      expect(argon2.runs).toBe(runs + 1);
      expectLimited('forward-auth', await forwardAuth(wrong(presented), from), OF_KEY);
      expect(argon2.runs).toBe(runs + 1);
    }
    expect((await forwardAuth(proven, from)).status).toBe(200);
    // Where the Authorization value is not recognised, the remembered proof is asked before anybody is held back.
    expect(isAllowed(await everywhere.asks.verify(proven, from))).toBe(true);
    expect((await forwardAuth({ ...proven, username: 'ANNA' }, from)).status).toBe(200);
    expect((await forwardAuth(key, newAddress())).status).toBe(200);
    expect((await forwardAuth(key, from)).status).toBe(200);
  });
});
