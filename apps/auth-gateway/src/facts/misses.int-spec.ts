import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { keyIdBytesOf, makeApiKey } from '@keyfold/domain';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { type TestApiKey, testKeys } from '@keyfold/testing/log-writer';
import { event } from '../../../../libs/domain/test/test-log.js';
import { keyIssued, logOf, userCreated } from '../projection/projection-events.testing.js';
import { batchesOf, makeSchema, type TestProcess, type TestSchema } from '../projection/test-gateway.testing.js';
import { readKeyRows } from './fact-loader.js';

/* Keys that are not in memory: what bringing them there costs, and that memory stays bounded. */

let world: GatewayWorld;
let schema: TestSchema;

beforeAll(async () => {
  world = await startGatewayWorld();
  schema = await makeSchema((await world.postgres.createDatabase()).ownerUrl, 'gateway_test-1');
});
afterAll(async () => {
  await schema.pool.end();
  await world.stop();
});
beforeEach(() => schema.empty());

const numbers = Array.from({ length: 50 }, (_, at) => at);

/** Tables with fifty keys and users, and a process that starts on them with an empty memory. */
async function cold(maxEntries: number): Promise<TestProcess & { readonly reads: string[] }> {
  const users = numbers.flatMap((at) => [
    userCreated(`u${at}`),
    event(`user/u${at}`, 'RoleGranted', { roleId: 'sign-in' }),
  ]);
  const keys = numbers.map((at) => keyIssued(`k${at}`, `u${at}`));
  const [batch] = batchesOf(logOf(...users, ...keys));
  if (batch === undefined) throw new Error('a batch');
  await (await schema.start()).projector.apply(batch);
  const reads: string[] = [];
  const readRows = (keyId: string): ReturnType<typeof readKeyRows> => {
    reads.push(keyId);
    return readKeyRows(schema.pool, keyId);
  };
  return { ...(await schema.start({ readRows, maxEntries })), reads };
}

test('a hundred requests for one key make one query, those for another key one of their own', async () => {
  const { facts, loader, reads } = await cold(1_000);
  const found = await Promise.all(Array.from({ length: 100 }, (_, at) => loader.load(at % 4 === 0 ? 'k1' : 'k2')));
  expect(new Set(found)).toEqual(new Set(['held']));
  expect(reads.sort()).toEqual(['k1', 'k2']);
  expect(facts.key('k1')?.fact.state).toMatchObject({ userId: 'u1' });
  expect(facts.key('k2')?.fact.state).toMatchObject({ userId: 'u2' });
});

test('memory holds no more than it may, and what was pushed out comes again as it was', async () => {
  const { facts, loader, reads } = await cold(10);
  for (const at of [...numbers, ...numbers]) {
    expect(await loader.load(`k${at}`)).toBe('held');
    expect(facts.key(`k${at}`)?.fact.state).toMatchObject({ userId: `u${at}` });
    expect(facts.sizes.keys).toBeLessThanOrEqual(10);
    expect(facts.sizes.users).toBeLessThanOrEqual(10);
  }
  expect(reads.length).toBeGreaterThan(numbers.length);
});

test('what many keys and users have alike is in memory once, and is what the tables say', async () => {
  const { facts, loader } = await cold(1_000);
  await Promise.all(numbers.map((at) => loader.load(`k${at}`)));
  const { rows } = await schema.pool.query<{ key: unknown; user: unknown }>(
    `select api_keys.state as key, users.state as user from api_keys join users using (user_id) where key_id = 'k7'`,
  );
  expect([facts.key('k7')?.fact.state, facts.user('u7')?.fact.state]).toEqual([rows[0]?.key, rows[0]?.user]);
  const parts = numbers.map((at) => {
    const key = facts.key(`k${at}`)?.fact.state as { scopes: unknown; expiry: unknown };
    const user = facts.user(`u${at}`)?.fact.state as { roleIds: unknown; oidcIdentities: unknown };
    return [key.scopes, key.expiry, user.roleIds, user.oidcIdentities];
  });
  expect(new Set(parts.flat()).size).toBe(3);
});

test('requests that share a look-up share nothing else: each is judged by its own name and secret', async () => {
  const own = { databaseUrl: (await world.postgres.createDatabase()).ownerUrl };
  const key = await world.writer.issue(world.anna);
  const first = await world.gateway(own);
  await world.caughtUp(first);
  await first.close();
  // It starts with nothing in memory, and the first requests come together.
  const gateway = await world.gateway(own);
  await world.caughtUp(gateway);
  expect(gateway.parts.facts.key(key.keyId)).toBeUndefined();
  const other = makeApiKey({ keyIdBytes: keyIdBytesOf(key.keyId), secretBytes: randomBytes(32) }, testKeys.shared);
  const presented = [
    basic(key.username, key.key),
    basic(key.username, other.key),
    basic('somebody', key.key),
    basic(key.username, key.key),
  ];
  const statuses = await Promise.all(
    [...presented, ...presented].map(async (authorization) => {
      const { status } = await fetch(`${gateway.url}/v1/forward-auth`, { headers: { authorization } });
      return status;
    }),
  );
  expect(statuses).toEqual([200, 401, 401, 200, 200, 401, 401, 200]);
});

test('whatever pushes whatever out, each is answered by what is in force', async () => {
  const { signInRole, writer } = world;
  const users = await Promise.all(['bob', 'carl', 'dora'].map((name) => writer.user(name, [signInRole])));
  const keys = await Promise.all([world.anna, ...users].flatMap((user) => [writer.issue(user), writer.issue(user)]));
  // Room for half of the keys and most of the users, so that keys leave without their owners and owners without their
  // keys.
  const gateway = await world.gateway({ env: { KEYFOLD_GATEWAY_CACHE_ENTRIES: '3' } });
  await world.caughtUp(gateway);
  const ended = new Set<string>();
  const expectInForce = async (key: TestApiKey): Promise<void> => {
    const headers = { authorization: basic(key.username, key.key) };
    const { status } = await fetch(`${gateway.url}/v1/forward-auth`, { headers });
    expect([key.keyId, status]).toEqual([key.keyId, ended.has(key.keyId) ? 401 : 200]);
  };
  /**
   * This way in recognises nothing again: it pushes keys out, and leaves in memory what is known of the values that
   * were proven.
   */
  const pushOut = async (): Promise<void> => {
    for (const { key, username } of keys)
      await fetch(`${gateway.url}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, key }),
      });
  };
  const expectAllInForce = async (): Promise<void> => {
    for (let nth = 0; nth < 100; nth++) await expectInForce(keys[Math.floor(Math.random() * keys.length)] ?? lost());
  };
  await expectAllInForce();
  for (const key of keys.slice(0, 3)) {
    await expectInForce(key);
    await pushOut();
    await writer.revoke(key);
    ended.add(key.keyId);
    await world.caughtUp(gateway);
    await expectInForce(key);
  }
  const [left = lost()] = keys.slice(-1);
  await expectInForce(left);
  await pushOut();
  const { userId } = users.at(-1) ?? lost();
  await writer.append(event(`user/${userId}`, 'UserDeactivated'));
  for (const { keyId } of keys.slice(-2)) ended.add(keyId);
  await world.caughtUp(gateway);
  await expectInForce(left);
  await expectAllInForce();
});

function lost(): never {
  throw new Error('there is no such key');
}
