import { chown, mkdtemp, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSignerKey } from '@keyfold/domain';
import { runKeyfold } from '@keyfold/testing/keyfold-command';

let checkout: string;
let folder: string;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'keyfold-secrets-'));
  folder = join(checkout, '.keyfold', 'compose');
});
afterEach(() => rm(checkout, { recursive: true, force: true }));

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').then((text) => text.trim());

async function all(): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

describe('keyfold compose-secrets', () => {
  test('makes passwords and keys that fit one another', async () => {
    expect((await runKeyfold(['compose-secrets', folder])).code).toBe(0);
    const init = await read('postgres-init.sql');
    for (const name of ['database-owner-url', 'database-url', 'gateway-database-url']) {
      const { password, pathname, username } = new URL(await read(name));
      expect(init).toContain(`create role ${username} login password '${password}';`);
      expect(init).toContain(`database ${pathname.slice(1)} owner`);
    }
    const passwords = await read('nats-passwords');
    for (const name of ['nats-url', 'gateway-nats-url'])
      expect(passwords).toContain(`"${new URL(await read(name)).password}"`);
    expect(parseSignerKey(await read('log.key')).verifierKey).toBe(await read('log.pub'));
    const { 'oidc-client-secret': operators, ...others } = await all();
    expect(operators).toBe('');
    for (const text of Object.values(others)) expect(text.length).toBeGreaterThan(20);
  });

  test('keeps what is there, and adds what a later version asks the operator for', async () => {
    await runKeyfold(['compose-secrets', folder]);
    const before = await all();
    await unlink(join(folder, 'oidc-client-secret'));
    const { code, out } = await runKeyfold(['compose-secrets', folder]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Kept /)]);
    expect(await all()).toEqual(before);
    expect(await readdir(join(folder, '..'))).toEqual(['compose']);
  });

  test('the folder belongs to the owner of the checkout alone, also where root makes it', async () => {
    if (process.getuid?.() === 0) await chown(checkout, 4_321, 4_321);
    await runKeyfold(['compose-secrets', folder]);
    const { uid } = await stat(checkout);
    for (const path of [
      join(checkout, '.keyfold'),
      folder,
      join(folder, 'log.key'),
      join(folder, 'oidc-client-secret'),
    ])
      expect((await stat(path)).uid).toBe(uid);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test('a place that cannot be written to is an error in a sentence', async () => {
    await runKeyfold(['compose-secrets', folder]);
    const { code, err } = await runKeyfold(['compose-secrets', join(folder, 'log.pub', 'below')]);
    expect([code, err]).toEqual([3, expect.stringMatching(/^keyfold: the secrets could not be made: /)]);
  });
});
