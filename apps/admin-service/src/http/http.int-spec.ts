import 'reflect-metadata';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PERMISSIONS } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { expositionProblems } from '@keyfold/testing/exposition';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let nobody: AdminClient;
let plain: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  nobody = new AdminClient(service.url);
  plain = await createPerson(service, admin);
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const send = (
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
): Promise<Response> =>
  fetch(service.url + path, { ...init, headers: { authorization: `Bearer ${String(admin.token)}`, ...init.headers } });
const json = (
  body: string | Uint8Array<ArrayBuffer>,
): Omit<RequestInit, 'headers'> & { headers: Record<string, string> } => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json' },
});
const problem = async (response: Response): Promise<Record<string, unknown>> => {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return (await response.json()) as Record<string, unknown>;
};

describe('refusals come in the order of the contract', () => {
  test('401 before 400: who is not signed in learns nothing about shapes', async () => {
    const answer = await nobody.post('/v1/roles', { nonsense: true });
    expect([answer.status, answer.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
    const broken = await fetch(`${service.url}/v1/roles`, json('{'));
    expect(broken.status).toBe(401);
  });

  test('400 before 403: a malformed request is one for everybody', async () => {
    expect((await plain.client.post('/v1/roles', { nonsense: true })).status).toBe(400);
    expect((await plain.client.post('/v1/roles', { name: 'x', permissions: [] })).status).toBe(403);
    expect((await plain.client.get('/v1/roles?limit=0')).status).toBe(400);
    expect((await plain.client.get('/v1/roles?limit=1')).status).toBe(403);
  });

  test('403 before 404, and 404 before 412', async () => {
    expect((await plain.client.patch('/v1/roles/none', {})).status).toBe(403);
    expect((await admin.patch('/v1/roles/none', {}, { 'if-match': '"7"' })).status).toBe(404);
  });

  test('412 before 409: a stale If-Match is said before the rule about system roles', async () => {
    const stale = await admin.patch('/v1/roles/auditor', { name: 'Other' }, { 'if-match': '"7"' });
    expect([stale.status, stale.body['code']]).toEqual([412, 'VERSION_CONFLICT']);
    const fresh = await admin.patch('/v1/roles/auditor', { name: 'Other' }, { 'if-match': '"1"' });
    expect([fresh.status, fresh.body['code']]).toEqual([409, 'SYSTEM_ROLE']);
  });

  test('409 before 422: a taken name is said before a refused password', async () => {
    const answer = await admin.post('/v1/users', { username: plain.username, password: 'short' });
    expect([answer.status, answer.body['code']]).toEqual([409, 'USERNAME_TAKEN']);
  });
});

describe('bodies and parameters are read strictly', () => {
  test('an unknown member is named by its path, and so is every wrong one', async () => {
    const answer = await admin.post('/v1/roles', { name: 'x:y', permissions: ['all'], actor: 'user/1', 'a/b~': 1 });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 400, code: 'INVALID_REQUEST' });
    const paths = (answer.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/name', '/permissions/0', '/actor', '/a~1b~0']));
  });

  test('each names the rule that it breaks, with what the rule compares with', async () => {
    const rulesOf = ({ body }: { body: Record<string, unknown> }): Record<string, unknown> =>
      Object.fromEntries(
        (body['errors'] as { path: string; code: string; params?: unknown }[]).map(({ path, code, params }) => [
          path,
          params === undefined ? code : [code, params],
        ]),
      );
    const role = { name: 'x:y', permissions: ['all'], description: 'x'.repeat(1001), actor: 1 };
    expect(rulesOf(await admin.post('/v1/roles', role))).toEqual({
      '/name': ['ROLE_NAME', { max: 64 }],
      '/permissions/0': ['NOT_LISTED', { values: [...PERMISSIONS] }],
      '/description': ['TEXT', { max: 1000 }],
      '/actor': 'UNKNOWN',
    });
    expect(rulesOf(await admin.post('/v1/roles', {}))).toEqual({ '/name': 'MISSING', '/permissions': 'MISSING' });
    const settings = { maxApiKeyLifetimeDays: 181, gatewayLeaseSeconds: 4, journalRetentionDays: 1.5, journal: 'some' };
    expect(rulesOf(await admin.patch('/v1/settings/security', settings))).toEqual({
      '/maxApiKeyLifetimeDays': ['TOO_LARGE', { max: 180 }],
      '/gatewayLeaseSeconds': ['TOO_SMALL', { min: 5 }],
      '/journalRetentionDays': 'NOT_WHOLE',
      '/journal': ['NOT_LISTED', { values: ['off', 'denials', 'all'] }],
    });
    expect(rulesOf(await admin.get('/v1/users?limit=201&cursor=zzz'))).toEqual({
      '/limit': ['PAGE_SIZE', { max: 200 }],
      '/cursor': 'CURSOR',
    });
    const guessed = await admin.post('/v1/users', { username: 'with-a-weak-one', password: 'password1234' });
    expect([guessed.status, rulesOf(guessed)]).toEqual([422, { '/password': 'PASSWORD_COMMON' }]);
    const short = await admin.put(`/v1/users/${plain.id}/password`, { newPassword: 'short' });
    expect([short.status, rulesOf(short)]).toEqual([422, { '/newPassword': ['PASSWORD_SHORT', { min: 12 }] }]);
  });

  test.each([
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['half of JSON', '{"name":'],
    ['U+0000', '{"name":"a\\u0000"}'],
    ['a lone surrogate', '{"name":"\\ud800"}'],
    ['a lone surrogate as a name', '{"\\ud800":1}'],
    ['__proto__', '{"__proto__":{"permissions":[]}}'],
    ['a member twice', '{"name":"a","name":"b","permissions":[]}'],
    ['depth', `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('a body with %s is a 400', async (_what, body) => {
    expect((await problem(await send('/v1/roles', json(body))))['code']).toBe('INVALID_REQUEST');
  });

  test('bytes that are not UTF-8 are a 400, not mended', async () => {
    const response = await send(
      '/v1/roles',
      json(new Uint8Array(Buffer.from('{"name":"\xff","permissions":[]}', 'latin1'))),
    );
    expect(response.status).toBe(400);
  });

  test('what a route does not take is refused: query, body, U+0000 in a path or a query', async () => {
    expect((await admin.get('/v1/me?verbose=1')).status).toBe(400);
    expect((await admin.patch('/v1/settings/security?dryrun=true', {})).status).toBe(400);
    expect((await admin.post(`/v1/users/${plain.id}/deactivate`, { now: true })).status).toBe(400);
    expect((await admin.get('/v1/users/a%00b')).status).toBe(400);
    expect((await admin.get('/v1/users?query=%00')).status).toBe(400);
    expect((await admin.get('/v1/users?cursor=zzz')).status).toBe(400);
    expect((await admin.get('/v1/users?limit=201')).status).toBe(400);
    expect((await admin.get('/v1/users?limit=1&limit=2')).status).toBe(400);
    const many = await admin.get(`/v1/users?${'limit=1&'.repeat(1_000)}more=1`);
    expect(many.body['errors']).toContainEqual({ path: '/more', message: 'is not known here', code: 'UNKNOWN' });
  });

  test.each([
    ['a byte that is not UTF-8 in a query', '/v1/users?query=%ff', ''],
    ['such a query where none is taken', '/v1/me?%ff', ''],
    ['a percent sign as the name of a parameter', '/v1/me?%', '/%'],
    ['__proto__ as a parameter', '/v1/users?__proto__=x', '/__proto__'],
    ['__proto__ where none is taken', '/v1/me?__proto__=x', '/__proto__'],
    ['a byte that is not UTF-8 in a path', '/v1/users/%ff', ''],
    ['an endless path', `/v1/users/${'x'.repeat(2000)}`, ''],
  ])('%s is a 400 that says where', async (_what, path, where) => {
    const answer = await admin.get(path);
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'INVALID_REQUEST', errors: [{ path: where }] }]);
  });

  test('a percent sign that begins no escape stands for itself in a query', async () => {
    const created = await admin.post('/v1/users', { username: 'percent', displayName: '100% Sûre' });
    for (const query of ['100%', '100%25', '100%20s%c3%bbre%', '100% s%c3%bb']) {
      const found = await admin.get(`/v1/users?query=${query}`);
      expect([query, found.status, found.body['items']]).toMatchObject([query, 200, [{ id: created.body['id'] }]]);
    }
    expect((await admin.get('/v1/users?query=%zz')).body).toMatchObject({ items: [], nextCursor: null });
  });

  test('a POST without a body is fine where nothing is required, whatever its Content-Type says', async () => {
    const path = `/v1/users/${plain.id}/reactivate`;
    expect((await admin.post(path)).status).toBe(200);
    expect((await send(path, { method: 'POST', headers: { 'content-type': 'application/json' } })).status).toBe(200);
  });

  test.each([
    ['If-Match', '7'],
    ['Prefer', 'wait=0'],
    ['Prefer', 'wait=301'],
    ['Prefer', 'wait=soon'],
    ['Idempotency-Key', 'ü'],
    ['Idempotency-Key', 'k'.repeat(256)],
  ])('a %s of %s is a 400', async (name, value) => {
    const answer = await admin.post(`/v1/users/${plain.id}/reactivate`, {}, { [name]: value });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_REQUEST']);
  });

  test('Prefer: wait of 1 to 300 seconds is taken', async () => {
    expect((await admin.patch('/v1/settings/security', {}, { prefer: 'respond-async, wait=300' })).status).toBe(200);
  });
});

describe('every answer', () => {
  test('carries its request id and is never cached', async () => {
    for (const path of ['/v1/me', '/v1/nowhere', '/openapi.json', '/docs']) {
      const { headers } = await admin.get(path);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const given = await send('/v1/me', { headers: { 'x-request-id': 'mine' } });
    expect(given.headers.get('x-request-id')).not.toBe('mine');
  });

  test('of a write carries the position: of its last event, or of the head if nothing changed', async () => {
    const changed = await admin.patch('/v1/settings/security', { journalRetentionDays: 300 });
    const again = await admin.patch('/v1/settings/security', { journalRetentionDays: 300 });
    expect([changed.status, again.status]).toEqual([200, 200]);
    expect(Number(changed.headers.get('keyfold-position'))).toBeGreaterThan(0);
    expect(again.headers.get('keyfold-position')).toBe(changed.headers.get('keyfold-position'));
    expect(again.headers.get('etag')).toBe(changed.headers.get('etag'));
  });

  test('that is an error is a problem: 404, 405 with Allow, 413, 415, a broken URI', async () => {
    expect(await problem(await send('/v1/nowhere', {}))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await problem(await send('/v1/roles/', {}))).toMatchObject({ status: 404 });
    const wrongMethod = await send('/v1/roles', { method: 'DELETE' });
    expect(wrongMethod.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(await problem(wrongMethod)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    const large = await send('/v1/roles', json(`{"name":"${'x'.repeat(200_000)}"}`));
    expect(await problem(large)).toMatchObject({ status: 413, code: 'CONTENT_TOO_LARGE' });
    const form = await send('/v1/roles', { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } });
    expect(await problem(form)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    expect(await problem(await send('/v1/users/%zz', {}))).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });

  test('says nothing about what it runs on', async () => {
    const texts = [await admin.get('/v1/users/%2e%2e'), await admin.post('/v1/sessions', { username: 'x' })];
    for (const { body, headers } of texts) {
      expect(JSON.stringify(body)).not.toMatch(/fastify|nest|postgres|node_modules|\bat \//i);
      expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull();
    }
  });
});

test('two Authorization headers are a 400, not a choice', async () => {
  const port = Number(new URL(service.url).port);
  const lines = [
    'GET /v1/me HTTP/1.1',
    'host: x',
    `authorization: Bearer ${String(admin.token)}`,
    'authorization: Bearer x',
  ];
  const socket = connect(port, '127.0.0.1');
  socket.end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 400 /);
});

test('a cookie of 70 KiB is read on every port; a head of more than 80 KiB is a 431', async () => {
  const ports = [`${service.url}/v1/me`, `${service.opsUrl}/livez`, `${service.internalUrl}/internal/v1/none`];
  const statuses = (cookieBytes: number): Promise<number[]> =>
    Promise.all(ports.map(async (url) => (await fetch(url, { headers: { cookie: 'c'.repeat(cookieBytes) } })).status));
  expect(await statuses(70 * 1_024)).toEqual([401, 200, 404]);
  expect(await statuses(80 * 1_024)).toEqual([431, 431, 431]);
});

test('the operations port says what is ready and counts answers by route', async () => {
  const ready = await fetch(`${service.opsUrl}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([
    200,
    { checks: { postgres: { ok: true }, http: { ok: true } } },
  ]);
  expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  expect(metrics).toContain('route="/v1/users/:userId/reactivate"');
  expect(expositionProblems(metrics)).toEqual([]);
  expect((await admin.get('/metrics')).status).toBe(404);
});

describe('while Postgres is away', () => {
  beforeAll(() => postgres.server.stop('immediate'));
  afterAll(() => postgres.restart());

  test.each(['/v1/me', '/v1/users', '/v1/settings/security', '/v1/events'])(
    '%s is a 503 that says when to ask again',
    async (path) => {
      const answer = await admin.get(path);
      expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([
        503,
        'UNAVAILABLE',
        '1',
      ]);
    },
  );

  test('so is signing in, and a write', async () => {
    const session = { username: 'somebody', password: 'something' };
    const answers = [
      await nobody.post('/v1/sessions', session),
      await admin.post('/v1/roles', { name: 'x', permissions: [] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  });
});
