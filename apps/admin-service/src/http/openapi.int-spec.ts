import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';

interface Operation {
  readonly operationId: string;
  readonly 'x-reads-only'?: boolean;
  readonly security?: object[];
  readonly parameters?: { name: string; in: string }[];
  readonly requestBody?: { required: boolean };
  readonly responses: Record<string, { content?: Record<string, { schema: object }>; headers?: object }>;
}

const PUBLIC = [
  'GET /v1/sign-in-options',
  'POST /v1/sessions',
  'GET /v1/sessions/oidc/start',
  'GET /v1/sessions/oidc/callback',
  'GET /v1/log/checkpoint',
  'GET /v1/log/cosigned-checkpoints',
  'GET /v1/log/cosigner',
  'GET /v1/log/public-key',
  'GET /v1/log/tile/{path}',
  'POST /v1/api-keys/report-leak',
];

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  document = (await (await fetch(`${service.url}/openapi.json`)).json()) as typeof document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const validator = (): Ajv2020 => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc:', components: document.components });
  return ajv;
};
const inDocument = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:#/')) as object;

test.each([
  { name: 'POST /v1/sessions', statuses: ['201', '401', '429'] },
  { name: 'POST /v1/api-keys/report-leak', statuses: ['202', '429'] },
])('$name says which of its answers tell what is left', ({ name, statuses }) => {
  const responses = operations.find((one) => one.name === name)?.operation.responses ?? {};
  const limited = Object.keys(responses).filter((status) => 'RateLimit' in (responses[status]?.headers ?? {}));
  expect(limited).toEqual(statuses);
  expect(Object.keys(responses['429']?.headers ?? {})).toEqual(['RateLimit', 'RateLimit-Policy', 'Retry-After']);
});

test('the document and the page to browse it need no sign-in', async () => {
  expect(document.openapi).toBe('3.1.0');
  const page = await fetch(`${service.url}/docs`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
});

test('every route but the public ones declares sign-in and its refusals', () => {
  expect(
    operations
      .filter(({ operation }) => !operation.security?.length)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...PUBLIC].sort());
  for (const { operation } of operations) {
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', 'default']));
    if (operation.security?.length) expect(Object.keys(operation.responses)).toContain('401');
  }
});

test('every signed-in write takes Prefer, every POST an Idempotency-Key, and If-Match where it is compared; answers carry their position', () => {
  const writes = operations.filter(
    ({ name, operation }) =>
      operation.security?.length && !name.startsWith('GET') && operation['x-reads-only'] !== true,
  );
  expect(writes.length).toBeGreaterThan(15);
  for (const { name, operation } of writes) {
    const headers = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'header')
      .map((parameter) => parameter.name);
    const ifMatch = operation.responses['412'] === undefined ? [] : ['If-Match'];
    expect(headers).toEqual([...ifMatch, 'Prefer', ...(name.startsWith('POST') ? ['Idempotency-Key'] : [])]);
    const [success] = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(success?.[1].headers).toHaveProperty('Keyfold-Position');
    expect([name, 'Location' in (success?.[1].headers ?? {})]).toEqual([name, success?.[0] === '201']);
  }
});

test('a body is required exactly where a member of it is', () => {
  const required = (name: string): boolean | undefined =>
    operations.find((operation) => operation.name === name)?.operation.requestBody?.required;
  expect(required('POST /v1/me/api-keys')).toBe(false);
  expect(required('PATCH /v1/users/{userId}')).toBe(false);
  expect(required('POST /v1/users')).toBe(true);
});

// What every object inherits must not count as known, nor be taken out before the schema looks.
/**
 * Of routes that take a query and cannot do without a body: the two are read side by side, and the first refusal is the
 * answer.
 */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/api-keys/revoke': { filter: { userId: '1' }, reason: 'UNSPECIFIED' },
};

test('every body and every query refuses unknown members, also under the names that objects inherit', async () => {
  for (const { name, operation } of operations) {
    const [method = '', path = ''] = name.split(' ');
    const url = service.url + path.replaceAll(/\{\w+\}/g, '1');
    const headers = { authorization: `Bearer ${String(admin.token)}`, 'content-type': 'application/json' };
    for (const member of ['constructor', 'prototype', 'toString', 'unknown']) {
      const refusal = {
        code: 'INVALID_REQUEST',
        errors: expect.arrayContaining([{ path: `/${member}`, message: 'is not known here', code: 'UNKNOWN' }]),
      };
      // The issuer's answer may have parameters of its own.
      if (name !== 'GET /v1/sessions/oidc/callback') {
        const body = BODIES[name];
        const asked = await fetch(`${url}?${member}=x`, {
          method,
          headers: body === undefined ? { authorization: headers.authorization } : headers,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        expect([name, member, await asked.json()]).toEqual([name, member, expect.objectContaining(refusal)]);
      }
      if (operation.requestBody === undefined) continue;
      const sent = await fetch(url, { method, headers, body: JSON.stringify({ [member]: {} }) });
      expect([name, member, await sent.json()]).toEqual([name, member, expect.objectContaining(refusal)]);
    }
  }
  const nested = await admin.post('/v1/api-keys/revoke', {
    filter: { userId: '1', constructor: {} },
    reason: 'UNSPECIFIED',
  });
  expect([nested.status, nested.body['errors']]).toEqual([
    400,
    [{ path: '/filter/constructor', message: 'is not known here', code: 'UNKNOWN' }],
  ]);
});

test('every schema is valid JSON Schema 2020-12 and every reference leads somewhere', () => {
  expect(JSON.stringify(document)).not.toContain('$defs');
  const ajv = validator();
  for (const { operation } of operations)
    for (const response of Object.values(operation.responses))
      for (const { schema } of Object.values(response.content ?? {}))
        expect(() => ajv.compile(inDocument(schema))).not.toThrow();
  for (const schema of Object.values(document.components.schemas))
    expect(() => ajv.compile(inDocument(schema))).not.toThrow();
});

describe('answers are what the document says', () => {
  const check = (name: string, answer: Answer): void => {
    const operation = operations.find((known) => known.name === name)?.operation;
    const response = operation?.responses[String(answer.status)] ?? operation?.responses['default'];
    const [schema] = Object.values(response?.content ?? {}).map((content) => content.schema);
    if (!schema) throw new Error(`${name} documents no body for ${answer.status}`);
    const validate = validator().compile(inDocument(schema));
    validate(answer.body);
    expect([name, validate.errors]).toEqual([name, null]);
  };

  test('for every kind of resource, and for problems', async () => {
    await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
    const { client, id, username } = await createPerson(service, admin, { roles: ['api-key-generate'] });
    const key = await client.post('/v1/me/api-keys', { scopes: ['a'], rateLimit: { requests: 1, seconds: 1 } });
    check('POST /v1/me/api-keys', key);
    check('POST /v1/sessions', await admin.post('/v1/sessions', { username, password: PASSWORD }));
    for (const [path, real] of [
      ['/v1/me', '/v1/me'],
      ['/v1/me/sessions', '/v1/me/sessions'],
      ['/v1/me/api-keys', '/v1/me/api-keys'],
      ['/v1/permissions', '/v1/permissions'],
      ['/v1/api-keys/{keyId}', `/v1/api-keys/${String(key.body['id'])}`],
    ] as const)
      check(`GET ${path}`, await client.get(real));
    for (const [path, real] of [
      ['/v1/settings/security', '/v1/settings/security'],
      ['/v1/roles', '/v1/roles'],
      ['/v1/roles/{roleId}', '/v1/roles/auditor'],
      ['/v1/users', '/v1/users'],
      ['/v1/users/{userId}', `/v1/users/${id}`],
    ] as const)
      check(`GET ${path}`, await admin.get(real));
    check('POST /v1/users', await admin.post('/v1/users', { username: 'a:b' }));
    check('GET /v1/roles', await client.get('/v1/roles'));
  });
});
