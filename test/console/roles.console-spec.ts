import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

/* A role: whom it concerns, and what a change of it would do before it is made. */

let stack: Stack;
let browser: Browser;
let admin: AdminClient;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });

async function createRole(name: string, permissions: readonly string[]): Promise<string> {
  return String((await admin.post('/v1/roles', { name, permissions })).body['id']);
}

/** Users who cannot sign in, so that there can soon be many of them. */
async function createHolders(roleId: string, usernames: readonly string[]): Promise<void> {
  for (const username of usernames) {
    const { body } = await admin.post('/v1/users', { username });
    await admin.put(`/v1/users/${String(body['id'])}/roles/${roleId}`);
  }
}

const permissionsOf = async (roleId: string): Promise<unknown> =>
  (await admin.get(`/v1/roles/${roleId}`)).body['permissions'];

/** Opens the form of a role on its page. */
async function edit(page: Page, roleId: string, name: string): Promise<Locator> {
  await page.goto(`/console/roles/${roleId}`);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Edit ${name}` });
  await dialog.getByLabel('Name').waitFor();
  return dialog;
}

const box = (form: Locator, sentence: string): Locator => form.getByText(sentence, { exact: true });
const previewOn = (page: Page): Locator => page.getByRole('dialog', { name: 'What this change does' });

describe('the page of a role', () => {
  test('says what it allows and lists its members, page by page and counted, each a link to the user', async () => {
    const roleId = await createRole('Crowd', ['users.read', 'roles.read']);
    await createHolders(
      roleId,
      Array.from({ length: 53 }, (_, n) => `crowd-${n}`),
    );
    const { page, complaints } = await asAdmin();
    await page.goto('/console/roles');
    await page.getByRole('link', { name: 'Crowd' }).click();
    await page.getByRole('heading', { level: 1, name: 'Crowd' }).waitFor();
    await page.getByText('See and search the users.').waitFor();
    await page.getByText('53 people hold this role.').waitFor();
    await page.getByText('The first 50 are shown').waitFor();
    expect(await page.getByRole('link', { name: 'crowd-52' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('53 in all').waitFor();
    await page.getByRole('link', { name: 'crowd-52' }).click();
    await page.getByRole('heading', { level: 1, name: 'crowd-52' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('that nobody holds says how to give it', async () => {
    const roleId = await createRole('Nobodys', ['users.read']);
    const { page, complaints } = await asAdmin();
    await page.goto(`/console/roles/${roleId}`);
    await page.getByText('Nobody holds this role').waitFor();
    await page.locator('#main').getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('names no member to whoever may not read users, and says which permission that takes', async () => {
    const roleId = await createRole('Role readers', ['roles.read']);
    const readerId = await createUser(admin, 'role-reader');
    await admin.put(`/v1/users/${readerId}/roles/${roleId}`);
    const { page, complaints } = await signedInPage(browser, stack, { username: 'role-reader', password: PASSWORD });
    await page.goto(`/console/roles/${roleId}`);
    await page.getByText('you need the permission “See users” (users.read)').waitFor();
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0);
    expect(await page.locator('#main').getByText('role-reader').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('of a built-in role says that it cannot be changed', async () => {
    const { page, complaints } = await asAdmin();
    await page.goto('/console/roles/auditor');
    await page.getByText('Built in: it cannot be changed or deleted.').waitFor();
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('a change', () => {
  test('shows who gains and loses what and which keys stop passing; nothing is written before it is confirmed', async () => {
    const roleId = await createRole('Integrations', ['api-key.generate', 'api-key.sign-in']);
    const ownerId = await createUser(admin, 'key-owner');
    await admin.put(`/v1/users/${ownerId}/roles/${roleId}`);
    await createHolders(roleId, ['without-key']);
    const owner = await new AdminClient(stack.adminUrl).signIn('key-owner', PASSWORD);
    const issued = await owner.post('/v1/me/api-keys', { name: 'Zapier' });
    const { page, complaints } = await asAdmin();
    const form = await edit(page, roleId, 'Integrations');
    await box(form, 'Sign in to services with an API key of one’s own.').click();
    await box(form, 'See and search the users.').click();
    await form.getByLabel('Description').fill('For tools');
    await form.getByRole('button', { name: 'Save' }).click();
    const preview = previewOn(page);
    await preview.getByText('It changes what 2 people may do as soon as you save.').waitFor();
    await preview.getByRole('row', { name: /users\.read 2 gain it$/ }).waitFor();
    await preview.getByRole('row', { name: /api-key\.sign-in 2 lose it$/ }).waitFor();
    await preview.getByText('1 key stops passing').waitFor();
    await preview.getByRole('row', { name: /^Zapier key-owner/ }).waitFor();
    await preview.getByRole('button', { name: 'Cancel' }).click();
    expect(await permissionsOf(roleId)).toEqual(['api-key.generate', 'api-key.sign-in']);
    expect(await form.getByLabel('Description').inputValue()).toBe('For tools');
    await form.getByRole('button', { name: 'Save' }).click();
    await preview.getByRole('button', { name: 'Save and change 2 people' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByText('For tools').waitFor();
    expect(await permissionsOf(roleId)).toEqual(['users.read', 'api-key.generate']);
    const { body } = await admin.get(`/v1/api-keys/${String(issued.body['id'])}`);
    expect(body['acceptance']).toEqual({ allowed: false, reason: 'SIGN_IN_NOT_GRANTED' });
    expect(complaints).toEqual([]);
  });

  test('that concerns nobody is saved without a question', async () => {
    const roleId = await createRole('Unheld', ['users.read']);
    const { page, complaints } = await asAdmin();
    const form = await edit(page, roleId, 'Unheld');
    await box(form, 'See and search the users.').click();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await previewOn(page).count()).toBe(0);
    expect(await permissionsOf(roleId)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('somebody else was faster: nothing is saved, before the question and after it', async () => {
    const roleId = await createRole('Contended', ['users.read']);
    await createHolders(roleId, ['contended-holder']);
    const { page, expectStatus } = await asAdmin();
    expectStatus(412);
    const form = await edit(page, roleId, 'Contended');
    await box(form, 'See and search the users.').click();
    await form.getByRole('button', { name: 'Save' }).click();
    await previewOn(page).waitFor();
    await admin.patch(`/v1/roles/${roleId}`, { permissions: ['users.read', 'roles.read'] });
    await previewOn(page).getByRole('button', { name: 'Save and change 1 person' }).click();
    await previewOn(page).getByRole('alert').getByText('Nothing was saved').waitFor();
    await previewOn(page).getByRole('button', { name: 'Cancel' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('alert').getByText('Nothing was saved').waitFor();
    expect(await permissionsOf(roleId)).toEqual(['roles.read', 'users.read']);
  });
});

test('a role that somebody holds cannot be deleted; one that nobody holds can, and the list is shown', async () => {
  const roleId = await createRole('Short lived', []);
  await createHolders(roleId, ['last-holder']);
  const { body } = await admin.get(`/v1/users?role=${roleId}`);
  const [holder] = body['items'] as { id: string }[];
  const { page, expectStatus, complaints } = await asAdmin();
  expectStatus(409);
  const form = await edit(page, roleId, 'Short lived');
  await form.getByRole('button', { name: 'Delete' }).click();
  await form.getByText('Somebody still holds this role.').waitFor();
  await admin.delete(`/v1/users/${String(holder?.id)}/roles/${roleId}`);
  await form.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  await eventually(async () => {
    expect(await page.getByRole('link', { name: 'Short lived' }).count()).toBe(0);
  });
  expect(complaints).toEqual([]);
});
