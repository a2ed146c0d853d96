import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import { basic } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser, openPage, type WatchedPage } from './console-browser.js';
import { createUser, PASSWORD, signInAsAdmin } from './people.js';

/* The main task in the second language: a browser that asks for German gets it, and nobody has to set anything. */

let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  await createUser(await signInAsAdmin(stack), 'maria', ['API Key Generate', 'API Key Sign In']);
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

async function signedIn(username: string, password: string): Promise<WatchedPage> {
  const watched = await openPage(browser, stack.adminUrl, { locale: 'de-DE' });
  const { page } = watched;
  await page.goto('/console/');
  await page.getByLabel('Benutzername').fill(username);
  await page.getByLabel('Passwort').fill(password);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.locator('#main').waitFor();
  return watched;
}

const asAdmin = () => signedIn('admin', stack.adminPassword);

describe('in German', () => {
  test('an administrator allows keys and reads what it does', async () => {
    const { page, complaints } = await asAdmin();
    await page.getByRole('link', { name: 'Sicherheitseinstellungen' }).first().click();
    await page.getByText('Benutzern erlauben, API-Anfragen mit API-Schlüsseln zu authentifizieren').click();
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.getByRole('heading', { name: 'Gespeichert', exact: true }).waitFor();
    await page.getByText('Jedes Gateway richtet sich danach.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a user creates a key, uses it and revokes it; dates are written as in German', async () => {
    const { page, complaints } = await signedIn('maria', PASSWORD);
    await page.getByRole('button', { name: 'API-Schlüssel erstellen' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('Zapier');
    await page.getByText(/^Endet am \d{1,2}\. [A-ZÄ][a-zä]+ \d{4} um \d{2}:\d{2} MEZ|MESZ/).waitFor();
    await page.getByRole('button', { name: 'OK', exact: true }).click();
    const key = (await page.getByTestId('secret').textContent()) ?? '';
    await eventually(async () => {
      const authorization = basic('maria', key);
      expect((await fetch(`${stack.gatewayUrl}/v1/me`, { headers: { authorization } })).status).toBe(200);
    });
    await page
      .getByText(/^Verwendet vor \d+ Sekunde/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Ich habe ihn gespeichert' }).click();
    await page.getByRole('button', { name: 'Zapier widerrufen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Widerrufen', exact: true }).click();
    await page.getByText('Kein Gateway nimmt ihn mehr an.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('no page breaks a rule of WCAG, and none shows a word of the first language', async () => {
    const { page, complaints } = await asAdmin();
    const found: string[] = [];
    for (const path of PAGES) {
      await page.goto(`/console${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      const { violations } = await new AxeBuilder({ page }).analyze();
      found.push(...violations.map(({ id }) => `${path}: ${id}`), ...(await englishOn(page, path)));
    }
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

test('what is wrong with a field is said in German at the field', async () => {
  const { page, expectStatus } = await asAdmin();
  expectStatus(400, 422);
  await page.goto('/console/users');
  await page.getByRole('button', { name: 'Benutzer anlegen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Benutzername').fill('Jürgen Müller');
  await dialog.getByLabel('E-Mail').fill('j@m');
  await dialog.getByLabel('Erstes Passwort').fill('password1234');
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await dialog.getByText("Verwenden Sie 1 bis 128 Buchstaben von a bis z, Ziffern und . _ @ + ' -.").waitFor();
  await dialog.getByLabel('Benutzername').fill('juergen');
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await dialog.getByText('Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein anderes.').waitFor();
  await page.goto('/console/my/settings');
  await page.getByLabel('Jetziges Passwort').fill(stack.adminPassword);
  await page.getByLabel('Neues Passwort').fill('passwordpassword');
  await page.getByRole('button', { name: 'Passwort ändern' }).click();
  await page.getByText('Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein anderes.').waitFor();
});

test('a permission that was taken meanwhile is named in German, and nothing that the service says in English', async () => {
  const admin = await signInAsAdmin(stack);
  const role = await admin.post('/v1/roles', {
    name: 'Creator',
    permissions: ['users.read', 'users.manage', 'roles.read'],
  });
  await createUser(admin, 'karla', ['Creator']);
  const { page, expectStatus } = await signedIn('karla', PASSWORD);
  expectStatus(403);
  await page.goto('/console/users');
  await page.getByRole('button', { name: 'Benutzer anlegen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Benutzername').fill('juergen');
  await admin.patch(`/v1/roles/${String(role.body['id'])}`, { permissions: ['users.read', 'roles.read'] });
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  const alert = dialog.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toBe(
    'Das dürfen Sie nicht. Es wurde nichts geändert. Ihnen fehlt die Berechtigung „Benutzer verwalten“ (users.manage).',
  );
});

test('why a message of a webhook did not arrive is said in German', async () => {
  const { page, complaints } = await asAdmin();
  const hook = await (await signInAsAdmin(stack)).post('/v1/webhooks', { url: 'https://hooks.invalid/keyfold' });
  expect(hook.status).toBe(201);
  await page.goto('/console/webhooks');
  await page.getByRole('button', { name: 'Sendungen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Test senden' }).click();
  await dialog.getByRole('row').filter({ hasText: 'Testnachricht' }).getByText('Nicht erreichbar').waitFor();
  expect(complaints).toEqual([]);
});

test('the language is chosen in My settings, is kept, and changes every text', async () => {
  const { page, complaints } = await asAdmin();
  await page.goto('/console/my/settings');
  await page.getByLabel('Sprache').selectOption('English');
  await page.getByRole('heading', { level: 1, name: 'My settings' }).waitFor();
  await page.reload();
  await page.getByLabel('Language').selectOption('Deutsch');
  await page.getByRole('heading', { level: 1, name: 'Meine Einstellungen' }).waitFor();
  expect(complaints).toEqual([]);
});

const PAGES = [
  '/overview',
  '/my/keys',
  '/my/settings',
  '/my/notices',
  '/api-keys',
  '/users',
  '/users/first-administrator',
  '/roles',
  '/roles/auditor',
  '/settings/security',
  '/gateways',
  '/webhooks',
  '/forks',
];

/** Common words of English that German has not; names of roles and commands are the product's own. */
async function englishOn(page: Page, path: string): Promise<string[]> {
  const text = (await page.locator('body').innerText()).replaceAll(/API Key \w+( In)?|npm run [\w:]+/g, '');
  return [...text.matchAll(/\b(the|and|with|your|keys|this|user|settings|of|is)\b/gi)].map(
    ([word]) => `${path}: ${word}`,
  );
}
