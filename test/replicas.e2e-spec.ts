import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { checkLogAtStart, createPool } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { AdminClient, type Answer } from './support/http-client.js';
import { type CommandOutcome, runKeyfold } from './support/keyfold-command.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { createPerson, PASSWORD, signInAdmin } from './support/signed-in.js';

/* Three admin-services on one database and one broker are one to whoever calls them. */

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let replicas: TestAdminService[];
let admins: AdminClient[];

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createDatabase();
  const options = { database, natsUrl: nats.url };
  const first = await startTestAdminService(options);
  const others = await Promise.all([1, 2].map(() => startTestAdminService({ ...options, secrets: first })));
  replicas = [first, ...others];
  const admin = await signInAdmin(first);
  admins = replicas.map(({ url }) => new AdminClient(url, admin.token));
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 3 });
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await nats.stop();
  await postgres.stop();
});

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
/** The same request so many times at once, spread over the replicas. */
const atOnce = (times: number, send: (replica: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, (_, nth) => send(nth % replicas.length)));

test('three that start at once on an empty database make one log with one administrator', async () => {
  const empty = await postgres.createDatabase();
  const secrets = pick(replicas, 0);
  const started = await Promise.all([1, 2, 3].map(() => startTestAdminService({ database: empty, secrets })));
  try {
    expect(started.filter(({ service }) => service.firstAdministrator !== null)).toHaveLength(1);
    const admin = await signInAdmin(pick(started, 1));
    const users = await admin.get('/v1/users');
    expect((users.body['items'] as unknown[]).length).toBe(1);
    await expectContiguous(empty);
  } finally {
    await Promise.all(started.map((replica) => replica.close()));
  }
});

describe('at once on all three', () => {
  test('one of the users of the same name is created', async () => {
    const answers = await atOnce(12, (nth) => pick(admins, nth).post('/v1/users', { username: 'contended' }));
    expect(statuses(answers)).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
    for (const { status, body } of answers) if (status === 409) expect(body['code']).toBe('USERNAME_TAKEN');
  });

  test('one request of the same Idempotency-Key is carried out, and any replica repeats its answer', async () => {
    const headers = { 'idempotency-key': 'across' };
    const send = (nth: number): Promise<Answer> =>
      pick(admins, nth).post('/v1/roles', { name: 'Across', permissions: [] }, headers);
    const answers = await atOnce(12, send);
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body['id']);
    expect(new Set(ids).size).toBe(1);
    for (const { status, body } of answers) if (status !== 201) expect(body['code']).toBe('IDEMPOTENCY_KEY_IN_USE');
    for (const nth of [0, 1, 2]) expect((await send(nth)).body['id']).toBe(ids[0]);
  });

  test('a user gets no more keys than the limit', async () => {
    const person = await createPerson(pick(replicas, 0), pick(admins, 0), { roles: ['api-key-generate'] });
    const clients = replicas.map(({ url }) => new AdminClient(url, person.client.token));
    const answers = await atOnce(9, (nth) => pick(clients, nth).post('/v1/me/api-keys', {}));
    expect(statuses(answers)).toEqual([201, 201, 201, 409, 409, 409, 409, 409, 409]);
    for (const { status, body } of answers) if (status === 409) expect(body['code']).toBe('KEY_LIMIT_REACHED');
  });

  test('two last administrators cannot remove each other', async () => {
    const administratorOf = (): ReturnType<typeof createPerson> =>
      createPerson(pick(replicas, 0), pick(admins, 0), { roles: ['administrator'] });
    const first = await pick(admins, 0).get('/v1/me');
    for (const round of [0, 1, 2]) {
      const [one, other] = [await administratorOf(), await administratorOf()];
      const firstId = String(first.body['id']);
      await new AdminClient(pick(replicas, 0).url, one.client.token).delete(`/v1/users/${firstId}/roles/administrator`);
      const on = (nth: number, person: typeof one): AdminClient =>
        new AdminClient(pick(replicas, nth).url, person.client.token);
      const answers = await Promise.all([
        on(1, one).post(`/v1/users/${other.id}/deactivate`),
        round % 2 === 0
          ? on(2, other).delete(`/v1/users/${one.id}/roles/administrator`)
          : on(2, other).post(`/v1/users/${one.id}/deactivate`),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      // Whoever is left brings the first administrator back for the next round.
      const left = answers[0].status === 200 ? one : other;
      expect((await on(0, left).put(`/v1/users/${firstId}/roles/administrator`)).status).toBe(200);
      expect((await pick(admins, 2).delete(`/v1/users/${left.id}/roles/administrator`)).status).toBe(200);
    }
  });
});

test('a session is valid on every replica, and ended on one it is ended on all', async () => {
  const { client } = await createPerson(pick(replicas, 1), pick(admins, 1));
  const everywhere = replicas.map(({ url }) => new AdminClient(url, client.token));
  expect(statuses(await Promise.all(everywhere.map((one) => one.get('/v1/me'))))).toEqual([200, 200, 200]);
  expect((await pick(everywhere, 2).delete('/v1/sessions/current')).status).toBe(204);
  expect(statuses(await Promise.all(everywhere.map((one) => one.get('/v1/me'))))).toEqual([401, 401, 401]);
});

test('failed sign-ins are counted for all replicas together', async () => {
  const username = `throttled-${randomBytes(4).toString('hex')}`;
  const answers = await atOnce(18, (nth) =>
    new AdminClient(pick(replicas, nth).url).post('/v1/sessions', { username, password: `${PASSWORD}!` }),
  );
  expect(statuses(answers).filter((status) => status === 401)).toHaveLength(10);
  expect(statuses(answers).filter((status) => status === 429)).toHaveLength(8);
});

test('what they have written together is one log without gaps, and its export verifies', async () => {
  await expectContiguous(database);
  const pool = createPool({ url: database.serviceUrl });
  await checkLogAtStart(pool).finally(() => pool.end());
  const exported = await keyfold(['export', '--output', '-']);
  expect(exported).toMatchObject({ code: 0, err: '' });
  const { logPublicKey } = pick(replicas, 0);
  const verified = await keyfold(['verify', '-', '--json', '--key', logPublicKey], exported.out);
  expect([verified.code, JSON.parse(verified.out)]).toMatchObject([0, { ok: true, firstBadPosition: null }]);
});

async function expectContiguous({ ownerUrl }: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const { rows } = await client
    .query(
      'select count(*) = max(position) and max(position) = (select size from keyfold.log_head) as ok from keyfold.events',
    )
    .finally(() => client.end());
  expect(rows).toEqual([{ ok: true }]);
}

function keyfold(args: readonly string[], input = ''): Promise<CommandOutcome> {
  return runKeyfold(args, { input, serviceUrl: pick(replicas, 2).url, token: pick(admins, 2).token });
}
