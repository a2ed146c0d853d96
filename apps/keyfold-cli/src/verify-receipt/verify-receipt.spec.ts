import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommandOutcome, runKeyfold } from '@keyfold/testing/keyfold-command';
import { sampleReceipts } from '@keyfold/testing/receipts/sample-receipts';

const { keys, log } = sampleReceipts();
const receipt = keys[0]?.file ?? '';
let dir: string;
let key: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfold-receipt-'));
  key = await file('log.pub', `${log.signer.verifierKey}\n`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}

const verify = async (text: string, ...options: string[]): Promise<CommandOutcome> =>
  runKeyfold(['verify-receipt', await file('receipt.json', text), '--key', key, ...options]);

test('ends with 0 for an honest receipt and prints position, type, key and times', async () => {
  const { code, err, out } = await verify(receipt);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [first, ...processes] = out.trimEnd().split('\n');
  expect(first).toBe(
    'OK: position 4, ApiKeyRevoked, key keyA, recorded at 2026-01-01T00:00:04.000Z, ' +
      'confirmed at 2026-01-01T01:00:00.003Z (log keyfold.local/sample)',
  );
  expect(processes).toEqual([
    '  gw-1/0: applied, counted at 2026-01-01T01:00:00.000Z, cosigned size 8 at 2026-01-01T00:00:08.000Z',
    '  gw-1/1: applied, counted at 2026-01-01T01:00:00.001Z, cosigned size 4 at 2026-01-01T00:00:04.000Z',
    '  gw-2/0: applied, counted at 2026-01-01T01:00:00.002Z, cosigned size 8 at 2026-01-01T00:00:08.000Z',
    "  gw-3/0: lease ended at 2026-01-01T01:00:00.003Z, by the log's word",
  ]);
});

test('takes standard input, the key itself and the expected key, and prints a report for scripts', async () => {
  const args = ['verify-receipt', '-', '--key', log.signer.verifierKey, '--expect-key', 'keyA', '--json'];
  const { code, out } = await runKeyfold(args, { input: receipt });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    position: 4,
    type: 'ApiKeyRevoked',
    keyId: 'keyA',
    confirmedAt: '2026-01-01T01:00:00.003Z',
  });
});

test('ends with 1 for another key and says what the receipt is about', async () => {
  const { code, out } = await verify(receipt, '--expect-key', 'keyB');
  expect(code).toBe(1);
  expect(out).toMatch(
    /^REFUSED: the record concerns the key keyA, not the key keyB \[KEY\]\n {2}it claims, unproven: /,
  );
});

test('ends with 1 for an altered or truncated receipt', async () => {
  for (const altered of [receipt.replace('"position":4', '"position":5'), receipt.slice(0, 500), '', '[]']) {
    const { code, out } = await verify(altered, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false });
  }
});

test('holds the receipt against keys that were kept, as lines or as the service lists them', async () => {
  const pins = [
    ['gw-1', '0'],
    ['gw-1', '1'],
    ['gw-2', '0'],
  ].map(([gatewayId = '', slot = '']) => log.keyOf(gatewayId, slot).verifierKey);
  const answer = { items: [{ gatewayId: 'gw', processes: pins.map((verifierKey) => ({ verifierKey })) }] };
  for (const text of [`# kept\n\n${pins.join('\r\n')}\n`, JSON.stringify(answer)])
    expect((await verify(receipt, '--gateways', await file('gateways', text))).code).toBe(0);
  const { code, out } = await verify(receipt, '--gateways', await file('gateways', pins.slice(1).join('\n')));
  expect(code).toBe(1);
  expect(out).toContain('[GATEWAYS]');
});

test.each([
  ['no key in it', '# none\n'],
  ['a malformed key', 'gw-1/0+00000000+AAAA\n'],
  ['broken JSON', '{"items": ['],
])('ends with 2 for a file of gateways with %s', async (_what, text) => {
  expect((await verify(receipt, '--gateways', await file('gateways', text))).code).toBe(2);
});

test('ends with 2 without a key and with 3 where there is no file', async () => {
  expect((await runKeyfold(['verify-receipt', '-'])).code).toBe(2);
  expect((await runKeyfold(['verify-receipt', join(dir, 'none'), '--key', key])).code).toBe(3);
});
