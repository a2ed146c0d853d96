import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tryLockFile } from './index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfold-lock-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const TAKE = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1], { timeout: 0 });
  try { db.exec('begin exclusive'); console.log('taken'); } catch { console.log('refused'); }`;

/** What another process gets that asks for it. */
const elsewhere = (path: string): string =>
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', TAKE, path], {
    encoding: 'utf8',
  }).trim();

test('one caller holds it until the release, whoever asks in this process or in another, however often', () => {
  const path = join(folder, 'held.lock');
  const lock = tryLockFile(path);
  expect(elsewhere(path)).toBe('refused');
  expect(tryLockFile(path)).toBeNull();
  expect(tryLockFile(path)).toBeNull();
  expect(elsewhere(path)).toBe('refused');
  lock?.release();
  expect(elsewhere(path)).toBe('taken');
  tryLockFile(path)?.release();
});
