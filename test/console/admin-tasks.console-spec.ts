import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

/* What administrators do beside the main task. */

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let receiver: Server;
let hookUrl: string;
let received = 0;

beforeAll(async () => {
  stack = await startStack({ env: { KEYFOLD_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  receiver = createServer((_request, response) => {
    received += 1;
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  hookUrl = `http://127.0.0.1:${(receiver.address() as { port: number }).port}/hooks`;
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
  receiver.close();
});

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });

describe("a user's page", () => {
  test('lists where they are signed in; ending a session there signs them out', async () => {
    const userId = await createUser(admin, 'seated');
    const seated = await new AdminClient(stack.adminUrl).signIn('seated', PASSWORD);
    const { page, complaints } = await asAdmin();
    await page.goto(`/console/users/${userId}`);
    await page.getByRole('button', { name: /^End node/ }).click();
    await page.getByText('Not signed in anywhere').waitFor();
    expect((await seated.get('/v1/me')).status).toBe(401);
    expect(complaints).toEqual([]);
  });

  test('says that SSO is not configured instead of offering to link an identity', async () => {
    const userId = await createUser(admin, 'without-sso');
    const { page, complaints } = await asAdmin();
    await page.goto(`/console/users/${userId}`);
    await page.getByText('SSO is not configured here.').waitFor();
    expect(await page.getByRole('button', { name: 'Link an identity' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('sets a new password, and refuses one that is easily guessed', async () => {
    const userId = await createUser(admin, 'forgetful');
    const { page, expectStatus } = await asAdmin();
    expectStatus(422);
    await page.goto(`/console/users/${userId}`);
    await page.getByRole('button', { name: 'Set a new password' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('New password').fill('password1234');
    await dialog.getByRole('button', { name: 'Set a new password' }).click();
    await eventually(async () => {
      expect(await dialog.getByLabel('New password').getAttribute('aria-invalid')).toBe('true');
    });
    await dialog.getByLabel('New password').fill('a much longer walk on the beach');
    await dialog.getByRole('button', { name: 'Set a new password' }).click();
    await page.getByText('Password set').waitFor();
    await new AdminClient(stack.adminUrl).signIn('forgetful', 'a much longer walk on the beach');
  });

  test('makes a key with a name that the owner alone claims', async () => {
    const userId = await createUser(admin, 'claimer');
    const { page, complaints } = await asAdmin();
    await page.goto(`/console/users/${userId}`);
    await page.getByRole('button', { name: 'Make a key for this user' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('From the key desk');
    await page.getByRole('dialog').getByRole('button', { name: 'Make a key for this user' }).click();
    await page.getByRole('cell', { name: 'From the key desk', exact: true }).waitFor();
    const owner = await signedInPage(browser, stack, { username: 'claimer', password: PASSWORD });
    await owner.page.getByRole('button', { name: 'Claim', exact: true }).click();
    await owner.page.getByTestId('secret').waitFor();
    expect(complaints).toEqual([]);
  });
});

test('the first administrator is asked for a password of their own until there is one', async () => {
  const { page, complaints } = await asAdmin();
  await page.getByText('You still use the password of the installation').waitFor();
  await page.getByRole('link', { name: 'Choose a password' }).click();
  await page.getByLabel('Current password').fill(stack.adminPassword);
  await page.getByLabel('New password').fill('a password of my very own');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Password changed').waitFor();
  await eventually(async () => {
    expect(await page.getByText('You still use the password of the installation').count()).toBe(0);
  });
  await page.getByLabel('Current password').fill('a password of my very own');
  await page.getByLabel('New password').fill(stack.adminPassword);
  await page.getByRole('button', { name: 'Change password' }).click();
  await eventually(async () => {
    await new AdminClient(stack.adminUrl).signIn('admin', stack.adminPassword);
  });
  admin = await signInAsAdmin(stack);
  expect(complaints).toEqual([]);
});

test('notices are counted until they are read; only the unread ones can be shown', async () => {
  await createUser(admin, 'reader', ['API Key Generate', 'API Key Sign In']);
  const reader = await new AdminClient(stack.adminUrl).signIn('reader', PASSWORD);
  for (const name of ['one', 'two']) await reader.post('/v1/me/api-keys', { name });
  const { page, complaints } = await signedInPage(browser, stack, { username: 'reader', password: PASSWORD });
  await page.getByRole('link', { name: 'Notices 2 2 unread' }).or(page.getByText('2 unread')).first().waitFor();
  await page.goto('/console/my/notices?show=unread');
  // One for the heads of the columns.
  await eventually(async () => {
    expect(await page.getByRole('row').count()).toBe(3);
  });
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await page.getByText('You have read everything').waitFor();
  await page.getByLabel('Show').selectOption('All');
  await page.getByText('2 in all').waitFor();
  expect(await page.getByText('2 unread').count()).toBe(0);
  expect(complaints).toEqual([]);
});

describe('a webhook', () => {
  test('gets only the notices that were chosen, is tested, and its delivery is sent again', async () => {
    const { page, complaints } = await asAdmin();
    await page.goto('/console/webhooks');
    await page.getByRole('button', { name: 'Add webhook' }).first().click();
    await page.getByLabel('Address').fill(hookUrl);
    await page.getByText('Only some').click();
    for (const type of ['Created', 'Replaced', 'Ends soon']) await page.getByText(type, { exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Add webhook' }).click();
    await page.getByText('Save the signing secret now').waitFor();
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByText('Revoked, Used after its end').waitFor();
    await page.getByRole('button', { name: 'Deliveries' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nothing was sent yet').waitFor();
    await dialog.getByRole('button', { name: 'Send a test' }).click();
    await dialog.getByRole('row').filter({ hasText: 'Test message' }).getByText('Delivered').waitFor();
    await dialog.getByText('204').waitFor();
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await eventually(() => {
      expect(received).toBe(2);
    });
    await dialog.getByLabel('State').selectOption('Given up');
    await dialog.getByText('Nothing was sent yet').waitFor();
    expect(complaints).toEqual([]);
  });

  test('gets a new secret, which is shown once; deleting it is confirmed', async () => {
    const { page, complaints } = await asAdmin();
    await page.goto('/console/webhooks');
    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    await page.getByText('Save the signing secret now').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByText('the secret before signs until').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No webhooks').waitFor();
    expect(complaints).toEqual([]);
  });
});

test('the overview counts the keys, and each count leads to the list of exactly these', async () => {
  const userId = await createUser(admin, 'counted', ['API Key Generate', 'API Key Sign In']);
  const counted = await new AdminClient(stack.adminUrl).signIn('counted', PASSWORD);
  await counted.post('/v1/me/api-keys', { name: 'ends soon', expiresInDays: 3 });
  await admin.post(`/v1/users/${userId}/api-keys`, { name: 'not claimed' });
  const { page, complaints } = await asAdmin();
  await page.goto('/console/overview');
  await page.getByRole('link', { name: /Ending within 7 days/ }).click();
  await page.getByRole('cell', { name: /^ends soon/ }).waitFor();
  expect(await page.getByRole('cell', { name: /^not claimed/ }).count()).toBe(0);
  await page.goBack();
  await page.getByRole('link', { name: /Waiting to be claimed/ }).click();
  await page.getByRole('cell', { name: /^not claimed/ }).waitFor();
  expect(complaints).toEqual([]);
});

test('the overview counts anew what a change of the maximum lifetime has brought about', async () => {
  await createUser(admin, 'shortened', ['API Key Generate', 'API Key Sign In']);
  const owner = await new AdminClient(stack.adminUrl).signIn('shortened', PASSWORD);
  await owner.post('/v1/me/api-keys', { name: 'cut off', expiresInDays: 90 });
  const { page, complaints } = await asAdmin();
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const ending = page.getByRole('link', { name: /Ending within 7 days/ }).locator('strong');
  await pages.getByRole('link', { name: 'Overview' }).click();
  const before = Number(await ending.textContent());
  await pages.getByRole('link', { name: 'Security settings' }).click();
  await page.getByLabel(/Maximum number of days before an API key expires/).fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: /^Save and change/ }).click();
  await page.getByRole('heading', { name: 'Saved' }).waitFor();
  await pages.getByRole('link', { name: 'Overview' }).click();
  await eventually(async () => {
    expect(Number(await ending.textContent())).toBeGreaterThan(before);
  });
  await admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 180 });
  expect(complaints).toEqual([]);
});
