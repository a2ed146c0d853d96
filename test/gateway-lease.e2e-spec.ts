import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { type AuthGatewayOptions, startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { type AdminClient, basic } from './support/http-client.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { createPerson, signInAdmin } from './support/signed-in.js';

/* The lease of gateway processes, with a real admin-service, its Postgres and NATS. */

interface Row {
  readonly slot: string;
  readonly verifier_key: string;
  readonly no_lease: string | null;
  readonly longest_seconds: number;
  readonly ended: string | null;
  readonly cosigned_size: string | null;
  readonly applied_position: string;
}

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let admin: TestAdminService;
let administrator: AdminClient;
let sql: pg.Pool;
let key: string;
let folders: string[];
let gateways: TestAuthGateway[];

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createDatabase();
  admin = await startTestAdminService({ database, natsUrl: nats.url });
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  administrator = await signInAdmin(admin);
  await setting({ apiKeyAuthenticationEnabled: true });
  const anna = await createPerson(admin, administrator, {
    username: 'anna',
    roles: ['api-key-generate', 'api-key-sign-in'],
  });
  key = String((await anna.client.post('/v1/me/api-keys', {})).body['key']);
  [folders, gateways] = [[], []];
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await sql.end();
  await admin.close();
  await nats.stop();
  await postgres.stop();
});

async function setting(changes: Record<string, unknown>): Promise<void> {
  expect((await administrator.patch('/v1/settings/security', changes)).status).toBe(200);
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'keyfold-lease-'));
  folders.push(made);
  return made;
}

async function start(gatewayId: string, options: Partial<AuthGatewayOptions> = {}): Promise<TestAuthGateway> {
  const gateway = await startAuthGateway({
    databaseUrl: options.databaseUrl ?? (await postgres.createDatabase()).ownerUrl,
    natsUrl: nats.url,
    adminInternalUrl: admin.internalUrl,
    sharedSecret: admin.sharedSecret,
    logPublicKey: admin.logPublicKey,
    gatewayId,
    ...options,
  });
  gateways.push(gateway);
  return gateway;
}

async function close(gateway: TestAuthGateway): Promise<void> {
  gateways.splice(gateways.indexOf(gateway), 1);
  await gateway.close();
}

const holdsLease = (gateway: TestAuthGateway): Promise<void> => eventually(() => gateway.parts.freshness.holdsLease());

/** Resolves once a lease is held that was asked for from now on. */
async function renewed({ parts: { freshness } }: TestAuthGateway): Promise<void> {
  const nowMs = freshness.hostClock.nowMs();
  await eventually(() => (freshness.lease.held?.sentAtMonotonicMs ?? 0) > nowMs);
}

async function rowOf(gateway: TestAuthGateway): Promise<Row | undefined> {
  const { rows } = await sql.query<Row>('select * from keyfold.gateway_leases where incarnation = $1', [
    gateway.parts.leaseProcess.incarnation,
  ]);
  return rows[0];
}

async function enrolments(gatewayId: string): Promise<number> {
  const { rows } = await sql.query('select 1 from keyfold.gateway_enrolments where gateway_id = $1', [gatewayId]);
  return rows.length;
}

async function signIn(gateway: TestAuthGateway): Promise<number> {
  const headers = { authorization: basic('anna', key) };
  const response = await fetch(`${gateway.url}/v1/forward-auth`, { headers });
  await response.body?.cancel();
  return response.status;
}

/** Asks without a pause until it is stopped; @returns what it was answered, and how often */
function signingIn(gateway: TestAuthGateway): () => Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  const stopping = new AbortController();
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      const status = await signIn(gateway);
      seen[status] = (seen[status] ?? 0) + 1;
    }
  })();
  return async () => {
    stopping.abort();
    await asking;
    return seen;
  };
}

describe('the key of a process', () => {
  test('is enrolled by the first cosignature, has the lease, and proves what its memory has applied', async () => {
    const gateway = await start('new');
    await holdsLease(gateway);
    expect(await signIn(gateway)).toBe(200);
    const { parts } = gateway;
    await eventually(async () => {
      const row = await rowOf(gateway);
      expect(row).toMatchObject({ slot: '0', no_lease: null, longest_seconds: 60, ended: null });
      expect(Number(row?.cosigned_size)).toBe(parts.facts.appliedSize);
      expect(Number(row?.applied_position)).toBe(parts.facts.appliedSize);
    });
    expect(await enrolments('new')).toBe(1);
  });

  test('gives back its lease at a stop in order, and a restart gets one without another record', async () => {
    const own = { databaseUrl: (await postgres.createDatabase()).ownerUrl, dataDir: await folder() };
    const gateway = await start('again', own);
    await holdsLease(gateway);
    await close(gateway);
    expect(await rowOf(gateway)).toMatchObject({ ended: 'released', longest_seconds: 0 });
    expect(gateway.parts.freshness.holdsLease()).toBe(false);
    const restarted = await start('again', own);
    await holdsLease(restarted);
    const [before, after] = [await rowOf(gateway), await rowOf(restarted)];
    expect(after?.verifier_key).toBe(before?.verifier_key);
    expect(await enrolments('again')).toBe(1);
  });

  test('with another data directory has to wait until the lease by the first key is over', async () => {
    const first = await start('copied');
    await holdsLease(first);
    const second = await start('copied');
    await eventually(() => second.parts.freshness.noLease?.code === 'SLOT_TAKEN');
    expect(await signIn(second)).toBe(503);
    const ready = (await (await fetch(`${second.opsUrl}/readyz`)).json()) as object;
    expect(ready).toMatchObject({ checks: { lease: { ok: false, detail: expect.stringMatching(/^SLOT_TAKEN: /) } } });
    expect(await signIn(first)).toBe(200);
    await close(first);
    await holdsLease(second);
    expect(await signIn(second)).toBe(200);
  });

  test('is taken over from a process that ends, by one that has waited for it', async () => {
    const dataDir = await folder();
    const first = await start('waited-for', { dataDir });
    await holdsLease(first);
    const second = await start('waited-for', { dataDir });
    await eventually(() => second.parts.facts.appliedSize === first.parts.facts.appliedSize);
    expect(second.parts.freshness.noLease?.code).toBe('KEY_IN_USE');
    await close(first);
    await holdsLease(second);
    expect((await rowOf(second))?.verifier_key).toBe((await rowOf(first))?.verifier_key);
    expect(await enrolments('waited-for')).toBe(1);
  });
});

describe('a lease', () => {
  test('that was shortened in the settings is renewed at once', async () => {
    const gateway = await start('shorter');
    await holdsLease(gateway);
    await eventually(() => gateway.parts.freshness.lease.held?.leaseSeconds === 60);
    await setting({ gatewayLeaseSeconds: 5 });
    try {
      await eventually(() => gateway.parts.freshness.lease.held?.leaseSeconds === 5);
      await eventually(async () => (await rowOf(gateway))?.longest_seconds === 5);
    } finally {
      await setting({ gatewayLeaseSeconds: 60 });
    }
  });

  test('carries over restarts of NATS and of the admin-service: no request feels them', async () => {
    const gateway = await start('restarts');
    await holdsLease(gateway);
    const stopped = signingIn(gateway);
    await nats.pause();
    await renewed(gateway);
    await nats.restart();
    await admin.close();
    // What the gateway asks meanwhile is lost.
    await eventually(() => gateway.lines.some((line) => line.includes('no signed head')));
    const ports = { KEYFOLD_ADMIN_INTERNAL_PORT: new URL(admin.internalUrl).port };
    admin = await startTestAdminService({ database, natsUrl: nats.url, secrets: admin, env: ports });
    administrator = await signInAdmin(admin);
    await renewed(gateway);
    const seen = await stopped();
    expect(Object.keys(seen)).toEqual(['200']);
    expect(seen[200]).toBeGreaterThan(100);
  });
});
