import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { signalProcess } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { FaultProxy } from '@keyfold/testing/fault-proxy';
import type { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser, type WatchedPage } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';
import { processOf } from './stack-processes.js';

/* What a person meets while something else fails: the way to the service, a gateway, or somebody who was faster. */

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let link: FaultProxy;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  await createUser(admin, 'maria', ['API Key Generate', 'API Key Sign In']);
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});
beforeEach(async () => {
  link = await FaultProxy.start(Number(new URL(stack.adminUrl).port));
});
afterEach(() => link.stop());

const linked = (): Stack => ({ ...stack, adminUrl: link.through(stack.adminUrl) });
const asMaria = () => signedInPage(browser, linked(), { username: 'maria', password: PASSWORD });
const asAdmin = (on: Stack = stack) => signedInPage(browser, on, { username: 'admin', password: stack.adminPassword });

async function createDialogOf({ page }: WatchedPage, name: string): Promise<void> {
  await page.goto('/console/my/keys?create=yes');
  await page.getByRole('dialog').getByLabel('Name').fill(name);
  // The script that will show the key, too.
  await page.waitForLoadState('networkidle');
}

const typedName = (page: Page): Promise<string> => page.getByRole('dialog').getByLabel('Name').inputValue();
const ok = (page: Page): Promise<void> => page.getByRole('button', { name: 'OK', exact: true }).click();

describe('the service', () => {
  test('cannot be reached: the page says what is known, keeps what was typed, and goes on once it can', async () => {
    const watched = await asMaria();
    const { page } = watched;
    await createDialogOf(watched, 'Zapier');
    link.become('refusing');
    link.cut();
    await ok(page);
    await page.getByRole('alert').getByText('it is not known whether anything was changed').waitFor();
    expect(await typedName(page)).toBe('Zapier');
    link.become('open');
    await ok(page);
    await page.getByRole('heading', { name: 'Save this key now' }).waitFor();
  });

  test('cannot be reached for another page: nothing was changed, and reloading brings it', async () => {
    const { page } = await asAdmin(linked());
    await page.goto('/console/roles');
    await page.getByRole('cell', { name: /Supervisor/ }).waitFor();
    link.become('refusing');
    link.cut();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'My API keys' }).click();
    await page.getByText('A part of the console could not be loaded').waitFor();
    link.become('open');
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await page.getByRole('heading', { level: 1, name: 'Security and Identity' }).waitFor();
    await page.getByRole('heading', { level: 2, name: 'Your API keys' }).waitFor();
  });

  test('did what it was asked, but its answer was lost: asking again makes no second key and shows no empty box', async () => {
    const watched = await asMaria();
    const { page } = watched;
    await createDialogOf(watched, 'Lost answer');
    link.cutBefore('"key":"kf_');
    await ok(page);
    const isLost = page.getByRole('heading', { name: 'This key exists, but its secret is lost' });
    await page.getByRole('alert').or(isLost).first().waitFor();
    link.become('open');
    // A browser may have asked again by itself, as it does when a connection that it has used before is reset.
    if ((await isLost.count()) === 0) await ok(page);
    await isLost.waitFor();
    expect(await page.getByTestId('secret').count()).toBe(0);
    const { body } = await admin.get('/v1/api-keys?query=lost');
    expect((body['items'] as unknown[]).length).toBe(1);
  });

  test('cannot be reached for a list: nothing was changed, and "Try again" brings it', async () => {
    const { page } = await asAdmin(linked());
    await page.goto('/console/api-keys');
    await page.getByText(/ in all$/).waitFor();
    link.become('refusing');
    link.cut();
    await page.getByLabel('State').selectOption('revoked');
    await page.getByRole('alert').getByText('The service did not answer. Nothing was changed.').waitFor();
    link.become('open');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page
      .getByText('No key matches')
      .or(page.getByText(/ in all$/))
      .waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('takes its time: the page says so, and one can stop waiting', async () => {
    const watched = await asMaria();
    const { page } = watched;
    await createDialogOf(watched, 'Patience');
    link.become('slow', 600_000);
    await ok(page);
    await page.getByText('This takes longer than usual').waitFor();
    await page.getByRole('button', { name: 'Stop waiting' }).click();
    await page.getByRole('alert').getByText('it is not known whether anything was changed').waitFor();
    expect(await typedName(page)).toBe('Patience');
    link.cut();
    link.become('open');
    // A browser asks again by itself over a connection that it has used before, and then the dialog goes by itself.
    const shown = page.getByRole('heading', { level: 2, name: /Save this key now|its secret is lost/ });
    await Promise.any([shown.waitFor(), ok(page).then(() => shown.waitFor())]);
  });
});

describe('somebody else', () => {
  test('changed a setting first: nothing is saved, the new state is shown, and the own change is still there', async () => {
    const { page, expectStatus, complaints } = await asAdmin();
    expectStatus(412);
    await page.goto('/console/settings/security');
    const days = page.getByLabel(/Maximum number of days before an API key expires/);
    await days.fill('77');
    await admin.patch('/v1/settings/security', { maxActiveKeysPerUser: 11 });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Nothing was saved').waitFor();
    await page.getByRole('button', { name: 'Show the new state' }).click();
    await eventually(async () => {
      expect(await page.getByLabel('Most usable keys for each user').inputValue()).toBe('11');
    });
    expect(await days.inputValue()).toBe('77');
    await page.getByRole('button', { name: 'Save' }).click();
    // There are keys with longer lives by now.
    await page.getByRole('button', { name: /^Save and change/ }).click();
    await page.getByRole('heading', { name: 'Saved' }).waitFor();
    const { body } = await admin.get('/v1/settings/security');
    expect(body).toMatchObject({ maxApiKeyLifetimeDays: 77, maxActiveKeysPerUser: 11 });
    expect(complaints).toEqual([]);
  });

  test("changed a user's profile first: the same", async () => {
    const userId = await createUser(admin, 'edited');
    const { page, expectStatus, complaints } = await asAdmin();
    expectStatus(412);
    await page.goto(`/console/users/${userId}`);
    await page.getByLabel('Name', { exact: true }).fill('Edith Example');
    await admin.patch(`/v1/users/${userId}`, { email: 'edith@example.com' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Nothing was saved').waitFor();
    await eventually(async () => {
      expect(await page.getByLabel('E-mail').inputValue()).toBe('edith@example.com');
    });
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Edith Example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect((await admin.get(`/v1/users/${userId}`)).body).toMatchObject({
      displayName: 'Edith Example',
      email: 'edith@example.com',
    });
    expect(complaints).toEqual([]);
  });
});

test('a gateway that does not answer during a revocation: its line is pending until its lease is over, then the verdict stands', async () => {
  await admin.patch('/v1/settings/security', { gatewayLeaseSeconds: 5 });
  const watched = await asMaria();
  const { page } = watched;
  await createDialogOf(watched, 'Frozen');
  await ok(page);
  await page.getByRole('button', { name: 'I have saved it' }).click();
  // The gateway has to have been given a lease of the new length.
  await eventually(async () => {
    const { body } = await admin.get('/v1/gateways');
    const [gateway] = body['items'] as { leaseUntil: string; lagEvents: number; lastSeenAt: string }[];
    const leaseMs = Date.parse(gateway?.leaseUntil ?? '') - Date.parse(gateway?.lastSeenAt ?? '');
    expect([leaseMs <= 6_000, gateway?.lagEvents]).toEqual([true, 0]);
  });
  const gateway = processOf(stack, 'auth-gateway');
  signalProcess(gateway, 'SIGSTOP');
  try {
    await page.getByRole('button', { name: 'Revoke Frozen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('Pending', { exact: true }).waitFor();
    await page.getByText('Waiting for every gateway').waitFor();
    await page.getByText('No gateway anywhere accepts it any more.').waitFor();
    await page.getByText('Refuses everything until it is back').waitFor();
  } finally {
    signalProcess(gateway, 'SIGCONT');
  }
});
