import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { signalProcess } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient } from '@keyfold/testing/http-client';
import { freePorts } from '@keyfold/testing/npm-start';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin } from './people.js';
import { processOf } from './stack-processes.js';

/* Letting a gateway in and letting it go. The tests build on each other. */

const GATEWAY = new URL('../../dist/apps/auth-gateway/src/main.js', import.meta.url).pathname;

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let further: ChildProcess;
let furtherDir: string;
let output = '';

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  admin = await signInAsAdmin(stack);
  await admin.patch('/v1/settings/security', { gatewayLeaseSeconds: 5 });
  await admin.patch('/v1/settings/security', { gatewayEnrolment: 'approved' });
  further = await startFurtherGateway();
});
afterAll(async () => {
  await browser.close();
  if (further.exitCode === null) signalProcess(further.pid ?? 0, 'SIGKILL');
  await stack.remove();
  await rm(furtherDir, { recursive: true, force: true });
});

/** A second gateway beside the product's own, as README says how to start one. */
async function startFurtherGateway(): Promise<ChildProcess> {
  furtherDir = await mkdtemp(join(tmpdir(), 'keyfold-further-'));
  const kept = (await readFile(join(stack.dataDir, 'env'), 'utf8')).matchAll(/^([A-Z_]+)=(.*)$/gm);
  const variables = Object.fromEntries([...kept].map(([, name = '', value = '']) => [name, value]));
  const env = {
    ...variables,
    ...(await freePorts()),
    KEYFOLD_GATEWAY_ID: 'branch-office',
    KEYFOLD_DATA_DIR: furtherDir,
  };
  const child = spawn(process.execPath, [GATEWAY], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return child;
}

const asAdmin = () => signedInPage(browser, stack, { username: 'admin', password: stack.adminPassword });

const cardOf = (page: Page, gatewayId: string): Locator =>
  page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: gatewayId }) });

interface Listed {
  readonly gatewayId: string;
  readonly processes: readonly { readonly noLease: string | null; readonly fingerprint: string | null }[];
}

const listed = async (): Promise<readonly Listed[]> =>
  (await admin.get('/v1/gateways')).body['items'] as readonly Listed[];

async function furtherProcess(): Promise<Listed['processes'][number] | undefined> {
  return (await listed()).find(({ gatewayId }) => gatewayId === 'branch-office')?.processes[0];
}

describe('a process whose key is new', () => {
  test('waits for whoever may manage the settings; others see that it waits and no button', async () => {
    await eventually(async () => {
      expect((await furtherProcess())?.noLease).toBe('NOT_APPROVED');
    });
    await createUser(admin, 'onlooker', ['Auditor']);
    const { page, complaints } = await signedInPage(browser, stack, { username: 'onlooker', password: PASSWORD });
    await page.goto('/console/gateways');
    await cardOf(page, 'branch-office').getByText('Waits for approval').waitFor();
    expect(await page.getByRole('button', { name: /^(Approve|Retire)/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('is not let in by who cancels, and is by who finds the fingerprint that the process has logged', async () => {
    const { page, complaints } = await asAdmin();
    await page.goto('/console/gateways');
    const card = cardOf(page, 'branch-office');
    const approve = card.getByRole('button', { name: 'Approve slot 0 of branch-office' });
    await approve.click();
    const dialog = page.getByRole('dialog', { name: 'Let this process decide?' });
    const fingerprint = (await dialog.locator('code').textContent()) ?? '';
    expect(fingerprint).toMatch(/^SHA256:[\w-]{43}$/);
    expect(output).toContain(fingerprint);
    await dialog.getByText('If they differ, it is not your process.').waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await furtherProcess())?.noLease).toBe('NOT_APPROVED');
    await approve.click();
    await dialog.getByRole('button', { name: 'They are alike: approve' }).click();
    await page.getByText('Approved', { exact: true }).waitFor();
    await card.getByRole('row').filter({ hasText: 'Slot 0' }).getByText('Decides', { exact: true }).waitFor();
    expect((await furtherProcess())?.noLease).toBeNull();
    expect(await approve.count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('a gateway', () => {
  test('that runs is not retired: the dialog says that it runs, and why nothing was changed', async () => {
    const { page, expectStatus } = await asAdmin();
    expectStatus(409);
    await page.goto('/console/gateways');
    await page.getByRole('button', { name: 'Retire branch-office' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retire branch-office?' });
    await dialog.getByText('It is running. Stop it first').waitFor();
    await dialog.getByRole('button', { name: 'Retire' }).click();
    await dialog.getByRole('alert').getByText('One of its processes may still decide').waitFor();
    expect((await listed()).map(({ gatewayId }) => gatewayId)).toContain('branch-office');
  });

  test('that has stopped is retired after a question, and is gone from the list', async () => {
    const ended = once(further, 'exit');
    signalProcess(further.pid ?? 0, 'SIGTERM');
    await ended;
    const { page, complaints } = await asAdmin();
    await page.goto('/console/gateways');
    const card = cardOf(page, 'branch-office');
    await card.getByText('Start it again, or retire it if it is gone for good.').waitFor();
    await page.getByRole('button', { name: 'Retire branch-office' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retire branch-office?' });
    await dialog.getByText('its keys are never accepted again').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await listed()).toHaveLength(2);
    await page.getByRole('button', { name: 'Retire branch-office' }).click();
    await dialog.getByRole('button', { name: 'Retire' }).click();
    await page.getByText('Retired', { exact: true }).waitFor();
    await eventually(async () => {
      expect(await card.count()).toBe(0);
    });
    expect((await listed()).map(({ gatewayId }) => gatewayId)).not.toContain('branch-office');
    expect(complaints).toEqual([]);
  });

  test('was the last one: the page says how to start one', async () => {
    const gateway = processOf(stack, 'auth-gateway');
    // Stopped rather than ended: what ends is started again.
    signalProcess(gateway, 'SIGSTOP');
    try {
      const [only] = await listed();
      await eventually(async () => {
        expect((await admin.delete(`/v1/gateways/${String(only?.gatewayId)}`)).status).toBe(204);
      }, 30_000);
      const { page, complaints } = await asAdmin();
      await page.goto('/console/gateways');
      await page.getByText('No gateway has been seen').waitFor();
      await page.getByText('Start one with npm run start:gateway').waitFor();
      expect(complaints).toEqual([]);
    } finally {
      signalProcess(gateway, 'SIGCONT');
    }
  });
});
