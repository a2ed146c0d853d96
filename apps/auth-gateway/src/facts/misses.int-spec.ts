import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { keyIdBytesOf, makeApiKey } from '@keyfold/domain';
import { basic, startGatewayWorld, type GatewayWorld } from '../../../../test/support/gateway-world.js';
import { event } from '../../../../libs/domain/test/test-log.js';
import { testKeys } from '../../../../test/support/log-writer.js';
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
  expect([facts.key('k7')?.fact.state, facts.user('u7')?.state]).toEqual([rows[0]?.key, rows[0]?.user]);
  const parts = numbers.map((at) => {
    const key = facts.key(`k${at}`)?.fact.state as { scopes: unknown; expiry: unknown };
    const user = facts.user(`u${at}`)?.state as { roleIds: unknown; oidcIdentities: unknown };
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
