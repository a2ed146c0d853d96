// Takes the picture of the console that README.md shows, from a fresh `npm start`:
//   node tools/console-picture.mjs http://127.0.0.1:3000 "$(cat .keyfold/admin-password)"
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const FILE = fileURLToPath(new URL('../docs/console.png', import.meta.url));
const LARGEST_BYTES = 200_000;
const [, , url, password] = process.argv;
if (url === undefined || password === undefined)
  throw new Error('usage: node tools/console-picture.mjs <url> <password>');

let token = null;
const signIn = await call('POST', '/v1/sessions', { username: 'admin', password });
token = signIn.token;
await call('PATCH', '/v1/settings/security', { apiKeyAuthenticationEnabled: true });
const me = await call('GET', '/v1/me');
for (const role of ['api-key-generate', 'api-key-sign-in']) await call('PUT', `/v1/users/${me.id}/roles/${role}`);
for (const name of ['Warehouse export', 'Monthly report', 'Zapier']) await call('POST', '/v1/me/api-keys', { name });

const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: sandbox });
const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, locale: 'en-GB', colorScheme: 'light' });
await page.goto(`${url}/console/my/keys`);
await page.getByLabel('User name').fill('admin');
await page.getByLabel('Password').fill(password);
await page.keyboard.press('Enter');
await page.getByRole('button', { name: 'Revoke Zapier' }).first().click();
await page.getByLabel('Reason').selectOption('KEY_COMPROMISE');
await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
await page.getByText('No gateway anywhere accepts it any more.').waitFor();
await page.screenshot({ path: FILE });
await browser.close();
const { size } = statSync(FILE);
if (size > LARGEST_BYTES) throw new Error(`the picture has ${size} bytes, and README.md should load fast`);
console.log(`${FILE}: ${size} bytes`);

async function call(method, path, body) {
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
