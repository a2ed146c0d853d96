import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';

/* What a list says that has nothing to show: that it is empty, and what to do next. */

let stack: Stack;
let browser: Browser;
let newcomerId: string;
let emptyRoleId: string;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  const admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  newcomerId = await createUser(admin, 'newcomer', ['API Key Generate', 'API Key Sign In']);
  emptyRoleId = String((await admin.post('/v1/roles', { name: 'Unheld', permissions: [] })).body['id']);
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

test.each([
  {
    list: 'the keys of all',
    path: () => '/api-keys',
    says: ['No key matches', 'Keys are made by their owners, under My settings.'],
  },
  {
    list: 'users that match',
    path: () => '/users?query=nobody-of-this-name',
    says: ['No user matches', 'Change the filters, or create a user.'],
  },
  {
    list: 'the keys of a user',
    path: () => `/users/${newcomerId}`,
    says: ['No API keys', 'Make one for this user', 'they alone see it when they claim it.'],
  },
  {
    list: 'the sessions of a user',
    path: () => `/users/${newcomerId}`,
    says: ['Not signed in anywhere', 'Where this person signs in next is listed here'],
  },
  {
    list: 'the SSO identities of a user',
    path: () => `/users/${newcomerId}`,
    says: ['No SSO identities', 'SSO is not configured here.'],
  },
  {
    list: 'the members of a role',
    path: () => `/roles/${emptyRoleId}`,
    says: ['Nobody holds this role', 'Open the page of a user and choose this role beside Roles.'],
  },
  {
    list: 'webhooks',
    path: () => '/webhooks',
    says: ['No webhooks', 'Add the address of a system that wants to know'],
  },
  {
    list: 'keys that end soon',
    path: () => '/overview',
    says: ['No key ends within 30 days', 'Nothing is to be done.'],
  },
  {
    list: 'events that match',
    path: () => '/timeline?type=ApiKeyClaimed',
    says: ['No event matches these filters', 'Remove a filter, or choose a longer time.'],
  },
  {
    list: 'reports without a key',
    path: () => '/reports',
    says: ['There are no API keys yet', 'The reports appear with the first key.'],
  },
])('$list', async ({ path, says }) => {
  const { page, context, complaints } = await signedInPage(browser, stack, {
    username: 'admin',
    password: stack.adminPassword,
  });
  await page.goto(`/console${path()}`);
  for (const sentence of says) await page.getByText(sentence).first().waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test.each([
  {
    list: 'the own keys, with the way to make one',
    path: '/my/keys',
    says: ['You have no API key yet', 'Create one for each service that needs it'],
    action: 'Create a new API Key',
  },
  {
    list: 'the own notices',
    path: '/my/notices',
    says: ['Nothing has happened yet', 'When a key of yours is made, replaced, revoked'],
    action: null,
  },
  {
    list: 'unread notices',
    path: '/my/notices?show=unread',
    says: ['You have read everything', 'What happens to your keys next appears here.'],
    action: null,
  },
])('$list', async ({ path, says, action }) => {
  const { page, context, complaints } = await signedInPage(browser, stack, {
    username: 'newcomer',
    password: PASSWORD,
  });
  await page.goto(`/console${path}`);
  for (const sentence of says) await page.getByText(sentence).first().waitFor();
  if (action !== null) {
    await page.getByRole('button', { name: action }).last().click();
    await page.getByRole('dialog').waitFor();
  }
  expect(complaints).toEqual([]);
  await context.close();
});
