import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { Browser } from '@keyfold/testing/browser';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { type Claims, forgeToken, type TestIssuer } from '@keyfold/testing/oidc-issuer';
import { type OidcSetup, startOidcSetup } from '@keyfold/testing/oidc-setup';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';

let setup: OidcSetup;
let issuer: TestIssuer;
let service: TestAdminService;
let admin: AdminClient;
let sql: pg.Pool;

beforeAll(async () => {
  setup = await startOidcSetup();
  ({ issuer, service } = setup);
  sql = new pg.Pool({ connectionString: setup.database.ownerUrl, max: 1 });
  admin = await signInAdmin(service);
});
afterAll(async () => {
  await sql.end();
  await setup.close();
});

const START = '/v1/sessions/oidc/start';
const bearer = (token: string): Promise<Answer> => new AdminClient(service.url, token).get('/v1/me');
const callbackOf = (): string => `${service.url}/v1/sessions/oidc/callback`;

/** Goes to the issuer as this person and back, up to the URL of the callback. */
async function untilCallback(browser: Browser, subject: string, claims: Claims, start = START): Promise<URL> {
  issuer.setNext(subject, claims);
  return browser.followUntil(service.url + start, callbackOf());
}

async function signIn(
  subject: string,
  claims: Claims = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const browser = new Browser();
  const response = await browser.get(await untilCallback(browser, subject, claims));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const rolesOf = (body: Record<string, unknown>): string[] => {
  const user = (body['user'] ?? body) as { roles: { name: string }[] };
  return user.roles.map(({ name }) => name);
};

describe('sign-in by the browser', () => {
  test('goes to the issuer with PKCE, state and nonce, and comes back with a session and a new user', async () => {
    const browser = new Browser();
    issuer.setNext('s-ada', { preferred_username: 'Ada', name: 'Ada L.', email: 'ada@example.org' });
    const start = await browser.get(service.url + START);
    expect(start.status).toBe(303);
    expect(start.headers.get('set-cookie')).toMatch(
      /^keyfold_oidc_[\w-]{12}=[\w-]{43}; Path=\/v1\/sessions\/oidc; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const toIssuer = new URL(start.headers.get('location') ?? '');
    expect(Object.fromEntries(toIssuer.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      scope: 'openid profile email groups',
    });

    const response = await browser.get(await browser.followUntil(toIssuer, callbackOf()));
    const body = (await response.json()) as Record<string, unknown>;
    expect([response.status, body['user']]).toEqual([
      200,
      expect.objectContaining({ username: 'ada', displayName: 'Ada L.', email: 'ada@example.org', roles: [] }),
    ]);
    expect(response.headers.getSetCookie().at(-1)).toMatch(
      /^keyfold_session=kfs_[^;]+; Path=\/; HttpOnly; SameSite=Strict; /,
    );
    expect(browser.cookieNames(new URL(service.url).host)).toEqual(['keyfold_session']);
    expect((await bearer(String(body['token']))).status).toBe(200);
  });

  test('knows the user again by issuer and subject alone', async () => {
    const first = await signIn('s-again', { preferred_username: 'again' });
    const second = await signIn('s-again', { preferred_username: 'renamed-meanwhile' });
    const users = [first, second].map(({ body }) => body['user'] as { id: string; username: string });
    expect(users[1]).toMatchObject({ id: users[0]?.id, username: 'again' });
  });

  test('puts the subject into the log as a commitment only', async () => {
    await signIn('s-very-secret-subject', { preferred_username: 'sealed' });
    const { rows } = await sql.query<{ leaf: Buffer }>('select leaf from keyfold.events');
    const leaves = rows.map(({ leaf }) => leaf.toString());
    expect(leaves.some((leaf) => leaf.includes('OidcIdentityLinked') && leaf.includes(issuer.url))).toBe(true);
    expect(leaves.some((leaf) => leaf.includes('s-very-secret-subject'))).toBe(false);
  });

  test('never takes over a user who has the same name', async () => {
    const person = await createPerson(service, admin);
    const answer = await signIn('s-thief', { preferred_username: person.username });
    expect([answer.status, answer.body['code']]).toEqual([409, 'USERNAME_TAKEN']);
    expect((await admin.get(`/v1/users?query=${person.username}`)).body['items']).toHaveLength(1);
  });

  test('makes one user of two first sign-ins at once', async () => {
    issuer.setNext('s-twice', { preferred_username: 'twice' });
    const browsers = [new Browser(), new Browser(), new Browser()];
    const urls = await Promise.all(browsers.map((browser) => browser.followUntil(service.url + START, callbackOf())));
    const answers = await Promise.all(browsers.map((browser, n) => browser.get(urls[n] ?? '')));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { user: { id: string } }[];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(bodies.map(({ user }) => user.id)).size).toBe(1);
  });

  test('two tabs of one browser do not disturb each other', async () => {
    const browser = new Browser();
    const [one, two] = [
      await untilCallback(browser, 's-tabs', { preferred_username: 'tabs' }),
      await untilCallback(browser, 's-tabs', { preferred_username: 'tabs' }),
    ];
    expect([(await browser.get(one)).status, (await browser.get(two)).status]).toEqual([200, 200]);
  });

  test('goes on to a local path by a page of its own, so that the strict cookie is sent there', async () => {
    const browser = new Browser();
    const start = `${START}?returnTo=${encodeURIComponent('/docs?a=1&b="<')}`;
    expect((await browser.get(service.url + start)).status).toBe(303);
    const response = await browser.get(await untilCallback(browser, 's-path', { preferred_username: 'path' }, start));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain(`content="0;url='/docs?a=1&amp;b=&quot;&lt;'"`);
  });

  test('never goes on to another host', async () => {
    const response = await new Browser().get(`${service.url}${START}?returnTo=${encodeURIComponent('//evil.example')}`);
    expect(response.status).toBe(400);
  });
});

describe('what comes back is refused', () => {
  const expectRefusal = (response: Response, status: number): void => {
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie().some((cookie) => cookie.startsWith('keyfold_session'))).toBe(false);
  };

  test('when the state is used a second time', async () => {
    const browser = new Browser();
    const url = await untilCallback(browser, 's-replay', { preferred_username: 'replay' });
    // A browser forgets the cookie when it is told to; an attacker would not.
    const cookie = browser.cookieHeader(url);
    expect((await browser.get(url)).status).toBe(200);
    expectRefusal(await fetch(url, { headers: { cookie } }), 400);
  });

  test('when another browser brings it, and when the state is changed', async () => {
    const browser = new Browser();
    const url = await untilCallback(browser, 's-other', { preferred_username: 'other' });
    expectRefusal(await new Browser().get(url), 400);
    const changed = new URL(url);
    changed.searchParams.set('state', `${url.searchParams.get('state')?.slice(0, 12) ?? ''}${'A'.repeat(31)}`);
    expectRefusal(await browser.get(changed), 400);
    expect((await browser.get(url)).status).toBe(200);
  });

  test('when it took too long', async () => {
    const browser = new Browser();
    const url = await untilCallback(browser, 's-late', { preferred_username: 'late' });
    await sql.query(`update keyfold.oidc_flows set expires_at = now() - interval '1 second'`);
    expectRefusal(await browser.get(url), 400);
  });

  test.each([
    ['nonce', 'nonce', 'x'.repeat(43)],
    ['code challenge', 'code_challenge', createHash('sha256').update('of another').digest('base64url')],
  ])('when the issuer was sent another %s', async (_what, parameter, value) => {
    const browser = new Browser();
    issuer.setNext('s-tampered', { preferred_username: 'tampered' });
    const toIssuer = new URL((await browser.get(service.url + START)).headers.get('location') ?? '');
    toIssuer.searchParams.set(parameter, value);
    expectRefusal(await browser.get(await browser.followUntil(toIssuer, callbackOf())), 401);
    expect((await admin.get('/v1/users?query=tampered')).body['items']).toEqual([]);
  });

  test('when it is an error, a code that nobody issued, or says another issuer', async () => {
    for (const change of [
      { error: 'access_denied', code: undefined },
      { code: 'made-up' },
      { iss: 'https://other.example' },
    ] as Record<string, string | undefined>[]) {
      const browser = new Browser();
      const url = await untilCallback(browser, 's-error', { preferred_username: 'error' });
      for (const [name, value] of Object.entries(change))
        if (value === undefined) url.searchParams.delete(name);
        else url.searchParams.set(name, value);
      expectRefusal(await browser.get(url), 401);
    }
  });

  test('when a parameter comes twice or the state is missing', async () => {
    for (const query of ['?code=a', '?state=a&state=b', '?state='])
      expectRefusal(await new Browser().get(callbackOf() + query), 400);
  });
});

describe('a JWT of the issuer', () => {
  test('signs in the user of its subject, with the permissions of this moment', async () => {
    const { body } = await signIn('s-jwt', { preferred_username: 'jwt' });
    const { id } = body['user'] as { id: string };
    const token = await issuer.mint({ sub: 's-jwt' });
    expect([(await bearer(token)).status, (await bearer(token)).body['id']]).toEqual([200, id]);
    await admin.put(`/v1/users/${id}/roles/auditor`);
    expect((await new AdminClient(service.url, token).get('/v1/roles')).status).toBe(200);
    expect((await bearer(await issuer.mint({ sub: 's-jwt' }, { typ: 'at+jwt' }))).status).toBe(200);
  });

  test('makes a user at its first use, as a sign-in by the browser would', async () => {
    const token = await issuer.mint({ sub: 's-machine', preferred_username: 'machine', groups: ['API Key Generate'] });
    const answer = await bearer(token);
    expect([answer.status, answer.body['username'], rolesOf(answer.body)]).toEqual([
      200,
      'machine',
      ['API Key Generate'],
    ]);
    expect((await bearer(await issuer.mint({ sub: 's-machine', groups: ['Auditor'] }))).body['roles']).toHaveLength(1);
    expect((await bearer(await issuer.mint({ sub: 's-thief', preferred_username: 'machine' }))).status).toBe(401);
  });

  test('has no session: nothing to end, no password to change', async () => {
    const client = new AdminClient(service.url, await issuer.mint({ sub: 's-machine' }));
    expect((await client.delete('/v1/sessions/current')).status).toBe(404);
    expect((await client.get('/v1/me/sessions')).body['items']).toEqual([]);
    const change = { currentPassword: 'x', newPassword: 'a long walk on the beach' };
    expect((await client.put('/v1/me/password', change)).status).toBe(403);
  });

  const now = (): number => Math.floor(Date.now() / 1_000);
  test.each([
    ['another audience', () => issuer.mint({ sub: 's-jwt', aud: 'another-client' })],
    ['no audience', () => issuer.mint({ sub: 's-jwt', aud: [] })],
    ['another issuer', () => issuer.mint({ sub: 's-jwt', iss: 'http://127.0.0.1:1' })],
    ['the issuer with a slash more', () => issuer.mint({ sub: 's-jwt', iss: `${issuer.url}/` })],
    ['an expiry in the past', () => issuer.mint({ sub: 's-jwt', exp: now() - 60 })],
    ['a beginning in the future', () => issuer.mint({ sub: 's-jwt', nbf: now() + 60 })],
    ['no subject', () => issuer.mint({})],
    ['an empty subject', () => issuer.mint({ sub: '' })],
    ['a subject that is too long', () => issuer.mint({ sub: 's'.repeat(256) })],
    ['the type of a logout token', () => issuer.mint({ sub: 's-jwt' }, { typ: 'logout+jwt' })],
    ['the events of a logout token', () => issuer.mint({ sub: 's-jwt', events: {} })],
    ['a key that nobody has', () => issuer.mint({ sub: 's-jwt' }, { kid: 'unknown' })],
    ['no signature and alg none', async () => forgeToken(await issuer.mint({ sub: 's-jwt' }), { alg: 'none' })],
    ['no signature and alg None', async () => forgeToken(await issuer.mint({ sub: 's-jwt' }), { alg: 'None' })],
    [
      'an HMAC by the client secret',
      async () => forgeToken(await issuer.mint({ sub: 's-jwt' }), { hmacKey: issuer.clientSecret }),
    ],
    [
      'another payload under the signature',
      async () => forgeToken(await issuer.mint({ sub: 's-x' }), { sub: 's-jwt' }),
    ],
  ])('with %s is a 401', async (_what, mint) => {
    const answer = await bearer(await mint());
    expect([answer.status, answer.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('is accepted by new keys at once, and no more by the old ones; strangers cannot make us ask for keys all the time', async () => {
    const old = await issuer.mint({ sub: 's-jwt' });
    expect((await bearer(old)).status).toBe(200);
    await issuer.rotateKeys();
    expect((await bearer(await issuer.mint({ sub: 's-jwt' }))).status).toBe(200);
    expect((await bearer(old)).status).toBe(401);
    expect((await signIn('s-jwt')).status).toBe(200);
    const before = issuer.keyFetches;
    const made = Array.from({ length: 30 }, (_, n) => issuer.mint({ sub: 's-jwt' }, { kid: `made-up-${n}` }));
    const answers = await Promise.all((await Promise.all(made)).map(bearer));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(issuer.keyFetches - before).toBeLessThanOrEqual(2);
  });
});

describe('the role claim', () => {
  const names = async (subject: string, groups: unknown): Promise<string[]> =>
    rolesOf((await signIn(subject, { preferred_username: subject, groups })).body);

  test('gives the roles that have its values as names and takes back what it gave; what people granted stays', async () => {
    const { body } = await signIn('s-roles', {
      preferred_username: 's-roles',
      groups: ['Auditor', 'auditor', 'No Role', 7],
    });
    expect(rolesOf(body)).toEqual(['Auditor']);
    const { id } = body['user'] as { id: string };
    await admin.put(`/v1/users/${id}/roles/api-key-generate`);
    expect(await names('s-roles', 'API Key Sign In')).toEqual(['API Key Generate', 'API Key Sign In']);
    expect(await names('s-roles', undefined)).toEqual(['API Key Generate']);
    const granted = await admin.get(`/v1/events?stream=user/${id}&type=RoleGranted`);
    expect((granted.body['items'] as { actor: string }[]).map(({ actor }) => actor.replace(/\/.*/, ''))).toEqual([
      'system',
      'user',
      'system',
    ]);
  });

  test('never gives what rules over the permissions of others, and never takes Administrator', async () => {
    await admin.post('/v1/roles', { name: 'Staff', permissions: ['users.read', 'roles.grant'] });
    expect(await names('s-ruler', ['Administrator', 'Staff', 'Supervisor'])).toEqual(['Supervisor']);
    const linked = await admin.post('/v1/users/first-administrator/oidc-identities', { subject: 's-first' });
    expect(linked.status).toBe(200);
    expect(await names('s-first', [])).toEqual(['Administrator']);
  });

  test('cannot be led to a role by who may only rename it', async () => {
    const role = await admin.post('/v1/roles', { name: 'Seeing', permissions: ['audit.read'] });
    const manager = await admin.post('/v1/roles', { name: 'Naming', permissions: ['roles.manage'] });
    const { client } = await createPerson(service, admin, { roles: [String(manager.body['id'])] });
    const path = `/v1/roles/${String(role.body['id'])}`;
    expect((await client.patch(path, { name: 'everyone' })).status).toBe(403);
    expect((await client.patch(path, { description: 'for all' })).status).toBe(200);
    expect((await admin.patch(path, { name: 'Seer' })).status).toBe(200);
  });
});

describe('a user', () => {
  test('who is deactivated is refused both ways, and one who was not linked answers alike', async () => {
    const { body } = await signIn('s-gone', { preferred_username: 'gone' });
    const { id } = body['user'] as { id: string };
    await admin.post(`/v1/users/${id}/deactivate`);
    const answer = await signIn('s-gone');
    expect([answer.status, answer.body['code']]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await bearer(await issuer.mint({ sub: 's-gone' }))).status).toBe(401);
  });

  test('is linked by who manages users, once, and not beyond their own permissions', async () => {
    const person = await createPerson(service, admin);
    const link = (by: AdminClient, id: string, body: object): Promise<Answer> =>
      by.post(`/v1/users/${id}/oidc-identities`, body);
    expect((await link(admin, person.id, { subject: 's-linked' })).status).toBe(200);
    expect((await link(admin, person.id, { subject: 's-linked' })).status).toBe(200);
    expect(((await signIn('s-linked')).body['user'] as { id: string }).id).toBe(person.id);
    const other = await createPerson(service, admin);
    const taken = await link(admin, other.id, { subject: 's-linked' });
    expect([taken.status, taken.body['code']]).toEqual([409, 'IDENTITY_TAKEN']);
    const role = await admin.post('/v1/roles', { name: 'People', permissions: ['users.manage'] });
    const manager = await createPerson(service, admin, { roles: [String(role.body['id'])] });
    expect((await link(manager.client, 'first-administrator', { subject: 's-evil' })).status).toBe(403);
    expect((await link(person.client, other.id, { subject: 's-evil' })).status).toBe(403);
    expect((await link(admin, 'nobody', { subject: 's-evil' })).status).toBe(404);
    expect((await link(admin, other.id, { subject: '' })).status).toBe(400);
  });

  test('is not made where that is not configured; without an issuer the routes are not there', async () => {
    const { database, env } = setup;
    const secrets = service;
    const strict = await startTestAdminService({
      database,
      secrets,
      env: { ...env, KEYFOLD_OIDC_CREATE_USERS: 'false' },
    });
    const without = await startTestAdminService({ database, secrets });
    try {
      const token = await issuer.mint({ sub: 's-unknown', preferred_username: 'unknown' });
      const me = (url: string, jwt: string): Promise<Answer> => new AdminClient(url, jwt).get('/v1/me');
      expect((await me(strict.url, token)).status).toBe(401);
      expect((await me(strict.url, await issuer.mint({ sub: 's-jwt' }))).status).toBe(200);
      expect((await me(without.url, await issuer.mint({ sub: 's-jwt' }))).status).toBe(401);
      for (const path of [START, '/v1/sessions/oidc/callback?state=x'])
        expect((await new Browser().get(without.url + path)).status).toBe(404);
    } finally {
      await strict.close();
      await without.close();
    }
  });
});

describe('while the issuer is down', () => {
  test('sign-in by it is a 503, everything else goes on, and it works again by itself', async () => {
    const browser = new Browser();
    const url = await untilCallback(browser, 's-down', { preferred_username: 'down' });
    const { database, env } = setup;
    const fresh = await startTestAdminService({ database, secrets: service, env });
    await issuer.stop();
    try {
      const down = await browser.get(url);
      expect([down.status, down.headers.get('retry-after')]).toEqual([503, '5']);
      const token = await issuer.mint({ sub: 's-down' });
      // A service that has never seen the issuer, and has no keys at hand.
      expect((await new Browser().get(fresh.url + START)).status).toBe(503);
      const answer = await new AdminClient(fresh.url, token).get('/v1/me');
      expect([answer.status, answer.body['code']]).toEqual([503, 'UNAVAILABLE']);
      expect((await (await signInAdmin(fresh)).get('/v1/me')).status).toBe(200);
      await issuer.start();
      expect((await new AdminClient(fresh.url, await issuer.mint({ sub: 's-jwt' })).get('/v1/me')).status).toBe(200);
    } finally {
      await fresh.close();
    }
    expect((await signIn('s-down', { preferred_username: 'down' })).status).toBe(200);
  });
});
