import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { Browser } from '@keyfold/testing/browser';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { KNOWN_PROVIDERS, type KnownProvider } from '@keyfold/testing/provider-shapes';
import { type ProviderShape, SCRIPTED_CLIENT, ScriptedIssuer } from '@keyfold/testing/scripted-issuer';

let postgres: TestPostgres;
let database: TestDatabase;
let secrets: TestAdminService | undefined;
let issuer: ScriptedIssuer | undefined;
let service: TestAdminService | undefined;
let lines: string[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
});
afterEach(async () => {
  await service?.close();
  await issuer?.stop();
  service = undefined;
  issuer = undefined;
});
afterAll(() => postgres.stop());

const PUBLIC = { KEYFOLD_OIDC_CLIENT_SECRET: undefined };
const now = (): number => Math.floor(Date.now() / 1_000);
const { shape: keycloak } = KNOWN_PROVIDERS['Keycloak'] as KnownProvider;

/**
 * Keycloak's shape for a person of their own: each issuer is another one, and a name that somebody has is never taken.
 */
function shapeFor(name: string, claims: object = {}): ProviderShape {
  const idToken = { ...keycloak.idToken, sub: name, preferred_username: name, groups: ['Auditor'], ...claims };
  return { ...keycloak, idToken, userInfo: { sub: name } };
}

type Env = Readonly<Record<string, string | undefined>>;

/** An admin-service in front of a provider of this shape. All of them go on with one log. */
async function serve(shape: ProviderShape, roleClaim: string | null = null, change: Env = {}): Promise<ScriptedIssuer> {
  issuer = await ScriptedIssuer.start(shape);
  lines = [];
  const env: Env = {
    KEYFOLD_OIDC_ISSUER: issuer.url,
    KEYFOLD_OIDC_CLIENT_ID: SCRIPTED_CLIENT.id,
    KEYFOLD_OIDC_CLIENT_SECRET: SCRIPTED_CLIENT.secret,
    KEYFOLD_OIDC_CREATE_USERS: 'true',
    ...(roleClaim === null ? {} : { KEYFOLD_OIDC_ROLE_CLAIM: roleClaim }),
    ...change,
  };
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const options = { database, env: Object.fromEntries(given), lines };
  service = await startTestAdminService(secrets === undefined ? options : { ...options, secrets });
  secrets ??= service;
  return issuer;
}

interface SignedIn {
  readonly status: number;
  readonly username: unknown;
  readonly roles: unknown;
  readonly detail: unknown;
}

const start = (): string => `${service?.url ?? ''}/v1/sessions/oidc/start`;

async function signIn(): Promise<SignedIn> {
  const browser = new Browser();
  const url = await browser.followUntil(start(), `${service?.url ?? ''}/v1/sessions/oidc/callback`);
  const response = await browser.get(url);
  const body = (await response.json()) as { user?: { username: string; roles: { name: string }[] }; detail?: string };
  const roles = body.user?.roles.map(({ name }) => name);
  return { status: response.status, username: body.user?.username, roles, detail: body.detail };
}

const logged = (): string => lines.filter((line) => /"level":("warn"|"error"|40|50)/.test(line)).join('\n');

describe.each(Object.entries(KNOWN_PROVIDERS))('with %s', (_name, { shape, roleClaim, scope, expected }) => {
  test('people sign in and get the roles that it names', async () => {
    const provider = await serve(shape, roleClaim);
    expect(await signIn()).toMatchObject({ status: 200, ...expected });
    expect(provider.scope).toBe(scope);
    expect(await signIn()).toMatchObject({ status: 200, ...expected });
    // What it refused at first is not tried again.
    expect(provider.methods.at(-1)).toBe(shape.clientMethod);
    expect(provider.methods.length).toBeLessThanOrEqual(3);
  });
});

describe('the client proves itself', () => {
  const methods = (...supported: string[]): ProviderShape['discovery'] => ({
    token_endpoint_auth_methods_supported: supported,
  });
  const [none, basic, post] = ['none', 'client_secret_basic', 'client_secret_post'] as const;
  test.each([
    { how: 'by the header where discovery names nothing', name: 'unnamed', discovery: {}, method: basic, env: {} },
    { how: 'by the header where that is all', name: 'header', discovery: methods(basic), method: basic, env: {} },
    { how: 'in the body where that is all', name: 'body', discovery: methods(post), method: post, env: {} },
    { how: 'by PKCE alone without a secret', name: 'pkce', discovery: methods(basic, none), method: none, env: PUBLIC },
  ])('$how', async ({ name, discovery, method, env }) => {
    const provider = await serve({ ...shapeFor(name), discovery, clientMethod: method }, null, env);
    expect((await signIn()).status).toBe(200);
    expect(provider.methods).toEqual([method]);
  });

  test('and hears of no outage when the issuer does not know the secret', async () => {
    await serve(keycloak, null, { KEYFOLD_OIDC_CLIENT_SECRET: 'another secret' });
    const answer = await signIn();
    expect([answer.status, answer.detail]).toEqual([503, expect.stringMatching(/misconfigured/)]);
    expect(logged()).toContain('KEYFOLD_OIDC_CLIENT_SECRET');
    expect(lines.join()).not.toContain('another secret');
  });

  test('never in a way that the issuer does not take', async () => {
    await serve({ ...keycloak, discovery: methods('private_key_jwt') });
    expect((await fetch(start(), { redirect: 'manual' })).status).toBe(503);
    expect(logged()).toContain('KEYFOLD_OIDC_CLIENT_SECRET');
  });
});

describe('a userinfo endpoint that gives no answer', () => {
  test.each([401, 403, 503] as const)('but a %s does not matter if the ID token says all', async (userInfo) => {
    const name = `userinfo-${userInfo}`;
    await serve({ ...shapeFor(name), userInfo }, 'groups');
    expect(await signIn()).toMatchObject({ status: 200, username: name, roles: ['Auditor'] });
  });

  test('takes no roles away: without the claim nobody signs in', async () => {
    await serve({ ...shapeFor('roleless', { groups: undefined }), userInfo: 403 }, 'groups');
    expect((await signIn()).status).toBe(503);
    expect(logged()).toMatch(/userinfo endpoint refuses the request \(403\).*groups/);
  });

  test('is not the same as one that speaks of somebody else', async () => {
    await serve({ ...shapeFor('mistaken'), userInfo: { sub: 'another' } });
    expect((await signIn()).status).toBe(401);
  });
});

describe('the clock of the issuer', () => {
  test('may be ahead of ours, and behind, by one measure in the browser and for bearers', async () => {
    const provider = await serve(shapeFor('clock', { iat: now() + 10, nbf: now() + 10 }));
    expect((await signIn()).status).toBe(200);
    const bearer = async (times: object): Promise<number> =>
      (await new AdminClient(service?.url ?? '', await provider.mint({ sub: 'clock', ...times })).get('/v1/me')).status;
    expect(await bearer({ nbf: now() + 20 })).toBe(200);
    expect(await bearer({ exp: now() - 10 })).toBe(200);
    expect(await bearer({ nbf: now() + 90 })).toBe(401);
    expect(await bearer({ exp: now() - 90 })).toBe(401);
  });
});

describe('an issuer that is not the one of the settings', () => {
  test.each([
    ['has no slash at its end', '/realms/staff', (url: string) => `${url}/`],
    ['has a slash at its end', '/application/o/keyfold/', (url: string) => url.slice(0, -1)],
  ])('since it %s is named, with the variable', async (_what, issuerPath, spelled) => {
    const shape = { ...keycloak, issuerPath };
    const other = await ScriptedIssuer.start(shape);
    try {
      await serve(shape, null, { KEYFOLD_OIDC_ISSUER: spelled(other.url) });
      const answer = await fetch(start(), { redirect: 'manual' });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, null]);
      expect(logged()).toContain('KEYFOLD_OIDC_ISSUER');
      expect(logged()).toContain(`at the end: \\"${other.url}\\"`);
    } finally {
      await other.stop();
    }
  });

  test('since there is none is told from one that is away', async () => {
    const other = await ScriptedIssuer.start(keycloak);
    await serve(keycloak, null, { KEYFOLD_OIDC_ISSUER: `${other.origin}/nowhere` });
    expect((await fetch(start(), { redirect: 'manual' })).headers.get('retry-after')).toBeNull();
    expect(logged()).toMatch(/KEYFOLD_OIDC_ISSUER names no OpenID issuer.*\(404\)/);
    await other.stop();
    const away = await fetch(start(), { redirect: 'manual' });
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

test('groups that the issuer leaves out, since they are too many, take no roles back', async () => {
  const { shape } = KNOWN_PROVIDERS['Entra'] as KnownProvider;
  const claims = { ...shape.idToken, sub: 'many', preferred_username: 'many' };
  const provider = await serve({ ...shape, idToken: { ...claims, groups: ['Auditor'] } }, 'groups');
  expect((await signIn()).roles).toEqual(['Auditor']);
  const left = {
    ...claims,
    groups: undefined,
    _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://graph.microsoft.example/v1.0/users/u/getMemberObjects' } },
  };
  provider.shape = { ...shape, idToken: left };
  expect(await signIn()).toMatchObject({ status: 401, detail: expect.stringMatching(/did not say which groups/) });
  expect(logged()).toContain('_claim_names');
  // Whoever is known is known: a token as bearer changes no roles.
  const me = await new AdminClient(service?.url ?? '', await provider.mint(left)).get('/v1/me');
  expect([me.status, me.body['roles']]).toEqual([200, [expect.objectContaining({ name: 'Auditor' })]]);
  const stranger = await provider.mint({ ...left, sub: 'stranger', preferred_username: 'stranger' });
  expect((await new AdminClient(service?.url ?? '', stranger).get('/v1/me')).status).toBe(401);
});
