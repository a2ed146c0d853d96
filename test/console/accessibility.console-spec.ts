import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { AdminClient } from '../support/http-client.js';
import { type Stack, startStack } from '../support/stack.js';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, roleId, signedInPage, signInAsAdmin } from './people.js';

let stack: Stack;
let browser: Browser;
let userId: string;
let keyId: string;

beforeAll(async () => {
  stack = await startStack({
    env: {
      KEYFOLD_OIDC_ISSUER: 'https://login.example.com',
      KEYFOLD_OIDC_CLIENT_ID: 'keyfold',
      KEYFOLD_OIDC_CLIENT_SECRET: 'a secret of the client',
    },
  });
  browser = await launchBrowser();
  const admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const me = await admin.get('/v1/me');
  for (const role of ['API Key Generate', 'API Key Sign In'])
    await admin.put(`/v1/users/${String(me.body['id'])}/roles/${await roleId(admin, role)}`);
  userId = await createUser(admin, 'maria', ['API Key Generate', 'API Key Sign In']);
  await admin.post(`/v1/users/${userId}/oidc-identities`, { subject: 'maria-at-the-issuer' });
  for (const name of ['Zapier', 'تقارير', '<b>not bold</b>'])
    keyId = String((await admin.post('/v1/me/api-keys', { name })).body['id']);
  await admin.post('/v1/roles', { name: 'Integrations', permissions: ['api-key.sign-in'] });
  await createUser(admin, 'integrator', ['Integrations', 'API Key Generate']);
  const integrator = await new AdminClient(stack.adminUrl).signIn('integrator', PASSWORD);
  await integrator.post('/v1/me/api-keys', { name: 'Reports' });
  await admin.post('/v1/webhooks', { url: 'https://example.com/hooks/keyfold' });
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

const PAGES: Readonly<Record<string, () => string>> = {
  Overview: () => '/overview',
  'Security and Identity': () => '/my/keys',
  'My settings': () => '/my/settings',
  Notices: () => '/my/notices',
  'API keys': () => '/api-keys',
  Users: () => '/users',
  maria: () => `/users/${userId}`,
  Roles: () => '/roles',
  'API Key Generate': () => '/roles/api-key-generate',
  'Security settings': () => '/settings/security',
  Gateways: () => '/gateways',
  Webhooks: () => '/webhooks',
  'Forks of the log': () => '/forks',
  Timeline: () => '/timeline',
  'Event 5': () => '/events/5',
  Explain: () => `/explain?key=${keyId}`,
  Reports: () => '/reports',
  'Not found': () => '/nowhere',
};

const WAYS: readonly { way: string; direction?: 'rtl'; options: BrowserContextOptions }[] = [
  { way: 'light', options: { colorScheme: 'light', viewport: { width: 1440, height: 900 } } },
  { way: 'dark', options: { colorScheme: 'dark', viewport: { width: 1440, height: 900 } } },
  { way: 'right to left', direction: 'rtl', options: { viewport: { width: 1440, height: 900 } } },
  { way: '320 px wide', options: { viewport: { width: 320, height: 640 } } },
  { way: 'forced colours', options: { forcedColors: 'active', viewport: { width: 1024, height: 768 } } },
];

/** The names of the tables that are wider than their frame. */
const WIDE_TABLES = `[...document.querySelectorAll('[role=region]:has(> table)')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map((frame) => frame.ariaLabel)
  .join(', ')`;

describe.each(WAYS)('$way', ({ direction = 'ltr', options }) => {
  test('no page breaks a rule of WCAG 2.2 AA, scrolls sideways or complains', async () => {
    const { page, complaints } = await signedInPage(
      browser,
      stack,
      { username: 'admin', password: stack.adminPassword },
      options,
    );
    const found: string[] = [];
    for (const [title, path] of Object.entries(PAGES)) {
      await page.goto(`/console${path()}`);
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      await page.waitForLoadState('networkidle');
      await page.evaluate(`document.documentElement.dir = ${JSON.stringify(direction)}`);
      found.push(...(await violationsOn(page, title)));
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (Number(overflow) > 0) found.push(`${title}: ${String(overflow)} px too wide`);
      const wideTables = await page.evaluate(WIDE_TABLES);
      if (wideTables !== '') found.push(`${title}: one has to scroll ${String(wideTables)}`);
      if (!(await page.title()).startsWith(`${title} · `)) found.push(`${title}: titled ${await page.title()}`);
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('no dialog breaks one', async () => {
    const { page } = await signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword }, options);
    const found: string[] = [];
    const check = async (path: string, button: string | RegExp, further?: () => Promise<void>): Promise<void> => {
      await page.goto(`/console${path}`);
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor();
      await further?.();
      await page.evaluate(`document.documentElement.dir = ${JSON.stringify(direction)}`);
      found.push(...(await violationsOn(page, `${path} > ${String(button)}`)));
    };
    await check('/my/keys', 'Create a new API Key');
    await check('/my/keys', 'Rotate Zapier');
    await check('/my/keys', 'Revoke Zapier');
    await check('/users', 'Create user');
    await check('/roles', 'Create role');
    await check('/roles', 'Edit Integrations');
    await check('/roles', 'Edit Integrations', async () => {
      await page.getByRole('dialog').getByText('Sign in to services with an API key of one’s own.').click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('dialog', { name: 'What this change does' }).getByText('1 key stops passing').waitFor();
    });
    await check('/webhooks', 'Deliveries');
    await check('/gateways', /^Retire/);
    await check('/users', 'Create user', async () => {
      await page.getByRole('dialog').getByLabel('User name').fill('Not a name');
      await page.getByRole('dialog').getByRole('button', { name: 'Create user' }).click();
      await page.getByText('Use 1 to 128 letters from a to z').waitFor();
    });
    await check(`/users/${userId}`, /^Roles/);
    await check(`/users/${userId}`, 'Link an identity');
    await check(`/users/${userId}`, 'Unlink maria-at-the-issuer');
    expect(found).toEqual([]);
  });
});

/**
 * Looks at the page itself. The other way of running axe opens a second page for each look to put the results of frames
 * together, and it describes what no rule complains of; a page of the console has no frames.
 */
async function violationsOn(page: Page, where: string): Promise<string[]> {
  if (page.frames().length > 1) return [`${where}: has a frame, in which nobody has looked`];
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .setLegacyMode()
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${where}: ${id}: ${html.slice(0, 160)}`));
}
