import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { AdminClient } from '@keyfold/testing/http-client';
import { startTestIssuer, type TestIssuer } from '@keyfold/testing/oidc-issuer';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

/* The accounts at an identity provider by which somebody signs in, on their page. */

let issuer: TestIssuer;
let stack: Stack;
let browser: Browser;
let admin: AdminClient;

beforeAll(async () => {
  // Nobody signs in through it here, so nobody is sent back.
  issuer = await startTestIssuer('http://127.0.0.1/v1/sessions/oidc/callback');
  stack = await startStack({
    env: {
      KEYFOLD_OIDC_ISSUER: issuer.url,
      KEYFOLD_OIDC_CLIENT_ID: issuer.clientId,
      KEYFOLD_OIDC_CLIENT_SECRET: issuer.clientSecret,
    },
  });
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
  await issuer.stop();
});

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });

const subjectsOf = async (userId: string): Promise<unknown[]> => {
  const { body } = await admin.get(`/v1/users/${userId}/oidc-identities`);
  return (body['items'] as { subject: unknown }[]).map(({ subject }) => subject);
};

test('an identity is linked, listed with its issuer and time, and unlinked after a question that says what changes', async () => {
  const userId = await createUser(admin, 'maria');
  const { page, complaints } = await asAdmin();
  await page.goto(`/console/users/${userId}`);
  await page.getByText('No SSO identities').waitFor();
  await page.getByRole('button', { name: 'Link an identity' }).click();
  await page.getByRole('dialog').getByLabel('Subject').fill('maria-at-the-issuer');
  await page.getByRole('dialog').getByRole('button', { name: 'Link an identity' }).click();
  const row = page.getByRole('row').filter({ hasText: 'maria-at-the-issuer' });
  await row.getByText(issuer.url).waitFor();
  const { body } = await admin.get(`/v1/users/${userId}/oidc-identities`);
  const [linked] = body['items'] as { linkedAt: string }[];
  expect(await row.locator('time').getAttribute('datetime')).toBe(linked?.linkedAt);
  await row.getByRole('button', { name: 'Unlink maria-at-the-issuer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Unlink this identity?' });
  await dialog.getByText('Whoever signs in with it no longer signs in as maria.').waitFor();
  await dialog.getByText('Without a password this person can then no longer sign in.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await subjectsOf(userId)).toEqual(['maria-at-the-issuer']);
  await row.getByRole('button', { name: 'Unlink maria-at-the-issuer' }).click();
  await dialog.getByRole('button', { name: 'Unlink' }).click();
  await page.getByText('No SSO identities').waitFor();
  expect(await subjectsOf(userId)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('one of several is unlinked without the warning about the last one, and the others stay', async () => {
  const userId = await createUser(admin, 'two-accounts');
  for (const subject of ['old-account', 'new-account'])
    await admin.post(`/v1/users/${userId}/oidc-identities`, { subject });
  const { page, complaints } = await asAdmin();
  await page.goto(`/console/users/${userId}`);
  await page.getByRole('button', { name: 'Unlink old-account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Unlink this identity?' });
  await dialog.getByText('old-account', { exact: true }).waitFor();
  expect(await dialog.getByRole('note').count()).toBe(0);
  await dialog.getByRole('button', { name: 'Unlink' }).click();
  await page.getByText('Identity unlinked').waitFor();
  await page.getByRole('row').filter({ hasText: 'new-account' }).waitFor();
  expect(await subjectsOf(userId)).toEqual(['new-account']);
  expect(complaints).toEqual([]);
});

test('an identity of somebody else is refused, and says so', async () => {
  const holderId = await createUser(admin, 'holder');
  await admin.post(`/v1/users/${holderId}/oidc-identities`, { subject: 'taken' });
  const userId = await createUser(admin, 'other');
  const { page, expectStatus } = await asAdmin();
  expectStatus(409);
  await page.goto(`/console/users/${userId}`);
  await page.getByRole('button', { name: 'Link an identity' }).click();
  await page.getByRole('dialog').getByLabel('Subject').fill('taken');
  await page.getByRole('dialog').getByRole('button', { name: 'Link an identity' }).click();
  await page.getByRole('dialog').getByRole('alert').getByText('Another user has this identity').waitFor();
  expect(await subjectsOf(userId)).toEqual([]);
});

test('markup in what the issuer calls somebody is shown as the text that it is', async () => {
  const userId = await createUser(admin, 'oddly-named');
  const subject = '<img src=x onerror=alert(1)>';
  await admin.post(`/v1/users/${userId}/oidc-identities`, { subject });
  const { page, complaints } = await asAdmin();
  await page.goto(`/console/users/${userId}`);
  await page.getByRole('button', { name: `Unlink ${subject}` }).click();
  await page.getByRole('dialog').getByText(subject, { exact: true }).waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('whoever may only read users sees the identities and no button', async () => {
  const { body: role } = await admin.post('/v1/roles', { name: 'Directory', permissions: ['users.read'] });
  const readerId = await createUser(admin, 'reader');
  await admin.put(`/v1/users/${readerId}/roles/${String(role['id'])}`);
  const userId = await createUser(admin, 'looked-at');
  await admin.post(`/v1/users/${userId}/oidc-identities`, { subject: 'seen' });
  const { page, complaints } = await signedInPage(browser, stack, { username: 'reader', password: PASSWORD });
  await page.goto(`/console/users/${userId}`);
  await page.getByRole('row').filter({ hasText: 'seen' }).waitFor();
  expect(await page.getByRole('button', { name: /^(Unlink|Link)/ }).count()).toBe(0);
  expect(complaints).toEqual([]);
});
