import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger, type RebuildReport } from '@keyfold/service-kit';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { TEST_SHARED_SECRET, type TestApiKey, testKeys } from '@keyfold/testing/log-writer';
import { GatewayConfig } from './gateway-config.js';
import { rebuildGateway } from './rebuild-gateway.js';

let world: GatewayWorld;
let gateway: TestAuthGateway;
let dataDir: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  dataDir = await mkdtemp(join(tmpdir(), 'keyfold-rebuild-'));
  gateway = await world.gateway({ env: { KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' } });
  await world.caughtUp(gateway);
});
afterAll(async () => {
  await world.stop();
  await rm(dataDir, { recursive: true });
});

function run(replaces: boolean): Promise<RebuildReport> {
  const { connectionString } = gateway.parts.pool.options as { connectionString: string };
  const config = GatewayConfig.fromEnvironment({
    KEYFOLD_DATA_DIR: dataDir,
    KEYFOLD_GATEWAY_DATABASE_URL: connectionString,
    KEYFOLD_NATS_URL: world.nats.url,
    KEYFOLD_ADMIN_INTERNAL_URL: world.writer.admin.url,
    KEYFOLD_SHARED_SECRET: TEST_SHARED_SECRET,
    KEYFOLD_LOG_PUBLIC_KEY: testKeys.verifier.verifierKey,
  });
  return rebuildGateway(config, createLogger({ service: 'rebuild', level: 'silent' }), { replaces });
}

const named = ({ tables }: RebuildReport): string[] =>
  tables.flatMap(({ different }) => different.map(({ row, what }) => `${row} ${what}`)).sort();

async function alter(text: string, values: readonly unknown[] = []): Promise<void> {
  expect((await gateway.parts.pool.query(text, [...values])).rowCount).toBe(1);
}

async function ask(key: TestApiKey): Promise<number> {
  return (await fetch(`${gateway.url}/v1/me`, { headers: { authorization: basic(key.username, key.key) } })).status;
}

test('rows that differ from the log are named, and put right in the tables and in the memory of a running gateway', async () => {
  const eve = await world.writer.user('eve', [world.signInRole]);
  const keys = [];
  for (let nth = 0; nth < 60; nth++) keys.push(await world.writer.issue(world.anna, { name: `key ${nth}` }));
  const [revoked, gone] = keys as [TestApiKey, TestApiKey];
  const erased = await world.writer.issue(eve, { name: 'a name' });
  await world.writer.revoke(revoked);
  await world.writer.erase(eve, [erased]);
  await world.caughtUp(gateway);
  expect(named(await run(false))).toEqual([]);

  await alter(`update api_keys set state = jsonb_set(state::jsonb, '{revokedAtMs}', 'null')::json where key_id = $1`, [
    revoked.keyId,
  ]);
  await alter('delete from api_keys where key_id = $1', [gone.keyId]);
  await alter(`insert into roles (role_id, version, state) values ('made-up', 1, '{"status": "active"}')`);
  await alter(`update users set commitments = '{}' where user_id = $1`, [world.anna.userId]);
  gateway.parts.facts.restore(await readStored());
  expect(await ask(revoked)).toBe(200);
  const differences = [
    `api-key/${gone.keyId} the row is missing`,
    `api-key/${revoked.keyId} state.revokedAtMs`,
    'role/made-up the log has no such stream',
    `user/${world.anna.userId} commitments`,
  ].sort();
  expect(named(await run(false))).toEqual(differences);
  const [rebuilt] = await Promise.all([run(true), world.writer.issue(world.anna)]);
  expect([rebuilt.isReplaced, named(rebuilt)]).toEqual([true, differences]);
  await eventually(async () => {
    expect(await ask(revoked)).toBe(401);
  });
  expect(await ask(gone)).toBe(200);
  await world.caughtUp(gateway);
  expect(named(await run(false))).toEqual([]);
});

test('tables that say they stand beyond the log are set back to it', async () => {
  const key = await world.writer.issue(world.anna);
  await world.caughtUp(gateway);
  await alter('update projection set applied_size = applied_size + 1000');
  await world.writer.revoke(key);
  await eventually(async () => {
    expect(await ask(key)).toBe(401);
  });
  expect(named(await run(false))).toContain('projection applied_size differs');
  expect(named(await run(true))).toContain(`projection applied_size differs`);
  expect(named(await run(false))).toEqual([]);
  await world.writer.issue(world.anna);
  await world.caughtUp(gateway);
  expect(named(await run(false))).toEqual([]);
});

/** What a process that starts now makes its memory from. */
async function readStored(): Promise<Parameters<typeof gateway.parts.facts.restore>[0]> {
  const { ProjectionStore } = await import('./projection/projection-store.js');
  return new ProjectionStore(gateway.parts.pool, testKeys.verifier.keyId).read();
}
