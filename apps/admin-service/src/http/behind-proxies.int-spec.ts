import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestIssuer, type TestIssuer } from '@keyfold/testing/oidc-issuer';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';

let postgres: TestPostgres;
let issuer: TestIssuer;
let service: TestAdminService;

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([
    startTestPostgres(),
    startTestIssuer('https://keyfold.example/v1/sessions/oidc/callback'),
  ]);
  service = await startTestAdminService({
    database: await postgres.createDatabase(),
    env: {
      KEYFOLD_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8',
      KEYFOLD_OIDC_ISSUER: issuer.url,
      KEYFOLD_OIDC_CLIENT_ID: issuer.clientId,
      KEYFOLD_OIDC_CLIENT_SECRET: issuer.clientSecret,
    },
  });
});
afterAll(async () => {
  await service.close();
  await issuer.stop();
  await postgres.stop();
});

const post = (path: string, body: object, headers: Record<string, string>): Promise<Response> =>
  fetch(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const signIn = (headers: Record<string, string>, password = service.adminPassword): Promise<Response> =>
  post('/v1/sessions', { username: 'admin', password }, headers);

describe('X-Forwarded-For as proxies write it', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:54321', '203.0.113.7'],
    ['[2001:db8::7]:54321', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:DB8::0:7', '2001:db8::7'],
    ['198.51.100.1, 203.0.113.7:1, 10.1.2.3:443', '203.0.113.7'],
    ['fe80::7%eth0', 'fe80::7'],
    // Then all that is known is who passed it on.
    ['unknown', '127.0.0.1'],
    ['a word', '127.0.0.1'],
    ['203.0.113.7, unknown, 10.1.2.3', '10.1.2.3'],
    ['', '127.0.0.1'],
  ])('%j: a session from %s', async (forwardedFor, address) => {
    const headers = { 'x-forwarded-for': forwardedFor };
    const answer = await signIn(headers);
    expect(answer.status).toBe(201);
    const { token } = (await answer.json()) as { token: string };
    const sessions = await new AdminClient(service.url, token).get('/v1/me/sessions');
    expect((sessions.body['items'] as { current: boolean }[]).find(({ current }) => current)).toMatchObject({
      address,
    });
    expect((await signIn(headers, 'wrong')).status).toBe(401);
    expect((await post('/v1/api-keys/report-leak', { key: 'kf_x' }, headers)).status).toBe(202);
  });

  test('the port makes nobody another client: failures count for the address', async () => {
    for (let port = 1; port <= 10; port += 1)
      expect((await signIn({ 'x-forwarded-for': `192.0.2.77:${port}` }, 'wrong')).status).toBe(401);
    expect((await signIn({ 'x-forwarded-for': '192.0.2.77:99' })).status).toBe(429);
  });
});

describe('X-Forwarded-Proto and -Host as proxies write them', () => {
  const https: Record<string, string>[] = [
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-proto': 'https, https' },
    { 'x-forwarded-proto': 'HTTPS' },
    { 'x-forwarded-proto': 'wss' },
    { 'x-forwarded-proto': 'https, http', 'x-forwarded-for': '203.0.113.7, 10.0.0.1' },
  ];

  test.each(https)('%j: the issuer sends the browser back by https, and cookies are for https', async (headers) => {
    const start = await fetch(`${service.url}/v1/sessions/oidc/start`, {
      redirect: 'manual',
      headers: { ...headers, 'x-forwarded-host': 'keyfold.example' },
    });
    const location = new URL(start.headers.get('location') ?? '');
    expect(location.searchParams.get('redirect_uri')).toBe('https://keyfold.example/v1/sessions/oidc/callback');
    expect(start.headers.get('set-cookie')).toMatch(/; Secure$/);
    expect((await signIn(headers)).headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  test('of several hosts the one that the client asked for counts, also against pages of other sites', async () => {
    const headers = {
      'x-forwarded-for': '203.0.113.7, 10.0.0.1',
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': 'evil.example, keyfold.example, internal',
    };
    const start = await fetch(`${service.url}/v1/sessions/oidc/start`, { redirect: 'manual', headers });
    expect(start.headers.get('location')).toContain(encodeURIComponent('https://keyfold.example/'));
    expect((await signIn({ ...headers, origin: 'https://keyfold.example' })).status).toBe(201);
    expect((await signIn({ ...headers, origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn({ ...headers, origin: 'https://internal' })).status).toBe(403);
  });
});
