import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page, Route } from 'playwright-core';
import {
  encodeLeaf,
  Frontier,
  generateSignerKey,
  leafHash,
  type LogRecord,
  nodeHash,
  parseSignerKey,
  signCheckpoint,
} from '@keyfold/domain';
import { type AdminClient } from '@keyfold/testing/http-client';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { launchBrowser, openPage, type WatchedPage } from './console-browser.js';
import { createUser, PASSWORD, signedInPage, signInAsAdmin, signInOn } from './people.js';

interface Proof {
  leafIndex: number;
  treeSize: number;
  hashes: string[];
  checkpoint: string;
}

const POSITION = 5;

let stack: Stack;
let browser: Browser;
let admin: AdminClient;
let logKey: string;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser(['--host-resolver-rules=MAP keyfold.example 127.0.0.1']);
  admin = await signInAsAdmin(stack);
  await admin.post('/v1/roles', { name: 'Reader of the log', permissions: ['audit.read'] });
  await createUser(admin, 'audra', ['Reader of the log']);
  logKey = await stack.variable('KEYFOLD_LOG_PUBLIC_KEY');
});
afterAll(async () => {
  await browser.close();
  await stack.remove();
});

async function asAuditor(pinned = logKey): Promise<WatchedPage> {
  const watched = await signedInPage(browser, stack, { username: 'audra', password: PASSWORD });
  await pin(watched.page, pinned);
  return watched;
}

async function pin(page: Page, key: string): Promise<void> {
  await page.goto('/console/events/1');
  await page.getByLabel('Public key of the log').fill(key);
  await page.getByRole('button', { name: 'Pin this key' }).click();
  await page.getByText(/^Record 1 (verifies|does not verify)$/).waitFor();
}

/** Alters what the server answers to this path on its way to the page. */
async function alter(page: Page, path: string, change: (body: never) => unknown): Promise<void> {
  await page.route(
    ({ pathname }) => pathname === path,
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: await change((await response.json()) as never) });
    },
  );
}

async function redirect(page: Page, path: string, to: string): Promise<void> {
  await page.route(
    ({ pathname }) => pathname === path,
    async (route) => route.fulfill({ response: await route.fetch({ url: stack.adminUrl + to }) }),
  );
}

async function verdictOn(page: Page, position = POSITION): Promise<string> {
  await page.goto(`/console/events/${position}`);
  await page.getByText(new RegExp(`^Record ${position} (verifies|does not verify)$`)).waitFor();
  return page.locator('main').innerText();
}

const flipped = (base64: string): string => (base64.startsWith('A') ? 'B' : 'A') + base64.slice(1);
const PROOF = `/v1/events/${POSITION}/proof`;
const RECORD = `/v1/events/${POSITION}`;

describe('the verdict is "does not verify", with the step that fails, for', () => {
  const CASES: readonly { what: string; step: string; tamper: (page: Page) => Promise<void> }[] = [
    {
      what: 'a hash of the path that was altered',
      step: 'The root computed from the record is the one in the checkpoint',
      tamper: (page) =>
        alter(page, PROOF, ({ hashes: [first = '', ...rest], ...proof }: Proof) => ({
          ...proof,
          hashes: [flipped(first), ...rest],
        })),
    },
    {
      what: 'a path that lacks a hash',
      step: 'The path has as many hashes as the size of the tree demands',
      tamper: (page) =>
        alter(page, PROOF, ({ hashes, ...proof }: Proof) => ({ ...proof, hashes: hashes.slice(0, -1) })),
    },
    {
      what: 'a path that is no list of hashes',
      step: 'The path has as many hashes as the size of the tree demands',
      tamper: (page) => alter(page, PROOF, (proof: Proof) => ({ ...proof, hashes: ['<script>'] })),
    },
    {
      what: 'a record that was altered',
      step: 'The root computed from the record is the one in the checkpoint',
      tamper: (page) => alter(page, RECORD, (record: LogRecord) => ({ ...record, actor: 'user/somebody-else' })),
    },
    {
      what: 'another record of the log with its own proof',
      step: 'The record is the one at this position',
      tamper: async (page) => {
        await redirect(page, RECORD, '/v1/events/6');
        await redirect(page, PROOF, '/v1/events/6/proof');
      },
    },
    {
      what: 'a checkpoint of another size',
      step: 'The checkpoint is one of the tree that the proof is for',
      tamper: (page) => alter(page, PROOF, (proof: Proof) => ({ ...proof, treeSize: proof.treeSize + 1 })),
    },
    {
      what: 'text that is no checkpoint',
      step: 'The checkpoint is one of the tree that the proof is for',
      tamper: (page) => alter(page, PROOF, (proof: Proof) => ({ ...proof, checkpoint: 'trust me' })),
    },
    {
      what: 'a root that the log did not sign',
      step: 'The signature of the checkpoint is by that key (Ed25519)',
      tamper: async (page) => {
        await alter(page, RECORD, forgedRecord);
        await alter(page, PROOF, async (proof: Proof) => {
          const { checkpoint, ...forged } = await forgedProof(proof);
          const [text = ''] = checkpoint.split('\n\n');
          return { ...forged, checkpoint: `${text}\n\n${proof.checkpoint.split('\n\n')[1] ?? ''}` };
        });
      },
    },
    {
      what: 'a log that signs with another key under the same name',
      step: 'The checkpoint names the key that is pinned',
      tamper: (page) =>
        alter(page, PROOF, (proof: Proof) => {
          const [origin = '', size, root = ''] = proof.checkpoint.split('\n');
          const other = parseSignerKey(generateSignerKey(origin, Buffer.alloc(32, 7)));
          const checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
          return { ...proof, checkpoint: signCheckpoint(checkpoint, other) };
        }),
    },
  ];

  test.each(CASES)('$what', async ({ step, tamper }) => {
    const { complaints, page } = await asAuditor();
    await tamper(page);
    const text = await verdictOn(page);
    expect(text).toContain(`Record ${POSITION} does not verify`);
    expect(text).toContain(`This step fails: “${step}”`);
    expect(text).not.toContain(`Record ${POSITION} verifies`);
    expect(text.includes('The log’s key has changed')).toBe(step.includes('pinned'));
    expect(complaints).toEqual([]);
  });

  test('a key that was pinned for another log', async () => {
    const other = parseSignerKey(generateSignerKey('other.example', Buffer.alloc(32, 7))).verifierKey;
    const { page } = await asAuditor(other);
    const text = await verdictOn(page);
    expect(text).toContain('This step fails: “The checkpoint names the key that is pinned”');
    expect(text).toContain('The log’s key has changed');
    expect(text).toContain(other.split('+').slice(0, 2).join('+'));
  });
});

describe('the largest checkpoint that this browser has seen', () => {
  test('is not continued by a forked log, though its signature, root and path all hold', async () => {
    const { complaints, page } = await asAuditor();
    const seen = await page.evaluate('Object.entries(localStorage).find(([name]) => name.includes("log-seen"))?.[1]');
    await alter(page, RECORD, forgedRecord);
    await alter(page, PROOF, forgedProof);
    const text = await verdictOn(page);
    expect(text).toContain(`Record ${POSITION} does not verify`);
    expect(text).toContain('This step fails: “The tree continues the largest one that this browser has seen”');
    expect(text).toContain('The log has forked');
    expect(text.match(/^Holds$/gm)).toHaveLength(6);
    // Both notes are shown, and the one seen first is kept.
    expect(text).toContain(String(seen).split('\n')[2]);
    const kept = await page.evaluate('Object.entries(localStorage).find(([name]) => name.includes("log-seen"))?.[1]');
    expect(kept).toBe(seen);
    expect(complaints).toEqual([]);
  });

  test('is missed in a log that has become shorter', async () => {
    const { expectStatus, page } = await asAuditor();
    expectStatus(400);
    await redirect(page, PROOF, `${PROOF}?treeSize=6`);
    // As a service answers whose log ends at record 6.
    await page.route(/\/v1\/log\/consistency/, (route: Route) =>
      route.fulfill({ status: 400, json: { code: 'INVALID_REQUEST', errors: [{ path: '/to', message: 'too many' }] } }),
    );
    const text = await verdictOn(page);
    expect(text).toContain(`Record ${POSITION} does not verify`);
    expect(text).toContain('The log has become shorter');
  });

  test('may be larger than what a proof is for, if the log says how the one became the other', async () => {
    const { complaints, page } = await asAuditor();
    await redirect(page, PROOF, `${PROOF}?treeSize=6`);
    expect(await verdictOn(page)).toContain(`Record ${POSITION} verifies`);
    expect(complaints).toEqual([]);
  });

  test('says nothing about a proof of consistency that was altered, but that it fails', async () => {
    const { page } = await asAuditor();
    await createUser(admin, 'one-more');
    await alter(page, '/v1/log/consistency', ({ hashes: [first = '', ...rest], ...proof }: Proof) => ({
      ...proof,
      hashes: [flipped(first), ...rest],
    }));
    expect(await verdictOn(page)).toContain('The log has forked');
  });
});

test('a pinned key stays until it is forgotten on purpose', async () => {
  const { complaints, page } = await asAuditor();
  await page.reload();
  await page.getByText('Record 1 verifies').waitFor();
  await page.getByText('The pinned key').click();
  await page.getByText(logKey).waitFor();
  await page.getByRole('button', { name: 'Forget this key …' }).click();
  await page.getByText('A server that was taken over would ask you to do the same.', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Record 1 verifies').waitFor();
  await page.getByRole('button', { name: 'Forget this key …' }).click();
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.getByLabel('Public key of the log').waitFor();
  await page.reload();
  await page.getByLabel('Public key of the log').waitFor();
  expect(complaints).toEqual([]);
});

test('without a secure context it says that it cannot be checked here, and gives the command line', async () => {
  const { page } = await openPage(browser, stack.adminUrl.replace('127.0.0.1', 'keyfold.example'));
  await signInOn(page, 'audra', PASSWORD);
  expect(await page.evaluate('globalThis.isSecureContext')).toBe(false);
  await page.goto(`/console/events/${POSITION}`);
  await page.getByText('It cannot be checked here', { exact: true }).waitFor();
  await page.getByText('keyfold -- verify history.ndjson --key log.pub', { exact: false }).waitFor();
  expect(await page.getByText(/verifies$|does not verify$/).count()).toBe(0);
});

/** What the holder of the private key could show: a tree in which one record says something else, signed properly. */
function forgedRecord(record: LogRecord): LogRecord {
  return { ...record, actor: 'user/somebody-else' };
}

async function forgedProof({ treeSize, leafIndex }: Proof): Promise<Proof> {
  const { body } = await admin.get(`/v1/events?limit=200`);
  const records = (body['items'] as LogRecord[]).slice(0, treeSize);
  const leaves = records.map((record) =>
    leafHash(encodeLeaf(record.position === POSITION ? forgedRecord(record) : record)),
  );
  const frontier = Frontier.empty();
  for (const leaf of leaves) frontier.append(leaf);
  const signer = parseSignerKey(await stack.variable('KEYFOLD_LOG_SIGNING_KEY'));
  const checkpoint = signCheckpoint({ origin: signer.name, size: treeSize, root: frontier.root() }, signer);
  const hashes = pathOf(leafIndex, leaves).map((hash) => hash.toString('base64'));
  return { leafIndex, treeSize, hashes, checkpoint };
}

/** RFC 6962, 2.1.1, word for word. */
function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const half = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - half, right), rootOf(left)];
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const half = largestPowerBelow(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
