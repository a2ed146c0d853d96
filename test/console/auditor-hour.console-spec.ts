import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { en } from '../../apps/console/src/text/en.js';
import { permissionText } from '../../apps/console/src/text/problem-text.js';
import { launchBrowser, type WatchedPage } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let keyId: string;
let key: string;
let issuedAt: number;
let openIssuedAt: number;
let revokedAt: number;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  await admin.post('/v1/roles', { name: 'Reader of the log', permissions: ['audit.read'] });
  await createUser(admin, 'audra', ['Reader of the log']);
  const maria = await createUser(admin, 'maria', ['API Key Generate', 'API Key Sign In']);
  const owner = await new AdminClient(stack.adminUrl).signIn('maria', PASSWORD);
  const issued = await owner.post('/v1/me/api-keys', { name: 'Zapier', allowedIpRanges: ['203.0.113.0/24'] });
  ({ id: keyId, key } = issued.body as { id: string; key: string });
  issuedAt = Number(issued.headers.get('keyfold-position'));
  const open = await owner.post('/v1/me/api-keys', { name: 'Power BI', expiresInDays: 30 });
  openIssuedAt = Number(open.headers.get('keyfold-position'));
  await admin.post(`/v1/users/${maria}/api-keys`, {});
  const revoked = await admin.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'KEY_COMPROMISE' });
  revokedAt = Number(revoked.headers.get('keyfold-position'));
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

const asAuditor = (): Promise<WatchedPage> => signedInPage(browser, stack, { username: 'audra', password: PASSWORD });
const pagesOf = (page: Page) => page.getByRole('navigation', { name: 'Pages' });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name, exact: true });

describe("an auditor's first hour, with audit.read alone", () => {
  test('begins at the timeline, a sentence for each event; filters stand in the address', async () => {
    const { complaints, page } = await asAuditor();
    await heading(page, 'Timeline').waitFor();
    await page.getByText('An API key was revoked: someone else may know it').waitFor();
    expect(await pagesOf(page).getByRole('link').allTextContents()).toEqual([
      'Keyfold',
      'My API keys',
      'Notices',
      'Timeline',
      'Explain',
      'Reports',
    ]);
    await page.getByLabel('What').selectOption('ApiKeyRevoked');
    await page.getByLabel('About').fill(`api-key/${keyId}`);
    await eventually(() => {
      expect(new URL(page.url()).searchParams.get('stream')).toBe(`api-key/${keyId}`);
    });
    await eventually(async () => {
      expect(await page.getByRole('link', { name: /^Event \d+$/ }).count()).toBe(1);
    });
    await page.reload();
    expect(await page.getByLabel('What').inputValue()).toBe('ApiKeyRevoked');
    expect(await page.getByLabel('About').inputValue()).toBe(`api-key/${keyId}`);
    await page.getByLabel('To').fill('2020-01-01');
    await page.getByText('No event matches these filters').waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe('2020-01-01T23:00:00.000Z');
    await page.getByRole('link', { name: 'Clear the filters' }).click();
    await page.getByText('A user was created').first().waitFor();
    expect(await page.getByLabel('About').inputValue()).toBe('');
    expect(await page.getByLabel('To').inputValue()).toBe('');
    await page.getByLabel(`JSON of event ${revokedAt}`).click();
    await page.getByText('"reason": "KEY_COMPROMISE"').waitFor();
    expect(complaints).toEqual([]);
  });

  test('goes on to an event: which permission is missing to see its values, and the proof against the pinned key', async () => {
    const { complaints, page } = await asAuditor();
    await page.getByRole('link', { name: `Event ${issuedAt}`, exact: true }).click();
    await heading(page, `Event ${issuedAt}`).waitFor();
    await page.getByText('you need the permission “Reveal sealed values” (audit.reveal)').waitFor();
    expect(await page.getByRole('button', { name: 'Reveal them' }).count()).toBe(0);
    await page.getByLabel('Public key of the log').fill('keyfold.local+00000000+AAAA');
    await page.getByRole('button', { name: 'Pin this key' }).click();
    await page.getByText('This is not a public key of a log', { exact: false }).waitFor();
    await page.getByLabel('Public key of the log').fill(await stack.variable('KEYFOLD_LOG_PUBLIC_KEY'));
    await page.getByRole('button', { name: 'Pin this key' }).click();
    await page.getByText(`Record ${issuedAt} verifies`).waitFor();
    await page.getByText('This browser remembers this checkpoint').waitFor();
    expect(await page.getByText('Holds', { exact: true }).count()).toBe(7);
    // The log grows, and the next proof must continue what was seen.
    await createUser(admin, 'newcomer');
    await page.getByRole('link', { name: 'Event after' }).click();
    await page.getByText(`Record ${issuedAt + 1} verifies`).waitFor();
    await page.getByText(/^It continues the log of \d+ records/).waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks why a key was let in, and why it is refused now; each event behind the answer is a link', async () => {
    const { complaints, page } = await asAuditor();
    await page.goto(`/console/events/${openIssuedAt}`);
    await page.getByRole('link', { name: 'Explain this key as of this event' }).click();
    await heading(page, 'Explain').waitFor();
    await page.getByText('It is let in').waitFor();
    await page.getByText(/^The API key ….{4} was issued for 30 days$/).waitFor();
    await page.getByLabel('Method').selectOption('GET');
    await page.getByRole('button', { name: 'Explain' }).click();
    await eventually(() => {
      expect(new URL(page.url()).searchParams.get('method')).toBe('GET');
    });
    // Whoever gets the link sees the same.
    const other = await asAuditor();
    await other.page.goto(page.url());
    await other.page.getByText('It is let in').waitFor();
    await other.page.getByLabel('Key id').fill(keyId);
    await other.page.getByLabel('When').selectOption('Now');
    await other.page.getByRole('button', { name: 'Explain' }).click();
    await other.page.getByText('The key had been revoked.').waitFor();
    await other.page
      .getByRole('list')
      .getByRole('link', { name: `Event ${revokedAt}`, exact: true })
      .click();
    await heading(other.page, `Event ${revokedAt}`).waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
  });

  test('is not told whether a name or an address fits, and reads which permission that takes', async () => {
    const { complaints, page } = await asAuditor();
    await page.goto(`/console/explain?key=${keyId}&position=${issuedAt}`);
    await page.getByText('IP_NOT_ALLOWED', { exact: true }).waitFor();
    await page.getByLabel('Client address').fill('203.0.113.7');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('It cannot be said').waitFor();
    await page
      .getByText('none of your roles has the permission “Reveal sealed values” (audit.reveal)', { exact: false })
      .last()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  test('reads the reports, as plots, as tables and as CSV', async () => {
    const { complaints, page } = await asAuditor();
    await pagesOf(page).getByRole('link', { name: 'Reports' }).click();
    await heading(page, 'Reports').waitFor();
    await page.getByRole('img', { name: /^Columns by week/ }).waitFor();
    await page.getByText('The numbers as a table').click();
    const thisWeek = page.getByRole('region', { name: 'Keys issued and revoked, by week' }).getByRole('row').nth(1);
    expect(await thisWeek.getByRole('cell').allTextContents()).toEqual([expect.any(String), '3', '1']);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV: Keys issued and revoked, by week' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^keys-by-week-\d{4}-\d\d-\d\d\.csv$/);
    const lines = (await textOf(file)).replace('\uFEFF', '').split('\r\n');
    expect([lines.length, lines[0], lines.at(-2)]).toEqual([
      54,
      'Week of,Issued,Revoked',
      expect.stringMatching(/^\d{4}-\d\d-\d\d,3,1$/),
    ]);
    expect(complaints).toEqual([]);
  });

  test('is refused what needs other permissions, and reads which one', async () => {
    const { complaints, page } = await asAuditor();
    for (const [path, permission] of [
      ['/users', 'users.read'],
      ['/api-keys', 'api-keys.manage'],
      ['/settings/security', 'settings.read'],
    ] as const) {
      await page.goto(`/console${path}`);
      await page.getByText(`This page needs the permission ${permissionText(permission, en)}`).waitFor();
    }
    expect(complaints).toEqual([]);
  });
});

describe('the question about a key', () => {
  test('takes the id of a whole key, and nothing else: the secret is neither sent nor in the address', async () => {
    const { complaints, page } = await asAuditor();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url(), request.postData() ?? ''));
    await page.goto('/console/explain');
    await page.getByLabel('Key id').fill(key);
    await page.getByText('This was a whole key.', { exact: false }).waitFor();
    expect(await page.getByLabel('Key id').inputValue()).toBe(keyId);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('The key had been revoked.').waitFor();
    expect(`${sent.join('\n')}${page.url()}${await page.content()}`).not.toContain(key.slice(30, 60));
    expect(complaints).toEqual([]);
  });

  test('says what to do where the log has no such moment or no such key', async () => {
    const { complaints, expectStatus, page } = await asAuditor();
    expectStatus(400);
    for (const moment of ['position=999999', 'at=2000-01-01T00:00:00.000Z']) {
      await page.goto(`/console/explain?key=${keyId}&${moment}`);
      await page.getByText('Take a position that the timeline shows, or a later time.', { exact: false }).waitFor();
    }
    await page.goto('/console/explain?key=none');
    await page.getByText('Check the id, or choose a later moment', { exact: false }).waitFor();
    await page.getByText('The answer rests on no event.').waitFor();
    await page.goto('/console/events/999999');
    expectStatus(404);
    await page.getByText('The log has no event 999999').waitFor();
    await page.goto('/console/events/first');
    await heading(page, 'This is no position of the log').waitFor();
    expect(complaints).toEqual([]);
  });
});

test('a value is revealed at a press, the page says that this is recorded, and checks it against its commitment', async () => {
  const { complaints, page } = await signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });
  const headBefore = await headOf();
  await page.goto(`/console/events/${issuedAt}`);
  await page.getByText('Revealing them is itself recorded', { exact: false }).waitFor();
  expect(await headOf()).toBe(headBefore);
  await page.getByRole('button', { name: 'Reveal them' }).click();
  await page.getByText('Zapier').waitFor();
  expect(await page.getByText('Matches its commitment').count()).toBe(2);
  await page.getByText('The hash of a credential, which is shown to nobody').waitFor();
  expect(await headOf()).toBe(headBefore + 1);
  expect(complaints).toEqual([]);
});

test('with audit.reveal an answer may rest on sealed values, and the page links the record of that look', async () => {
  const { complaints, page } = await signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });
  const headBefore = await headOf();
  await page.goto(`/console/explain?key=${keyId}&position=${issuedAt}&user=maria`);
  await page.getByText('IP_NOT_ALLOWED', { exact: true }).waitFor();
  await page.getByLabel('Client address').fill('203.0.113.7');
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByText('It is let in').waitFor();
  const recordedAt = await headOf();
  expect(recordedAt).toBeGreaterThan(headBefore);
  await page.getByRole('link', { name: `Event ${recordedAt}`, exact: true }).click();
  await page.getByRole('heading', { level: 2, name: /^Sealed values of record/ }).waitFor();
  expect(complaints).toEqual([]);
});

async function headOf(): Promise<number> {
  return Number((await admin.get('/v1/audit/state')).body['position']);
}

async function textOf(file: { createReadStream(): Promise<NodeJS.ReadableStream> }): Promise<string> {
  let text = '';
  for await (const chunk of await file.createReadStream()) text += String(chunk);
  return text;
}
