import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually.js';
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

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(stack.adminUrl + path, { headers, redirect: 'manual' });

test('the sign-in page opens under its policy, and nothing is violated, logged or missing', async () => {
  const { page, complaints } = await openPage(browser, stack.adminUrl);
  await page.goto('/');
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/console\//);
  expect(complaints).toEqual([]);
});

test('a page that runs a script or style of its own is noticed', async () => {
  const { page, complaints } = await openPage(browser, stack.adminUrl);
  await page.goto('/console/');
  await page.evaluate(
    "document.head.append(Object.assign(document.createElement('style'), { textContent: 'b { color: red }' }))",
  );
  await eventually(() => {
    expect(complaints.join('\n')).toContain('style-src');
  });
});

test('each answer has a nonce of its own, and the page is never stored', async () => {
  const [one, two] = [await get('/console/'), await get('/console/my/settings')];
  const nonce = (response: Response): string =>
    /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';
  expect(nonce(one)).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  expect(nonce(one)).not.toBe(nonce(two));
  expect((await one.text()).split(nonce(one)).length - 1).toBeGreaterThanOrEqual(3);
  expect(one.headers.get('content-security-policy')).toBe(
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce(one)}'; img-src 'self'; connect-src 'self'; ` +
      "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  );
  expect(Object.fromEntries(one.headers)).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  });
});

test('scripts come compressed and may be kept for ever', async () => {
  const script = /src="([^"]+\.js)"/.exec(await (await get('/console/')).text())?.[1] ?? '';
  const answer = await get(script, { 'accept-encoding': 'br' });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': expect.stringContaining('javascript'),
    'x-content-type-options': 'nosniff',
  });
});

test('only an address without an extension is a page; the rest stays a problem', async () => {
  expect((await get('/', { accept: 'text/html' })).headers.get('location')).toBe('/console/');
  for (const path of ['/', '/console/assets/missing.js', '/console/x.map', '/v1/missing']) {
    const answer = await get(path);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
      path,
      404,
      'application/problem+json; charset=utf-8',
    ]);
  }
  const post = await fetch(`${stack.adminUrl}/console/users`, { method: 'POST' });
  expect(post.status).toBeGreaterThanOrEqual(404);
});
