import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { feedNames } from '@keyfold/messaging';
import { eventually } from '@keyfold/testing/eventually';
import { type AdminClient, basic } from '@keyfold/testing/http-client';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import type { ServiceProcess } from '@keyfold/testing/service-process';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { type Build, buildOfCommit, OLDER_COMMIT } from './build-of-commit.js';
import { type OnlyWay, type Pair, type PairGateway, startPair } from './pair.js';

/*
 * Services of two versions at work together, as they are while an installation is upgraded, whichever is upgraded
 * first. The older one is built here out of the repository's history.
 */
/** Heads are asked for about once a second: longer than a lease, so it must have been renewed. */
const [LEASE_SECONDS, HEADS] = [10, 13];

let nats: TestNats;
let postgres: TestPostgres;
let older: Build;
let pair: Pair | undefined;

beforeAll(async () => {
  older = await buildOfCommit(OLDER_COMMIT, ['admin-service', 'auth-gateway']);
  [nats, postgres] = await Promise.all([startTestNats(), startTestPostgres()]);
});
afterEach(async () => {
  await pair?.stop();
  pair = undefined;
});
afterAll(async () => {
  await Promise.all([nats.stop(), postgres.stop()]);
  await older.remove();
});

/** Of an admin-service: how many requests of this kind ended so. */
async function requests(admin: ServiceProcess, kind: string, result: string): Promise<number> {
  const { body } = await admin.page('/metrics');
  const line = new RegExp(`^keyfold_gateway_requests_total\\{request="${kind}",result="${result}"\\} (\\d+)$`, 'm');
  return Number(line.exec(body)?.[1] ?? 0);
}

async function signIn(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/forward-auth`, { headers: { authorization: basic('anna', key) } });
  await response.body?.cancel();
  return response.status;
}

async function issue(owner: Person): Promise<{ id: string; key: string }> {
  const { body, status } = await owner.client.post('/v1/me/api-keys', {});
  if (status !== 201) throw new Error(`no key: ${status}`);
  return body as { id: string; key: string };
}

/** Leaves a hole in the stream, which a gateway closes by a refill. */
async function eraseSomebody(admin: AdminClient, gone: Person, logKeyId: string): Promise<void> {
  await issue(gone);
  expect((await admin.post(`/v1/users/${gone.id}/deactivate`)).status).toBe(200);
  expect((await admin.post(`/v1/users/${gone.id}/erase`)).status).toBe(200);
  const connection = await connect({ servers: nats.url });
  const streams = (await jetstreamManager(connection)).streams;
  await eventually(async () => {
    const { state } = await streams.info(feedNames(logKeyId).stream);
    expect(state.num_deleted).toBeGreaterThan(0);
  });
  await connection.close();
}

const orders = [
  ['an older gateway with this admin-service', { admin: undefined, gateway: 'older' }],
  ['this gateway with an older admin-service', { admin: 'older', gateway: undefined }],
] as const;

/** Starts a gateway that has nothing yet, so that it comes upon the hole. */
async function startThroughHole(started: Pair, way: OnlyWay): Promise<PairGateway> {
  const before = await requests(started.admin, 'refill', 'answered');
  const gateway = await started.gateway(way);
  expect(await requests(started.admin, 'refill', 'answered')).toBeGreaterThan(before);
  return gateway;
}

test.each(orders)(
  '%s follows, keeps its lease, decides and reports, over NATS and over HTTP',
  async (_name, builds) => {
    const folderOf = (build: 'older' | undefined): string | undefined => (build === 'older' ? older.built : undefined);
    pair = await startPair({ nats, postgres }, { admin: folderOf(builds.admin), gateway: folderOf(builds.gateway) });
    const { admin, adminAddress, logKeyId } = pair;
    const administrator = await signInAdmin(adminAddress);
    const settings = { apiKeyAuthenticationEnabled: true, gatewayLeaseSeconds: LEASE_SECONDS };
    expect((await administrator.patch('/v1/settings/security', settings)).status).toBe(200);
    const roles = ['api-key-generate', 'api-key-sign-in'];
    const anna = await createPerson(adminAddress, administrator, { username: 'anna', roles });
    await eraseSomebody(administrator, await createPerson(adminAddress, administrator, { roles }), logKeyId);
    const gateways = [await startThroughHole(pair, 'nats'), await startThroughHole(pair, 'http')];

    // A key for each: the first use of a key is known to come from its gateway.
    const kept = await Promise.all(gateways.map(() => issue(anna)));
    const revoked = await issue(anna);
    const signIns = (keys: readonly { key: string }[]): Promise<number[]> =>
      Promise.all(gateways.map(({ url }, nth) => signIn(url, keys[nth]?.key ?? '')));
    const allBecome = (status: number, keys: readonly { key: string }[]): Promise<void> =>
      eventually(async () => {
        expect(await signIns(keys)).toEqual([status, status]);
      });
    await allBecome(200, kept);
    await allBecome(200, [revoked, revoked]);
    expect((await anna.client.post(`/v1/api-keys/${revoked.id}/revoke`, { reason: 'UNSPECIFIED' })).status).toBe(200);
    await allBecome(401, [revoked, revoked]);

    const before = await requests(admin, 'head', 'answered');
    const seen = new Set<number>();
    await eventually(async () => {
      for (const status of await signIns(kept)) seen.add(status);
      return (await requests(admin, 'head', 'answered')) >= before + gateways.length * HEADS;
    });
    expect([...seen]).toEqual([200]);
    for (const { id } of kept)
      await eventually(async () => {
        expect((await anna.client.get(`/v1/api-keys/${id}`)).body['lastUsedAt']).not.toBeNull();
      });
    // An older peer is asked in the newest form now and then, not each time.
    for (const kind of ['head', 'refill', 'use'])
      expect(await requests(admin, kind, 'NOT_AUTHENTICATED')).toBeLessThanOrEqual(4);
  },
);
