import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';

let postgres: TestPostgres;
let service: TestAdminService;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

test('a password that a person has set is not one of the installation', async () => {
  const { client } = await createPerson(service, await signInAdmin(service));
  expect((await client.get('/v1/me')).body).toMatchObject({ initialPassword: false });
});

test('whoever still has the password of the installation is told, until they choose one of their own', async () => {
  const admin = await signInAdmin(service);
  expect((await admin.get('/v1/me')).body).toMatchObject({ initialPassword: true });
  const newPassword = 'a password that nobody else has read';
  const changed = await admin.put('/v1/me/password', { currentPassword: service.adminPassword, newPassword });
  expect(changed.status).toBe(204);
  expect((await admin.get('/v1/me')).body).toMatchObject({ initialPassword: false });
});
