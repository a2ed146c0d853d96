import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { startAuthGateway, type TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { projectionSchema } from '../apps/auth-gateway/src/projection/projection-schema.js';

/* `keyfold rebuild` as it is built, against both services. */

const COMMAND = new URL('../dist/apps/keyfold-cli/src/main.js', import.meta.url).pathname;

let postgres: TestPostgres;
let database: TestDatabase;
let gatewayDatabase: TestDatabase;
let admin: TestAdminService;
let gateway: TestAuthGateway;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keyfold-rebuild-'));
  postgres = await startTestPostgres();
  [database, gatewayDatabase] = [await postgres.createDatabase(), await postgres.createDatabase()];
  admin = await startTestAdminService({ database });
  gateway = await startAuthGateway({
    databaseUrl: gatewayDatabase.ownerUrl,
    adminInternalUrl: admin.internalUrl,
    sharedSecret: admin.sharedSecret,
    logPublicKey: admin.logPublicKey,
    env: { KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' },
  });
  await eventually(() => gateway.parts.freshness.holdsLease());
});
afterAll(async () => {
  await gateway.close();
  await admin.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function rebuild(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [COMMAND, 'rebuild', ...args], { env }, (_error, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

const readModels = (): Record<string, string> => ({ KEYFOLD_DATABASE_URL: database.serviceUrl });
const projection = (): Record<string, string> => ({
  KEYFOLD_GATEWAY_DATABASE_URL: gatewayDatabase.ownerUrl,
  KEYFOLD_ADMIN_INTERNAL_URL: admin.internalUrl,
  KEYFOLD_SHARED_SECRET: admin.sharedSecret,
  KEYFOLD_LOG_PUBLIC_KEY: admin.logPublicKey,
  KEYFOLD_DATA_DIR: dataDir,
});

async function alter(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  expect((await client.query(text)).rowCount).toBe(1);
  await client.end();
}

test('says which databases it looked at and which rows differ there, and replaces these', async () => {
  const env = { ...readModels(), ...projection() };
  const same = await rebuild(['--check'], env);
  expect([same.code, same.out]).toEqual([0, expect.stringContaining(`${database.name}: `)]);
  expect(same.out).toContain(`projection of the gateway gateway-1 in ${new URL(gatewayDatabase.ownerUrl).host}`);
  expect(same.out + same.err).not.toContain(new URL(database.serviceUrl).password);

  await alter(database.ownerUrl, `update keyfold.roles set is_system = false where name = 'Administrator'`);
  await alter(
    gatewayDatabase.ownerUrl,
    `update "${projectionSchema('gateway-1')}".roles set state = jsonb_set(state::jsonb, '{permissions}', '[]')::json
     where state ->> 'name' = 'Administrator'`,
  );
  const differing = await rebuild(['--check'], env);
  expect(differing.code).toBe(1);
  expect(differing.out).toContain('differs in is_system');
  expect(differing.out).toMatch(/^ +role\/\S+ state\.permissions$/m);
  expect((await rebuild(['--check', '--only', 'projection'], readModels())).code).toBe(2);
  const json = await rebuild(['--check', '--json', '--only', 'projection'], env);
  expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { isReplaced: false, records: expect.any(Number) }]);

  const replaced = await rebuild([], env);
  expect([replaced.code, replaced.out]).toEqual([0, expect.stringContaining('differed and were replaced')]);
  expect((await rebuild(['--check'], env)).code).toBe(0);
});

test('ends with 2 where no database is named, and with 3 where one cannot be looked at', async () => {
  const none = await rebuild(['--check'], {});
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('KEYFOLD_DATABASE_URL')]);
  const url = new URL(database.serviceUrl);
  url.pathname = '/none';
  expect((await rebuild(['--check'], { KEYFOLD_DATABASE_URL: url.href })).code).toBe(3);
});
