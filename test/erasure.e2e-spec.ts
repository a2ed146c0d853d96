import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { leafHash, openCheckpoint, parseVerifierKey, verifyInclusion } from '@keyfold/domain';
import { natsUsers } from '../apps/local-stack/src/nats-users.js';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { filesBelow, leaks, tableTexts } from './support/canary.js';
import { eventually } from './support/eventually.js';
import { natsUrlOf } from './support/gateway-world.js';
import { AdminClient, type Answer } from './support/http-client.js';
import { type CommandOutcome, runKeyfold } from './support/keyfold-command.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { createPerson, PASSWORD, signInAdmin } from './support/signed-in.js';

/*
 * A person is created, named in every way that the product knows, used and erased. Afterwards nothing of the person may
 * be found anywhere in the system, and everything that was provable still is.
 */

const WORD = 'canaryname9f31c7d2';
const USERNAME = `ada-${WORD}`;
/** Of more than twelve bytes each, so that no stretch of other base64 is taken for one. */
const PERSONAL = new Map([
  ['the user name', USERNAME],
  ['a word of the user name', WORD],
  ['the display name', 'Ada Canary Lovelace 7d2e'],
  ['the changed display name', 'Ada Canary Byron 0c44'],
  ['the e-mail address', 'ada-canary-51bb@example.org'],
  ["a key's name", 'canary key 88aa of somebody'],
  ["a key's range", '203.0.113.177/32'],
  ["a revocation's note", 'canary note about a laptop'],
]);
const FIRST = 'create-ada';

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let gateway: TestAuthGateway;
let userId: string;
let key: string;
let created: Record<string, unknown>;
const lines: string[] = [];
const [adminUser, gatewayUser] = natsUsers({
  natsAdmin: 'admin-password',
  natsGateway: 'gateway-password',
  databaseOwner: '',
  databaseService: '',
  databaseGateway: '',
});
const gatewayDatabases: string[] = [];
const gateways: TestAuthGateway[] = [];

beforeAll(async () => {
  [postgres, nats] = await Promise.all([
    startTestPostgres(),
    // With the rights that the product gives: erasing from the stream must be among them.
    startTestNats({ users: [adminUser, gatewayUser].filter((user) => user !== undefined) }),
  ]);
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database, natsUrl: natsUrlOf(nats, adminUser), lines });
  admin = await signInAdmin(service);
  gateway = await startGateway();
  await live();
});

afterAll(async () => {
  for (const started of gateways) await started.close();
  await service.close();
  await nats.stop();
  await postgres.stop();
});

async function startGateway(): Promise<TestAuthGateway> {
  const own = await postgres.createDatabase();
  const started = await startAuthGateway({
    databaseUrl: own.ownerUrl,
    natsUrl: natsUrlOf(nats, gatewayUser),
    adminInternalUrl: service.internalUrl,
    sharedSecret: service.sharedSecret,
    logPublicKey: service.logPublicKey,
    gatewayId: `gateway-${gateways.length}`,
  });
  gateways.push(started);
  gatewayDatabases.push(postgres.url(own.name));
  return started;
}

/** What the person does and what is done with them, up to the erasure. */
async function live(): Promise<void> {
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const body = { username: USERNAME, password: PASSWORD };
  const profile = { displayName: PERSONAL.get('the display name'), email: PERSONAL.get('the e-mail address') };
  created = (await admin.post('/v1/users', { ...body, ...profile }, { 'idempotency-key': FIRST })).body;
  userId = String(created['id']);
  for (const role of ['api-key-generate', 'api-key-sign-in']) await admin.put(`/v1/users/${userId}/roles/${role}`);
  await admin.patch(`/v1/users/${userId}`, { displayName: PERSONAL.get('the changed display name') });
  await new AdminClient(service.url).post('/v1/sessions', { username: USERNAME, password: 'not the password' });
  const ada = await new AdminClient(service.url).signIn(USERNAME, PASSWORD);
  const name = PERSONAL.get("a key's name");
  const issued = await ada.post('/v1/me/api-keys', { name }, { 'idempotency-key': 'issue-1' });
  key = String(issued.body['key']);
  const other = await ada.post('/v1/me/api-keys', { allowedIpRanges: [PERSONAL.get("a key's range")] });
  const note = PERSONAL.get("a revocation's note");
  await ada.post(`/v1/api-keys/${String(other.body['id'])}/revoke`, { reason: 'UNSPECIFIED', note });
  await createPerson(service, admin, { supervisorId: userId, username: 'somebody-else' });
  await rememberOpenings();
  await eventually(async () => {
    expect(await verify(gateway)).toMatchObject({ allowed: true });
  });
}

async function verify(at: TestAuthGateway): Promise<Record<string, unknown>> {
  const response = await fetch(`${at.url}/v1/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: USERNAME, key }),
  });
  return (await response.json()) as Record<string, unknown>;
}

function keyfold(args: readonly string[], input = ''): Promise<CommandOutcome> {
  return runKeyfold(args, { input, serviceUrl: service.url, token: admin.token });
}

/** Every table of both services and every file of the broker, by what it is called. */
async function places(): Promise<Map<string, string | Buffer>> {
  const found = new Map<string, string | Buffer>();
  for (const url of [postgres.url(database.name), ...gatewayDatabases])
    for (const [table, text] of await tableTexts(url)) found.set(`${new URL(url).pathname} ${table}`, text);
  for (const file of await filesBelow(nats.storeDir))
    found.set(file.slice(nats.storeDir.length), await readFile(file).catch(() => ''));
  return found;
}

const leaksAnywhere = async (): Promise<string[]> =>
  [...(await places())].flatMap(([place, content]) => leaks(place, content, PERSONAL));

async function headSize(): Promise<number> {
  const note = await (await fetch(`${service.url}/v1/log/checkpoint`)).text();
  return openCheckpoint(note, parseVerifierKey(service.logPublicKey)).size;
}

/** Salts and the hashes of password and secret: as good as the names to who wants to prove who it was. */
async function rememberOpenings(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url(database.name) });
  await client.connect();
  try {
    const { rows } = await client.query<{ position: string; field: string; salt: string; value: string }>(
      `select o.position, o.field, o.salt, o.value
         from keyfold.openings o
         join keyfold.events e on e.position = o.position
        where e.stream = 'user/' || $1::text
           or e.stream in (select 'api-key/' || key_id from keyfold.api_keys where user_id = $1::text)`,
      [userId],
    );
    for (const { field, position, salt, value } of rows) {
      PERSONAL.set(`the salt of ${field} ${position}`, salt);
      if (field.endsWith('Hash')) PERSONAL.set(`${field} ${position}`, String(JSON.parse(value)));
    }
    expect(rows.length).toBeGreaterThan(9);
  } finally {
    await client.end();
  }
}

async function caughtUp(at: TestAuthGateway): Promise<void> {
  const size = await headSize();
  await eventually(() => {
    expect(at.parts.facts.appliedSize).toBeGreaterThanOrEqual(size);
    expect(at.parts.freshness.holdsLease()).toBe(true);
  });
}

test('before the erasure all of it is found where it is kept (or this file would prove nothing)', async () => {
  const found = (await leaksAnywhere()).join('\n');
  for (const name of PERSONAL.keys()) expect(found).toContain(`${name} in`);
  expect(found).toMatch(/the user name in .*\.blk/);
  expect(found).toMatch(/keyfold\.openings/);
  expect(found).toMatch(/gateway-0.*users/);
  expect(found).toContain('a word of the user name in');
});

test('the erasure takes everything from everywhere', async () => {
  await admin.post(`/v1/users/${userId}/deactivate`);
  const erased = await admin.post(`/v1/users/${userId}/erase`, undefined, { 'idempotency-key': 'erase-ada' });
  expect([erased.status, erased.body]).toMatchObject([200, { id: userId, status: 'erased', username: null }]);
  await caughtUp(gateway);
  await eventually(async () => {
    expect(await leaksAnywhere()).toEqual([]);
  });
});

test('no answer gives any of it, replays and revealing reads included', async () => {
  const again: Answer = await admin.post(
    '/v1/users',
    {
      username: USERNAME,
      password: PASSWORD,
      displayName: PERSONAL.get('the display name'),
      email: PERSONAL.get('the e-mail address'),
    },
    { 'idempotency-key': FIRST },
  );
  expect([again.status, again.body]).toEqual([201, { ...created, username: null, displayName: null, email: null }]);
  const answers = [again];
  for (const path of [
    `/v1/users/${userId}`,
    '/v1/users?limit=200',
    `/v1/users/${userId}/api-keys`,
    `/v1/users/${userId}/sessions`,
    '/v1/events?limit=200&reveal=true',
  ])
    answers.push(await admin.get(path));
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200]);
  for (const { body } of answers) expect(leaks('an answer', JSON.stringify(body), PERSONAL)).toEqual([]);
  expect((await admin.get(`/v1/users?query=${USERNAME}`)).body['items']).toEqual([]);
});

test('no log line of either service holds any of it', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(leaks('a log line', [...lines, ...gateways.flatMap((one) => one.lines)].join('\n'), PERSONAL)).toEqual([]);
});

test('every proof still verifies, and so does a new export', async () => {
  const exported = await keyfold(['export', '--output', '-']);
  expect(exported.code).toBe(0);
  expect(leaks('the export', exported.out, PERSONAL)).toEqual([]);
  const report = await keyfold(['verify', '-', '--json', '--key', service.logPublicKey], exported.out);
  expect([report.code, JSON.parse(report.out)]).toMatchObject([0, expect.anything()]);
  const leaves = exported.out.split('\n').filter((line) => line.includes(userId));
  expect(leaves.length).toBeGreaterThan(5);
  for (const leaf of leaves) {
    const { position } = JSON.parse(leaf) as { position: number };
    const { body } = await admin.get(`/v1/events/${position}/proof`);
    const proof = body as { leafIndex: number; treeSize: number; hashes: string[]; checkpoint: string };
    const { root } = openCheckpoint(proof.checkpoint, parseVerifierKey(service.logPublicKey));
    const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
    const { leafIndex, treeSize } = proof;
    expect(verifyInclusion({ leafHash: leafHash(Buffer.from(leaf)), leafIndex, treeSize, proof: hashes, root })).toBe(
      true,
    );
  }
});

test("a gateway that starts with nothing reaches the head and refuses the person's key, also for who takes the name", async () => {
  const cold = await startGateway();
  await caughtUp(cold);
  for (const one of [gateway, cold]) expect(await verify(one)).toMatchObject({ allowed: false });
  const heir = await createPerson(service, admin, {
    username: USERNAME,
    roles: ['api-key-generate', 'api-key-sign-in'],
  });
  const own = await heir.client.post('/v1/me/api-keys', {});
  for (const one of [gateway, cold]) {
    await caughtUp(one);
    expect(await verify(one)).toMatchObject({ allowed: false, reason: 'INVALID_CREDENTIALS' });
  }
  expect(own.status).toBe(201);
});
