import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateCosignerKey, parseCosignerVerifierKey } from '@keyfold/domain';
import { openProcessKey, type ProcessKey } from './process-key.js';

let dataDir: string;
let open: ProcessKey[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyfold-process-'));
  open = [];
});
afterEach(() => {
  for (const key of open) key.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function openKey(place: { dataDir?: string; gatewayId?: string; slot?: string } = {}): ProcessKey {
  const key = openProcessKey({ dataDir, gatewayId: 'gw', slot: '0', ...place });
  open.push(key);
  return key;
}
const file = (): string => join(dataDir, 'process-gw-0.key');
const verifierKey = ({ cosigner }: ProcessKey): string => parseCosignerVerifierKey(cosigner.verifierKey).verifierKey;

test('is made at the first start, for its user alone, and is there again after a restart', () => {
  const made = openKey();
  expect(made.cosigner.name).toBe('gw/0');
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  made.close();
  expect(verifierKey(openKey())).toBe(verifierKey(made));
});

test('is random: another slot, gateway or data directory has another one', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'keyfold-process-'));
  const keys = [openKey(), openKey({ slot: '1' }), openKey({ gatewayId: 'gw-0' }), openKey({ dataDir: elsewhere })];
  const publicKeys = keys.map((key) => verifierKey(key).split('+').slice(2).join('+'));
  expect(new Set(publicKeys).size).toBe(4);
  rmSync(elsewhere, { recursive: true });
});

test('is made in a directory that is not there yet', () => {
  const below = join(dataDir, 'not', 'yet');
  openKey({ dataDir: below });
  expect(statSync(below).mode & 0o777).toBe(0o700);
});

test('is refused while another process has it, also after somebody has read the file', () => {
  const first = openKey();
  readFileSync(file());
  const second = (): ProcessKey => openKey();
  expect(second).toThrow(expect.objectContaining({ code: 'KEY_IN_USE' }));
  expect(second).toThrow(/process-gw-0\.lock is locked/);
  first.close();
  expect(verifierKey(second())).toBe(verifierKey(first));
});

test('loses the bits that others could read it by', () => {
  openKey().close();
  chmodSync(file(), 0o644);
  openKey();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('of which only a part or something else is left is an error that says which file, and nothing of it', () => {
  const whole = generateCosignerKey('gw/0', Buffer.alloc(32, 9));
  for (const text of ['', '\n', 'x', whole.slice(0, 40), whole.slice(0, -4), `${whole}${whole}`]) {
    writeFileSync(file(), text);
    const reopen = (): ProcessKey => openKey();
    expect(reopen).toThrow(expect.objectContaining({ code: 'KEY_DAMAGED' }));
    expect(reopen).toThrow(/process-gw-0\.key does not hold a whole key; remove the file/);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  }
  writeFileSync(file(), generateCosignerKey('gw/1', Buffer.alloc(32, 9)));
  expect(() => openKey()).toThrow(/holds another process's key/);
  // The lock has been let go each time: the operator need not restart anything.
  rmSync(file());
  openKey();
});

test('without a directory that can be written to is an error that says so', () => {
  const occupied = join(dataDir, 'file');
  writeFileSync(occupied, '');
  // In /sys not even root can make a file.
  for (const unwritable of [occupied, join(occupied, 'below'), '/sys'])
    expect(() => openKey({ dataDir: unwritable })).toThrow(expect.objectContaining({ code: 'KEY_UNREACHABLE' }));
});
