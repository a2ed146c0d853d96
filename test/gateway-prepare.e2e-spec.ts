import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { rememberedProof } from '@keyfold/domain';
import { signalProcess } from '@keyfold/local-servers';
import { createLogger } from '@keyfold/service-kit';
import { GatewayConfig } from '../apps/auth-gateway/src/gateway-config.js';
import { NotPreparedError, prepareGateway } from '../apps/auth-gateway/src/prepare-gateway.js';
import { FirstShapeProcess } from '../apps/auth-gateway/src/projection/first-shape.testing.js';
import { projectionSchema } from '../apps/auth-gateway/src/projection/projection-schema.js';
import { WrongLogError } from '../apps/auth-gateway/src/projection/projection-store.js';
import { eventually } from './support/eventually.js';
import { GatewayProcess } from './support/gateway-process.js';
import { basic, type GatewayWorld, startGatewayWorld } from './support/gateway-world.js';
import { TEST_SHARED_SECRET, type TestApiKey, testKeys } from './support/log-writer.js';

/* An upgrade: a process of the version before uses its tables, and the built programs of this one come beside it. */

const GATEWAY_ID = 'gateway-1';
const SCHEMA = projectionSchema(GATEWAY_ID);
const patienceMs = 60_000;

let world: GatewayWorld;
let dataDir: string;
let gatewayKey: Buffer;
let databaseUrl: string;
let old: FirstShapeProcess;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  world = await startGatewayWorld();
  dataDir = await mkdtemp(join(tmpdir(), 'keyfold-prepare-'));
  gatewayKey = randomBytes(32);
  await writeFile(join(dataDir, 'proof.key'), gatewayKey);
});
afterAll(async () => {
  await world.stop();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  databaseUrl = (await world.postgres.createDatabase()).ownerUrl;
  old = await FirstShapeProcess.start(databaseUrl, { gatewayId: GATEWAY_ID, logKeyId: testKeys.verifier.keyId });
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.end();
  await old.close();
});

async function run(program?: 'prepare.js', env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const started = await GatewayProcess.start({
    databaseUrl,
    adminInternalUrl: world.writer.admin.url,
    natsUrl: world.nats.url,
    ...(program === undefined ? {} : { program }),
    env: { KEYFOLD_GATEWAY_ID: GATEWAY_ID, KEYFOLD_GATEWAY_PROOF_KEY_FILE: join(dataDir, 'proof.key'), ...env },
  });
  running.push(started);
  return started;
}

async function prepared(): Promise<void> {
  const preparation = await run('prepare.js');
  expect([await preparation.exited, preparation.output]).toEqual([0, expect.stringContaining('"msg":"prepared"')]);
}

async function select(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path="${SCHEMA}"` });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Position and keys in this version's tables; nothing before there are any. */
async function tables(): Promise<object | undefined> {
  const there = await select(`select to_regclass('projection') is not null as there`);
  if (there[0]?.['there'] !== true) return undefined;
  const [row] = await select(
    `select p.applied_size::int as size, (select array_agg(key_id order by key_id) from api_keys) as keys from projection p`,
  );
  return row;
}

const atHead = async (...keys: TestApiKey[]): Promise<object> => ({
  size: (await world.writer.store.head()).size,
  keys: expect.arrayContaining(keys.map(({ keyId }) => keyId)) as unknown,
});

/** What the version before has remembered of the key. */
async function proofOf({ keyId, secret }: TestApiKey): Promise<Buffer> {
  const [issued] = await world.writer.store.readStream(`api-key/${keyId}`);
  const secretCommitment = issued?.record.sealed['secretHash'] ?? '';
  return rememberedProof({ gatewayKey, keyId, secret, secretCommitment });
}

const signIn = async (gateway: GatewayProcess, { key, username }: TestApiKey): Promise<number> =>
  (await fetch(`${gateway.url}/v1/forward-auth`, { headers: { authorization: basic(username, key) } })).status;

test('a prepared version starts where the log ends, with the proofs of the one before, whatever that still writes', async () => {
  const key = await world.writer.issue(world.anna);
  await old.remember([key.keyId], await proofOf(key));
  await prepared();
  expect(await tables()).toEqual(await atHead(key));
  expect(await select('select key_id from remembered_proofs')).toEqual([{ key_id: key.keyId }]);
  const rows = (): Promise<object[]> =>
    select('select key_id, state::text, commitments::text from api_keys order by 1');
  const before = await rows();
  await old.apply(key.keyId);
  const gateway = await (await run(undefined, { KEYFOLD_GATEWAY_WORKERS: '2' })).ready();
  await old.apply('later');
  const statuses = await Promise.all(Array.from({ length: 8 }, () => signIn(gateway, key)));
  expect(statuses).toEqual(statuses.map(() => 200));
  expect(await gateway.metric('keyfold_gateway_argon2_runs_total')).toBe(0);
  expect(await rows()).toEqual(before);
});

test('a preparation that is killed at any point goes on from there', async () => {
  const { admin } = world.writer;
  const answer = admin.answer.bind(admin);
  // Records come with the stream, but what the log's end is nobody says.
  admin.answer = (way, kind, text) =>
    kind === 'head' ? Promise.resolve('{"error":{"code":"UNAVAILABLE"}}') : answer(way, kind, text);
  const first = await world.writer.issue(world.anna);
  const reached = (condition: () => Promise<unknown>): Promise<void> =>
    eventually(async () => Boolean(await condition()), patienceMs);
  try {
    const early = await run('prepare.js');
    await reached(async () => (await select(`select 1 from pg_namespace where nspname = '${SCHEMA}'`)).length);
    signalProcess(early.pid, 'SIGKILL');
    await early.exited;
    const later = await run('prepare.js');
    await reached(async () => ((await tables()) as { size: number } | undefined)?.size);
    signalProcess(later.pid, 'SIGKILL');
    await later.exited;
    const sessions = `select 1 from pg_stat_activity where application_name = 'keyfold-${GATEWAY_ID}'`;
    await reached(async () => (await select(sessions)).length === 0);
    const ended = await run('prepare.js');
    await reached(async () => (await select(sessions)).length);
    signalProcess(ended.pid, 'SIGTERM');
    expect([await ended.exited, ended.output]).toEqual([1, expect.stringContaining('stopped after')]);
  } finally {
    admin.answer = answer;
  }
  const second = await world.writer.issue(world.anna);
  await prepared();
  expect(await tables()).toEqual(await atHead(first, second));
  // A repeat finds nothing to do.
  await prepared();
});

function config(changes: Readonly<Record<string, string>>): GatewayConfig {
  return GatewayConfig.fromEnvironment({
    KEYFOLD_DATA_DIR: dataDir,
    KEYFOLD_GATEWAY_DATABASE_URL: databaseUrl,
    KEYFOLD_GATEWAY_ID: GATEWAY_ID,
    KEYFOLD_ADMIN_INTERNAL_URL: 'http://127.0.0.1:1',
    KEYFOLD_SHARED_SECRET: TEST_SHARED_SECRET,
    KEYFOLD_LOG_PUBLIC_KEY: testKeys.verifier.verifierKey,
    ...changes,
  });
}
const log = createLogger({ service: 'test', level: 'silent' });

test('a preparation to which no log comes gives up and says so', async () => {
  const { signal } = new AbortController();
  const failed = prepareGateway(config({}), log, { signal, stallMs: 500 });
  await expect(failed).rejects.toThrow(NotPreparedError);
  await expect(failed).rejects.toThrow('nothing was applied for 0.5 s after 0 records');
});

test('a preparation for another log than that of the version before is refused before anything is made', async () => {
  const { signal } = new AbortController();
  const other = config({ KEYFOLD_LOG_PUBLIC_KEY: testKeys.stranger.verifierKey });
  await expect(prepareGateway(other, log, { signal })).rejects.toThrow(WrongLogError);
  expect(await select(`select 1 from pg_namespace where nspname = '${SCHEMA}'`)).toEqual([]);
});
