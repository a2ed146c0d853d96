import 'reflect-metadata';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import { Browser } from '@keyfold/testing/browser';
import { ConnectProxy } from '@keyfold/testing/connect-proxy';
import { LOCALHOST_CERTIFICATE } from '@keyfold/testing/localhost-certificate';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { KNOWN_PROVIDERS, type KnownProvider } from '@keyfold/testing/provider-shapes';
import { SCRIPTED_CLIENT, ScriptedIssuer } from '@keyfold/testing/scripted-issuer';
import { sendWebhook } from '../features/webhooks/webhook-sender.js';

const PASSWORD = 'secret-of-the-proxy';
const trusted = tls.getCACertificates('default');
let proxy: ConnectProxy;
let proxyUrl: string;

beforeAll(() => {
  tls.setDefaultCACertificates([...trusted, LOCALHOST_CERTIFICATE.cert]);
});
afterAll(() => {
  tls.setDefaultCACertificates(trusted);
});
beforeEach(async () => {
  proxy = await ConnectProxy.start();
  proxyUrl = `http://keyfold:${PASSWORD}@127.0.0.1:${proxy.port}`;
});
afterEach(() => proxy.stop());

describe('a webhook', () => {
  const message = { body: '{"a":"ä"}', headers: { 'webhook-id': '1' } };
  let receiver: Server;
  let port: number;
  let hosts: (string | undefined)[] = [];

  beforeAll(async () => {
    receiver = createServer(LOCALHOST_CERTIFICATE, (request, response) => {
      hosts.push(request.headers.host);
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    port = (receiver.address() as AddressInfo).port;
  });
  beforeEach(() => {
    hosts = [];
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  test('goes through the proxy to the address that was checked, by TLS for the name', async () => {
    const options = { allowPrivate: true, proxy: { HTTPS_PROXY: proxyUrl } };
    expect(await sendWebhook(`https://localhost:${port}/`, message, options)).toEqual({ status: 204, error: null });
    expect(proxy.targets).toEqual([`127.0.0.1:${port}`]);
    expect(hosts).toEqual([`localhost:${port}`]);
    // The certificate is for another name than the one asked for.
    expect((await sendWebhook(`https://127.0.0.1:${port}/`, message, options)).error).toBe('NOT_REACHABLE');
    expect(hosts).toHaveLength(1);
  });

  test.each(['localhost', '127.0.0.1', '[::1]', '[::ffff:169.254.169.254]'])(
    'never makes the proxy connect to %s',
    async (host) => {
      const options = { allowPrivate: false, proxy: { HTTPS_PROXY: proxyUrl } };
      const result = await sendWebhook(`https://${host}:${port}/`, message, options);
      expect([result.error, proxy.targets, hosts]).toEqual(['ADDRESS_NOT_ALLOWED', [], []]);
    },
  );

  test('goes there directly where the host is excepted, and is still checked', async () => {
    const settings = { https_proxy: proxyUrl, HTTPS_PROXY: 'http://127.0.0.1:1', no_proxy: '.example, localhost' };
    const url = `https://localhost:${port}/`;
    expect((await sendWebhook(url, message, { allowPrivate: true, proxy: settings })).status).toBe(204);
    expect((await sendWebhook(url, message, { allowPrivate: false, proxy: settings })).error).toBe(
      'ADDRESS_NOT_ALLOWED',
    );
    expect(proxy.targets).toEqual([]);
  });

  test('reaches a public address by the proxy alone, and nothing without it', async () => {
    const options = { allowPrivate: false, proxy: { HTTPS_PROXY: proxyUrl } };
    expect((await sendWebhook('https://203.0.114.7/', message, options)).error).toBe('NOT_REACHABLE');
    expect(proxy.targets).toEqual(['203.0.114.7:443']);
    await proxy.stop();
    expect((await sendWebhook('https://203.0.114.7/', message, options)).error).toBe('NOT_REACHABLE');
    proxy = await ConnectProxy.start();
  });
});

describe('sign-in by OpenID Connect', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(() => postgres.stop());

  const { shape } = KNOWN_PROVIDERS['Okta'] as KnownProvider;

  async function signInWith(env: Readonly<Record<string, string>>): Promise<number> {
    const issuer = await ScriptedIssuer.start(shape, { tls: true });
    const lines: string[] = [];
    const service = await startTestAdminService({
      database: await postgres.createDatabase(),
      env: {
        KEYFOLD_OIDC_ISSUER: issuer.url,
        KEYFOLD_OIDC_CLIENT_ID: SCRIPTED_CLIENT.id,
        KEYFOLD_OIDC_CLIENT_SECRET: SCRIPTED_CLIENT.secret,
        KEYFOLD_OIDC_CREATE_USERS: 'true',
        ...env,
      },
      lines,
    });
    try {
      const browser = new Browser();
      const start = `${service.url}/v1/sessions/oidc/start`;
      const url = await browser.followUntil(start, `${service.url}/v1/sessions/oidc/callback`);
      expect(lines.join()).not.toContain(PASSWORD);
      return (await browser.get(url)).status;
    } finally {
      await service.close();
      await issuer.stop();
    }
  }

  test('asks for the document, keys, tokens and claims through the proxy', async () => {
    expect(await signInWith({ HTTPS_PROXY: proxyUrl })).toBe(200);
    expect(new Set(proxy.targets)).toEqual(new Set([expect.stringMatching(/^localhost:\d+$/)]));
    expect([...proxy.credentials]).toEqual([`Basic ${Buffer.from(`keyfold:${PASSWORD}`).toString('base64')}`]);
  });

  test('goes past it where the host is excepted', async () => {
    expect(await signInWith({ HTTPS_PROXY: proxyUrl, NO_PROXY: 'localhost' })).toBe(200);
    expect(proxy.targets).toEqual([]);
  });
});

test('a proxy that is no URL is a problem of the configuration that does not repeat it', async () => {
  const database = { ownerUrl: 'postgres://127.0.0.1:1/x', serviceUrl: 'postgres://127.0.0.1:1/x' };
  const started = startTestAdminService({ database, env: { HTTPS_PROXY: `keyfold:${PASSWORD}@proxy` } });
  await expect(started).rejects.toThrow(/^HTTPS_PROXY: must be the http:\/\/ or https:\/\/ URL of a proxy$/m);
});
