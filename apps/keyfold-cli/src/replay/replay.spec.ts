import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeLeaf, type JsonObject } from '@keyfold/domain';
import { type CommandOutcome, runKeyfold } from '@keyfold/testing/keyfold-command';
import { event, phcHash } from '../../../../libs/domain/test/test-log.js';
import { World } from '../../../../libs/domain/test/world.js';
import { key, trailerLineOf } from '../verify/sample-export.testing.js';
import { openingsNote } from '../verify/sample-parts.testing.js';

let dir: string;
let world: World;
/** One file with the openings behind their records, one without. */
let opened: string;
let redacted: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfold-replay-'));
  world = World.started();
  const terms = { userId: 'u1', expiry: { days: 30 }, readOnly: false, scopes: [], rateLimit: null };
  const data = { ...terms, hint: 'abcd', predecessorId: null };
  const issued = event('api-key/k1', 'ApiKeyIssued', data, { name: 'zapier', secretHash: phcHash() });
  expect(world.log.append(issued, { atMs: world.nowMs }).kind).toBe('event');
  world.nowMs += 60_000;
  world.execute({ type: 'ChangeSecuritySettings', changes: { apiKeyAuthenticationEnabled: false } });
  const leaves = world.log.entries.map(({ record }) => encodeLeaf(record).toString());
  const lines = world.log.entries.flatMap(({ openings, record }, at) => {
    const own = JSON.stringify({ openings, position: record.position });
    const leaf = leaves[at] ?? '';
    return Object.keys(openings).length === 0 ? [leaf] : [leaf, own];
  });
  const openings = openingsNote({ from: 1, to: leaves.length, isOpened: true }, lines);
  opened = join(dir, 'opened.ndjson');
  redacted = join(dir, 'redacted.ndjson');
  await writeFile(opened, `${[...lines, trailerLineOf(leaves, { openings })].join('\n')}\n`);
  await writeFile(redacted, `${[...leaves, trailerLineOf(leaves)].join('\n')}\n`);
});
afterAll(() => rm(dir, { recursive: true }));

/** A log whose role, which lets the key k9 pass, has a description that no request could have written. */
function hostileWorld(): World {
  const hostile = World.started();
  const description = 'a\u001b[2Jb\nkey k8: status issued\u202ec';
  const terms = { userId: 'u2', expiry: { days: 30 }, readOnly: false, scopes: [], rateLimit: null };
  for (const one of [
    event('role/hostile', 'RoleCreated', { name: 'R', description, permissions: ['api-key.sign-in'], system: false }),
    event('user/u2', 'RoleGranted', { roleId: 'hostile' }),
    event('api-key/k9', 'ApiKeyIssued', { ...terms, hint: 'abcd', predecessorId: null }, { secretHash: phcHash() }),
  ])
    expect(hostile.log.append(one, { atMs: hostile.nowMs }).kind).toBe('event');
  return hostile;
}

async function exportOf({ log }: World): Promise<string> {
  const leaves = log.entries.map(({ record }) => encodeLeaf(record).toString());
  const path = join(dir, 'other.ndjson');
  await writeFile(path, `${[...leaves, trailerLineOf(leaves)].join('\n')}\n`);
  return path;
}

const keyfold = (...args: string[]): Promise<CommandOutcome> =>
  runKeyfold([...args.slice(0, 2), '--key', key.verifierKey, ...args.slice(2)]);

async function json(...args: string[]): Promise<JsonObject & Record<string, never>> {
  const { code, err, out } = await keyfold(...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as JsonObject & Record<string, never>;
}

describe('keyfold replay', () => {
  test('prints the state at the end, or at any position or instant', async () => {
    const last = world.log.entries.length;
    const end = await json('replay', opened);
    expect(end).toMatchObject({ position: last, settings: { apiKeyAuthenticationEnabled: false } });
    expect(end['keys']).toMatchObject([{ id: 'k1', userId: 'u1', name: 'zapier', status: 'issued' }]);
    const before = { settings: { apiKeyAuthenticationEnabled: true }, position: last - 1 };
    expect(await json('replay', opened, '--to', String(last - 1))).toMatchObject(before);
    expect(await json('replay', opened, '--to', '2026-01-01T00:00:59Z')).toMatchObject(before);
    expect(await json('replay', opened, '--to', '0')).toMatchObject({ position: 0, roles: [], users: [], keys: [] });
  });

  test('prints what changed between two moments', async () => {
    const change = { kind: 'settings', id: null, member: 'apiKeyAuthenticationEnabled', before: true, after: false };
    const since = await json('replay', opened, '--since', '2026-01-01T00:00:30Z');
    expect(since['changes']).toEqual([change]);
    const last = world.log.entries.length;
    expect(await json('replay', opened, '--since', String(last))).toMatchObject({ position: last, changes: [] });
    const { out } = await keyfold('replay', opened, '--since', String(world.log.entries.length - 1));
    expect(out).toContain('settings: apiKeyAuthenticationEnabled true -> false');
  });

  test('shows sealed values only where the export has them, and no hash', async () => {
    const { out } = await keyfold('replay', opened);
    expect(out).toMatch(/user u1: .*username joan/);
    expect(out).not.toContain('argon2');
    expect((await keyfold('replay', redacted)).out).not.toContain('joan');
  });

  test('prints nothing of an export that does not hold', async () => {
    const path = join(dir, 'tampered.ndjson');
    const text = await readFile(opened, 'utf8');
    for (const changed of [
      text.replace('"administrator"', '"supervisor"'),
      text.replace('"value":"joan"', '"value":"jean"'),
    ]) {
      await writeFile(path, changed);
      expect(await keyfold('replay', path)).toMatchObject({ code: 1, out: '' });
    }
    expect((await keyfold('verify', path)).out).toContain('[OPENINGS]');
  });

  test('prints nothing of a file that was cut', async () => {
    const text = await readFile(opened, 'utf8');
    const path = join(dir, 'cut.ndjson');
    const middle = text.lastIndexOf('\n', text.length / 2);
    for (const [cut, code] of [
      [Buffer.from(text.slice(0, middle)), 1],
      [Buffer.from(text.slice(0, middle + 1)), 1],
      [Buffer.from(text.slice(0, middle + 40)), 1],
      [Buffer.alloc(0), 1],
      [gzipSync(text).subarray(0, 400), 3],
    ] as const) {
      await writeFile(path, cut);
      for (const command of [
        ['replay', path, '--to', '1', '--json'],
        ['explain', path, '--key-id', 'k1', '--position', '1', '--json'],
      ]) {
        const outcome = await keyfold(...command);
        expect(outcome).toMatchObject({ code, out: '' });
        expect(outcome.err).toMatch(code === 1 ? /^FAILED at position \d+: / : /^keyfold: cannot read the export: /);
      }
    }
  });

  test('reads gzip and zstd', async () => {
    const plain = await keyfold('replay', opened);
    for (const compress of [gzipSync, zstdCompressSync]) {
      const path = join(dir, 'compressed');
      await writeFile(path, compress(await readFile(opened, 'utf8')));
      expect(await keyfold('replay', path)).toEqual(plain);
    }
  });

  test('takes openings that the log has not signed as a whole only when told to', async () => {
    const path = join(dir, 'unsigned.ndjson');
    const text = await readFile(opened, 'utf8');
    await writeFile(path, text.replace(/"openings":"[^"]*",/, ''));
    for (const command of [
      ['replay', path],
      ['explain', path, '--key-id', 'k1'],
    ]) {
      const refused = await keyfold(...command);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('--unsigned-openings takes them');
      expect((await keyfold(...command, '--unsigned-openings')).code).toBe(0);
    }
  });

  test.each([['verify'], ['replay'], ['explain', '--key-id', 'k1']])(
    'takes an export without sealed values only where none are demanded (%s)',
    async (command, ...options) => {
      const run = (file: string): Promise<CommandOutcome> => keyfold(command, file, ...options, '--require-openings');
      expect((await run(opened)).code).toBe(0);
      const { code, err, out } = await run(redacted);
      expect(code).toBe(1);
      expect(command === 'verify' ? out : err).toMatch(/^FAILED at the checkpoint: .* neither .* \[OPENINGS\]$/m);
      expect((await keyfold(command, redacted, ...options)).code).toBe(0);
      const both = await keyfold(command, opened, ...options, '--require-openings', '--unsigned-openings');
      expect([both.code, both.out]).toEqual([2, '']);
    },
  );

  test.each(['--to', '--since'])('refuses a position that the export does not have (%s)', async (option) => {
    const { code, err, out } = await keyfold('replay', opened, option, '999', '--json');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${option} 999 lies beyond the export, which ends at position ${world.log.entries.length}`);
  });

  test.each([
    ['7', '3', 2],
    ['2026-01-01T00:00:30Z', '3', 2],
    ['7', '2025-12-31T23:59:59Z', 2],
    ['7', '7', 0],
    ['0', '0', 0],
    ['2025-12-31T23:59:59Z', '0', 0],
  ])('since %s up to %s ends with %i: the earlier moment comes first', async (since, to, expected) => {
    const { code, err, out } = await keyfold('replay', opened, '--since', since, '--to', to, '--json');
    expect([code, expected === 0 || out === '']).toEqual([expected, true]);
    if (expected === 0) expect(JSON.parse(out)).toMatchObject({ changes: [] });
    else expect(err).toBe('keyfold: --since is later than --to: exchange them\n');
  });

  test('ends in order when whoever reads it has seen enough', async () => {
    const closing = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    closing.on('error', () => undefined);
    expect((await runKeyfold(['replay', opened, '--key', key.verifierKey], { stdout: closing })).code).toBe(0);
  });

  test('shows no character of a name that would steer a terminal', async () => {
    const { out } = await keyfold('replay', await exportOf(hostileWorld()));
    expect(out).toContain('description a\\u{1b}[2Jb\\u{a}key k8: status issued\\u{202e}c');
    const since = await keyfold('replay', await exportOf(hostileWorld()), '--since', '0');
    const why = await keyfold('explain', await exportOf(hostileWorld()), '--key-id', 'k9');
    expect(why.out).toMatch(/^ALLOWED[^]*description a\\u\{1b\}/);
    const path = join(dir, 'unsigned.ndjson');
    await writeFile(path, (await readFile(opened, 'utf8')).replace('"checkpoint":"', '"checkpoint":"\\u001b[2J'));
    const refused = await keyfold('verify', path);
    expect(refused.out).toContain('the checkpoint is of origin "\\u{1b}[2J');
    const missing = await keyfold('verify', join(dir, '\u001b[2J'));
    expect(missing).toMatchObject({ code: 3, err: expect.stringContaining('\\u{1b}[2J') });
    for (const text of [out, since.out, why.out, refused.out, missing.err])
      expect(text).not.toMatch(/\u001b|\u202e|^key k8/m);
  });

  test('neither state nor decision is told behind an event that is not known', async () => {
    const later = World.started();
    const known = later.log.entries.length;
    later.log.append(event('role/r1', 'RoleTransferred'), { atMs: later.nowMs });
    const file = await exportOf(later);
    expect((await keyfold('verify', file)).code).toBe(0);
    for (const command of [
      ['replay', file],
      ['explain', file, '--key-id', 'k1'],
    ]) {
      const { code, err, out } = await keyfold(...command);
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(
        /^keyfold: a newer version is needed: position \d+: RoleTransferred 1 of role\/r1 is not known/,
      );
      const option = command[0] === 'replay' ? '--to' : '--position';
      expect((await keyfold(...command, option, String(known))).code).toBe(0);
    }
  });

  test.each(['yesterday', '-1', '1.5'])('refuses %s as a moment', async (moment) => {
    expect((await keyfold('replay', opened, `--to=${moment}`)).code).toBe(2);
  });
});

describe('keyfold explain', () => {
  test('answers with the records that made it so', async () => {
    const last = world.log.entries.length;
    expect(await json('explain', opened, '--key-id', 'k1')).toMatchObject({
      allowed: false,
      reason: 'API_KEYS_DISABLED',
      decidedAtPosition: last,
    });
    const earlier = await json('explain', opened, '--key-id', 'k1', '--at', '2026-01-01T00:00:30Z');
    expect(earlier).toMatchObject({ allowed: true, reason: null, at: '2026-01-01T00:00:30.000Z' });
    const types = (earlier['because'] as unknown as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(['RoleCreated', 'UserCreated', 'RoleGranted', 'SecuritySettingsChanged', 'ApiKeyIssued']);
    const { out } = await keyfold('explain', opened, '--key-id', 'k1', '--username', 'ann');
    expect(out).toMatch(/^REFUSED: USERNAME_MISMATCH/);
  });

  test('leaves open what depends on a value that the export does not have', async () => {
    const at = ['--at', '2026-01-01T00:00:30Z'];
    expect(await json('explain', redacted, '--key-id', 'k1', ...at)).toMatchObject({ allowed: true });
    const named = await json('explain', redacted, '--key-id', 'k1', ...at, '--username', 'joan');
    expect(named).toMatchObject({ allowed: false, reason: 'UNDETERMINED' });
  });

  test('says for people that it is open, and why', async () => {
    const at = ['--at', '2026-01-01T00:00:30Z', '--username', 'joan'];
    const { code, out } = await keyfold('explain', redacted, '--key-id', 'k1', ...at);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^UNDETERMINED: it depends on a value .* \(facts at position/),
    ]);
    expect((await keyfold('explain', opened, '--key-id', 'k1', ...at)).out).toMatch(/^ALLOWED \(facts at position/);
  });

  test.each([
    [['--key-id', 'k1', '--position', '999'], /^keyfold: --position 999 lies beyond the export/],
    [['--key-id', 'k1', '--position', '0'], /^keyfold: --position must be a whole number from 1/],
    [['--key-id', 'k1', '--at', 'yesterday'], /^keyfold: --at is not an instant/],
    [['--key-id', 'k1', '--at', '2020-01-01T00:00:00Z'], /^keyfold: the log has no record by then/],
    [[], /required option '--key-id <id>' not specified/],
    [['--key-id', 'kf_0123456789secret'], /^keyfold: --key-id is the public id of a key/],
  ])('ends with 2 for %j, prints nothing but the reason, and never a key', async (options, reason) => {
    const { code, err, out } = await keyfold('explain', opened, ...options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
    expect(err).not.toContain('secret');
  });

  test('needs the public key with a file, and says in its help what its answers mean', async () => {
    expect(await runKeyfold(['explain', opened, '--key-id', 'k1'])).toMatchObject({ code: 2, out: '' });
    expect((await runKeyfold(['explain', '-', '--key', key.verifierKey, '--key-id', 'k1'])).code).toBe(2);
    for (const option of [['--key', key.verifierKey], ['--require-openings'], ['--unsigned-openings']]) {
      const { code, err, out } = await runKeyfold(['explain', '--key-id', 'k1', ...option]);
      expect({ code, err, out }).toEqual({
        code: 2,
        err: expect.stringContaining(`${String(option[0])} needs a file`),
        out: '',
      });
    }
    const { code, out } = await runKeyfold(['explain', '--help']);
    expect(code).toBe(0);
    for (const word of ['UNDETERMINED', 'Exit code: 0 answered', '--json', '--unsigned-openings', 'KEYFOLD_URL'])
      expect(out).toContain(word);
  });
});
