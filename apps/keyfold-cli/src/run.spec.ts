import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CommandOutcome, runKeyfold } from '@keyfold/testing/keyfold-command';
import { exportLines, signer } from './verify/sample-export.testing.js';

let dir: string;
let server: Server | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfold-cli-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? setImmediate(resolve));
  server = undefined;
  await rm(dir, { recursive: true, force: true });
});

const file = async (name: string, text: string | Buffer): Promise<string> => {
  await writeFile(join(dir, name), text);
  return join(dir, name);
};
const sample = (size: number): string => `${exportLines(size).join('\n')}\n`;

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise((resolve) =>
    server?.listen(0, '127.0.0.1', () => {
      resolve(null);
    }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('keyfold verify', () => {
  test('ends with 0 for an honest export, by key or by the file that holds it', async () => {
    const path = await file('log.ndjson', sample(9));
    const key = await file('log.pub', `${signer.verifierKey}\n`);
    for (const given of [signer.verifierKey, key]) {
      const { code, out, err } = await runKeyfold(['verify', path, '--key', given]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^OK: 9 records.*keyfold\.local\/sample/);
    }
  });

  test('ends with 1 and names the position for a tampered one, from standard input too', async () => {
    const input = sample(9).replace('user/alice', 'user/mallory');
    const { code, out } = await runKeyfold(['verify', '-', '--key', signer.verifierKey], { input });
    expect(code).toBe(1);
    expect(out).toMatch(/^FAILED at position 1: /);
  });

  test('prints a report for scripts', async () => {
    const lines = exportLines(9);
    lines.splice(3, 1);
    const path = await file('log.ndjson', lines.join('\n'));
    const { code, out } = await runKeyfold(['verify', path, '--key', signer.verifierKey, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, firstBadPosition: 4, findings: [{ code: 'POSITION' }] });
  });

  test('holds the export against a known checkpoint', async () => {
    const { checkpoint } = JSON.parse(exportLines(9).at(-1) ?? '') as { checkpoint: string };
    const known = await file('checkpoint', checkpoint);
    const verify = (size: number): Promise<CommandOutcome> =>
      runKeyfold(['verify', '-', '--key', signer.verifierKey, '--known', known], { input: sample(size) });
    expect((await verify(12)).code).toBe(0);
    expect((await verify(8)).code).toBe(1);
  });

  test('takes keys and known checkpoints as shells, editors and Windows keep them', async () => {
    const { checkpoint } = JSON.parse(exportLines(9).at(-1) ?? '') as { checkpoint: string };
    const path = await file('log.ndjson', sample(9));
    const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
    const notes = [checkpoint.slice(0, -1), `${checkpoint}\n`, crlf(checkpoint), crlf(checkpoint).slice(0, -2)];
    const known = await Promise.all([...notes, `\ufeff${checkpoint}`].map((note, n) => file(`known${n}`, note)));
    const key = await file('log.pub', `\ufeff${signer.verifierKey}\r\n`);
    for (const given of [key, `${signer.verifierKey}\r`]) {
      const { code, err } = await runKeyfold(['verify', path, '--key', given, '--known', ...known]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
    }
  });

  test.each<[string, (note: string) => string | Buffer, RegExp]>([
    ['without its line breaks', (note) => note.replaceAll(/\n+/g, ' '), /has lost its line breaks: quote the variable/],
    ['in UTF-16', (note) => Buffer.from(`\ufeff${note}`, 'utf16le'), /is not UTF-8/],
    [
      'with another text',
      (note) => note.replace('\n9\n', '\n8\n'),
      /not a checkpoint signed by this key: the signature of the note is wrong/,
    ],
    ['without a signature', (note) => note.slice(0, note.indexOf('\u2014')), /the note has no signatures/],
  ])('ends with 2 for a known checkpoint %s, and says so', async (_what, change, reason) => {
    const { checkpoint } = JSON.parse(exportLines(9).at(-1) ?? '') as { checkpoint: string };
    const known = await file('known', change(checkpoint));
    const path = await file('log.ndjson', sample(9));
    const { code, err } = await runKeyfold(['verify', path, '--key', signer.verifierKey, '--known', known]);
    expect(code).toBe(2);
    expect(err).toMatch(reason);
  });

  test('shows progress on standard error when asked to', async () => {
    const path = await file('log.ndjson', sample(50));
    const { code, err } = await runKeyfold(['verify', path, '--key', signer.verifierKey, '--progress']);
    expect(code).toBe(0);
    expect(err).toMatch(/100% .* 50 records/);
  });

  test.each([
    [['verify']],
    [['verify', 'x']],
    [['verify', 'x', '--key', 'a+00000000+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh']],
    [['verify', 'x', '--key', signer.verifierKey, '--bogus']],
    [['bogus']],
  ])('ends with 2 for the wrong usage %j', async (args) => {
    const { code, err } = await runKeyfold(args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });

  test('ends with 3 when a file cannot be read', async () => {
    const missing = join(dir, 'missing');
    expect((await runKeyfold(['verify', missing, '--key', signer.verifierKey])).code).toBe(3);
    expect((await runKeyfold(['verify', await file('log', sample(1)), '--key', missing])).code).toBe(3);
  });

  test('does not print a signing key that was named by mistake', async () => {
    const secret = `PRIVATE+KEY+${signer.name}+${signer.keyId}+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB`;
    const path = await file('log.key', secret);
    const { code, out, err } = await runKeyfold(['verify', 'x', '--key', path]);
    expect(code).toBe(2);
    expect(out + err).not.toContain('AQEB');
  });

  test('help ends with 0', async () => {
    expect((await runKeyfold(['verify', '--help'])).out).toContain('--known');
    expect((await runKeyfold(['--help'])).code).toBe(0);
  });
});

describe('keyfold export', () => {
  test('writes what the service sends and asks with the token', async () => {
    let asked: unknown;
    const serviceUrl = await serve((req, res) => {
      asked = { url: req.url, authorization: req.headers.authorization };
      res.end(sample(5));
    });
    const path = join(dir, 'log.ndjson');
    const outcome = await runKeyfold(['export', '--output', path, '--tree-size', '5'], { serviceUrl, token: 't' });
    expect(outcome).toEqual({ code: 0, out: '', err: '' });
    expect(asked).toEqual({ url: '/v1/audit/export?treeSize=5', authorization: 'Bearer t' });
    expect(await readFile(path, 'utf8')).toBe(sample(5));
    expect((await runKeyfold(['export', '--output', path], { serviceUrl, token: 't' })).code).toBe(2);
    expect((await runKeyfold(['export', '--output', '-'], { serviceUrl, token: 't' })).out).toBe(sample(5));
  });

  test('leaves no file behind when the connection breaks', async () => {
    const serviceUrl = await serve((_req, res) => {
      res.write(sample(5), () => res.destroy());
    });
    const { code } = await runKeyfold(['export', '--output', join(dir, 'log.ndjson')], { serviceUrl, token: 't' });
    expect(code).toBe(3);
    expect(await readdir(dir)).toEqual([]);
  });

  test('says why the service refused', async () => {
    const serviceUrl = await serve((_req, res) => {
      res.writeHead(403).end(JSON.stringify({ detail: 'audit.read is missing' }));
    });
    const { code, err } = await runKeyfold(['export', '--output', '-'], { serviceUrl, token: 't' });
    expect([code, err]).toEqual([3, 'keyfold: the service answered 403 audit.read is missing\n']);
  });

  test('needs a token, a URL and a service', async () => {
    const command = ['export', '--output', '-'];
    expect((await runKeyfold(command)).code).toBe(2);
    expect((await runKeyfold(command, { serviceUrl: 'nonsense', token: 't' })).code).toBe(2);
    const serviceUrl = await serve((_req, res) => res.end());
    server?.close();
    expect((await runKeyfold(command, { serviceUrl, token: 't' })).code).toBe(3);
  });
});

describe('keyfold fork', () => {
  test('says what was lost, and lets what the service says steer no terminal', async () => {
    const checkpoint = `keyfold.local/x\n7\n${'A'.repeat(43)}=\n\u001b[2J`;
    const serviceUrl = await serve((_req, res) => {
      res.writeHead(503).end(JSON.stringify({ code: 'LOG_FORKED', position: 5, checkpoint }));
    });
    const { code, out } = await runKeyfold(['fork'], { serviceUrl });
    expect(code).toBe(1);
    expect(out).toContain('THE LOG HAS FORKED behind position 5; it had 7 records.');
    expect(out).toContain(`keyfold.local/x\n7\n${'A'.repeat(43)}=\n\\u{1b}[2J`);
    expect(out).not.toContain('\u001b');
  });
});
