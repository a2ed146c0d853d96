import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { basic } from '../support/http-client.js';
import { type Stack, startStack } from '../support/stack.js';
import { launchBrowser } from './console-browser.js';
import { createUser, holdsFocus, KEYBOARD, MOUSE, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

/*
 * What administrators and users are told to do, step by step, each time on a new installation. The tests of a block
 * build on each other.
 */
describe.each([MOUSE, KEYBOARD])('with $name', ({ press }) => {
  let stack: Stack;
  let key: string;
  beforeAll(async () => {
    stack = await startStack();
    await createUser(await signInAsAdmin(stack), 'maria');
  });
  afterAll(async () => {
    await stack.remove();
  });

  const gatewayStatus = async (username: string, password: string): Promise<number> =>
    (await fetch(`${stack.gatewayUrl}/v1/me`, { headers: { authorization: basic(username, password) } })).status;
  const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });
  const asMaria = () => signedInPage(browser, stack, { username: 'maria', password: PASSWORD });

  test('keys are off: a user reads why there is no button to create one', async () => {
    const { page, complaints } = await asMaria();
    await page.getByText('API keys are switched off', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Create a new API Key' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('an administrator allows keys and sets the maximum number of days', async () => {
    const { page, complaints } = await asAdmin();
    await press(pagesOf(page).getByRole('link', { name: 'Security settings' }));
    await page.getByRole('heading', { level: 1, name: 'Security settings' }).waitFor();
    const allow = page.getByRole('checkbox', { name: /Allow User API Keys to authenticate API requests/ });
    expect(await allow.isChecked()).toBe(false);
    await pressBox(page, allow, press);
    const days = page.getByLabel(/Maximum number of days before an API key expires/);
    expect(await days.inputValue()).toBe('180');
    await days.fill('90');
    await press(page.getByRole('button', { name: 'Save' }));
    await page.getByRole('heading', { name: 'Saved' }).waitFor();
    const settings = await (await signInAsAdmin(stack)).get('/v1/settings/security');
    expect(settings.body).toMatchObject({ apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 90 });
    expect(complaints).toEqual([]);
  });

  test('a user without the roles reads which one is missing', async () => {
    const { page } = await asMaria();
    await page.getByText('You lack the role API Key Generate.', { exact: false }).waitFor();
  });

  test('an administrator gives a user the two roles from the list beside Roles, and saves', async () => {
    const { page, complaints } = await asAdmin();
    await press(pagesOf(page).getByRole('link', { name: 'Users' }));
    await press(page.getByRole('link', { name: 'maria' }));
    await press(page.getByRole('button', { name: /^Roles/ }));
    for (const role of ['API Key Generate', 'API Key Sign In']) await pressItem(page, role);
    await page.keyboard.press('Escape');
    await press(page.getByRole('button', { name: 'Save' }));
    await page.getByText('Saved', { exact: true }).waitFor();
    const { body } = await (await signInAsAdmin(stack)).get('/v1/users?query=maria');
    const [maria] = body['items'] as { roles: { name: string }[] }[];
    expect(maria?.roles.map(({ name }) => name).sort()).toEqual(['API Key Generate', 'API Key Sign In']);
    expect(complaints).toEqual([]);
  });

  test('the user creates a key under My settings, and it is the password at the gateway', async () => {
    const { page, complaints } = await asMaria();
    await press(page.getByRole('button', { name: 'maria' }));
    await pressItem(page, 'My settings');
    await press(page.getByRole('link', { name: 'Create a new API Key' }));
    await page.getByRole('dialog').getByLabel('Name').fill('Zapier');
    await press(page.getByRole('button', { name: 'OK', exact: true }));
    await page.getByRole('heading', { name: 'Save this key now' }).waitFor();
    await page.keyboard.press('Escape');
    key = (await page.getByTestId('secret').textContent()) ?? '';
    expect(key).toMatch(/^kf_[0-9A-Za-z]+_[0-9A-Za-z]+$/);
    await eventually(async () => {
      expect(await gatewayStatus('maria', key)).toBe(200);
    });
    await page
      .getByText(/^Used .*/)
      .first()
      .waitFor();
    await press(page.getByRole('button', { name: 'I have saved it' }));
    await page.getByRole('heading', { level: 3, name: /Zapier/ }).waitFor();
    expect(await everythingThatThePageHolds(page)).not.toContain(key.slice(-20));
    await page.goBack();
    expect(await everythingThatThePageHolds(page)).not.toContain(key.slice(-20));
    expect(complaints).toEqual([]);
  });

  test('the user revokes it, and its receipt says that no gateway accepts it any more', async () => {
    const { page, complaints } = await asMaria();
    await press(page.getByRole('button', { name: 'Revoke Zapier' }));
    await press(
      page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Revoke', exact: true }),
    );
    await page.getByText('No gateway anywhere accepts it any more.').waitFor();
    expect(await gatewayStatus('maria', key)).toBe(401);
    await press(page.getByRole('button', { name: 'Done' }));
    await page.getByRole('heading', { name: 'No longer usable' }).waitFor();
    expect(complaints).toEqual([]);
  });
});

const pagesOf = (page: Page) => page.getByRole('navigation', { name: 'Pages' });

/** Where a secret could be left behind: the document, every storage, the address and what the history keeps with it. */
async function everythingThatThePageHolds(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  // The cache is no global: it is among what React's tree was given.
  const held = await page.evaluate(`(() => {
    const root = [document, ...document.querySelectorAll('*')].flatMap((node) => {
      const name = Object.keys(node).find((key) => key.startsWith('__reactContainer$'));
      return name === undefined ? [] : [node[name]];
    })[0];
    let queries = null;
    for (const waiting = [root]; queries === null && waiting.length > 0;) {
      const fiber = waiting.pop();
      if (!fiber) continue;
      const { client } = fiber.memoizedProps ?? {};
      if (typeof client?.getQueryCache === 'function') queries = client;
      else waiting.push(fiber.sibling, fiber.child);
    }
    if (queries === null) throw new Error('the query cache was not found');
    return JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll('input, textarea')].map(({ value }) => value),
    { ...localStorage }, { ...sessionStorage }, location.href, history.state, window.name,
    queries.getQueryCache().getAll().map(({ state }) => state.data),
    queries.getMutationCache().getAll().map(({ state }) => state),
    ]);
  })()`);
  return `${String(held)}${JSON.stringify(cookies)}`;
}

/** A tick box is an input under a label that is drawn: the mouse presses the label. */
async function pressBox(page: Page, box: ReturnType<Page['getByRole']>, press: (typeof MOUSE)['press']): Promise<void> {
  if (press === MOUSE.press) await page.getByText('Allow User API Keys to authenticate API requests').click();
  else await press(box);
}

/**
 * An entry of the menu that is open: by its first letters, as on the keyboard, or by the arrow keys where these are
 * shared.
 */
async function pressItem(page: Page, name: string): Promise<void> {
  const item = page.getByRole('menuitem', { name }).or(page.getByRole('menuitemcheckbox', { name }));
  await item.waitFor();
  for (let presses = 0; !(await holdsFocus(item)); presses++) {
    if (presses > 30) throw new Error(`the arrow keys never reach ${name}`);
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
}
