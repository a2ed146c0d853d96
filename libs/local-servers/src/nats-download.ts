import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const version = '2.12.15';

/** SHA-256 of the archives, as the official container image's build file (nats-io/nats-docker, 2.12.x) pins them. */
const archiveSha256: Readonly<Record<string, string>> = {
  'linux-amd64': '58ab8131f819263897e2fc38e503e1b755b63bcafeecc7d12582487df48ca15e',
  'linux-arm64': 'b724db99fefbf8f5c808baa82819ee50350aee9734017e4a478f7e545cef3ab6',
};

const connectTimeoutMs = 3_000;
const downloadTimeoutMs = 120_000;
const inflate = promisify(gunzip);

/** Downloads the pinned release into `folder`, checks its SHA-256 and returns the path of the unpacked program. */
export async function downloadRelease(folder: string): Promise<string> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = archiveSha256[platform];
  if (expected === undefined) throw new Error(`no pinned release for ${platform}`);
  const name = `nats-server-v${version}-${platform}`;
  const archive = await download(`https://github.com/nats-io/nats-server/releases/download/v${version}/${name}.tar.gz`);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${name}.tar.gz has the SHA-256 ${actual}, not ${expected}`);
  const path = join(folder, `nats-server.${process.pid}.new`);
  await writeFile(path, fileInTar(await inflate(archive), `${name}/nats-server`), { mode: 0o755 });
  return path;
}

async function download(url: string): Promise<Buffer> {
  const abort = new AbortController();
  const connecting = setTimeout(() => {
    abort.abort(new Error(`no answer within ${connectTimeoutMs} ms`));
  }, connectTimeoutMs);
  const response = await fetch(url, { signal: abort.signal }).finally(() => {
    clearTimeout(connecting);
  });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const whole = setTimeout(() => {
    abort.abort(new Error(`not downloaded within ${downloadTimeoutMs} ms`));
  }, downloadTimeoutMs);
  return Buffer.from(
    await response.arrayBuffer().finally(() => {
      clearTimeout(whole);
    }),
  );
}

/** Returns one file of a tar archive (ustar: 512-byte headers, the size in octal at byte 124). */
export function fileInTar(tar: Buffer, path: string): Buffer {
  for (let offset = 0; offset + 512 <= tar.length;) {
    const name = tar.toString('utf8', offset, offset + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 136), 8) || 0;
    const start = offset + 512;
    if (name === path) return tar.subarray(start, start + size);
    offset = start + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${path} is not in the archive`);
}
