import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser, openPage } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

/* Ten thousand keys of twenty people. Made for them and not yet claimed, so that no secret has to be hashed; the
   service keeps them as any other. */

const PEOPLE = 20;
const KEYS = 10_000;
const AT_ONCE = 32;

let stack: Stack;
let browser: Browser;
let admin: AdminClient;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 });
  const people: string[] = [];
  for (let n = 0; n < PEOPLE; n++) people.push(await createUser(admin, `person-${n}`));
  await inParallel(KEYS, async (n) => {
    const userId = people[n % PEOPLE] ?? '';
    const made = await admin.post(`/v1/users/${userId}/api-keys`, { name: `report ${String(n).padStart(5, '0')}` });
    expect(made.status).toBe(201);
  });
}, 600_000);
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

async function inParallel(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });
const choose = (page: Page, name: string): Promise<void> =>
  page.getByRole('row').filter({ hasText: name }).locator('label').first().click();

test('the list comes in pages, and says that there is more', async () => {
  const { page, complaints } = await asAdmin();
  await page.goto('/console/api-keys');
  await page.getByText('The first 50 are shown').waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('The first 100 are shown').waitFor();
  expect(await page.getByRole('row').count()).toBe(101);
  expect(complaints).toEqual([]);
});

test('filters narrow it, stand in the address, and a link to them opens the same list', async () => {
  const { page, context, complaints } = await asAdmin();
  await page.goto('/console/api-keys');
  await page.getByLabel('Name or owner').fill('report 00042');
  await page.getByText('1 in all').waitFor();
  await page.getByLabel('State').selectOption('pending');
  await eventually(() => {
    expect(page.url()).toContain('status=pending');
  });
  const linked = await context.newPage();
  await linked.goto(page.url());
  await linked.getByText('1 in all').waitFor();
  expect(await linked.getByLabel('Name or owner').inputValue()).toBe('report 00042');
  await page.getByLabel('State').selectOption('revoked');
  await page.getByText('No key matches').waitFor();
  expect(complaints).toEqual([]);
});

test('an owner alone: their keys and nobody else’s', async () => {
  const { page } = await asAdmin();
  await page.goto('/console/api-keys');
  await page.getByLabel('Name or owner').fill('person-7');
  await eventually(async () => {
    const owners = await page.getByRole('row').locator('td:nth-child(3)').allTextContents();
    expect([owners.length, new Set(owners)]).toEqual([50, new Set(['person-7'])]);
  });
});

describe('a selection', () => {
  test('stays while the list goes on and while it is filtered; a bulk revocation shows its count first, then its receipt', async () => {
    const { page, complaints } = await asAdmin();
    await page.goto('/console/api-keys');
    await choose(page, 'report 09999');
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('The first 100 are shown').waitFor();
    await choose(page, 'report 09935');
    await page.getByLabel('Name or owner').fill('report 00042');
    await page.getByText('1 in all').waitFor();
    await choose(page, 'report 00042');
    await page.getByText('3 keys chosen').waitFor();
    await page.getByRole('button', { name: 'Revoke the chosen keys' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3 keys of 3 people will stop working, for good.').waitFor();
    expect(await keysRevoked()).toBe(0);
    await dialog.getByRole('button', { name: 'Revoke the chosen keys' }).click();
    await dialog.getByText('No gateway anywhere accepts them any more.').waitFor();
    await page.getByRole('dialog', { name: 'Keys revoked' }).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await keysRevoked()).toBe(3);
    expect(complaints).toEqual([]);
  });

  test('of all that are shown is one press, and is taken back by another', async () => {
    const { page } = await asAdmin();
    await page.goto('/console/api-keys?status=pending');
    await page.getByText('The first 50 are shown').waitFor();
    await page.getByText('Choose all that are shown').click();
    await page.getByText('50 keys chosen').waitFor();
    await page.getByRole('button', { name: 'Choose none' }).click();
    await eventually(async () => {
      expect(await page.getByText(/keys chosen/).count()).toBe(0);
    });
  });
});

test('what nobody has used for long is revoked without choosing each; where there is none, the page says so', async () => {
  const { page } = await asAdmin();
  await page.goto('/console/api-keys?status=pending');
  await page.getByRole('button', { name: 'Revoke unused keys' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Unused for').selectOption('90');
  await dialog.getByText('No key is unused for that long.').waitFor();
});

test('as CSV every row that matches comes, with progress, and none more', async () => {
  const { page, complaints } = await asAdmin();
  await page.goto('/console/api-keys?query=person-3');
  await page.getByText('The first 50 are shown').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^keyfold-api-keys-\d{4}-\d{2}-\d{2}\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines.length).toBe(1 + KEYS / PEOPLE);
  expect(lines.slice(1).every((line) => line.includes('person-3'))).toBe(true);
  expect(complaints).toEqual([]);
});

test('a user with as many keys as are allowed reads how many that is, and what to do', async () => {
  await admin.patch('/v1/settings/security', { maxActiveKeysPerUser: 1 });
  const userId = await createUser(admin, 'full', ['API Key Generate', 'API Key Sign In']);
  const { page, complaints } = await openPage(browser, stack.adminUrl);
  await admin.post(`/v1/users/${userId}/api-keys`, { name: 'the only one' });
  await page.goto('/console/');
  await page.getByLabel('User name').fill('full');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Claim', exact: true }).click();
  await page.getByRole('button', { name: 'I have saved it' }).click();
  await page.getByText('You have as many keys as are allowed').waitFor();
  await page.getByText('At most 1 can be usable at once. Revoke one that you no longer need.').waitFor();
  expect(await page.getByRole('button', { name: 'Create a new API Key' }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

async function keysRevoked(): Promise<number> {
  const { body } = await admin.get('/v1/api-keys?status=revoked&limit=200');
  return (body['items'] as unknown[]).length;
}
