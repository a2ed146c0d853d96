import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from './support/eventually.js';
import { AdminClient, type Answer, basic } from './support/http-client.js';
import { type Stack, startStack } from './support/stack.js';

/*
 * The feature as its administrators and users read about it, step by step, over real HTTP against the product as `npm
 * start` runs it. The tests of this file build on each other, in order.
 */
const DAY_MS = 86_400_000;
const PASSWORD = 'correct horse battery staple';

let stack: Stack;
let admin: AdminClient;
let user: AdminClient;
let userId: string;
let generateRoleId: string;
let signInRoleId: string;
const keys = new Map<string, { id: string; key: string }>();

beforeAll(async () => {
  stack = await startStack();
  admin = await new AdminClient(stack.adminUrl).signIn('admin', stack.adminPassword);
});

afterAll(async () => {
  await stack.remove();
});

/**
 * Signs in at the gateway as a service would: user name and a password, once the gateway has followed the log to
 * `position`.
 */
async function signIn(username: string, password: string): Promise<Response> {
  return fetch(`${stack.gatewayUrl}/v1/forward-auth`, {
    headers: { authorization: basic(username, password) },
  });
}

async function expectSignIn(username: string, password: string, status: number): Promise<void> {
  await eventually(async () => {
    expect((await signIn(username, password)).status).toBe(status);
  });
}

/**
 * The gateway has applied everything that the admin-service has decided, so that a refusal is a decision and not a
 * delay.
 */
async function gatewayCaughtUp(answer: Answer): Promise<void> {
  const position = Number(answer.headers.get('keyfold-position'));
  expect(position).toBeGreaterThan(0);
  await eventually(async () => {
    const metrics = await (await fetch(`${stack.gatewayOpsUrl}/metrics`)).text();
    const applied = /^keyfold_gateway_applied_position(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1];
    expect(Number(applied)).toBeGreaterThanOrEqual(position);
  });
}

const settings = (body: unknown): Promise<Answer> => admin.patch('/v1/settings/security', body);
const named = (name: string): { id: string; key: string } => {
  const found = keys.get(name);
  if (!found) throw new Error(`no key called ${name}`);
  return found;
};

async function issue(label: string, body: unknown): Promise<Answer> {
  const answer = await user.post('/v1/me/api-keys', body);
  expect([answer.status, answer.body['code']]).toEqual([201, undefined]);
  keys.set(label, { id: String(answer.body['id']), key: String(answer.body['key']) });
  return answer;
}

describe('In a default install API key authentication is disabled', () => {
  test('the setting is off, and the maximum is 180 days', async () => {
    const answer = await admin.get('/v1/settings/security');
    expect(answer.body).toMatchObject({ apiKeyAuthenticationEnabled: false, maxApiKeyLifetimeDays: 180 });
  });

  test('not even an administrator can issue a key', async () => {
    const answer = await admin.post('/v1/me/api-keys', {});
    expect([answer.status, answer.body['code']]).toEqual([409, 'API_KEYS_DISABLED']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('the gateway lets nobody in', async () => {
    const response = await signIn('admin', stack.adminPassword);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Keyfold", charset="UTF-8"');
  });
});

describe('Enable API keys', () => {
  test('an administrator switches them on', async () => {
    const answer = await settings({ apiKeyAuthenticationEnabled: true });
    expect([answer.status, answer.body['apiKeyAuthenticationEnabled']]).toEqual([200, true]);
  });

  test('the maximum number of days: 180 at most, 1 at least, shorter is fine', async () => {
    for (const days of [181, 0, -1, 1.5, '90', null]) {
      const refused = await settings({ maxApiKeyLifetimeDays: days });
      expect([days, refused.status, refused.body['code']]).toEqual([days, 400, 'INVALID_REQUEST']);
    }
    expect((await settings({ maxApiKeyLifetimeDays: 90 })).body['maxApiKeyLifetimeDays']).toBe(90);
    expect((await settings({ maxApiKeyLifetimeDays: 180 })).body['maxApiKeyLifetimeDays']).toBe(180);
  });
});

describe('Grant users the ability to generate API keys', () => {
  test('the two roles are there under their names', async () => {
    const roles = (await admin.get('/v1/roles')).body['items'] as { id: string; name: string; system: boolean }[];
    generateRoleId = roles.find((role) => role.name === 'API Key Generate')?.id ?? '';
    signInRoleId = roles.find((role) => role.name === 'API Key Sign In')?.id ?? '';
    expect([generateRoleId, signInRoleId]).not.toContain('');
  });

  test('a user without the roles is refused', async () => {
    const created = await admin.post('/v1/users', { username: "D'Ana", displayName: 'Dana D.', password: PASSWORD });
    expect([created.status, created.body['username']]).toEqual([201, "d'ana"]);
    userId = String(created.body['id']);
    user = await new AdminClient(stack.adminUrl).signIn("d'ana", PASSWORD);
    const answer = await user.post('/v1/me/api-keys', {});
    expect([answer.status, answer.body['code']]).toEqual([403, 'PERMISSION_DENIED']);
  });

  test('an administrator assigns both', async () => {
    for (const roleId of [generateRoleId, signInRoleId]) {
      expect((await admin.put(`/v1/users/${userId}/roles/${roleId}`)).status).toBe(200);
    }
    expect(
      ((await admin.get(`/v1/users/${userId}`)).body['roles'] as { name: string }[]).map((role) => role.name).sort(),
    ).toEqual(['API Key Generate', 'API Key Sign In']);
  });
});

describe('A user creates API keys', () => {
  test('without a name and expiry: it lives as long as the maximum', async () => {
    const { body } = await issue('plain', {});
    expect(body).toMatchObject({
      name: null,
      status: 'active',
      userId,
      username: "d'ana",
      acceptance: { allowed: true },
    });
    expect(Date.parse(String(body['effectiveExpiresAt'])) - Date.parse(String(body['createdAt']))).toBe(180 * DAY_MS);
    expect(body['key']).toMatch(/^kf_[0-9A-Za-z]{22}_[0-9A-Za-z]{60}$/);
  });

  test('with a name and an expiry', async () => {
    const { body } = await issue('zapier', { name: 'Zapier', expiresInDays: 30 });
    expect(body['name']).toBe('Zapier');
    expect(Date.parse(String(body['expiresAt'])) - Date.parse(String(body['createdAt']))).toBe(30 * DAY_MS);
  });

  test('an expiry beyond the maximum or in the past is refused', async () => {
    for (const body of [
      { expiresInDays: 181 },
      { expiresAt: new Date(Date.now() + 200 * DAY_MS).toISOString() },
      { expiresAt: '2020-01-01' },
    ]) {
      const answer = await user.post('/v1/me/api-keys', body);
      expect([answer.status, answer.body['code']]).toEqual([422, 'EXPIRY_OUT_OF_RANGE']);
    }
  });

  test('the key is shown once: no later answer has it', async () => {
    const { id, key } = named('plain');
    for (const path of [`/v1/api-keys/${id}`, '/v1/me/api-keys']) {
      const answer = await user.get(path);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).not.toContain(key);
    }
  });
});

describe('A service signs in with user name and key', () => {
  test('the key passes as the password of its owner, and the service learns who it is', async () => {
    await expectSignIn("d'ana", named('plain').key, 200);
    const response = await signIn("D'ANA", named('zapier').key);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(response.headers.get('remote-user')).toBe("d'ana");
    expect(response.headers.get('x-keyfold-user-id')).toBe(userId);
    expect(response.headers.get('x-keyfold-key-id')).toBe(named('zapier').id);
    expect(response.headers.get('x-keyfold-roles')).toBe('API Key Generate,API Key Sign In');
    const me = await fetch(`${stack.gatewayUrl}/v1/me`, {
      headers: { authorization: basic("d'ana", named('plain').key) },
    });
    expect([me.status, await me.json()]).toEqual([
      200,
      expect.objectContaining({ user: expect.objectContaining({ username: "d'ana" }) }),
    ]);
  });

  test('the password, another name, or a changed key do not pass, and all look alike', async () => {
    const { key } = named('plain');
    const changed = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
    const answers = await Promise.all([
      signIn("d'ana", PASSWORD),
      signIn('admin', key),
      signIn('nobody', key),
      signIn("d'ana", changed),
      fetch(`${stack.gatewayUrl}/v1/forward-auth`),
    ]);
    const seen = await Promise.all(
      answers.map(async (answer) => [
        answer.status,
        await answer.text(),
        answer.headers.get('content-length'),
        answer.headers.get('www-authenticate'),
      ]),
    );
    expect(seen[0]?.[0]).toBe(401);
    for (const each of seen) expect(each).toEqual(seen[0]);
  });
});

describe('What an administrator takes away', () => {
  test('switched off: refused; on again: passes again', async () => {
    await settings({ apiKeyAuthenticationEnabled: false });
    await expectSignIn("d'ana", named('plain').key, 401);
    expect((await user.post('/v1/me/api-keys', {})).body['code']).toBe('API_KEYS_DISABLED');
    await settings({ apiKeyAuthenticationEnabled: true });
    await expectSignIn("d'ana", named('plain').key, 200);
  });

  test('without "API Key Sign In" the keys stop passing; without "API Key Generate" no new ones', async () => {
    await admin.delete(`/v1/users/${userId}/roles/${signInRoleId}`);
    await expectSignIn("d'ana", named('plain').key, 401);
    expect((await user.get(`/v1/api-keys/${named('plain').id}`)).body['acceptance']).toEqual({
      allowed: false,
      reason: 'SIGN_IN_NOT_GRANTED',
    });
    await admin.put(`/v1/users/${userId}/roles/${signInRoleId}`);
    await expectSignIn("d'ana", named('plain').key, 200);
    await admin.delete(`/v1/users/${userId}/roles/${generateRoleId}`);
    expect((await user.post('/v1/me/api-keys', {})).body['code']).toBe('PERMISSION_DENIED');
    await admin.put(`/v1/users/${userId}/roles/${generateRoleId}`);
  });

  test('a deactivated user signs in nowhere; reactivated, the keys pass again', async () => {
    expect((await admin.post(`/v1/users/${userId}/deactivate`)).status).toBe(200);
    await expectSignIn("d'ana", named('plain').key, 401);
    expect((await user.get('/v1/me')).status).toBe(401);
    expect((await admin.post(`/v1/users/${userId}/reactivate`)).status).toBe(200);
    await expectSignIn("d'ana", named('plain').key, 200);
    user = await new AdminClient(stack.adminUrl).signIn("d'ana", PASSWORD);
  });

  test('a lowered maximum expires an older key at once, raising it revives the key', async () => {
    await passDays(stack, 2);
    const lowered = await settings({ maxApiKeyLifetimeDays: 1 });
    await gatewayCaughtUp(lowered);
    await expectSignIn("d'ana", named('zapier').key, 401);
    const expired = (await user.get(`/v1/api-keys/${named('zapier').id}`)).body;
    expect(expired).toMatchObject({
      status: 'expired',
      effectiveExpiryBoundBy: 'policy',
      acceptance: { allowed: false, reason: 'EXPIRED' },
    });
    await settings({ maxApiKeyLifetimeDays: 180 });
    await expectSignIn("d'ana", named('zapier').key, 200);
  });

  test('a key passes until its own expiry and not a moment longer', async () => {
    await issue('short', { expiresInDays: 1 });
    await expectSignIn("d'ana", named('short').key, 200);
    await passDays(stack, 2);
    await expectSignIn("d'ana", named('short').key, 401);
    await expectSignIn("d'ana", named('plain').key, 200);
  });

  test('a revoked key is refused for good, the other stays', async () => {
    const { id, key } = named('plain');
    const revoked = await user.post(`/v1/api-keys/${id}/revoke`, { reason: 'KEY_COMPROMISE' });
    expect([revoked.status, revoked.body['status'], revoked.body['revocationReason']]).toEqual([
      200,
      'revoked',
      'KEY_COMPROMISE',
    ]);
    await expectSignIn("d'ana", key, 401);
    expect((await signIn("d'ana", named('zapier').key)).status).toBe(200);
    const again = await user.post(`/v1/api-keys/${id}/revoke`, { reason: 'KEY_COMPROMISE' });
    expect([again.status, again.body['revokedAt']]).toEqual([200, revoked.body['revokedAt']]);
  });
});

/**
 * Lets days pass for the log: its last record is said to have been written that much later, and log time goes on from
 * there, for the admin-service and, by its signed heads, for the gateways. A Postgres with a wrong clock would not do:
 * it is suspect, and not believed.
 */
async function passDays(target: Stack, days: number): Promise<void> {
  await query(
    await target.variable('KEYFOLD_DATABASE_OWNER_URL'),
    `update keyfold.log_head set recorded_at = recorded_at + interval '${days} days'`,
  );
  // Sessions last for hours of log time, so the old ones have ended once the service has seen the new time.
  await eventually(async () => {
    expect((await admin.get('/v1/me')).status).toBe(401);
  });
  admin = await new AdminClient(target.adminUrl).signIn('admin', target.adminPassword);
  user = await new AdminClient(target.adminUrl).signIn("d'ana", PASSWORD);
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
