import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { membersOf, type SchemaNode } from './openapi-members.js';

interface Described {
  readonly description?: string;
  readonly content?: Readonly<
    Record<string, { examples?: Record<string, { value: { code: string; status: number } }> }>
  >;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: string[];
  readonly 'x-access': string;
  readonly parameters?: (Described & { name: string })[];
  readonly responses: Readonly<Record<string, Described>>;
}
interface Document {
  readonly info: { readonly license: object; readonly description: string };
  readonly servers: object[];
  readonly tags: { name: string; description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> };
}

let postgres: TestPostgres;
let service: TestAdminService;
let document: Document;
let operations: Operation[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  document = (await (await fetch(`${service.url}/openapi.json`)).json()) as Document;
  operations = Object.values(document.paths).flatMap((item) => Object.values(item));
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const isSentence = (text: string | undefined): boolean => text !== undefined && /^[A-Z`0-9].*[.)]$/s.test(text);

test('every operation has an id for code, a summary in the imperative, one tag and what it needs', () => {
  expect(operations.length).toBeGreaterThan(50);
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  const isSummary = (text: string): boolean => /^[A-Z][a-z]+ [^.]+$/.test(text) && !/^[A-Z][a-z]+s /.test(text);
  expect(operations.filter(({ summary }) => !isSummary(summary)).map(({ summary }) => summary)).toEqual([]);
  const known = document.tags.map(({ name }) => name);
  for (const { description, operationId, tags, 'x-access': access } of operations) {
    expect([operationId, tags]).toEqual([operationId, [expect.stringMatching(new RegExp(`^(${known.join('|')})$`))]]);
    expect([operationId, description]).toEqual([operationId, expect.stringMatching(/(^|\n\n)Needs /)]);
    if (access.includes('.'))
      expect([operationId, description]).toEqual([operationId, expect.stringContaining(access)]);
  }
  expect(document.tags.filter(({ description }) => !isSentence(description))).toEqual([]);
});

test('every parameter and every member is a sentence', () => {
  const bare = operations.flatMap(({ operationId, parameters = [] }) =>
    parameters.filter(({ description }) => !isSentence(description)).map(({ name }) => `${operationId}: ${name}`),
  );
  expect(bare).toEqual([]);
  const members = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    [...membersOf(schema)].map(([path, member]) => ({ name: `${name}.${path}`, member })),
  );
  expect(members.filter(({ member }) => !isSentence(member.description)).map(({ name }) => name)).toEqual([]);
});

test('every refusal names its codes and shows each as a problem with its own status', () => {
  for (const { operationId, responses } of operations)
    for (const [status, { content = {}, description }] of Object.entries(responses)) {
      expect([operationId, status, description]).toEqual([operationId, status, expect.stringMatching(/\S/)]);
      if (!/^[45]/.test(status)) continue;
      const examples = Object.values(content['application/problem+json']?.examples ?? {}).map(({ value }) => value);
      expect([operationId, status, examples.length > 0]).toEqual([operationId, status, true]);
      for (const { code, status: shown } of examples) {
        expect([operationId, String(shown)]).toEqual([operationId, status]);
        expect([operationId, description]).toEqual([operationId, expect.stringContaining(`\`${code}\``)]);
      }
    }
});

test('the document says whose it is, where it is served and by which licence', () => {
  expect(document).toMatchObject({ info: { license: { name: 'Apache-2.0' } }, servers: [{ url: '/' }] });
});
