import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withFileLock } from '@keyfold/file-lock';
import { checkoutRoot, unpackDebianPackage } from '@keyfold/local-servers';

const run = promisify(execFile);
const PROGRAM = 'promtool';
const FETCH_MS = 300_000;

/**
 * Prometheus's own checks: promtool on the PATH, else the one of Debian's package, taken out of it once and kept in the
 * checkout. Nothing is installed, so no Prometheus runs afterwards.
 */
export async function locatePromtool(): Promise<string> {
  if (spawnSync(PROGRAM, ['--version']).status === 0) return PROGRAM;
  const folder = join(checkoutRoot(), '.keyfold', 'bin');
  const kept = join(folder, PROGRAM);
  await mkdir(folder, { recursive: true });
  return withFileLock(`${kept}.lock`, FETCH_MS, async () => {
    if (!existsSync(kept))
      await rename(await unpackDebianPackage(folder, { package: 'prometheus', path: `usr/bin/${PROGRAM}` }), kept);
    return kept;
  });
}

/** What promtool says of a page of metrics; '' if nothing. */
export function checkMetrics(promtool: string, page: string): string {
  const { error, status, stderr, stdout } = spawnSync(promtool, ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** Runs promtool; @returns what it says, @throws if it is not content */
export async function promtoolSays(promtool: string, words: readonly string[]): Promise<string> {
  const { stderr, stdout } = await run(promtool, [...words]);
  return `${stdout}${stderr}`;
}
