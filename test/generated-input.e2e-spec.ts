import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { PERMISSIONS } from '@keyfold/domain';
import { FIELD_CODES } from '@keyfold/service-kit';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { AdminClient } from './support/http-client.js';
import {
  arbitraryOf,
  brokenBody,
  brokenValue,
  type JsonSchema,
  type SchemaContext,
} from './support/json-schema-arbitrary.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';
import { createPerson, createRole, PASSWORD, signInAdmin } from './support/signed-in.js';

/** Another one by TEST_SEED; a failure names it. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_122);
const RUNS = 10;

/** `INVALID` is for what has no rule of its own; whoever meets it cannot be told what to do. */
const RULES: ReadonlySet<string> = new Set(FIELD_CODES.filter((code) => code !== 'INVALID'));

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly security?: object[];
  readonly parameters?: { name: string; in: string; schema: JsonSchema; required?: boolean }[];
  readonly requestBody?: { content: Record<string, { schema: JsonSchema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Sent {
  readonly operation: Operation;
  readonly token: string | null;
  readonly path: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: string;
  readonly type?: string;
}

interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let operations: Operation[];
let context: SchemaContext;
let ajv: Ajv2020;
const secrets: string[] = [PASSWORD];
const compiled = new Map<object, ValidateFunction>();

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({
    database: await postgres.createDatabase(),
    env: { KEYFOLD_TRUSTED_PROXIES: '127.0.0.1' },
  });
  admin = await signInAdmin(service);
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, JsonSchema> };
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
      name: `${method.toUpperCase()} ${path}`,
    })),
  );
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'doc:', components: document.components });
  context = { components: document.components.schemas, known: {} };
  secrets.push(service.adminPassword, service.sharedSecret, String(admin.token));
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

/** What exists, so that not every request ends at a 404; made anew for each operation, since some destroy it. */
async function knownValues(): Promise<SchemaContext['known']> {
  await admin.patch('/v1/settings/security', {
    apiKeyAuthenticationEnabled: true,
    maxActiveKeysPerUser: 1_000,
    maxApiKeyLifetimeDays: 180,
    rotationGraceMaxSeconds: 604_800,
  });
  const me = String((await admin.get('/v1/me')).body['id']);
  const made = async (path: string, body: object): Promise<string> => String((await admin.post(path, body)).body['id']);
  const name = (): string => `u${randomBytes(5).toString('hex')}`;
  const username = name();
  const active = await made('/v1/users', { username });
  const gone = await made('/v1/users', { username: name() });
  await admin.post(`/v1/users/${gone}/deactivate`);
  const key = (await admin.post('/v1/me/api-keys', {})).body;
  const apiKey = String(key['key']);
  secrets.push(apiKey);
  const promised = await made(`/v1/users/${me}/api-keys`, {});
  const webhook = await made('/v1/webhooks', { url: 'https://hooks.example.org/' });
  const role = await createRole(admin, ['users.read']);
  const sessions = (await admin.get('/v1/me/sessions')).body['items'] as { id: string; current: boolean }[];
  return {
    userId: [active, gone],
    sessionId: sessions.filter(({ current }) => !current).map(({ id }) => id),
    supervisorId: [me, null],
    keyId: [String(key['id']), promised],
    identityId: ['none'],
    roleId: [role, 'auditor', 'administrator', 'none'],
    id: [webhook, 'none'],
    position: ['1', '3', '999999'],
    treeSize: ['1', '5', '999999'],
    path: ['0/000.p/1', '000.p/1', '000'],
    from: ['1', '2026-03-01T12:00:00Z'],
    to: ['5', '2026-03-01T12:00:00Z'],
    cursor: ['MQ', 'x'],
    limit: ['1', '200'],
    query: ['ad', 'u'],
    username: [username, name(), 'admin'],
    password: [PASSWORD, service.adminPassword],
    newPassword: [PASSWORD],
    currentPassword: [PASSWORD],
    email: ['a@example.org', null],
    url: ['https://hooks.example.org/in', 'http://127.0.0.1/'],
    key: [apiKey, 'kf_x'],
    expiresAt: [new Date(Date.now() + 30 * 86_400_000).toISOString(), '2020-01-01'],
    expiresInDays: [1, 30],
    graceSeconds: [0, 60],
    description: ['A text'],
    scopes: [['read', 'write'], []],
    allowedIpRanges: [['192.0.2.0/24', '2001:db8::/32']],
    permissions: [['users.read'], []],
    name: [name(), name()],
  };
}

const inDocument = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:#/')) as object;

function fits(schema: object, value: unknown): boolean {
  let validate = compiled.get(schema);
  if (!validate) compiled.set(schema, (validate = ajv.compile(inDocument(schema))));
  return validate(value);
}

const bodySchema = ({ requestBody }: Operation): JsonSchema | undefined =>
  requestBody?.content['application/json']?.schema;

let requests = 0;
const succeeded = new Set<string>();

async function send({ operation, token, path, query = {}, body, type }: Sent): Promise<Received> {
  const url = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encode(path[name] ?? 'none') || '%20');
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  requests += 1;
  const response = await fetch(`${service.url}${url}${search === '' ? '' : `?${search}`}`, {
    method: operation.method,
    redirect: 'manual',
    headers: {
      // Each from elsewhere, so that what is throttled by address stays within reach.
      'x-forwarded-for': `10.0.${(requests >> 8) & 255}.${requests & 255}`,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const encode = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 3_000).toWellFormed());

const needsSignIn = ({ security = [] }: Operation): boolean => security.length > 0;

/** What is wrong with the answer, whatever was asked. */
function faults(sent: Sent, received: Received): string[] {
  const { operation, token } = sent;
  const { status, headers, text } = received;
  if (status < 400) succeeded.add(operation.name);
  const documented = operation.responses[String(status)];
  const known = token === null ? secrets : [...secrets, token];
  const faultsOf: Readonly<Record<string, boolean>> = {
    'is a failure': status >= 500,
    // 413 and 415 are refused before any route is reached, so no operation lists them.
    'is not documented': !documented && ![413, 415].includes(status),
    'has no X-Request-Id': !/^[0-9a-f-]{36}$/.test(headers.get('x-request-id') ?? ''),
    'comes without sign-in': token === null && needsSignIn(operation) && status !== 401,
    'shows a secret': known.some((secret) => text.includes(secret)),
    'takes a body that its schema refuses': status < 400 && !hasUsableBody(sent),
  };
  const found = Object.keys(faultsOf).filter((fault) => faultsOf[fault] === true);
  const ofBody = status >= 400 ? problemFaults(status, headers, text) : bodyFaults(documented, headers, text);
  return [...found, ...ofBody].map((fault) => `${status} ${fault}`);
}

function hasUsableBody({ operation, body }: Sent): boolean {
  const schema = bodySchema(operation);
  return schema === undefined || body === undefined || isBodyOf(schema, body);
}

/** One object, since what is compiled is remembered by the object. */
const PROBLEM = { $ref: '#/components/schemas/Problem' };

function problemFaults(status: number, headers: Headers, text: string): string[] {
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return ['no problem+json'];
  const problem = JSON.parse(text) as Record<string, unknown>;
  const isProblem = fits(PROBLEM, problem);
  if (!isProblem || problem['status'] !== status || !/^[A-Z_]+$/.test(String(problem['code']))) return ['no Problem'];
  const errors = (problem['errors'] ?? []) as { readonly path: string; readonly code: string }[];
  return errors.filter(({ code }) => !RULES.has(code)).map(({ code, path }) => `breaks the rule ${code} at ${path}`);
}

function bodyFaults(documented: Operation['responses'][string] | undefined, headers: Headers, text: string): string[] {
  const content = documented?.content?.['application/json'];
  if (!content) return [];
  if (!headers.get('content-type')?.startsWith('application/json')) return ['not the documented content type'];
  return fits(content.schema, JSON.parse(text))
    ? []
    : [
        `the body is not the documented one: ${text.slice(0, 300)} ${JSON.stringify(compiled.get(content.schema)?.errors?.slice(0, 2))}`,
      ];
}

function isBodyOf(schema: JsonSchema, text: string): boolean {
  try {
    return fits(schema, text === '' ? {} : JSON.parse(text));
  } catch {
    return false;
  }
}

/** The same values for the same seed, whatever was generated before. */
function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { seed: SEED, numRuns: count });
}

function parametersOf(
  operation: Operation,
  where: string,
  value: (schema: JsonSchema, name: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === where);
  const required = parameters
    .filter((parameter) => where === 'path' || parameter.required === true)
    .map(({ name }) => name);
  return fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, value(schema, name)])), {
    requiredKeys: required,
    noNullPrototype: true,
  });
}

const fitting = (schema: JsonSchema, name: string): fc.Arbitrary<unknown> => arbitraryOf(schema, context, name);

/** Requests as the document describes them. */
function fittingRequests(operation: Operation): fc.Arbitrary<Omit<Sent, 'token'>> {
  const schema = bodySchema(operation);
  const body = schema ? arbitraryOf(schema, context).map((value) => JSON.stringify(value)) : fc.constant(undefined);
  return fc
    .tuple(parametersOf(operation, 'path', fitting), parametersOf(operation, 'query', fitting), body)
    .map(([path, query, text]) => ({ operation, path, query, ...(text === undefined ? {} : { body: text }) }));
}

/** Requests with something broken in the path, the query or the body. */
function brokenRequests(operation: Operation): fc.Arbitrary<Omit<Sent, 'token'>> {
  const schema = bodySchema(operation);
  const text = schema ? brokenBody(schema, context) : fc.constantFrom('{"a":1}', '{', 'null');
  return fc.oneof(
    fc
      .tuple(
        parametersOf(operation, 'path', () => brokenValue),
        fittingRequests(operation),
      )
      .map(([path, sent]) => ({ ...sent, path })),
    fc
      .tuple(
        parametersOf(operation, 'query', () => brokenValue),
        fittingRequests(operation),
      )
      .map(([query, sent]) => ({ ...sent, query })),
    ...(operation.method === 'GET'
      ? []
      : [fc.tuple(text, fittingRequests(operation)).map(([body, sent]) => ({ ...sent, body }))]),
  );
}

/** Sends them all and says what was wrong, with the request. */
async function judge(sent: readonly Sent[], expected?: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const request of sent) {
    const received = await send(request);
    const wrong = faults(request, received);
    if (expected && !expected.includes(received.status))
      wrong.push(`${received.status} instead of ${expected.join('/')}`);
    if (wrong.length > 0)
      found.push(
        `${request.operation.name}: ${wrong.join('; ')} (seed ${SEED}; ${JSON.stringify({ ...request, operation: undefined, token: undefined }).slice(0, 400)})`,
      );
  }
  return found;
}

test('whatever fits the document, and whatever does not, gets a documented answer', async () => {
  const found: string[] = [];
  for (const operation of operations) {
    // Some of what is sent ends sessions.
    const { token = null } = await new AdminClient(service.url).signIn('admin', service.adminPassword);
    context = { ...context, known: await knownValues() };
    const good = sample(fittingRequests(operation), RUNS);
    const broken = sample(brokenRequests(operation), RUNS);
    found.push(...(await judge([...good, ...broken].map((sent) => ({ ...sent, token })))));
    found.push(...(await judge([...good, ...broken].slice(-3).map((sent) => ({ ...sent, token: null })))));
  }
  expect(found).toEqual([]);
  // Refusals alone would prove little. The rest takes an identity provider, a delivery, or more luck than this many
  // requests have.
  expect(succeeded.size).toBeGreaterThan(operations.length * 0.8);
}, 900_000);

test('unknown query parameters and members are refused, and so are broken JSON and other content types', async () => {
  const found: string[] = [];
  for (const operation of operations) {
    const [sent] = sample(fittingRequests(operation), 1);
    if (!sent) throw new Error('nothing generated');
    const known = { ...sent, token: String(admin.token) };
    // The issuer may add parameters of its own to the callback.
    if (!operation.path.endsWith('/callback'))
      found.push(...(await judge([{ ...known, query: { ...sent.query, unknownParameter: '1' } }], [400])));
    if (operation.method === 'GET') continue;
    const bodies = ['{"unknownMember":1}', '{"a":', 'null', '[]', '"text"'].map((body) => ({ ...known, body }));
    found.push(...(await judge(bodies, [400])));
    found.push(...(await judge([{ ...known, body: 'a=1', type: 'application/x-www-form-urlencoded' }], [415])));
  }
  expect(found).toEqual([]);
});

test('who lacks a permission is told so, by every route alike', async () => {
  const found: string[] = [];
  const people = [await createPerson(service, admin)];
  for (const permission of PERMISSIONS)
    people.push(await createPerson(service, admin, { roles: [await createRole(admin, [permission])] }));
  for (const operation of operations) {
    const [sent] = sample(fittingRequests(operation), 1);
    const endsSession = operation.name === 'DELETE /v1/sessions/current' || operation.path === '/v1/me/password';
    if (!sent || endsSession) continue;
    found.push(...(await judge(people.map(({ client }) => ({ ...sent, token: client.token ?? null })))));
  }
  expect(found).toEqual([]);
}, 900_000);
