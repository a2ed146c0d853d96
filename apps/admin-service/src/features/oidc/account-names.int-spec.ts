import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AdminClient } from '@keyfold/testing/http-client';
import { AdminClient as Client } from '@keyfold/testing/http-client';
import { type OidcSetup, startOidcSetup } from '@keyfold/testing/oidc-setup';
import { createPerson, createRole, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';

let setup: OidcSetup;
let admin: AdminClient;

beforeAll(async () => {
  setup = await startOidcSetup();
  admin = await signInAdmin(setup.service);
});
afterAll(() => setup.close());

type User = { readonly id: string; readonly username: string; readonly displayName: string; readonly email: string };

async function signIn(claims: { readonly sub: string; readonly [claim: string]: unknown }): Promise<User> {
  const answer = await new Client(setup.service.url, await setup.issuer.mint(claims)).get('/v1/me');
  expect(answer.status).toBe(200);
  return answer.body as User;
}

const rename = (id: string, username: string, by = admin): ReturnType<AdminClient['patch']> =>
  by.patch(`/v1/users/${id}`, { username });
const code = ({ status, body }: Awaited<ReturnType<typeof rename>>): unknown[] => [status, body['code']];

test('a preferred name that cannot be a user name here gives way to the e-mail address, its local part, and that with a number', async () => {
  const people = [
    { sub: 'n1', preferred_username: 'Jörg Müller', email: 'joerg@a.example' },
    { sub: 'n2', preferred_username: 'Йорг', email: 'Joerg@a.example' },
    { sub: 'n3', email: 'joerg@b.example', preferred_username: '' },
    { sub: 'n4', email: 'joerg@a.example' },
    { sub: 'n5', email: 'joerg@a.example' },
    { sub: 'n6', email: "Pat.O'Brien@a.example" },
    { sub: 'n7', preferred_username: 'Jörg Müller' },
    { sub: 'n8', email: 'jörg@ä.example' },
  ];
  const names: string[] = [];
  for (const claims of people) names.push((await signIn(claims)).username);
  expect(names).toEqual([
    'joerg@a.example',
    'joerg',
    'joerg@b.example',
    'joerg2',
    'joerg3',
    "pat.o'brien@a.example",
    'jorg.muller',
    'jorg',
  ]);
  expect((await signIn({ sub: 'n9', preferred_username: '王小明' })).username).toMatch(/^oidc-[0-9a-f]{20}$/);
});

test('people who come at once under one derived name get different ones', async () => {
  const users = await Promise.all(['r1', 'r2', 'r3', 'r4'].map((sub) => signIn({ sub, email: 'race@a.example' })));
  expect(users.map(({ username }) => username).sort()).toEqual(['race', 'race2', 'race3', 'race@a.example'].sort());
});

test('names of the provider are cleaned, never refused', async () => {
  const user = await signIn({
    sub: 'c1',
    preferred_username: 'cleaned',
    name: '  Ada\u202e\n Lovelace\u200b ',
    email: 'ada\u200b@a.example',
  });
  expect([user.displayName, user.email]).toEqual(['Ada Lovelace', 'ada@a.example']);
  expect((await signIn({ sub: 'c2', preferred_username: 'blank', name: '\u200b' })).displayName).toBeNull();
});

test('an administrator renames an SSO-made user once; the password, the keys and the person stay', async () => {
  const { id } = await signIn({ sub: 'o1', preferred_username: '李雷' });
  const other = await createPerson(setup.service, admin);
  expect(code(await rename(id, other.username))).toEqual([409, 'USERNAME_TAKEN']);
  expect(code(await rename(id, 'a:b'))).toEqual([400, 'INVALID_REQUEST']);
  const renamed = await rename(id, "Li.Lei'");
  expect([renamed.status, renamed.body['username'], renamed.headers.get('etag')]).toEqual([200, "li.lei'", '"3"']);
  expect((await signIn({ sub: 'o1', preferred_username: 'somebody.else' })).username).toBe("li.lei'");
  expect((await admin.get('/v1/users?query=lei')).body['items']).toMatchObject([{ id }]);
  expect(code(await rename(id, 'another'))).toEqual([409, 'USERNAME_FIXED']);
  // Said again, nothing happens.
  expect((await rename(id, "li.lei'")).headers.get('etag')).toBe('"3"');
  expect(code(await rename(other.id, 'another'))).toEqual([409, 'USERNAME_FIXED']);
});

test('a rename takes what a takeover takes, and the freed name is free', async () => {
  const { id, username } = await signIn({ sub: 'o2', email: 'first@a.example' });
  const roleId = await createRole(admin, ['settings.manage']);
  await admin.put(`/v1/users/${id}/roles/${roleId}`);
  const helpdesk = await createPerson(setup.service, admin, { roles: [await createRole(admin, ['users.manage'])] });
  expect(code(await rename(id, 'second', helpdesk.client))).toEqual([403, 'PERMISSION_DENIED']);
  expect((await rename(id, 'second')).status).toBe(200);
  expect((await admin.post('/v1/users', { username, password: PASSWORD })).status).toBe(201);
});
