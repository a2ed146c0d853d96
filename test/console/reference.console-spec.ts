import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Stack, startStack } from '../support/stack.js';
import { launchBrowser, openPage } from './console-browser.js';

let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

test.each([
  { service: 'adminUrl', id: 'issueOwnApiKey', tag: 'API keys', shown: 'API_KEYS_DISABLED' },
  { service: 'gatewayUrl', id: 'verifyKey', tag: 'Services', shown: 'RATE_LIMITED' },
] as const)('the reference page at $service shows an operation, and violates no policy', async (at) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { context, page, complaints } = await openPage(browser, stack[at.service], { colorScheme });
    await page.goto('/docs');
    await page.getByRole('heading', { level: 1, name: /Keyfold/ }).waitFor();
    const operation = page.locator(`[id="operations-${at.tag.replaceAll(' ', '_')}-${at.id}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByText(at.shown).first().waitFor();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    expect(complaints).toEqual([]);
    await context.close();
  }
});

test('a request is sent from the page, and its answer is shown', async () => {
  const { page, complaints } = await openPage(browser, stack.gatewayUrl);
  await page.goto('/docs');
  const operation = page.locator('[id="operations-Services-readTokenKeys"]');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table').getByText('Ed25519').waitFor();
  expect(complaints).toEqual([]);
});
