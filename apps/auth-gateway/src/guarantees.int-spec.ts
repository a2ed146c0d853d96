import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { makeApiKey } from '@keyfold/domain';
import { freePort } from '@keyfold/local-servers';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { issuedEvent, type TestApiKey, testKeys } from '@keyfold/testing/log-writer';
import { event } from '../../../libs/domain/test/test-log.js';
import { EndedProofs } from './credentials/ended-proofs.js';

let world: GatewayWorld;
let gateway: TestAuthGateway;
/** Tables and proof key of `gateway`, for another process of it. */
let own: { databaseUrl: string; dataDir: string };
/** A hash that keeps Argon2 busy until the test has done what it wants meanwhile. */
let slowHash: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  own = {
    databaseUrl: (await world.postgres.createDatabase()).ownerUrl,
    dataDir: await mkdtemp(join(tmpdir(), 'keyfold-gateway-')),
  };
  gateway = await world.gateway({
    ...own,
    env: { KEYFOLD_GATEWAY_ARGON2_CONCURRENCY: '1', KEYFOLD_GATEWAY_ARGON2_QUEUE: '2' },
  });
  slowHash = await argon2.hash('x', { type: argon2.argon2id, memoryCost: 262_144, timeCost: 4, parallelism: 1 });
  await world.caughtUp(gateway);
});
afterAll(async () => {
  await world.stop();
  await rm(own.dataDir, { recursive: true, force: true });
});

async function freshKey(): Promise<TestApiKey> {
  const key = await world.writer.issue(world.anna);
  await world.caughtUp(gateway);
  return key;
}

function forwardAuth(at: TestAuthGateway, key: TestApiKey): Promise<Response> {
  return fetch(`${at.url}/v1/forward-auth`, { headers: { authorization: basic(key.username, key.key) } });
}

/** Occupies the only place; @returns a promise of its end */
function occupyArgon2(): Promise<boolean> {
  return gateway.parts.argon2.verify(slowHash, 'x');
}

/**
 * A process of the same gateway beside it: a key of the process itself, and so a data directory, is for one at a time.
 */
function beside(): { databaseUrl: string; env: Record<string, string> } {
  const { databaseUrl, dataDir } = own;
  return { databaseUrl, env: { KEYFOLD_GATEWAY_PROOF_KEY_FILE: join(dataDir, 'proofs-gateway-1.key') } };
}

const code = async (response: Response): Promise<unknown> => ((await response.json()) as { code: unknown }).code;

describe('proving a secret', () => {
  test('a key that is revoked while its secret waits for Argon2 is refused', async () => {
    const key = await freshKey();
    const busy = occupyArgon2();
    const answer = forwardAuth(gateway, key);
    await eventually(() => gateway.parts.argon2.queued === 1);
    const position = await world.writer.revoke(key);
    await eventually(() => gateway.parts.facts.appliedSize >= position);
    expect(gateway.parts.argon2.queued).toBe(1);
    expect((await answer).status).toBe(401);
    await busy;
    expect((await forwardAuth(gateway, key)).status).toBe(401);
  });

  test('the same secret is computed once for requests that come together, another one never shares it', async () => {
    const key = await freshKey();
    const { runs } = gateway.parts.argon2;
    const busy = occupyArgon2();
    const answers = [forwardAuth(gateway, key), forwardAuth(gateway, key), forwardAuth(gateway, key)];
    await eventually(() => gateway.parts.argon2.queued === 1);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await busy;
    expect(gateway.parts.argon2.runs).toBe(runs + 2);
  });

  test('above the cap and a short queue the answer is 503 at once, and proven keys still pass', async () => {
    const proven = await freshKey();
    expect((await forwardAuth(gateway, proven)).status).toBe(200);
    const keys = [await freshKey(), await freshKey(), await freshKey()];
    const busy = occupyArgon2();
    const waiting = keys.slice(0, 2).map((key) => forwardAuth(gateway, key));
    await eventually(() => gateway.parts.argon2.queued === 2);
    const [, , third] = keys;
    const refused = await forwardAuth(gateway, third ?? proven);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'OVERLOADED' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await forwardAuth(gateway, proven)).status).toBe(200);
    expect(gateway.parts.argon2.running).toBe(1);
    await Promise.all([busy, ...waiting]);
  });

  test('that 503 waits for nothing, and what was refused is not computed later either', async () => {
    const keys = [await freshKey(), await freshKey(), await freshKey()];
    const busy = occupyArgon2();
    const waiting = keys.slice(0, 2).map((key) => forwardAuth(gateway, key));
    await eventually(() => gateway.parts.argon2.queued === 2);
    const { runs } = gateway.parts.argon2;
    const [, , third] = keys;
    const limits = { method: 'GET', ip: null, isUpgrade: false, scopes: [] };
    const verdict = gateway.parts.signIn.byKey('verify', { username: 'anna', key: third?.key ?? '' }, limits);
    // One turn of the event loop is less than any time limit.
    const turn = new Promise((resolve) => setImmediate(resolve, 'a turn has passed'));
    expect(await Promise.race([verdict, turn])).toMatchObject({ allowed: false, reason: 'OVERLOADED' });
    await Promise.all([busy, ...waiting]);
    expect(gateway.parts.argon2.runs).toBe(runs + 2);
  });

  test('a client that goes away does not free the place that its secret takes', async () => {
    const key = await freshKey();
    const busy = occupyArgon2();
    const client = new AbortController();
    const asked = fetch(`${gateway.url}/v1/forward-auth`, {
      headers: { authorization: basic(key.username, key.key) },
      signal: client.signal,
    });
    await eventually(() => gateway.parts.argon2.queued === 1);
    client.abort();
    await expect(asked).rejects.toThrow();
    // The gateway has heard of it by the time that it answers a request sent later.
    expect((await fetch(`${gateway.url}/v1/forward-auth`)).status).toBe(401);
    expect([gateway.parts.argon2.running, gateway.parts.argon2.queued]).toEqual([1, 1]);
    await busy;
    await eventually(() => gateway.parts.argon2.running === 0);
    expect(gateway.parts.argon2.queued).toBe(0);
  });

  test('forged keys of real key ids never reach Argon2', async () => {
    const key = await freshKey();
    const { runs } = gateway.parts.argon2;
    const stranger = makeApiKey({ keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) }, testKeys.otherShared);
    const start = 'kf_'.length;
    const forged = stranger.key.slice(0, start) + key.keyId + stranger.key.slice(start + 22);
    for (const password of [stranger.key, forged, key.key.toLowerCase(), `${key.key}x`, 'x'.repeat(86)])
      expect((await forwardAuth(gateway, { ...key, key: password })).status).toBe(401);
    expect(gateway.parts.argon2.runs).toBe(runs);
  });

  test('a hash with parameters out of bounds is not computed: the record makes its key unusable', async () => {
    const { runs } = gateway.parts.argon2;
    for (const phc of ['$argon2id$v=19$m=8,t=1,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFh', 'plain', '']) {
      const made = makeApiKey({ keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) }, testKeys.shared);
      await world.writer.append(issuedEvent(made, world.anna, phc));
      await world.caughtUp(gateway);
      expect((await forwardAuth(gateway, { ...made, ...world.anna })).status).toBe(401);
    }
    expect(gateway.parts.argon2.runs).toBe(runs);
  });

  test('neither a restart nor an eviction pays Argon2 again for a key that was proven', async () => {
    const key = await freshKey();
    expect((await forwardAuth(gateway, key)).status).toBe(200);
    await gateway.parts.proofs.flush();
    const restarted = await world.gateway({
      ...beside(),
      env: { ...beside().env, KEYFOLD_GATEWAY_CACHE_ENTRIES: '1' },
    });
    await world.caughtUp(restarted);
    const other = await freshKey();
    await world.caughtUp(restarted);
    await forwardAuth(restarted, other);
    const { runs } = restarted.parts.argon2;
    expect((await forwardAuth(restarted, key)).status).toBe(200);
    expect(restarted.parts.argon2.runs).toBe(runs);
    expect((await forwardAuth(restarted, { ...key, username: 'bert' })).status).toBe(401);
  });

  test('a proof of one gateway is worth nothing to another, and a changed one nothing at all', async () => {
    const key = await freshKey();
    await forwardAuth(gateway, key);
    await gateway.parts.proofs.flush();
    await gateway.parts.pool.query('update remembered_proofs set proof = $1', [Buffer.alloc(32)]);
    const restarted = await world.gateway(beside());
    await world.caughtUp(restarted);
    expect((await forwardAuth(restarted, key)).status).toBe(200);
    expect(restarted.parts.argon2.runs).toBe(1);
  });

  test('proofs are kept of keys that may pass again, not of keys that have ended for good', async () => {
    const { writer } = world;
    const [living, revoked, superseded] = [await freshKey(), await freshKey(), await freshKey()];
    const [carla, dora] = [await writer.user('carla', []), await writer.user('dora', [])];
    const [inBulk, erased] = [await writer.issue(carla), await writer.issue(dora)];
    const keyIds = [living, revoked, superseded, inBulk, erased].map(({ keyId }) => keyId);
    const { freshness, pool, proofs } = gateway.parts;
    for (const keyId of keyIds) proofs.remember(keyId, randomBytes(32));
    await proofs.flush();
    await writer.revoke(revoked);
    await writer.append(
      event(`api-key/${superseded.keyId}`, 'ApiKeySuperseded', { successorId: living.keyId, graceSeconds: 0 }),
      event('settings/security', 'ApiKeysBulkRevoked', { filter: { userId: carla.userId }, reason: 'UNSPECIFIED' }),
      event(`user/${dora.userId}`, 'UserErased'),
    );
    await world.caughtUp(gateway);
    await eventually(() => freshness.holdsLease());
    const endedProofs = new EndedProofs(gateway.parts, { warn: () => undefined });
    while (await endedProofs.nextPage());
    const left = await pool.query<{ key_id: string }>(
      'select key_id from remembered_proofs where key_id = any ($1::text[])',
      [keyIds],
    );
    expect(left.rows).toEqual([{ key_id: living.keyId }]);
  });

  test('the tables hold neither the key nor its secret', async () => {
    const key = await freshKey();
    await forwardAuth(gateway, key);
    await gateway.parts.proofs.flush();
    const { rows } = await gateway.parts.pool.query<{ text: string }>(
      'select api_keys::text || remembered_proofs::text as text from api_keys join remembered_proofs using (key_id)',
    );
    const all = rows.map(({ text }) => text).join() + gateway.lines.join();
    for (const secret of [key.key, key.secret, Buffer.from(key.secret).toString('hex'), basic('anna', key.key)])
      expect(all).not.toContain(secret);
  });
});

describe('a gateway without a current head', () => {
  let key: TestApiKey;
  beforeAll(async () => {
    key = await freshKey();
  });

  test('started with neither broker nor admin-service it is alive, not ready, and allows nothing', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const gateway = await world.gateway({
      gatewayId: 'alone',
      natsUrl: 'nats://127.0.0.1:9',
      adminInternalUrl: nobody,
    });
    expect((await fetch(`${gateway.opsUrl}/livez`)).status).toBe(200);
    const ready = await fetch(`${gateway.opsUrl}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { lease: { ok: false } } });
    const answer = await forwardAuth(gateway, key);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await code(answer)).toBe('STALE');
    expect((await forwardAuth(gateway, { ...key, key: `${key.key}x` })).status).toBe(401);
    expect((await fetch(`${gateway.url}/v1/forward-auth`)).status).toBe(401);
    const verified = await fetch(`${gateway.url}/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'anna', key: key.key }),
    });
    expect([verified.status, verified.headers.get('retry-after')]).toEqual([503, '1']);
    expect(verified.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await verified.json()).toMatchObject({ allowed: false, reason: 'STALE', code: 'STALE', status: 503 });
    // Nothing has failed: an error for each question would fill the log for as long as this lasts.
    expect(gateway.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('follows without a broker, and stops allowing when the lease has run out', async () => {
    world.writer.admin.leaseSeconds = 4;
    const gateway = await world.gateway({ gatewayId: 'polling', natsUrl: 'nats://127.0.0.1:9' });
    await world.caughtUp(gateway);
    await eventually(async () => (await forwardAuth(gateway, key)).status === 200);
    const { heads } = world.writer.admin;
    const answer = heads.answer.bind(heads);
    // The admin-service is there but has no head to give: what a partition of its database looks like.
    heads.answer = () => Promise.reject(new Error('no head'));
    await eventually(async () => (await forwardAuth(gateway, key)).status === 503);
    expect((await fetch(`${gateway.opsUrl}/readyz`)).status).toBe(503);
    heads.answer = answer;
    await eventually(async () => (await forwardAuth(gateway, key)).status === 200);
    world.writer.admin.leaseSeconds = 60;
  });

  test('a record that it does not know stops it loudly, and the lease ends what it may still say', async () => {
    world.writer.admin.leaseSeconds = 4;
    const gateway = await world.gateway({ gatewayId: 'older' });
    await world.caughtUp(gateway);
    const before = gateway.parts.facts.appliedSize;
    await world.writer.append(event(`user/${world.anna.userId}`, 'UserPromoted'));
    await eventually(() => gateway.parts.projector.stopped !== null);
    await eventually(async () => (await forwardAuth(gateway, key)).status === 503);
    expect(gateway.parts.facts.appliedSize).toBe(before);
    const ready = await fetch(`${gateway.opsUrl}/readyz`);
    expect(await ready.json()).toMatchObject({ checks: { projector: { ok: false, detail: 'UnknownRecordError' } } });
    expect(gateway.lines.filter((line) => line.includes('PROJECTOR_STOPPED'))).toHaveLength(1);
  });
});
