import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { en } from '../../apps/console/src/text/en.js';
import { permissionText } from '../../apps/console/src/text/problem-text.js';
import { launchBrowser, openPage } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin, signInOn } from './people.js';

/* What a person meets because of who they are, or are no longer: sessions, permissions, the browser they sit at. */

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let mariaId: string;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  mariaId = await createUser(admin, 'maria', ['API Key Generate', 'API Key Sign In']);
  await createUser(admin, 'bob', ['API Key Generate']);
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

const asMaria = () => signedInPage(browser, stack, { username: 'maria', password: PASSWORD });
const endSessions = () => admin.delete(`/v1/users/${mariaId}/sessions`);

async function signInAgain(page: Page, password: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
}

describe('a session', () => {
  test('ends in the middle of a form: one signs in again in place, nothing typed is lost, and the form is sent', async () => {
    const { page, expectStatus, complaints } = await asMaria();
    expectStatus(401);
    await page.getByRole('button', { name: 'Create a new API Key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('Half typed');
    await page.getByText('Restrictions').click();
    await page.getByLabel('Only from these addresses').fill('192.0.2.0/24');
    await endSessions();
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    await signInAgain(page, 'not the password at all');
    await page.getByText('User name and password do not match').waitFor();
    await signInAgain(page, PASSWORD);
    await page.getByRole('heading', { name: 'Save this key now' }).waitFor();
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByRole('heading', { level: 3, name: /Half typed/ }).waitFor();
    await page.getByText('192.0.2.0/24').waitFor();
    expect(complaints).toEqual([]);
  });

  test('ends and the person does not sign in again: what was typed is still there, and nothing was changed', async () => {
    const { page, expectStatus } = await asMaria();
    expectStatus(401);
    await page.getByRole('button', { name: 'Create a new API Key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('Given up');
    await endSessions();
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The session has ended. Nothing was changed.').first().waitFor();
    expect(await page.getByRole('dialog').getByLabel('Name').inputValue()).toBe('Given up');
  });

  test('is ended elsewhere while a page is only looked at: the next look asks to sign in again, on the same page', async () => {
    const { page, expectStatus } = await asMaria();
    expectStatus(401);
    await page.goto('/console/my/settings');
    await page.getByRole('cell', { name: 'This one' }).waitFor();
    await endSessions();
    await page.getByRole('link', { name: 'Security and Identity' }).first().click();
    await signInAgain(page, PASSWORD);
    await page.getByRole('heading', { level: 2, name: 'Your API keys' }).waitFor();
  });

  test('of another browser is in the list, and can be ended there', async () => {
    await endSessions();
    const elsewhere = await asMaria();
    elsewhere.expectStatus(401);
    const { page, complaints } = await asMaria();
    await page.goto('/console/my/settings');
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('Ended', { exact: true }).waitFor();
    await elsewhere.page.goto('/console/my/keys');
    await elsewhere.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('two tabs', () => {
  const secondTab = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    await page.goto('/console/my/settings');
    await page.getByRole('heading', { level: 1, name: 'My settings' }).waitFor();
    return page;
  };

  test('of one person: what is done in one is seen in the other when they come back to it', async () => {
    const { page, context } = await asMaria();
    const other = await secondTab(context);
    await other.goto('/console/my/keys');
    await page.getByRole('button', { name: 'Create a new API Key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('Made in the first tab');
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await other.bringToFront();
    // A headless browser has no tabs to switch: this is what one tells a page.
    await other.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    await other.getByRole('heading', { level: 3, name: /Made in the first tab/ }).waitFor();
  });

  test('another person signs in in one: the other shows nothing of the first any more', async () => {
    const { page, context, expectStatus } = await asMaria();
    expectStatus(401);
    const other = await secondTab(context);
    await other.getByRole('button', { name: 'maria' }).waitFor();
    await page.getByRole('button', { name: 'maria' }).click();
    await page.getByText('Sign out').click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await signInOn(page, 'bob', PASSWORD);
    await other.getByRole('button', { name: 'bob' }).waitFor();
    expect(await other.getByText('maria').count()).toBe(0);
  });
});

describe('while a key is shown', () => {
  test('the back button leads nowhere, and leaving the console asks first; afterwards nothing brings the key back', async () => {
    const { page, complaints } = await asMaria();
    await page.goto('/console/my/settings');
    await page.getByRole('link', { name: 'Create a new API Key' }).click();
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    const secret = page.getByTestId('secret');
    await secret.waitFor();
    const key = (await secret.textContent()) ?? '';
    await page.evaluate(
      "new Promise((done) => { addEventListener('popstate', done, { once: true }); history.back(); })",
    );
    await eventually(() => {
      expect(new URL(page.url()).pathname).toBe('/console/my/keys');
    });
    expect(await secret.textContent()).toBe(key);
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.evaluate("location.href = '/console/my/settings'");
    await eventually(() => {
      expect(asked).toEqual(['beforeunload']);
    });
    expect(await secret.textContent()).toBe(key);
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'My settings' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { level: 2, name: 'Your API keys' }).waitFor();
    expect(await secret.count()).toBe(0);
    expect(await page.content()).not.toContain(key.slice(-20));
    expect(complaints).toEqual([]);
  });
});

test('a bookmark of a page that one may not see says which permission is missing, and where to go', async () => {
  const { page, complaints } = await asMaria();
  for (const [path, permission] of [
    ['users', 'users.read'],
    ['users/first-administrator', 'users.read'],
    ['roles', 'roles.read'],
    ['api-keys', 'api-keys.manage'],
    ['settings/security', 'settings.read'],
    ['gateways', 'settings.read'],
    ['webhooks', 'settings.read'],
    ['overview', 'settings.manage'],
    ['timeline', 'audit.read'],
    ['events/3', 'audit.read'],
  ] as const) {
    await page.goto(`/console/${path}`);
    await page.getByText(`This page needs the permission ${permissionText(permission, en)}`).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'My API keys' }).waitFor();
  }
  await page.getByRole('link', { name: 'Go to your first page' }).click();
  await page.getByRole('heading', { level: 1, name: 'Security and Identity' }).waitFor();
  expect(complaints).toEqual([]);
});

test('whoever guesses passwords is told when to try again', async () => {
  const { page, expectStatus } = await openPage(browser, stack.adminUrl);
  expectStatus(401, 429);
  await page.goto('/console/');
  await page.getByLabel('User name').fill('nobody-of-this-name');
  for (let attempt = 0; attempt < 10; attempt++) {
    await page.getByLabel('Password').fill(`guess number ${attempt}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).and(page.locator(':not([data-pending])')).waitFor();
  }
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(/Too many failed attempts. Try again in (a minute|\d+ minutes)\./).waitFor();
});

test('without JavaScript there is a sentence instead of an empty page', async () => {
  const { page } = await openPage(browser, stack.adminUrl, { javaScriptEnabled: false });
  await page.goto('/console/');
  const sentence = page.locator('noscript p');
  expect(await sentence.isVisible()).toBe(true);
  expect(await sentence.innerText()).toContain('The Keyfold console needs JavaScript.');
});

describe("a browser's clock that is a day off", () => {
  test.each([
    ['ahead', 86_400_000],
    ['behind', -86_400_000],
  ])('%s: times, gateways and expiry are those of the service', async (_way, offsetMs) => {
    const { page, context, complaints } = await openPage(browser, stack.adminUrl);
    await context.addInitScript(`{
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...parts) { if (parts.length === 0) super(Real.now() + ${offsetMs}); else super(...parts); }
        static now() { return Real.now() + ${offsetMs}; }
      };
    }`);
    await signInOn(page, 'admin', stack.adminPassword);
    await page.goto('/console/gateways');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.goto('/console/my/settings');
    const seen = page.getByRole('row').filter({ hasText: 'This one' }).locator('time').first();
    expect(await seen.textContent()).toMatch(/second|minute|now/);
    expect(complaints).toEqual([]);
    await signOutOn(page);
    await signInOn(page, 'maria', PASSWORD);
    await page.goto('/console/my/keys?create=yes');
    await page.getByText('A date', { exact: true }).click();
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(new Date());
    expect(await page.getByLabel('Last day').getAttribute('min')).toBe(today);
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    await page.getByRole('heading', { name: 'Save this key now' }).waitFor();
  });

  const signOutOn = async (page: Page): Promise<void> => {
    await page.context().clearCookies();
    await page.goto('/console/');
  };
});
