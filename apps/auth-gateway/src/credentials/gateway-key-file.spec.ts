import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError } from '@keyfold/service-kit';
import { readOrMakeGatewayKey } from './gateway-key-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfold-key-file-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the key is made once, for its user alone', () => {
  const path = join(folder, 'new', 'proofs.key');
  const key = readOrMakeGatewayKey(path);
  expect([key.byteLength, statSync(path).mode & 0o777]).toEqual([32, 0o600]);
  expect(readOrMakeGatewayKey(path)).toEqual(key);
});

test('a file that cannot be the key ends the start with its variable, and is left as it is', () => {
  const half = join(folder, 'half');
  writeFileSync(half, 'not a key');
  for (const path of [half, folder, join(half, 'below')]) {
    const attempt = (): unknown => readOrMakeGatewayKey(path);
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/^KEYFOLD_GATEWAY_PROOF_KEY_FILE: /);
  }
  expect(statSync(half).size).toBe(9);
});
