import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GatewayModule } from '../apps/auth-gateway/src/gateway.module.js';
import type { GatewayConfig } from '../apps/auth-gateway/src/gateway-config.js';
import { gatewayRoutes } from '../apps/auth-gateway/src/gateway-routes.js';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { type ApiDocument, fetchDocument, operationsOf } from './support/openapi/api-document.js';
import { generateClient, runProgram } from './support/openapi/generated-client.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';

const LINTER = new URL('../node_modules/@redocly/cli/bin/cli.js', import.meta.url).pathname;
const SERVICES = ['admin-service', 'auth-gateway'] as const;

let postgres: TestPostgres;
let nats: TestNats;
let service: TestAdminService;
let gateway: TestAuthGateway;
let folder: string;
let documents: Readonly<Record<(typeof SERVICES)[number], ApiDocument>>;

beforeAll(async () => {
  [postgres, nats, folder] = await Promise.all([
    startTestPostgres(),
    startTestNats(),
    mkdtemp(join(tmpdir(), 'keyfold-openapi-')),
  ]);
  service = await startTestAdminService({ database: await postgres.createDatabase(), natsUrl: nats.url });
  gateway = await startAuthGateway({
    databaseUrl: (await postgres.createDatabase()).ownerUrl,
    natsUrl: nats.url,
    adminInternalUrl: service.internalUrl,
    sharedSecret: service.sharedSecret,
    logPublicKey: service.logPublicKey,
  });
  documents = { 'admin-service': await fetchDocument(service.url), 'auth-gateway': await fetchDocument(gateway.url) };
});
afterAll(async () => {
  await gateway.close();
  await service.close();
  await Promise.all([postgres.stop(), nats.stop(), rm(folder, { recursive: true, force: true })]);
});

interface LintReport {
  readonly totals: { readonly errors: number; readonly warnings: number };
  readonly problems: readonly { readonly ruleId: string; readonly message: string }[];
}

/** Every recommended rule; what it only warns of counts as well. */
async function lint(name: string, document: object): Promise<LintReport> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(document));
  const args = [LINTER, 'lint', file, '--extends=recommended-strict', '--format=json', '--max-problems=1000'];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const run = promisify(execFile)(process.execPath, args, { env, cwd: folder, maxBuffer: 50_000_000 });
  // It ends with 1 where it has found something; the report is what counts.
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  return JSON.parse(stdout) as LintReport;
}

describe.each(SERVICES)('the document of the %s', (name) => {
  test('has no fault that the linter knows', async () => {
    const { problems, totals } = await lint(name, documents[name]);
    expect([problems.map(({ message, ruleId }) => `${ruleId}: ${message}`), totals]).toEqual([
      [],
      expect.objectContaining({ errors: 0, warnings: 0 }),
    ]);
  });

  test('is served with a page that loads nothing from elsewhere', async () => {
    const { url } = name === 'admin-service' ? service : gateway;
    const page = await fetch(`${url}/docs`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toContain('unsafe');
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !/^(\/|data:,$)/.test(link))).toEqual([]);
    for (const link of links.filter((one) => one.startsWith('/'))) {
      const answer = await fetch(url + link);
      expect([link, answer.status, answer.headers.get('x-content-type-options')]).toEqual([link, 200, 'nosniff']);
    }
    expect((await fetch(`${url}/docs/package.json`)).status).toBe(404);
  });
});

test('the linter finds what is missing', async () => {
  const [path = ''] = Object.keys(documents['auth-gateway'].paths);
  const broken = structuredClone(documents['auth-gateway']) as unknown as {
    paths: Record<string, { get: { summary?: string } }>;
  };
  delete broken.paths[path]?.get.summary;
  const { problems } = await lint('broken', broken);
  expect(problems.map(({ ruleId }) => ruleId)).toEqual(['operation-summary']);
});

/** Methods of a path that are answered, by what the service itself says to a method that is not. */
async function allowedAt(url: string): Promise<string[]> {
  const answer = await fetch(service.url + url.replaceAll(/:\w+/g, '1').replace('*', '1'), { method: 'OPTIONS' });
  const methods = answer.headers.get('allow')?.split(', ') ?? [];
  return methods.filter((method) => method !== 'HEAD');
}

/** Paths in what Fastify prints of its router: a tree of prefixes, four columns for each level. */
function pathsInTree(tree: string): string[] {
  const above: string[] = [];
  const paths: string[] = [];
  for (const [, indent = '', part = '', methods] of tree.matchAll(/^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/gm)) {
    const level = indent.length / 4;
    above.splice(level, above.length, (above[level - 1] ?? '') + part);
    if (methods !== undefined) paths.push(above[level] ?? '');
  }
  return paths;
}

test('no route of the running admin-service is missing in its document, and none is made up', async () => {
  const tree = service.service.app.getHttpAdapter().getInstance().printRoutes();
  const urls = [...new Set(pathsInTree(tree))].filter((url) => url.startsWith('/v1/'));
  expect(urls.length).toBeGreaterThan(40);
  const served = await Promise.all(
    urls.map(async (url) => (await allowedAt(url)).map((method) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)),
  );
  const documented = operationsOf(documents['admin-service']).map(({ method, path }) => `${method} ${path}`);
  expect(
    served
      .flat()
      .map((route) => route.replace('*', '{path}'))
      .sort(),
  ).toEqual(documented.sort());
});

/** Paths of a controller's methods that answer HTTP, by what Nest's decorators have left. */
function httpPaths(controller: abstract new (...args: never[]) => unknown): string[] {
  const handlers = Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).map(
    ({ value }) => value as object,
  );
  const isServed = handlers.some((handler) => typeof handler === 'function' && Reflect.hasMetadata('method', handler));
  return isServed ? [`/${String(Reflect.getMetadata('path', controller))}`] : [];
}

test('no path of the running gateway is missing in its document', () => {
  const lane = [...gatewayRoutes({ settings: {} } as GatewayConfig, gateway.parts).keys()];
  const rest = (GatewayModule.with(gateway.parts).controllers ?? []).flatMap(httpPaths);
  const paths = [...lane, ...rest].map((path) => (path.endsWith('/') ? `${path}{path}` : path));
  expect([...new Set(paths)].sort()).toEqual(Object.keys(documents['auth-gateway'].paths).sort());
});

const PROGRAM = `
import { createClient as createAdmin } from './admin/client/index.js';
import * as admin from './admin/index.js';
import { createClient as createGateway } from './gateway/client/index.js';
import * as gateway from './gateway/index.js';

declare const process: { argv: string[]; stdout: { write(text: string): void } };
const [, , adminUrl = '', gatewayUrl = '', password = ''] = process.argv;

const anonymous = createAdmin({ baseUrl: adminUrl, throwOnError: true });
const { data: session } = await admin.signIn({ client: anonymous, body: { username: 'admin', password }, throwOnError: true });
const client = createAdmin({ baseUrl: adminUrl, auth: session.token });
const options = { client, throwOnError: true } as const;
await admin.changeSecuritySettings({ ...options, body: { apiKeyAuthenticationEnabled: true } });
const { data: issued } = await admin.issueOwnApiKey({ ...options, body: { name: 'Generated', expiresInDays: 1 } });
const key: string = issued.key ?? '';
const refused = await admin.readApiKey({ client, path: { keyId: 'none' } });

const decide = createGateway({ baseUrl: gatewayUrl, auth: \`admin:\${key}\` });
let identity = await gateway.readIdentity({ client: decide });
// The gateway follows the log; until it has this key the answer is a refusal.
for (let at = 0; at < 600 && identity.data === undefined; at += 1) identity = await gateway.readIdentity({ client: decide });
const verified = await gateway.verifyKey({ client: decide, body: { username: 'admin', key, method: 'GET' } });

process.stdout.write(
  JSON.stringify({
    name: identity.data?.key.name,
    username: identity.data?.user.username,
    allowed: verified.data?.allowed,
    code: refused.error?.code,
  }),
);
`;

test('a client generated from each document compiles strictly, makes a key and uses it', async () => {
  await eventually(() => gateway.parts.freshness.holdsLease());
  const place = join(folder, 'client');
  await generateClient(place, 'admin', documents['admin-service']);
  await generateClient(place, 'gateway', documents['auth-gateway']);
  const used = await runProgram(place, PROGRAM, [service.url, gateway.url, service.adminPassword]);
  expect(used).toEqual({ name: 'Generated', username: 'admin', allowed: true, code: 'NOT_FOUND' });
});
