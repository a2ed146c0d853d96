import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, PASSWORD, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { Database } from '../../platform/database.js';

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const byName = (one: Person, other: Person): number => one.username.localeCompare(other.username);
const code = ({ status, body }: { status: number; body: Record<string, unknown> }): [number, unknown] => [
  status,
  body['code'],
];
const roleIds = (body: Record<string, unknown>): string[] => (body['roles'] as { id: string }[]).map(({ id }) => id);

describe('users', () => {
  test('are changed in place by grants: no index has to follow', async () => {
    const { id, username } = await createPerson(service, admin);
    const path = `/v1/users/${id}/roles/${await createRole(admin, [])}`;
    for (let nth = 0; nth < 4; nth += 1) {
      expect((await admin.put(path)).status).toBe(200);
      expect((await admin.delete(path)).status).toBe(200);
    }
    const { pool } = service.service.app.get(Database, { strict: false });
    const inPlace = `
      select n_tup_hot_upd::int as updates
      from pg_stat_user_tables
      where relname = 'users'`;
    await eventually(async () => {
      // A session reports what it has counted when a transaction ends, once a second; an idle one after ten seconds.
      await createRole(admin, []);
      expect((await pool.query<{ updates: number }>(inPlace)).rows[0]?.updates).toBeGreaterThanOrEqual(8);
    });
    expect((await admin.get(`/v1/users?query=${username}`)).body['items']).toMatchObject([{ id }]);
  });

  test('are created with every member, read, changed, and found', async () => {
    const boss = await createPerson(service, admin);
    const input = {
      username: 'Grace.Hopper@navy',
      displayName: 'Grace Hopper',
      email: 'grace@example.org',
      supervisorId: boss.id,
    };
    const created = await admin.post('/v1/users', input);
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(created.body).toEqual({
      ...input,
      id: expect.any(String),
      username: 'grace.hopper@navy',
      status: 'active',
      roles: [],
      createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    const path = `/v1/users/${String(created.body['id'])}`;
    expect((await admin.get(path)).body).toEqual(created.body);
    const changed = await admin.patch(path, { displayName: null, email: 'amazing@example.org' }, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.body).toEqual({ ...created.body, displayName: null, email: 'amazing@example.org' });
    expect(code(await admin.patch(path, { username: 'other' }))).toEqual([409, 'USERNAME_FIXED']);
    expect((await admin.patch(path, { username: 'Grace.Hopper@navy' })).body).toEqual(changed.body);
    for (const query of ['HOPPER', 'amazing@', 'grace.h', 'example hop', 'Grace Hopper', '!grace'])
      expect((await admin.get(`/v1/users?query=${encodeURIComponent(query)}`)).body['items']).toEqual([changed.body]);
    for (const query of ['%', 'race', 'opper', 'Grace Murray'])
      expect((await admin.get(`/v1/users?query=${encodeURIComponent(query)}`)).body['items']).toEqual([]);
  });

  test.each([
    [{ username: 'a:b' }],
    [{ username: '' }],
    [{ username: ' x' }],
    [{ username: 'x'.repeat(129) }],
    [{ username: '\u212Aelvin' }],
    [{}],
    [{ username: 'x', id: 'y' }],
    [{ username: 'x', status: 'active' }],
    [{ username: 'x', email: 'nowhere' }],
    [{ username: 'x', supervisorId: 'nobody' }],
  ])('are refused with 400: %j', async (body) => {
    expect(code(await admin.post('/v1/users', body))).toEqual([400, 'INVALID_REQUEST']);
  });

  test('have names of their own, whatever the case, also when created at once', async () => {
    await createPerson(service, admin, { username: 'taken' });
    expect(code(await admin.post('/v1/users', { username: 'TAKEN' }))).toEqual([409, 'USERNAME_TAKEN']);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin.post('/v1/users', { username: 'contended' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  test.each([
    '',
    'short',
    'password1234',
    'Password12345!',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabc',
    'qwertyuiop123',
    'administrator1',
    'some-long-name-1',
    '12-34-56-78-90',
  ])('do not get the password %s', async (password) => {
    const answer = await admin.post('/v1/users', { username: 'some-long-name', password });
    const isDigitsOnly = password === '12-34-56-78-90';
    expect(code(answer)).toEqual(isDigitsOnly ? [201, undefined] : [422, 'PASSWORD_REFUSED']);
  });

  test('are for those with the permissions', async () => {
    const reader = await createPerson(service, admin, { roles: [await createRole(admin, ['users.read'])] });
    expect((await reader.client.get('/v1/users')).status).toBe(200);
    for (const answer of [
      await reader.client.post('/v1/users', { username: 'x' }),
      await reader.client.patch(`/v1/users/${reader.id}`, {}),
      await reader.client.post(`/v1/users/${reader.id}/deactivate`),
      await reader.client.put(`/v1/users/${reader.id}/roles/administrator`),
      await reader.client.delete(`/v1/users/${reader.id}/roles/administrator`),
      await reader.client.put(`/v1/users/${reader.id}/password`, { newPassword: PASSWORD }),
    ])
      expect(code(answer)).toEqual([403, 'PERMISSION_DENIED']);
    const nobody = await createPerson(service, admin);
    expect((await nobody.client.get('/v1/users')).status).toBe(403);
    expect((await nobody.client.get(`/v1/users/${nobody.id}`)).status).toBe(403);
    for (const path of ['/v1/users/none', '/v1/users/' + 'x'.repeat(200)])
      expect(code(await admin.get(path))).toEqual([404, 'NOT_FOUND']);
    expect((await admin.get('/v1/users/' + 'x'.repeat(201))).status).toBe(400);
  });
});

describe('grants', () => {
  test('are made and withdrawn, each once, with the user as the answer', async () => {
    const { id } = await createPerson(service, admin);
    const first = await admin.put(`/v1/users/${id}/roles/auditor`);
    const again = await admin.put(`/v1/users/${id}/roles/auditor`);
    expect([first.status, roleIds(first.body)]).toEqual([200, ['auditor']]);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(roleIds((await admin.delete(`/v1/users/${id}/roles/auditor`)).body)).toEqual([]);
    expect((await admin.delete(`/v1/users/${id}/roles/auditor`)).status).toBe(200);
    for (const path of [`/v1/users/none/roles/auditor`, `/v1/users/${id}/roles/none`])
      for (const answer of [await admin.put(path), await admin.delete(path)])
        expect(code(answer)).toEqual([404, 'NOT_FOUND']);
  });

  test('give nobody what exceeds who grants', async () => {
    const granter = await createPerson(service, admin, {
      roles: [await createRole(admin, ['roles.grant', 'api-key.generate'])],
    });
    const { id } = await createPerson(service, admin);
    expect((await granter.client.put(`/v1/users/${id}/roles/api-key-generate`)).status).toBe(200);
    for (const role of ['administrator', 'api-key-sign-in'])
      for (const user of [id, granter.id])
        expect(code(await granter.client.put(`/v1/users/${user}/roles/${role}`))).toEqual([403, 'PERMISSION_DENIED']);
  });
});

describe('deactivation', () => {
  test('ends the sessions at once and reactivation brings nothing of them back', async () => {
    const person = await createPerson(service, admin);
    const path = `/v1/users/${person.id}`;
    expect((await admin.post(`${path}/deactivate`)).body).toMatchObject({ status: 'deactivated' });
    expect((await person.client.get('/v1/me')).status).toBe(401);
    const again = await admin.post(`${path}/deactivate`);
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"3"']);
    expect((await admin.post(`${path}/reactivate`, {}, { 'if-match': '"1"' })).status).toBe(412);
    expect((await admin.post(`${path}/reactivate`)).body).toMatchObject({ status: 'active' });
    expect((await person.client.get('/v1/me')).status).toBe(401);
    expect((await new AdminClient(service.url).signIn(person.username, PASSWORD)).token).toBeDefined();
  });

  test('and setting a password are refused against who has more permissions', async () => {
    const manager = await createPerson(service, admin, { roles: [await createRole(admin, ['users.manage'])] });
    const auditor = await createPerson(service, admin, { roles: ['auditor'] });
    const plain = await createPerson(service, admin);
    for (const { id } of [auditor, { id: 'first-administrator' }]) {
      expect(code(await manager.client.post(`/v1/users/${id}/deactivate`))).toEqual([403, 'PERMISSION_DENIED']);
      expect(code(await manager.client.put(`/v1/users/${id}/password`, { newPassword: PASSWORD }))).toEqual([
        403,
        'PERMISSION_DENIED',
      ]);
    }
    expect(
      (await manager.client.put(`/v1/users/${plain.id}/password`, { newPassword: 'quite another one' })).status,
    ).toBe(204);
    expect((await manager.client.post(`/v1/users/${plain.id}/deactivate`)).status).toBe(200);
  });

  test('never removes the last active Administrator, not even when two remove each other at once', async () => {
    for (const answer of [
      await admin.post('/v1/users/first-administrator/deactivate'),
      await admin.delete('/v1/users/first-administrator/roles/administrator'),
    ])
      expect(code(answer)).toEqual([409, 'LAST_ADMINISTRATOR']);
    const second = await createPerson(service, admin, { roles: ['administrator'] });
    const answers = await Promise.all([
      admin.delete(`/v1/users/${second.id}/roles/administrator`),
      second.client.post('/v1/users/first-administrator/deactivate'),
    ]);
    expect(answers.map(({ status }) => status).sort()).not.toEqual([200, 200]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // Whoever is left puts things back for the other tests.
    const [survivor] = answers[0].status === 200 ? [admin] : [second.client];
    await survivor.post('/v1/users/first-administrator/reactivate');
    admin = await signInAdmin(service);
    await admin.delete(`/v1/users/${second.id}/roles/administrator`);
  });
});

describe('lists', () => {
  test('are narrowed to the holders of a role and to a status, page by page', async () => {
    const role = await createRole(admin, []);
    const people = [1, 2, 3].map((n) => createPerson(service, admin, { roles: [role], username: `listed-${n}` }));
    const [first, second, third] = await Promise.all(people).then((all) => all.sort(byName));
    await admin.post(`/v1/users/${String(second?.id)}/deactivate`);
    const idsAt = async (path: string, by = admin): Promise<unknown> =>
      ((await by.get(path)).body['items'] as { id: string }[]).map(({ id }) => id).sort();
    const all = [first?.id, second?.id, third?.id].sort();
    expect(await idsAt(`/v1/users?role=${role}`)).toEqual(all);
    expect(await idsAt(`/v1/users?role=${role}&status=deactivated`)).toEqual([second?.id]);
    expect(await idsAt(`/v1/users?role=${role}&status=active&query=listed-3`)).toEqual([third?.id]);
    expect(await idsAt('/v1/users?role=none')).toEqual([]);
    expect(code(await admin.get('/v1/users?status=gone'))).toEqual([400, 'INVALID_REQUEST']);

    const members = `/v1/roles/${role}/members`;
    expect(await idsAt(members)).toEqual(all);
    const page = await admin.get(`${members}?limit=2`);
    const rest = await admin.get(`${members}?limit=2&cursor=${String(page.body['nextCursor'])}`);
    expect([page, rest].flatMap(({ body }) => body['items'] as object[])).toHaveLength(3);
    expect(rest.body['nextCursor']).toBeNull();
    expect([page.body['total'], rest.body['total']]).toEqual([3, 3]);
    expect(code(await admin.get('/v1/roles/none/members'))).toEqual([404, 'NOT_FOUND']);
    // Members have names; an auditor may read roles, but names only by a revealing read that is recorded.
    const auditor = await createPerson(service, admin, { roles: ['auditor'] });
    expect(code(await auditor.client.get(members))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await auditor.client.get('/v1/roles/none/members'))).toEqual([403, 'PERMISSION_DENIED']);
  });
});

describe('sessions of others', () => {
  test('are listed and ended by who manages users', async () => {
    const person = await createPerson(service, admin);
    await new AdminClient(service.url).signIn(person.username, PASSWORD);
    const path = `/v1/users/${person.id}/sessions`;
    const listed = await admin.get(path);
    expect(listed.body).toMatchObject({ items: [{ current: false }, { current: false }], nextCursor: null });
    expect(JSON.stringify(listed.body)).not.toContain('kfs_');
    const first = await admin.get(`${path}?limit=1`);
    expect((await admin.get(`${path}?limit=1&cursor=${String(first.body['nextCursor'])}`)).body['items']).toEqual([
      (listed.body['items'] as unknown[])[1],
    ]);
    for (const answer of [await person.client.get(path), await person.client.delete(path)])
      expect(code(answer)).toEqual([403, 'PERMISSION_DENIED']);
    for (const answer of [await admin.get('/v1/users/none/sessions'), await admin.delete('/v1/users/none/sessions')])
      expect(code(answer)).toEqual([404, 'NOT_FOUND']);
    const [newest] = listed.body['items'] as { id: string }[];
    const one = `${path}/${String(newest?.id)}`;
    expect(code(await person.client.delete(one))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await admin.delete(one.replace(person.id, 'first-administrator')))).toEqual([404, 'NOT_FOUND']);
    const alone = await admin.delete(one);
    expect([alone.status, alone.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
    expect((await admin.get(path)).body['items']).toEqual((listed.body['items'] as unknown[]).slice(1));
    expect(code(await admin.delete(one))).toEqual([404, 'NOT_FOUND']);
    const ended = await admin.delete(path);
    expect([ended.status, ended.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
    expect((await person.client.get('/v1/me')).status).toBe(401);
    expect((await admin.get(path)).body).toEqual({ items: [], nextCursor: null });
    expect((await admin.delete(path)).status).toBe(204);
  });
});

describe('erasure', () => {
  test('takes a deactivated user only, once, and for good', async () => {
    const person = await createPerson(service, admin, { roles: ['api-key-generate'] });
    const path = `/v1/users/${person.id}`;
    expect(code(await admin.post(`${path}/erase`))).toEqual([409, 'USER_ACTIVE']);
    await admin.post(`${path}/deactivate`);
    const created = (await admin.get(path)).body['createdAt'];
    expect((await admin.post(`${path}/erase`, {}, { 'if-match': '"1"' })).status).toBe(412);
    const answer = await admin.post(`${path}/erase`, undefined, { 'idempotency-key': 'erase-1' });
    const gone = { username: null, displayName: null, email: null, supervisorId: null, roles: [] };
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: person.id, ...gone, status: 'erased', createdAt: created },
    ]);
    for (const again of [
      await admin.post(`${path}/erase`, undefined, { 'idempotency-key': 'erase-1' }),
      await admin.post(`${path}/erase`),
    ])
      expect([again.status, again.headers.get('etag'), again.body]).toEqual([
        200,
        answer.headers.get('etag'),
        answer.body,
      ]);
    for (const refused of [
      await admin.post(`${path}/reactivate`),
      await admin.patch(path, { displayName: 'Again' }),
      await admin.put(`${path}/password`, { newPassword: PASSWORD }),
      await admin.put(`${path}/roles/auditor`),
    ])
      expect(code(refused)).toEqual([409, 'USER_ERASED']);
    await expect(new AdminClient(service.url).signIn(person.username, PASSWORD)).rejects.toThrow('401');
    // The name is free again, and whoever takes it is somebody else.
    expect((await admin.post('/v1/users', { username: person.username })).status).toBe(201);
  });

  test('is refused against who has more permissions, without the permission, and against the last Administrator', async () => {
    const manager = await createPerson(service, admin, { roles: [await createRole(admin, ['users.manage'])] });
    const auditor = await createPerson(service, admin, { roles: ['auditor'] });
    const plain = await createPerson(service, admin);
    for (const { id } of [auditor, plain]) await admin.post(`/v1/users/${id}/deactivate`);
    expect(code(await manager.client.post(`/v1/users/${auditor.id}/erase`))).toEqual([403, 'PERMISSION_DENIED']);
    expect((await manager.client.post(`/v1/users/${plain.id}/erase`)).status).toBe(200);
    const nobody = await createPerson(service, admin);
    expect(code(await nobody.client.post(`/v1/users/${auditor.id}/erase`))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await admin.post('/v1/users/none/erase'))).toEqual([404, 'NOT_FOUND']);
    expect(code(await admin.post('/v1/users/first-administrator/erase'))).toEqual([409, 'LAST_ADMINISTRATOR']);
  });
});

describe('supervisors', () => {
  test('are changed and taken away, and must be other users that there are', async () => {
    const [first, second, erased] = [
      await createPerson(service, admin),
      await createPerson(service, admin),
      await createPerson(service, admin),
    ];
    await admin.post(`/v1/users/${erased.id}/deactivate`);
    await admin.post(`/v1/users/${erased.id}/erase`);
    const { id } = await createPerson(service, admin, { supervisorId: first.id });
    for (const supervisorId of [second.id, null])
      expect((await admin.patch(`/v1/users/${id}`, { supervisorId })).body).toMatchObject({ supervisorId });
    for (const supervisorId of [id, erased.id, 'none']) {
      const refused = await admin.patch(`/v1/users/${id}`, { supervisorId });
      expect([refused.status, refused.body]).toMatchObject([
        400,
        { code: 'INVALID_REQUEST', errors: [{ path: '/supervisorId' }] },
      ]);
    }
  });
});

describe('passwords', () => {
  test('are changed by their owner, whose other sessions end', async () => {
    const { client, username } = await createPerson(service, admin);
    const other = await new AdminClient(service.url).signIn(username, PASSWORD);
    const change = (currentPassword: string, newPassword: string): ReturnType<AdminClient['put']> =>
      client.put('/v1/me/password', { currentPassword, newPassword });
    expect(code(await change('wrong', 'another long one'))).toEqual([403, 'INVALID_CREDENTIALS']);
    expect(code(await change(PASSWORD, 'short'))).toEqual([422, 'PASSWORD_REFUSED']);
    expect((await other.get('/v1/me')).status).toBe(200);
    const changed = await change(PASSWORD, 'another long one');
    expect([changed.status, changed.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
    expect((await other.get('/v1/me')).status).toBe(401);
    expect((await client.get('/v1/me')).status).toBe(200);
    await expect(new AdminClient(service.url).signIn(username, PASSWORD)).rejects.toThrow('401');
    expect((await new AdminClient(service.url).signIn(username, 'another long one')).token).toBeDefined();
  });

  test('set by an administrator end every session of the user', async () => {
    const { client, id, username } = await createPerson(service, admin);
    expect(code(await admin.put(`/v1/users/${id}/password`, { newPassword: 'short' }))).toEqual([
      422,
      'PASSWORD_REFUSED',
    ]);
    expect(code(await admin.put('/v1/users/none/password', { newPassword: PASSWORD }))).toEqual([404, 'NOT_FOUND']);
    expect((await admin.put(`/v1/users/${id}/password`, { newPassword: 'set by somebody else' })).status).toBe(204);
    expect((await client.get('/v1/me')).status).toBe(401);
    expect((await new AdminClient(service.url).signIn(username, 'set by somebody else')).token).toBeDefined();
  });
});
