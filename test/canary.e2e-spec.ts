import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commandLines, disguises, filesBelow, leaks, tableTexts } from './support/canary.js';
import { eventually } from './support/eventually.js';
import { AdminClient, basic } from './support/http-client.js';
import { type Stack, startStack } from './support/stack.js';

/*
 * A run with planted secrets: keys, passwords and session tokens are used in every way that succeeds or fails, and
 * afterwards none of them may stand anywhere but in the one answer that gave it.
 */
const secrets = new Map<string, string>();
/** Files whose purpose is to hold a secret. */
const SECRET_FILES = new Set(['admin-password']);

let stack: Stack;
const answers: string[] = [];

beforeAll(async () => {
  stack = await startStack({ env: { KEYFOLD_LOG_LEVEL: 'trace' } });
  await useEverything();
});

afterAll(async () => {
  await stack.remove();
});

function plant(name: string, secret: string): string {
  secrets.set(name, secret);
  return secret;
}

async function useEverything(): Promise<void> {
  const nobody = new AdminClient(stack.adminUrl);
  plant('the first administrator password', stack.adminPassword);
  const admin = await nobody.signIn('admin', stack.adminPassword);
  plant('an administrator session', admin.token ?? '');
  const password = plant('a user password', 'canary-password-8f2b51c7');
  const wrong = plant('a wrong password', 'canary-wrong-5d1e77aa');
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const user = (await admin.post('/v1/users', { username: 'dana', password })).body;
  for (const role of ['api-key-generate', 'api-key-sign-in'])
    await admin.put(`/v1/users/${String(user['id'])}/roles/${role}`);
  answers.push(JSON.stringify((await nobody.post('/v1/sessions', { username: 'dana', password: wrong })).body));
  answers.push(
    JSON.stringify((await nobody.post('/v1/sessions', { username: 'dana', password: wrong, surplus: wrong })).body),
  );
  answers.push(
    JSON.stringify(
      (await nobody.post(`/v1/sessions?password=${wrong}`, `{"username":"dana","password":"${wrong}`)).body,
    ),
  );
  answers.push(JSON.stringify((await admin.post('/v1/users', { username: 'dana', password })).body));
  const dana = await nobody.signIn('dana', password);
  plant('a user session', dana.token ?? '');
  await issueAndUse(dana);
  const newPassword = plant('a changed password', 'canary-changed-c94f02d3');
  answers.push(JSON.stringify((await dana.put('/v1/me/password', { currentPassword: wrong, newPassword })).body));
  answers.push(JSON.stringify((await dana.put('/v1/me/password', { currentPassword: password, newPassword })).body));
  await admin.get('/v1/audit/export');
}

async function issueAndUse(dana: AdminClient): Promise<void> {
  const issued = await dana.post('/v1/me/api-keys', { name: 'canary' }, { 'idempotency-key': 'canary-1' });
  const key = plant('an issued key', String(issued.body['key']));
  plant('the secret in an issued key', key.slice('kf_'.length + 23, 'kf_'.length + 23 + 43));
  answers.push(
    JSON.stringify((await dana.post('/v1/me/api-keys', { name: 'canary' }, { 'idempotency-key': 'canary-1' })).body),
  );
  answers.push(JSON.stringify((await dana.post('/v1/me/api-keys', { name: 'canary', key, note: key })).body));
  const gateway = `${stack.gatewayUrl}/v1`;
  await eventually(async () => {
    expect((await fetch(`${gateway}/me`, { headers: { authorization: basic('dana', key) } })).status).toBe(200);
  });
  const uses: [string, RequestInit][] = [
    ['/forward-auth', { headers: { authorization: basic('dana', key), 'x-forwarded-uri': `/?api_key=${key}` } }],
    ['/forward-auth', { headers: { authorization: basic('someone', key) } }],
    ['/forward-auth', { headers: { authorization: `Bearer ${key}` } }],
    ['/forward-auth', { headers: { authorization: basic('dana', `${key}x`), 'x-api-key': key } }],
    [`/nowhere?key=${key}`, {}],
    [
      '/verify',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'dana', key }),
      },
    ],
    [
      '/verify',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'dana', key, surplus: key }),
      },
    ],
    [
      '/verify',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"username":"dana","key":"${key}` },
    ],
  ];
  for (const [path, init] of uses) answers.push(await (await fetch(gateway + path, init)).text());
  await dana.post(`/v1/api-keys/${String(issued.body['id'])}/revoke`, { reason: 'KEY_COMPROMISE' });
  await eventually(async () => {
    expect((await fetch(`${gateway}/me`, { headers: { authorization: basic('dana', key) } })).status).toBe(401);
  });
}

function expectNone(where: string, content: string | Buffer): void {
  expect(leaks(where, content, secrets)).toEqual([]);
}

test('the search finds a secret in every disguise (or this file would prove nothing)', () => {
  const secret = 'kf_canary+/=?';
  for (const text of [
    secret,
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(secret).toString('hex'),
    encodeURIComponent(secret),
  ]) {
    expect(leaks('here', `before ${text} after`, new Map([['it', secret]]))).toEqual(['it in here']);
  }
  expect(disguises(secret).every((disguise) => disguise.length >= 12)).toBe(true);
  expect(secrets.size).toBeGreaterThanOrEqual(8);
});

test('no log line holds a secret, at the most talkative level', () => {
  // The first password is printed once on purpose, on the terminal of whoever starts the product for the first time.
  const lines = stack
    .output()
    .split('\n')
    .filter((line) => !line.includes(stack.adminPassword) || line.startsWith('{'));
  expectNone('the output', lines.join('\n'));
});

test('no answer repeats one, problems included', () => {
  expectNone('an answer', answers.join('\n'));
});

test('no metric holds one, nor a name or id of a user or key', async () => {
  for (const base of [stack.adminOpsUrl, stack.gatewayOpsUrl]) {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expectNone('the metrics', metrics);
    expect(metrics).not.toMatch(/dana/);
  }
});

test('no table of either service holds one', async () => {
  for (const variable of ['KEYFOLD_DATABASE_OWNER_URL', 'KEYFOLD_GATEWAY_DATABASE_URL']) {
    const tables = await tableTexts(await stack.variable(variable));
    expect(tables.size).toBeGreaterThan(3);
    for (const [table, text] of tables) expectNone(`table ${table}`, text);
  }
});

test('no event, and no file below the data directory (database, streams, logs)', async () => {
  for (const file of await filesBelow(stack.dataDir)) {
    if (SECRET_FILES.has(basename(file))) continue;
    expectNone(`file ${file.slice(stack.dataDir.length)}`, await readFile(file).catch(() => ''));
  }
});

test('no command line in the process list', async () => {
  const lines = await commandLines(stack.process.pid ?? 0);
  expect(lines.size).toBeGreaterThan(4);
  expectNone('the process list', [...lines.values()].join('\n'));
  for (const variable of [
    'KEYFOLD_DATABASE_URL',
    'KEYFOLD_DATABASE_OWNER_URL',
    'KEYFOLD_GATEWAY_DATABASE_URL',
    'KEYFOLD_NATS_URL',
  ]) {
    const { password } = new URL(await stack.variable(variable));
    expect(password.length).toBeGreaterThan(8);
    expect([...lines.values()].join('\n')).not.toContain(password);
  }
});
