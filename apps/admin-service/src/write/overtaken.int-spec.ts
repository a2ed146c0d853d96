import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { Browser } from '@keyfold/testing/browser';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { type OidcSetup, startOidcSetup } from '@keyfold/testing/oidc-setup';
import { createPerson, createRole, PASSWORD, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { UserQueries } from '../tables/user-queries.js';

/*
 * Two replicas on one log. The first write waits for the head lock before the second begins: the second reads a state
 * that the first is about to change, and is appended behind it.
 */
let setup: OidcSetup;
let service: TestAdminService;
let other: TestAdminService;
let admin: AdminClient;
let otherAdmin: AdminClient;
let superuser: pg.Pool;

beforeAll(async () => {
  setup = await startOidcSetup();
  ({ service } = setup);
  other = await startTestAdminService({ database: setup.database, secrets: service });
  admin = await signInAdmin(service);
  otherAdmin = new AdminClient(other.url, admin.token);
  superuser = new pg.Pool({ connectionString: setup.postgres.url(setup.database.name), max: 2 });
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
});
afterAll(async () => {
  await superuser.end();
  await other.close();
  await setup.close();
});

/** Answers of two writes, of which the second reads before the first commits and is appended after it. */
async function overtaken<T>(first: () => Promise<Answer>, second: () => Promise<T>): Promise<[Answer, T]> {
  return whileLocked('select from keyfold.log_head where id = 1 for update', async (release) => {
    const answers = [first()] as const;
    await untilWaiting(1);
    const both = [...answers, second()] as const;
    await untilWaiting(2);
    await release();
    return Promise.all(both);
  });
}

/** @param work is given what releases the lock, after a last statement behind it if there is one */
async function whileLocked<T>(
  lock: string,
  work: (release: (last?: string) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const holder = await superuser.connect();
  try {
    await holder.query(`begin; ${lock}`);
    return await work((last = '') => holder.query(`${last}; commit`));
  } finally {
    holder.release(true);
  }
}

function untilWaiting(sessions: number): Promise<void> {
  return eventually(async () => {
    const { rows } = await superuser.query<{ waiting: string }>(selectWaiting);
    return Number(rows[0]?.waiting) === sessions;
  });
}

const selectWaiting = `
  select count(*) as waiting
  from pg_stat_activity
  where datname = current_database()
    and wait_event_type = 'Lock'`;

// Sessions that do something and wait for no lock.
const selectBusy = `
  select pid
  from pg_stat_activity
  where datname = current_database()
    and state = 'active'
    and wait_event_type is distinct from 'Lock'
    and pid <> pg_backend_pid()`;

const positionOf = ({ headers }: { headers: Headers }): number => Number(headers.get('keyfold-position'));
const madeRole = (by: AdminClient, name = randomBytes(6).toString('hex')): Promise<Answer> =>
  by.post('/v1/roles', { name, permissions: [] });
const keyOwner = (): Promise<Person> => createPerson(service, admin, { roles: ['api-key-generate'] });
const issuedByOther = ({ client }: Person): Promise<Answer> =>
  new AdminClient(other.url, client.token).post('/v1/me/api-keys', { name: 'meanwhile' });

describe('a bulk revocation that found no key', () => {
  const revoke = (filter: object): Promise<Answer> =>
    admin.post('/v1/api-keys/revoke', { filter, reason: 'KEY_COMPROMISE' });
  const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString();

  test.each([
    ['of a user', (userId: string) => ({ userId })],
    ['of everybody', () => ({ issuedBefore: tomorrow() })],
    ['of a user up to an instant', (userId: string) => ({ userId, issuedBefore: tomorrow() })],
  ])('%s revokes one that was issued before its position', async (_whose, filterOf) => {
    const owner = await keyOwner();
    await revoke({ issuedBefore: tomorrow() });
    const filter = filterOf(owner.id);
    const [issued, revoked] = await overtaken(
      () => issuedByOther(owner),
      () => revoke(filter),
    );
    expect([issued.status, revoked.status, revoked.body]).toEqual([201, 200, { revoked: 1 }]);
    expect(positionOf(revoked)).toBeGreaterThan(positionOf(issued));
    const { body } = await admin.get(`/v1/api-keys/${String(issued.body['id'])}`);
    expect(body).toMatchObject({ status: 'revoked', revocationReason: 'KEY_COMPROMISE' });
  });

  test.each([
    ['a key that it is not for', issuedByOther, (id: string) => ({ userId: id })],
    ['a key issued later than it asks for', issuedByOther, () => ({ issuedBefore: '2020-01-01T00:00:00.000Z' })],
    ['no key at all', () => madeRole(otherAdmin), () => ({ issuedBefore: tomorrow() })],
  ])('appends nothing after %s, and names a position at which it was so', async (_what, meanwhile, filterOf) => {
    const [owner, bystander] = [await keyOwner(), await keyOwner()];
    await revoke({ issuedBefore: tomorrow() });
    const [first, revoked] = await overtaken(
      () => meanwhile(bystander),
      () => revoke(filterOf(owner.id)),
    );
    expect([first.status, revoked.status, revoked.body]).toEqual([201, 200, { revoked: 0 }]);
    expect(positionOf(revoked)).toBe(positionOf(first));
    expect(positionOf(await admin.patch('/v1/settings/security', {}))).toBe(positionOf(first));
  });
});

test('a sign-in whose claim names a role that is made meanwhile gives that role', async () => {
  const name = 'Made Meanwhile';
  const claims = { preferred_username: 'claimant', groups: [name] };
  const callback = `${service.url}/v1/sessions/oidc/callback`;
  const signIn = async (): Promise<{ browser: Browser; url: URL }> => {
    const browser = new Browser();
    setup.issuer.setNext('s-claimant', claims);
    return { browser, url: await browser.followUntil(`${service.url}/v1/sessions/oidc/start`, callback) };
  };
  const first = await signIn();
  await first.browser.get(first.url);
  const { browser, url } = await signIn();
  const [role, signedIn] = await overtaken(
    () => madeRole(otherAdmin, name),
    () => browser.get(url),
  );
  const { user } = (await signedIn.json()) as { user: { roles: { name: string }[] } };
  expect([signedIn.status, user.roles]).toEqual([200, [expect.objectContaining({ name })]]);
  expect(positionOf(signedIn)).toBeGreaterThan(positionOf(role));
});

describe('what was found before the append counts only if it still holds', () => {
  const NEW = 'a long swim in the lake';

  test('a user cannot replace a password that an administrator is replacing', async () => {
    const { client, id, username } = await createPerson(service, admin);
    const [set, changed] = await overtaken(
      () => otherAdmin.put(`/v1/users/${id}/password`, { newPassword: NEW }),
      () => client.put('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'a thief was here before' }),
    );
    expect([set.status, changed.status, changed.body['code']]).toEqual([204, 403, 'INVALID_CREDENTIALS']);
    expect((await new AdminClient(service.url).signIn(username, NEW)).token).toBeDefined();
  });

  test('a sign-in with a password that is being replaced makes no session', async () => {
    const { id, username } = await createPerson(service, admin);
    // Both wait for the user's row, so the password is proven before it is replaced and the session made after.
    const lock = `select from keyfold.users where user_id = '${id}' for update`;
    const [set, signedIn] = await whileLocked(lock, async (release) => {
      const setting = [otherAdmin.put(`/v1/users/${id}/password`, { newPassword: NEW })] as const;
      await untilWaiting(1);
      const both = [
        ...setting,
        new AdminClient(service.url).post('/v1/sessions', { username, password: PASSWORD }),
      ] as const;
      await untilWaiting(2);
      await release();
      return Promise.all(both);
    });
    expect([set.status, signedIn.status, signedIn.body['code']]).toEqual([204, 401, 'INVALID_CREDENTIALS']);
  });

  test('a user cannot get a supervisor who is being erased', async () => {
    const [user, leaver] = [await createPerson(service, admin), await createPerson(service, admin)];
    await admin.post(`/v1/users/${leaver.id}/deactivate`);
    const [erased, changed] = await overtaken(
      () => otherAdmin.post(`/v1/users/${leaver.id}/erase`),
      () => admin.patch(`/v1/users/${user.id}`, { supervisorId: leaver.id }),
    );
    expect([erased.status, changed.status, changed.body['code']]).toEqual([200, 400, 'INVALID_REQUEST']);
  });
});

describe('an answer that shows more than its own write names the position that it was read at', () => {
  test('a sign-in', async () => {
    const roleId = await createRole(admin, []);
    const person = await createPerson(service, admin, { roles: [roleId] });
    const lock = `select from keyfold.users where user_id = '${person.id}' for update`;
    const [answer, renamed] = await whileLocked(lock, async (release) => {
      const signingIn = new AdminClient(service.url).post('/v1/sessions', {
        username: person.username,
        password: PASSWORD,
      });
      await untilWaiting(1);
      const renaming = await otherAdmin.patch(`/v1/roles/${roleId}`, { name: 'Renamed Meanwhile' });
      await release();
      return [await signingIn, renaming];
    });
    expect([answer.status, renamed.status]).toEqual([201, 200]);
    const { roles } = answer.body['user'] as { roles: { name: string }[] };
    const isRenamed = roles[0]?.name === 'Renamed Meanwhile';
    expect(positionOf(answer) >= positionOf(renamed)).toBe(isRenamed);
  });

  test('the preview of a change of the settings', async () => {
    const [answer, made] = await whileLocked('lock table keyfold.api_keys', async (release) => {
      const previewing = admin.patch('/v1/settings/security?dryRun=true', { maxApiKeyLifetimeDays: 7 });
      await untilWaiting(1);
      const making = await madeRole(otherAdmin);
      await release();
      return [await previewing, making];
    });
    expect([answer.status, made.status]).toEqual([200, 201]);
    expect(positionOf(answer)).toBe(positionOf(made) - 1);
  });

  // By hand, since while the users are locked nobody can sign in or be granted a role.
  test('a page of the holders of a role has the total of the same moment', async () => {
    const roleId = await createRole(admin, []);
    const people = [await createPerson(service, admin, { roles: [roleId] }), await createPerson(service, admin)];
    const grant = `insert into keyfold.role_grants (user_id, role_id) values ('${String(people[1]?.id)}', '${roleId}')`;
    const users = service.service.app.get(UserQueries, { strict: false });
    const holders = await whileLocked('lock table keyfold.users', async (release) => {
      const reading = users.listHolders(roleId, { limit: 10, after: null });
      await untilWaiting(1);
      await eventually(async () => {
        expect((await superuser.query(selectBusy)).rows).toEqual([]);
      });
      await release(grant);
      return reading;
    });
    expect([holders?.total, holders?.records.map(({ id }) => id)]).toEqual([1, [people[0]?.id]]);
    expect(await users.listHolders('none', { limit: 10, after: null })).toBeUndefined();
  });
});
