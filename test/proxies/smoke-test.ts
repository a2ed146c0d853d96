import { spawn } from 'node:child_process';
import { shipped } from './installed-proxies.js';

/** Runs `deploy/smoke-test.sh` as an operator does. */
export function smokeTest(
  url: string,
  credentials: { readonly user?: string; readonly key?: string; readonly input?: string; readonly path?: string } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { input = '', key, path = '', user } = credentials;
  const child = spawn('/bin/sh', [shipped('smoke-test.sh'), url, ...(input === '' ? [] : ['-'])], {
    env: {
      PATH: `${path}${process.env['PATH'] ?? ''}`,
      ...(user === undefined ? {} : { KEYFOLD_SMOKE_USER: user }),
      ...(key === undefined ? {} : { KEYFOLD_SMOKE_KEY: key }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}
