import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { freePort } from '@keyfold/local-servers';
import { Relay } from '@keyfold/messaging';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { backUp } from '@keyfold/testing/lost-tail';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';
import { launchBrowser, openPage, type WatchedPage } from './console-browser.js';
import { signInOn } from './people.js';

/*
 * A database that loses the end of the log, seen in a browser: that it was noticed, what is gone, and the way on. The
 * tests build on each other.
 */

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let service: TestAdminService;
let browser: Browser;
let env: { readonly KEYFOLD_ADMIN_PORT: string };
/** Behind it the end is lost. */
let kept: number;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createDatabase();
  // The page that is open while the service starts again finds it at the same address.
  env = { KEYFOLD_ADMIN_PORT: String(await freePort()) };
  service = await startTestAdminService({ database, natsUrl: nats.url, env });
  browser = await launchBrowser();
  const admin = await signInAdmin(service);
  await createPerson(service, admin, { username: 'audra', roles: ['auditor'] });
  await createPerson(service, admin, { username: 'settler', roles: [await createRole(admin, ['settings.read'])] });
  await createPerson(service, admin, { username: 'bystander' });
});
afterAll(async () => {
  await browser.close();
  await service.close();
  await Promise.all([postgres.stop(), nats.stop()]);
});

async function as(username: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, service.url, options);
  await signInOn(watched.page, username, username === 'admin' ? service.adminPassword : PASSWORD);
  return watched;
}

const REVOCATION = 'To be made again';
const BANNER = 'Nothing is recorded or confirmed, and gateways refuse everybody.';

test('where the log has never forked, the page says that there is nothing to do, and no other page speaks of it', async () => {
  const { complaints, page } = await as('audra');
  await page.getByRole('link', { name: 'Log forks' }).click();
  await page.getByText('The log has never forked').waitFor();
  await page.getByText('There is nothing to do.').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.goto('/console/gateways');
  await page.waitForLoadState('networkidle');
  expect(await page.getByText('Look at the fork').count()).toBe(0);
  expect(complaints).toEqual([]);
});

/** A key is revoked, and a role made; then the database is as it was before. */
async function loseTheEnd(): Promise<void> {
  const admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const { body: key, headers } = await admin.post('/v1/me/api-keys', { name: 'Leaked' });
  kept = Number(headers.get('keyfold-position'));
  const backup = await backUp(postgres);
  await eventually(async () => {
    const revoked = await admin.post(`/v1/api-keys/${String(key['id'])}/revoke`, { reason: 'KEY_COMPROMISE' });
    expect(revoked.status).toBe(200);
  });
  await createRole(admin, []);
  // What the broker has not been sent by then, nobody has kept.
  await relayed();
  await backup.restore({ isPromoted: false });
  await eventually(async () => {
    expect((await admin.get('/v1/log/fork')).body['fork']).toMatchObject({ position: kept });
  });
}

async function relayed(): Promise<void> {
  await eventually(() => {
    const { status } = service.service.app.get(Relay, { strict: false });
    expect(status).toMatchObject({ state: 'relaying', position: kept + 2 });
  });
}

describe('once the end is lost', () => {
  beforeAll(loseTheEnd);

  test('every page says so to those who may know, and leads to where it is told', async () => {
    const { complaints, page } = await as('admin');
    for (const path of ['/overview', '/my/keys', '/users', '/webhooks']) {
      await page.goto(`/console${path}`);
      const alert = page.getByRole('alert').filter({ hasText: BANNER });
      await alert.getByText(`The log has forked behind record ${kept}.`).waitFor();
    }
    await page.getByRole('link', { name: 'Look at the fork' }).click();
    await page.getByRole('heading', { level: 1, name: 'Forks of the log' }).waitFor();
    expect(complaints).toEqual([]);
    const other = await as('bystander');
    await other.page.getByRole('heading', { level: 1, name: 'Security and Identity' }).waitFor();
    await other.page.waitForLoadState('networkidle');
    expect(await other.page.getByText('The log has forked').count()).toBe(0);
    expect(other.complaints).toEqual([]);
  });

  test('a change is refused in words that say why', async () => {
    const { expectStatus, page } = await as('admin');
    expectStatus(503);
    await page.goto('/console/roles');
    await page.getByRole('button', { name: 'Create role' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Forked');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('The log has forked, so nothing is changed').waitFor();
  });

  test('an auditor sees what it means and what is gone, and no button', async () => {
    const { complaints, page } = await as('audra');
    await page.goto('/console/forks');
    await page.getByRole('alert').getByText(`The log has forked behind record ${kept}`).waitFor();
    await page.getByText('Nothing is recorded: every change is refused, revocations too.').waitFor();
    await page.getByText('so each gateway refuses everybody once its lease is over').waitFor();
    await page.getByText(`Records 1 to ${kept}`).waitFor();
    await page.getByText(`Records ${kept + 1} to ${kept + 2} (2)`).waitFor();
    const revocation = page.getByRole('listitem').filter({ hasText: `#${kept + 1}` });
    await revocation.getByText(REVOCATION, { exact: true }).waitFor();
    await revocation.getByText('revoked').waitFor();
    const role = page.getByRole('listitem').filter({ hasText: `#${kept + 2}` });
    await role.waitFor();
    expect(await role.getByText(REVOCATION, { exact: true }).count()).toBe(0);
    await page.getByText('you need the permission “Manage settings” (settings.manage)').waitFor();
    expect(await page.getByRole('button', { name: /acknowledge/i }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('whoever may not read the log sees how much is gone, and which permission the rest takes', async () => {
    const { complaints, page } = await as('settler');
    await page.goto('/console/forks');
    await page.getByText(`Records ${kept + 1} to ${kept + 2} (2)`).waitFor();
    await page.getByText('you need the permission “Read the log” (audit.read)').waitFor();
    expect(await page.getByText(REVOCATION, { exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('no rule of WCAG is broken, in light and dark, on a narrow screen, in either language', async () => {
    const ways: readonly BrowserContextOptions[] = [
      { colorScheme: 'light' },
      { colorScheme: 'dark', viewport: { width: 320, height: 800 } },
    ];
    for (const options of ways) {
      const { complaints, page } = await as('admin', options);
      await page.goto('/console/forks');
      await page.getByText(REVOCATION, { exact: true }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Acknowledge the fork' }).click();
      await page.getByRole('alertdialog').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.evaluate("localStorage.setItem('keyfold.language', 'de')");
      await page.goto('/console/forks');
      await page.getByText('Zu wiederholen', { exact: true }).waitFor();
      await page.getByText('auch ein Widerruf.').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
    }
  });
});

async function violations(page: Page): Promise<string[]> {
  return (await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id);
}

describe('the acknowledgement', () => {
  test('says what it does and cannot undo, and takes a typed position and a fenced database', async () => {
    const { complaints, page } = await as('admin');
    await page.goto('/console/forks');
    await page.getByRole('button', { name: 'Acknowledge the fork' }).click();
    const dialog = page.getByRole('alertdialog', { name: `Acknowledge the fork behind record ${kept}?` });
    await dialog.getByText('For an hour after that no write is confirmed.').waitFor();
    await dialog.getByText('This cannot be undone. What was lost does not come back').waitFor();
    const confirm = dialog.getByRole('button', { name: 'Acknowledge', exact: true });
    const position = dialog.getByLabel(`Type ${kept}, the last record`, { exact: false });
    expect(await confirm.isDisabled()).toBe(true);
    await position.fill(String(kept));
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByText('Nothing answers from the old database any more').click();
    expect(await confirm.isDisabled()).toBe(false);
    await position.fill(String(kept + 1));
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    const { body } = await (await signInAdmin(service)).get('/v1/log/fork');
    expect(body).toMatchObject({ fork: { position: kept }, acknowledged: [] });
    expect(complaints).toEqual([]);
  });

  test('lets the log go on: the page waits for the service, and tells what is left to do', async () => {
    const { page } = await as('admin');
    await page.goto('/console/forks');
    await page.getByRole('button', { name: 'Acknowledge the fork' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Nothing answers from the old database any more').click();
    await dialog.getByLabel(`Type ${kept}, the last record`, { exact: false }).fill(String(kept));
    await page.keyboard.press('Enter');
    await page.getByText('The fork is acknowledged').waitFor();
    await page.getByText('Now make the lost revocations again').waitFor();
    await startAgain();
    await page.getByText(service.logPublicKey).first().waitFor();
    await page.getByText('Nothing is confirmed yet').waitFor();
    const history = page.getByRole('row').filter({ hasText: `Record ${kept}` });
    await history.getByText('/fork-').waitFor();
    // Those who have to make the revocations again still find them.
    await history.getByRole('link', { name: `What was lost behind record ${kept}` }).click();
    await page.getByText(REVOCATION, { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Acknowledge the fork' }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await history.getByRole('link', { name: `Event ${kept + 1}` }).click();
    await page.getByText(`A fork of the log behind record ${kept} was acknowledged`).waitFor();
    await page.getByText('For an hour after its acknowledgement nothing is confirmed.').waitFor();
  });
});

/** As whoever runs it does when a process ends. */
async function startAgain(): Promise<void> {
  await service.service.superseded;
  await service.close();
  service = await startTestAdminService({ database, natsUrl: nats.url, secrets: service, env });
}
