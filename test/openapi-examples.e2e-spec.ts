import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@keyfold/local-servers';
import { REFUSALS } from '../apps/admin-service/src/http/refusals.js';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { AdminClient } from './support/http-client.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestIssuer, type TestIssuer } from './support/oidc-issuer.js';
import { provocations } from './support/openapi/admin-refusals.js';
import { type Cast, type ExampleWorld, playAdmin, playGatewayLife } from './support/openapi/admin-scenario.js';
import { type ApiDocument, fetchDocument, operationsOf, type PlacedOperation } from './support/openapi/api-document.js';
import { type Example, ExampleRecorder, type Examples, type Provocation } from './support/openapi/example-recorder.js';
import { playFork } from './support/openapi/fork-scenario.js';
import { gatewayProvocations, playGateway } from './support/openapi/gateway-scenario.js';
import { formOf } from './support/openapi/shown.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';
import { signInAdmin } from './support/signed-in.js';

/*
 * The examples of the OpenAPI documents are exchanges with the real services. This spec makes them again and fails
 * where one differs
 * in more than ids, instants and hashes. `TEST_RECORD_EXAMPLES=1` writes them.
 */

const RECORDS = process.env['TEST_RECORD_EXAMPLES'] === '1';
const GATEWAY_FILE = new URL('../apps/auth-gateway/src/reference/examples.gen.ts', import.meta.url);
const ADMIN_FILE = new URL('../apps/admin-service/src/http/examples.gen.ts', import.meta.url);

/**
 * Codes that take a thousand keys, a gateway that does not follow, or two requests at one moment: the features' own
 * specs have them.
 */
const ELSEWHERE = ['IDEMPOTENCY_KEY_IN_USE', 'NOT_CONFIRMED', 'TOO_MANY_KEYS'];

let postgres: TestPostgres;
let nats: TestNats;
let issuer: TestIssuer;
let service: TestAdminService;
let gateway: TestAuthGateway | undefined;
let document: ApiDocument;
let gatewayDocument: ApiDocument;
let gatewayRecorder: ExampleRecorder;
let world: ExampleWorld;
let cast: Cast;
const refusals: { id: string; code: string; problem: unknown; documented: unknown }[] = [];

beforeAll(async () => {
  const port = await freePort();
  [postgres, nats, issuer] = await Promise.all([
    startTestPostgres(),
    startTestNats(),
    startTestIssuer(`http://127.0.0.1:${port}/v1/sessions/oidc/callback`),
  ]);
  service = await startTestAdminService({
    database: await postgres.createDatabase(),
    natsUrl: nats.url,
    env: {
      KEYFOLD_ADMIN_PORT: String(port),
      KEYFOLD_OIDC_ISSUER: issuer.url,
      KEYFOLD_OIDC_CLIENT_ID: issuer.clientId,
      KEYFOLD_OIDC_CLIENT_SECRET: issuer.clientSecret,
      KEYFOLD_GATEWAY_PUBLIC_URL: 'https://keys.example.org',
    },
  });
  document = await fetchDocument(service.url);
  const admin = String((await signInAdmin(service)).token);
  world = { adminUrl: service.url, admin, issuer, recorder: new ExampleRecorder(document, service.url) };
  cast = await playAdmin(world);
  for (const provocation of await provocations(world, cast)) await provoke(provocation);
  await whileSettings({ maxActiveKeysPerUser: 1 }, ['issueOwnApiKey', 'KEY_LIMIT_REACHED', { as: cast.dana }]);
  await whileSettings({ apiKeyAuthenticationEnabled: false }, [
    'issueOwnApiKey',
    'API_KEYS_DISABLED',
    { as: cast.dana },
  ]);
  const started = await startAuthGateway({
    databaseUrl: (await postgres.createDatabase()).ownerUrl,
    natsUrl: nats.url,
    adminInternalUrl: service.internalUrl,
    sharedSecret: service.sharedSecret,
    logPublicKey: service.logPublicKey,
    trustedProxies: '127.0.0.1/32',
  });
  gateway = started;
  gatewayDocument = await fetchDocument(started.url);
  gatewayRecorder = new ExampleRecorder(gatewayDocument, started.url);
  await eventually(() => started.parts.freshness.holdsLease());
  const passing = { username: 'dana', key: cast.key };
  await playGateway(gatewayRecorder, passing);
  for (const [id, code, call] of gatewayProvocations(passing))
    refusals.push({ id, code, ...(await gatewayRecorder.refuse(id, code, call)) });
  await playGatewayLife(world, cast, {
    provoke,
    stopGateway: async () => {
      gateway = undefined;
      await started.close();
    },
  });
  await provokeThrottle();
  await playFork(world, service, provoke);
  await postgres.stop();
  await provoke(['listRoles', 'UNAVAILABLE', { as: admin }]);
  if (RECORDS) {
    await record(ADMIN_FILE, world.recorder.examples, './api-docs.js');
    await record(GATEWAY_FILE, gatewayRecorder.examples, './operation-example.js');
  }
}, 240_000);
afterAll(async () => {
  await gateway?.close();
  await service.close();
  await Promise.all([postgres.stop(), nats.stop(), issuer.stop()]);
});

async function provoke([id, code, call]: Provocation): Promise<void> {
  refusals.push({ id, code, ...(await world.recorder.refuse(id, code, call)) });
}

async function whileSettings(settings: object, provocation: Provocation): Promise<void> {
  const client = new AdminClient(service.url, world.admin);
  const { body: before } = await client.get('/v1/settings/security');
  await client.patch('/v1/settings/security', settings);
  await provoke(provocation);
  await client.patch('/v1/settings/security', before);
}

/** Ten failures for one account from one network. */
async function provokeThrottle(): Promise<void> {
  const client = new AdminClient(service.url);
  const wrong = { username: 'nobody', password: 'wrong' };
  for (let at = 0; at < 10; at += 1) expect((await client.post('/v1/sessions', wrong)).status).toBe(401);
  await provoke(['signIn', 'TOO_MANY_REQUESTS', { body: wrong }]);
}

async function record(file: URL, examples: Examples, typeFile: string): Promise<void> {
  const head =
    '// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.\n';
  const type = `import type { OperationExamples } from '${typeFile}';\n\n`;
  const sorted = Object.fromEntries(Object.entries(examples).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(
    file,
    `${head}${type}export const EXAMPLES: OperationExamples = ${JSON.stringify(sorted, null, 2)};\n`,
  );
}

const recordings = (): (readonly [ApiDocument, ExampleRecorder])[] => [
  [document, world.recorder],
  [gatewayDocument, gatewayRecorder],
];

test('every operation of both services was called', () => {
  for (const [known, { examples }] of recordings())
    expect(Object.keys(examples).sort()).toEqual(
      operationsOf(known)
        .map(({ operationId }) => operationId)
        .sort(),
    );
});

test('every answer has a status, a type and a form that the document says', () => {
  for (const [, { faults }] of recordings()) expect(faults).toEqual([]);
});

interface Exchanges {
  readonly now: object;
  readonly shown: object;
}

/** The exchanges of one operation: what was recorded now, and what the document shows under the same name. */
function exchanges(
  { requestBody, responses }: PlacedOperation,
  examples: Readonly<Record<string, Example>>,
): Exchanges {
  const entries = Object.entries(examples).map(([name, { answer, request, status }]) => {
    const contents = Object.values(responses[String(status)]?.content ?? {});
    const shown = {
      request: requestBody?.content['application/json']?.examples?.[name]?.value,
      answer: contents.flatMap((content) => content.examples?.[name] ?? [])[0]?.value,
    };
    return [name, { now: formOf({ request, answer }), shown: formOf(shown) }] as const;
  });
  return {
    now: Object.fromEntries(entries.map(([name, { now }]) => [name, now])),
    shown: Object.fromEntries(entries.map(([name, { shown }]) => [name, shown])),
  };
}

// If it is not: TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples
test('each example of the documents is what the service answers', () => {
  for (const [known, { examples }] of recordings())
    for (const operation of operationsOf(known)) {
      const { now, shown } = exchanges(operation, examples[operation.operationId] ?? {});
      expect([operation.operationId, shown]).toEqual([operation.operationId, now]);
    }
});

test('each refusal is shown as the service gives it', () => {
  expect(refusals.map(({ documented, ...refusal }) => ({ ...refusal, problem: formOf(documented) }))).toEqual(
    refusals.map(({ code, id, problem }) => ({ id, code, problem: formOf(problem) })),
  );
});

test('every code of the admin-service was brought about', () => {
  const brought = new Set(refusals.map(({ code }) => code));
  expect(
    Object.keys(REFUSALS)
      .filter((code) => !brought.has(code))
      .sort(),
  ).toEqual(ELSEWHERE);
});
