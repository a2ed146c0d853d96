import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { AdminClient } from '../support/http-client.js';
import type { Stack } from '../support/stack.js';
import { openPage, type WatchedPage } from './console-browser.js';

export const PASSWORD = 'a long walk on the beach';

/** How a person works the page: with the mouse, or with nothing but the keyboard. */
export interface Hands {
  readonly name: string;
  readonly press: (target: Locator) => Promise<void>;
}

export const MOUSE: Hands = { name: 'the mouse', press: (target) => target.click() };

/** Tab until it is there, at most as often as a page has things to stop at; then Enter, or Space for what is ticked. */
export const KEYBOARD: Hands = {
  name: 'the keyboard alone',
  press: async (target) => {
    await target.waitFor();
    const page = target.page();
    for (let presses = 0; !(await holdsFocus(target)); presses++) {
      if (presses > 120) throw new Error(`Tab never reaches ${String(target)}`);
      await page.keyboard.press('Tab');
    }
    const isTicked = await target.evaluate((element: BrowserElement) => element.matches('input[type=checkbox]'));
    await page.keyboard.press(isTicked ? 'Space' : 'Enter');
  },
};

/** As much of an element as is asked for here; this project's types do not have the browser's. */
interface BrowserElement {
  readonly ownerDocument: { readonly activeElement: unknown };
  matches(selector: string): boolean;
}

export function holdsFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element: BrowserElement) => element === element.ownerDocument.activeElement);
}

/** Signs in on the page, as a person does. */
export async function signInOn(page: Page, username: string, password: string): Promise<void> {
  await page.goto('/console/');
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  // On a narrow screen the pages are in a drawer, so this waits for the frame itself.
  await page.locator('#main').waitFor();
}

export async function signedInPage(
  browser: Browser,
  stack: Stack,
  who: { readonly username: string; readonly password: string },
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, stack.adminUrl, options);
  await signInOn(watched.page, who.username, who.password);
  return watched;
}

export async function signInAsAdmin(stack: Stack): Promise<AdminClient> {
  return new AdminClient(stack.adminUrl).signIn('admin', stack.adminPassword);
}

/** A new user with a password; its id. */
export async function createUser(admin: AdminClient, username: string, roles: readonly string[] = []): Promise<string> {
  const { body } = await admin.post('/v1/users', { username, password: PASSWORD });
  for (const role of roles) await admin.put(`/v1/users/${String(body['id'])}/roles/${await roleId(admin, role)}`);
  return String(body['id']);
}

export async function roleId(admin: AdminClient, name: string): Promise<string> {
  const { body } = await admin.get('/v1/roles?limit=200');
  const found = (body['items'] as { id: string; name: string }[]).find((role) => role.name === name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found.id;
}
