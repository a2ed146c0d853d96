import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { type ApiDocument, fetchDocument, operationsOf } from '@keyfold/testing/openapi/api-document';
import { unsaidIn } from '@keyfold/testing/openapi/document-texts';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';

let postgres: TestPostgres;
let service: TestAdminService;
let document: ApiDocument;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  document = await fetchDocument(service.url);
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

test('the document says everything about each operation, each parameter, each member and each refusal', () => {
  expect(operationsOf(document).length).toBeGreaterThan(50);
  expect(unsaidIn(document)).toEqual([]);
});

test('an operation that needs a permission names it', () => {
  const wrong = operationsOf(document).filter(
    ({ description, 'x-access': access }) => access?.includes('.') && !description.includes(access),
  );
  expect(wrong.map(({ operationId }) => operationId)).toEqual([]);
});

test('the document says where it is served and by which licence', () => {
  expect(document).toMatchObject({ info: { license: { name: 'Apache-2.0' } }, servers: [{ url: '/' }] });
});
