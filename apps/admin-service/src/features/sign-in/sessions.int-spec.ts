import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let sql: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database, env: { KEYFOLD_TRUSTED_PROXIES: '127.0.0.1' } });
  admin = await signInAdmin(service);
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

const signIn = (
  username: string,
  password: string,
  address = '192.0.2.1',
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${service.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...headers },
    body: JSON.stringify({ username, password }),
  });
const withCookie = (
  method: string,
  path: string,
  cookie: string,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(service.url + path, { method, headers: { cookie, ...headers } });

describe('signing in', () => {
  test('while one is being deactivated makes no session that would outlive it', async () => {
    const person = await createPerson(service, admin);
    await sql.query('begin');
    await sql.query(`update keyfold.users set status = 'deactivated' where user_id = $1`, [person.id]);
    const answer = signIn(person.username, PASSWORD);
    await eventually(async () => {
      expect((await sql.query('select 1 from pg_locks where not granted')).rows).not.toEqual([]);
    });
    await sql.query('delete from keyfold.sessions where user_id = $1', [person.id]);
    await sql.query('commit');
    const { status, headers } = await answer;
    expect([status, headers.get('ratelimit')]).toEqual([401, expect.stringMatching(/^"account";r=9;t=/)]);
    expect((await sql.query('select 1 from keyfold.sessions where user_id = $1', [person.id])).rows).toEqual([]);
  });

  test('answers a token, its end and the user, and sets the cookie out of scripts and other sites', async () => {
    const person = await createPerson(service, admin);
    const response = await signIn(person.username.toUpperCase(), PASSWORD);
    expect(response.status).toBe(201);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toEqual({
      token: expect.stringMatching(/^kfs_[\w-]{43}$/),
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      user: expect.objectContaining({ id: person.id, username: person.username, status: 'active' }),
    });
    expect(response.headers.get('set-cookie')).toMatch(
      /^keyfold_session=kfs_[^;]+; Path=\/; HttpOnly; SameSite=Strict; Expires=/,
    );
  });

  test('keeps no token: the table has hashes only', async () => {
    const { token } = admin;
    const { rows } = await sql.query<{ row: string }>('select s::text as row from keyfold.sessions s');
    expect(rows.length).toBeGreaterThan(0);
    expect(
      rows.some(({ row }) => row.includes(String(token)) || row.includes(Buffer.from(String(token)).toString('hex'))),
    ).toBe(false);
  });

  test('fails alike for a wrong password, an unknown name, a user without password and a deactivated one', async () => {
    const { body } = await admin.post('/v1/users', { username: 'no-password' });
    const gone = await createPerson(service, admin);
    await admin.post(`/v1/users/${gone.id}/deactivate`);
    const answers = await Promise.all([
      signIn('admin', 'wrong', '192.0.2.9'),
      signIn('admin', '', '192.0.2.9'),
      signIn('nobody-has-this', 'wrong', '192.0.2.9'),
      signIn(String(body['username']), 'wrong', '192.0.2.9'),
      signIn(gone.username, PASSWORD, '192.0.2.9'),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(texts).size).toBe(1);
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect((await signIn('a:b', 'wrong')).status).toBe(400);
  });
});

describe('a session', () => {
  test('is nobody else’s, however many requests come at once, and one that has ended lets in none of them', async () => {
    const people = await Promise.all([1, 2, 3].map(() => createPerson(service, admin)));
    const ended = await createPerson(service, admin);
    expect((await ended.client.delete('/v1/sessions/current')).status).toBe(204);
    const clients = [...people, { ...ended, id: null }, { id: null, client: new AdminClient(service.url) }];
    const asked = Array.from({ length: 12 }, () => clients).flat();
    const answers = await Promise.all(asked.map(({ client }) => client.get('/v1/me')));
    expect(answers.map(({ body, status }) => (status === 200 ? body['id'] : null))).toEqual(asked.map(({ id }) => id));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
  });

  test('is listed without secrets, marks the current one, and pages', async () => {
    const { client, username } = await createPerson(service, admin);
    await new AdminClient(service.url).signIn(username, PASSWORD);
    const first = await client.get('/v1/me/sessions?limit=1');
    const second = await client.get(`/v1/me/sessions?limit=1&cursor=${String(first.body['nextCursor'])}`);
    expect(second.body['nextCursor']).toBeNull();
    const items = [first, second].flatMap(({ body }) => body['items'] as Record<string, unknown>[]);
    expect(items.map((item) => item['current'])).toEqual([false, true]);
    expect(Object.keys(items[0] ?? {}).sort()).toEqual([
      'address',
      'createdAt',
      'current',
      'expiresAt',
      'id',
      'lastSeenAt',
      'userAgent',
    ]);
    expect((await client.get(`/v1/users?cursor=${String(first.body['nextCursor'])}`)).status).toBe(400);
  });

  test('ends by sign-out, by its id, and only for its owner', async () => {
    const { client, username } = await createPerson(service, admin);
    const other = await new AdminClient(service.url).signIn(username, PASSWORD);
    const list = (await client.get('/v1/me/sessions')).body['items'] as { id: string; current: boolean }[];
    const otherId = list.find(({ current }) => !current)?.id;
    expect((await admin.delete(`/v1/me/sessions/${String(otherId)}`)).status).toBe(404);
    const ended = await client.delete(`/v1/me/sessions/${String(otherId)}`);
    expect([ended.status, ended.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
    expect((await other.get('/v1/me')).status).toBe(401);
    expect((await client.delete('/v1/sessions/current')).status).toBe(204);
    const after = await client.get('/v1/me');
    expect([after.status, after.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('ends when it has been idle, and when its time is over', async () => {
    for (const column of ['last_seen_at', 'expires_at']) {
      const { client, id } = await createPerson(service, admin);
      await sql.query(`update keyfold.sessions set ${column} = now() - interval '2 hours' where user_id = $1`, [id]);
      expect((await client.get('/v1/me')).status).toBe(401);
    }
  });

  test('that is in use does not count as idle, however short the time for that is', async () => {
    const { adminPassword, logSigningKey, sharedSecret } = service;
    const secrets = { adminPassword, logSigningKey, sharedSecret };
    const hasty = await startTestAdminService({ database, secrets, env: { KEYFOLD_SESSION_IDLE_SECONDS: '25' } });
    const { client, id } = await createPerson(hasty, admin);
    await sql.query(`update keyfold.sessions set last_seen_at = now() - interval '10 seconds' where user_id = $1`, [
      id,
    ]);
    expect((await client.get('/v1/me')).status).toBe(200);
    const { rows } = await sql.query<{ is_seen: boolean }>(
      `select last_seen_at > now() - interval '9 seconds' as is_seen from keyfold.sessions where user_id = $1`,
      [id],
    );
    await hasty.close();
    expect(rows).toEqual([{ is_seen: true }]);
  });

  test('has the permissions of this moment: a withdrawn role is felt by the next request', async () => {
    const { client, id } = await createPerson(service, admin, { roles: ['auditor'] });
    expect((await client.get('/v1/roles')).status).toBe(200);
    await admin.delete(`/v1/users/${id}/roles/auditor`);
    expect((await client.get('/v1/roles')).status).toBe(403);
    expect((await client.get('/v1/me')).body).toMatchObject({ permissions: [], roles: [] });
  });

  test.each(['', 'Bearer', 'Bearer kfs_x', 'Basic YTpi', `Bearer kfs_${'A'.repeat(43)}`, 'Token x'])(
    'an Authorization header of "%s" is a 401, even beside a good cookie',
    async (authorization) => {
      const cookie = `keyfold_session=${String(admin.token)}`;
      const response = await withCookie('GET', '/v1/me', cookie, { authorization });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );
});

describe('the cookie', () => {
  const cookie = (): string => `keyfold_session=${String(admin.token)}`;

  test('signs in, and a page of another site cannot write with it', async () => {
    const write = (headers: Record<string, string>): Promise<Response> =>
      withCookie('PATCH', '/v1/settings/security', cookie(), headers);
    expect((await withCookie('GET', '/v1/me', cookie(), { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    expect((await write({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await write({ origin: service.url })).status).toBe(200);
    expect((await write({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await write({ 'sec-fetch-site': 'same-site', origin: service.url })).status).toBe(403);
    expect((await write({ origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await write({ origin: 'null' })).status).toBe(403);
  });

  test.each(['/v1/audit/export', '/v1/events?reveal=true', '/v1/events/1?reveal=true'])(
    'makes no event for a page of another site by %s',
    async (path) => {
      const position = async (): Promise<string | null> =>
        (await admin.patch('/v1/settings/security', {})).headers.get('keyfold-position');
      const before = await position();
      expect((await withCookie('GET', path, cookie(), { 'sec-fetch-site': 'same-site' })).status).toBe(403);
      expect(await position()).toBe(before);
      expect((await withCookie('GET', path, cookie(), { 'sec-fetch-site': 'none' })).status).toBe(200);
    },
  );

  test('cannot be set by another site', async () => {
    expect((await signIn('admin', service.adminPassword, '192.0.2.2', { 'sec-fetch-site': 'cross-site' })).status).toBe(
      403,
    );
  });

  test('is only for https where the client came by https', async () => {
    const response = await signIn('admin', service.adminPassword, '192.0.2.2', { 'x-forwarded-proto': 'https' });
    expect(response.headers.get('set-cookie')).toMatch(/; Secure$/);
  });
});

describe('failures are held back', () => {
  const fail = async (count: number, username: string, address: (n: number) => string): Promise<number[]> => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) statuses.push((await signIn(username, 'wrong', address(n))).status);
    return statuses;
  };

  test('after 10 for an account from one network, IPv6 by /64, with Retry-After, and only there', async () => {
    const { username } = await createPerson(service, admin);
    expect(await fail(10, username, (n) => `2001:db8:1:1::${(n + 1).toString(16)}`)).toEqual(Array(10).fill(401));
    const held = await signIn(username, PASSWORD, '2001:db8:1:1:ffff::1');
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(held.headers.get('retry-after'))).toBeLessThanOrEqual(900);
    expect((await held.json()) as object).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect((await signIn(username, PASSWORD, '2001:db8:1:2::1')).status).toBe(201);
  });

  test('and every answer says how much is left, the same for a name that nobody has', async () => {
    const { username } = await createPerson(service, admin);
    const left = async (name: string, password: string, address: string): Promise<unknown[]> => {
      const { status, headers } = await signIn(name, password, address);
      expect(headers.get('ratelimit-policy')).toBe('"account";q=10;w=900, "address";q=100;w=900');
      return [status, headers.get('ratelimit')?.replaceAll(/t=(8\d\d|900)\b/g, 't')];
    };
    const answers = async (name: string, address: string): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (let n = 0; n < 11; n += 1) all.push(await left(name, 'wrong', address));
      return all;
    };
    const known = await answers(username, '192.0.2.70');
    expect(known[0]).toEqual([401, '"account";r=9;t, "address";r=99;t']);
    expect(known.slice(9)).toEqual([
      [401, '"account";r=0;t, "address";r=90;t'],
      [429, '"account";r=0;t, "address";r=90;t'],
    ]);
    expect(await answers('nobody-is-called-so', '192.0.2.71')).toEqual(known);
    expect(await left(username, PASSWORD, '192.0.2.72')).toEqual([201, '"account";r=10;t, "address";r=100;t']);
  });

  test('but not at an address from which the account has signed in before, by failures from elsewhere', async () => {
    const { username } = await createPerson(service, admin);
    expect((await signIn(username, PASSWORD, '2001:db8:2:1::aaaa')).status).toBe(201);
    await fail(10, username, () => '2001:db8:2:1::bbbb');
    expect((await signIn(username, PASSWORD, '2001:db8:2:1::cccc')).status).toBe(429);
    expect((await signIn(username, PASSWORD, '2001:db8:2:1::aaaa')).status).toBe(201);
  });

  test('at an address that the account knows too, by its own failures', async () => {
    const { username } = await createPerson(service, admin);
    expect((await signIn(username, PASSWORD, '2001:db8:3:1::aaaa')).status).toBe(201);
    await fail(10, username, () => '2001:db8:3:1::aaaa');
    expect((await signIn(username, PASSWORD, '2001:db8:3:1::aaaa')).status).toBe(429);
  });

  test('all at once: of 40 attempts sent together 10 are looked at', async () => {
    const { username } = await createPerson(service, admin);
    const answers = await Promise.all(Array.from({ length: 40 }, () => signIn(username, 'wrong', '192.0.2.40')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
  });

  test('after 100 from an address, whatever the names', async () => {
    const values = Array.from({ length: 99 }, (_, n) => `(sha256('${n}'), '192.0.2.50', '192.0.2.50/32', now())`).join(
      ',',
    );
    await sql.query(
      `insert into keyfold.sign_in_failures (account_hash, address, network, failed_at) values ${values}`,
    );
    expect(await fail(2, 'some-name', () => '192.0.2.50')).toEqual([401, 429]);
    await sql.query(
      `update keyfold.sign_in_failures set failed_at = now() - interval '16 minutes' where address = '192.0.2.50'`,
    );
    expect(await fail(1, 'some-name', () => '192.0.2.50')).toEqual([401]);
  });

  test('a right password does not count, and an address that is not a trusted proxy is not believed about others', async () => {
    for (let n = 0; n < 12; n += 1)
      expect((await signIn('admin', service.adminPassword, '192.0.2.60')).status).toBe(201);
    const { rows } = await sql.query(`select 1 from keyfold.sign_in_failures where address = '192.0.2.60'`);
    expect(rows).toHaveLength(0);
    await signIn('some-name', 'wrong', '203.0.113.1, 192.0.2.61');
    const spoofed = await sql.query(`select 1 from keyfold.sign_in_failures where address = '203.0.113.1'`);
    expect(spoofed.rows).toHaveLength(0);
  });
});
