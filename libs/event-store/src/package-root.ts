import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A path inside the package, found the same way from the sources and from `dist`: SQL files are not compiled, so they
 * lie beside the sources only.
 *
 * @param path relative to the package's root, such as `libs/event-store/migrations`.
 */
export function inPackage(path: string): string {
  return join(packageRoot(import.meta.dirname), path);
}

/** The version of this package, as its `package.json` names it. */
export function ownVersion(): string {
  const { version } = manifestIn(packageRoot(import.meta.dirname)) ?? {};
  if (typeof version !== 'string') throw new Error('package.json names no version');
  return version;
}

function packageRoot(start: string): string {
  for (let dir = start; ; dir = dirname(dir)) {
    if (manifestIn(dir)?.name === 'keyfold') return dir;
    if (dir === dirname(dir)) throw new Error(`no package named keyfold above ${start}`);
  }
}

function manifestIn(dir: string): { readonly name?: unknown; readonly version?: unknown } | undefined {
  const file = join(dir, 'package.json');
  if (!existsSync(file)) return undefined;
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof content === 'object' && content !== null ? content : undefined;
}
