import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { openCheckpoint, parseVerifierKey } from '@keyfold/domain';
import { feedNames, Relay } from '@keyfold/messaging';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { eventually } from './support/eventually.js';
import { AdminClient } from './support/http-client.js';
import { backUp, cutLog } from './support/lost-tail.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { signInAdmin } from './support/signed-in.js';

/*
 * Two admin-services on one database that loses the end of the log: nothing is signed or written any more, by either.
 */

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let replicas: TestAdminService[];
let token: string;
let roles = 0;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
});
afterAll(async () => {
  await nats.stop();
  await postgres.stop();
});
beforeEach(async () => {
  database = await postgres.createDatabase();
  replicas = [];
  await startReplicas();
  token = (await signInAdmin(replica(0))).token ?? '';
});
afterEach(() => Promise.all(replicas.map((started) => started.close())));

const replica = (nth: number): TestAdminService => {
  const found = replicas[nth];
  if (found === undefined) throw new Error(`there is no replica ${nth}`);
  return found;
};

/** Two more, on the same database and with the same keys. */
async function startReplicas(): Promise<void> {
  const start = async (): Promise<void> => {
    const [secrets] = replicas;
    replicas.push(
      await startTestAdminService({ database, natsUrl: nats.url, ...(secrets === undefined ? {} : { secrets }) }),
    );
  };
  // The first one of all makes the keys.
  if (replicas.length === 0) await start();
  else await Promise.all([start(), start()]);
  if (replicas.length === 1) await start();
}

async function createRole(on: TestAdminService): Promise<{ status: number; code: unknown }> {
  roles += 1;
  const answer = await new AdminClient(on.url, token).post('/v1/roles', { name: `Role ${roles}`, permissions: [] });
  return { status: answer.status, code: answer.body['code'] };
}

async function createRoles(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    await eventually(async () => {
      expect((await createRole(replica(nth % 2))).status).toBe(201);
    });
  }
}

async function asSuperuser<T>(use: (sql: pg.Client) => Promise<T>): Promise<T> {
  const sql = new pg.Client({ connectionString: postgres.url(database.name) });
  await sql.connect();
  return use(sql).finally(() => sql.end());
}

const logSize = (): Promise<number> =>
  asSuperuser(async (sql) =>
    Number((await sql.query<{ size: string }>('select size from keyfold.log_head')).rows[0]?.size),
  );

/** The stream as it is: what it ends with outlives what Postgres loses. */
async function streamEnd(): Promise<{ last: number; created: string }> {
  const connection = await connect({ servers: nats.url });
  const { keyId } = parseVerifierKey(replica(0).logPublicKey);
  const { created, state } = await (await jetstreamManager(connection)).streams.info(feedNames(keyId).stream);
  await connection.close();
  return { last: state.last_seq, created };
}

async function relayed(): Promise<void> {
  const size = await logSize();
  for (const { service } of replicas) {
    await eventually(() => {
      expect(service.app.get(Relay, { strict: false }).status).toMatchObject({ state: 'relaying', position: size });
    });
  }
}

/** Both refuse to write and to sign from their first answer on, the log does not grow, and the evidence stays. */
async function expectNothingMore(
  from: readonly TestAdminService[],
  evidence: { last: number; created: string },
): Promise<void> {
  const size = await logSize();
  expect(size).toBeLessThan(evidence.last);
  const answers = await Promise.all(from.flatMap((on) => [createRole(on), createRole(on), createRole(on)]));
  for (const { status } of answers) expect(status).toBe(503);
  for (const on of from) {
    await eventually(async () => {
      expect(await createRole(on)).toEqual({ status: 503, code: 'LOG_FORKED' });
      const checkpoint = await fetch(`${on.url}/v1/log/checkpoint`);
      expect([checkpoint.status, ((await checkpoint.json()) as { code: unknown }).code]).toEqual([503, 'LOG_FORKED']);
      expect(await (await fetch(`${on.opsUrl}/metrics`)).text()).toMatch(/^keyfold_log_forked 1$/m);
    });
  }
  expect(await logSize()).toBe(size);
  expect(await streamEnd()).toEqual(evidence);
}

test('a restored copy that looks like the server before it is found out by replicas that go on running', async () => {
  await createRoles(2);
  const backup = await backUp(postgres);
  await createRoles(3);
  await relayed();
  const evidence = await streamEnd();
  await backup.restore({ isPromoted: false });
  await expectNothingMore(replicas, evidence);
});

test('a promoted standby that lacks the end is found out by replicas that start on it and know nothing', async () => {
  await createRoles(1);
  const backup = await backUp(postgres);
  await createRoles(4);
  await relayed();
  const evidence = await streamEnd();
  await Promise.all(replicas.map((running) => running.close()));
  await backup.restore({ isPromoted: true });
  const size = await logSize();
  // The broker comes after them: what is asked of them first waits for what the stream says.
  await nats.pause();
  await startReplicas();
  replicas = replicas.slice(2);
  const first = replicas.map(createRole);
  await nats.restart();
  for (const answer of await Promise.all(first)) expect(answer).toEqual({ status: 503, code: 'LOG_FORKED' });
  expect(await logSize()).toBe(size);
  await expectNothingMore(replicas, evidence);
});

test('an end that is lost under a running server is found out by the next append, on either replica', async () => {
  await createRoles(2);
  const kept = await asSuperuser(
    async (sql) => (await sql.query('select * from keyfold.log_head')).rows[0] as Record<string, unknown>,
  );
  await createRoles(4);
  await relayed();
  const evidence = await streamEnd();
  await asSuperuser((sql) => cutLog((text, values) => sql.query(text, values), kept));
  await expectNothingMore(replicas, evidence);
});

test('a restart of Postgres that lost nothing is no fork, and all go on with one log', async () => {
  await createRoles(3);
  await postgres.server.stop('fast');
  await postgres.restart();
  await createRoles(4);
  await relayed();
  const notes = await Promise.all(replicas.map(async ({ url }) => (await fetch(`${url}/v1/log/checkpoint`)).text()));
  const verifier = parseVerifierKey(replica(0).logPublicKey);
  const [one, other] = notes.map((note) => openCheckpoint(note, verifier));
  expect(one).toEqual(other);
  expect(one?.size).toBe(await logSize());
});
