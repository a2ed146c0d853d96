import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser, openPage, type WatchedPage } from './console-browser.js';
import { createUser, PASSWORD, roleId, signedInPage, signInAsAdmin } from './people.js';

/* Text that one person writes and the browser of another one shows. */

const HOSTILE = '"><img src=x onerror=alert(1)><svg onload=alert(2)>';
const HOSTILE_AGENT = `Mozilla/5.0 ${HOSTILE} <script>alert(3)</script>`;
/** Each in its own script; the first four run from right to left. */
const NAMES = [
  'تقارير شهرية',
  'דוח חודשי',
  'گزارش ماهانه',
  'މަހުގެ ރިޕޯޓް',
  '月次レポート',
  'मासिक रिपोर्ट',
  'รายงาน',
  'Ünïcødé ß',
  '𐍈𐌰𐌿𐍄',
  '👩🏽‍💻 laptop',
];

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let userId: string;
let receiver: Server;

beforeAll(async () => {
  stack = await startStack({ env: { KEYFOLD_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 100 });
  userId = await createUser(admin, 'mallory', ['API Key Generate', 'API Key Sign In']);
  // It answers with markup, and refuses with it in its reason.
  receiver = createServer((_request, response) => {
    response.statusMessage = 'img src=x onerror=alert(4)';
    response.writeHead(500, { 'content-type': 'text/html' }).end(HOSTILE);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
  receiver.close();
});

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });
const asMallory = () => new AdminClient(stack.adminUrl).signIn('mallory', PASSWORD);

/**
 * The text stands there as text: the page has no element that came out of it, ran nothing and complained about nothing.
 */
async function expectHarmless({ page, complaints }: WatchedPage): Promise<void> {
  expect(await page.locator('img[src="x"], svg[onload], script:not([src])').count()).toBe(0);
  expect(complaints).toEqual([]);
}

function dialogsOf(page: Page): string[] {
  const shown: string[] = [];
  page.on('dialog', (dialog) => {
    shown.push(dialog.message());
    void dialog.dismiss();
  });
  return shown;
}

describe('markup is shown as the text that it is', () => {
  const visit = async (path: string, ...expected: string[]): Promise<void> => {
    const watched = await asAdmin();
    // Asking for what no id can be is answered so.
    if (path.startsWith('/users/%22')) watched.expectStatus(404);
    const shown = dialogsOf(watched.page);
    await watched.page.goto(`/console${path}`);
    for (const text of expected) await watched.page.getByText(text, { exact: false }).first().waitFor();
    await expectHarmless(watched);
    expect(shown).toEqual([]);
    await watched.context.close();
  };

  test("in a key's name, on every page of others that has it", async () => {
    const mallory = await asMallory();
    expect((await mallory.post('/v1/me/api-keys', { name: HOSTILE })).status).toBe(201);
    await visit('/api-keys', HOSTILE);
    await visit(`/users/${userId}`, HOSTILE);
    await visit('/overview');
  });

  test("in a user's name and e-mail", async () => {
    const changed = await admin.patch(`/v1/users/${userId}`, { displayName: HOSTILE });
    expect(changed.status).toBe(200);
    await visit('/users', HOSTILE);
    await visit(`/users/${userId}`);
    await visit('/roles/api-key-generate', HOSTILE);
  });

  test("in a role's description", async () => {
    const made = await admin.post('/v1/roles', { name: 'Hostile', description: HOSTILE, permissions: [] });
    expect(made.status).toBe(201);
    await visit('/roles', HOSTILE);
    await visit(`/roles/${String(made.body['id'])}`, HOSTILE);
    await admin.delete(`/v1/roles/${await roleId(admin, 'Hostile')}`);
  });

  test('in what a browser calls itself, in the sessions of others', async () => {
    const watched = await openPage(browser, stack.adminUrl, { userAgent: HOSTILE_AGENT });
    const shown = dialogsOf(watched.page);
    await watched.page.goto('/console/');
    await watched.page.getByLabel('User name').fill('mallory');
    await watched.page.getByLabel('Password').fill(PASSWORD);
    await watched.page.keyboard.press('Enter');
    await watched.page.locator('#main').waitFor();
    await watched.page.goto('/console/my/settings');
    await watched.page.getByText('alert(3)', { exact: false }).first().waitFor();
    await expectHarmless(watched);
    expect(shown).toEqual([]);
    await visit(`/users/${userId}`, 'alert(3)');
  });

  test("in a webhook's address and in what the other side answers", async () => {
    const { port } = receiver.address() as { port: number };
    const url = `http://127.0.0.1:${port}/?q=%22%3E%3Cimg%20src=x%20onerror=alert(5)%3E`;
    const made = await admin.post('/v1/webhooks', { url });
    expect(made.status).toBe(201);
    const id = String(made.body['id']);
    await admin.post(`/v1/webhooks/${id}/test`);
    await eventually(async () => {
      const { body } = await admin.get(`/v1/webhooks/${id}/deliveries`);
      expect((body['items'] as { lastStatus: number | null }[])[0]?.lastStatus).toBe(500);
    });
    const watched = await asAdmin();
    const shown = dialogsOf(watched.page);
    await watched.page.goto('/console/webhooks');
    await watched.page.getByText('onerror=alert(5)', { exact: false }).first().waitFor();
    await watched.page.getByRole('button', { name: 'Deliveries' }).click();
    await watched.page.getByRole('dialog').getByText('500', { exact: false }).first().waitFor();
    await expectHarmless(watched);
    expect(shown).toEqual([]);
  });

  test("in a revocation's note, for whoever reads the log", async () => {
    const mallory = await asMallory();
    const { body } = await mallory.post('/v1/me/api-keys', { name: 'noted' });
    const revoked = await mallory.post(`/v1/api-keys/${String(body['id'])}/revoke`, {
      reason: 'UNSPECIFIED',
      note: HOSTILE,
    });
    expect(revoked.status).toBe(200);
    await visit('/timeline');
    await visit(`/events/${String(revoked.headers.get('keyfold-position'))}`);
  });

  test("in the address: a filter is the field's text and no markup", async () => {
    await visit(`/api-keys?query=${encodeURIComponent(JSON.stringify(HOSTILE))}`, HOSTILE);
    await visit(`/nowhere/${encodeURIComponent(HOSTILE)}`, 'There is no page at this address');
    await visit(`/users/${encodeURIComponent(HOSTILE)}`);
  });
});

test('names in every script and direction are shown whole, and do not turn what stands around them', async () => {
  const mallory = await asMallory();
  for (const name of NAMES) expect((await mallory.post('/v1/me/api-keys', { name })).status).toBe(201);
  const { page, complaints } = await signedInPage(browser, stack, { username: 'mallory', password: PASSWORD });
  await page.goto('/console/my/keys');
  for (const name of NAMES) {
    const heading = page.getByRole('heading', { level: 3 }).filter({ hasText: name });
    await heading.waitFor();
    // The name, then the last characters, then the state: whatever the direction of the name.
    const order = await heading.evaluate((element: Placed) =>
      [...element.children].map((child) => child.getBoundingClientRect().left),
    );
    expect([name, order]).toEqual([name, [...order].sort((left, right) => left - right)]);
    await page.getByRole('button', { name: `Revoke ${name}`, exact: true }).waitFor();
  }
  expect(complaints).toEqual([]);
});

/** As much of an element as is asked for here. */
interface Placed {
  readonly children: Iterable<{ getBoundingClientRect(): { readonly left: number } }>;
}
