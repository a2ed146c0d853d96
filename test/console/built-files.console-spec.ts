import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';

const FOLDER = new URL('../../dist/apps/console', import.meta.url).pathname;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(FOLDER, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
const kB = (file: string): number => gzipSync(readFileSync(join(FOLDER, file)), { level: 9 }).length / 1000;
const sum = (files: Iterable<string>): number => [...files].reduce((total, file) => total + kB(file), 0);

/** Every script that has to be there before this one runs. */
function scriptsOf(name: string, into = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`no chunk ${name}`);
  if (into.has(chunk.file)) return into;
  into.add(chunk.file);
  for (const other of chunk.imports ?? []) scriptsOf(other, into);
  return into;
}

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? '';
const first = [...scriptsOf(entry), ...scriptsOf('src/text/en.ts')];
const signIn = new Set([...first, ...scriptsOf('src/pages/sign-in-page.tsx')]);
const shell = new Set([...first, ...scriptsOf('src/app/app.tsx'), ...scriptsOf('src/app/shell.tsx')]);
/** What a page loads besides the shell; the auditor's texts come with the first page that has some. */
const filesOf = (page: string): Set<string> =>
  new Set([...scriptsOf(page), ...(/\/(audit|forks)\//.test(page) ? scriptsOf('src/text/en/audit.ts') : [])]);
const pages = Object.keys(manifest).filter((name) => name.startsWith('src/pages/'));

describe('the built files, compressed', () => {
  test('sign-in needs at most 110 kB of scripts', () => {
    expect(sum(signIn)).toBeLessThanOrEqual(110);
  });

  test.each(['src/pages/overview-page.tsx', 'src/pages/my-keys/my-keys-page.tsx', 'src/pages/audit/timeline-page.tsx'])(
    'the first page after it, %s, at most 200 kB',
    (page) => {
      expect(sum(new Set([...shell, ...filesOf(page)]))).toBeLessThanOrEqual(200);
    },
  );

  test('each further page at most 40 kB', () => {
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages)
      expect([page, sum([...filesOf(page)].filter((file) => !shell.has(file))) <= 40]).toEqual([page, true]);
  });

  test('all styles together at most 20 kB', () => {
    const styles = readdirSync(join(FOLDER, 'assets')).filter((name) => name.endsWith('.css'));
    expect(sum(styles.map((name) => `assets/${name}`))).toBeLessThanOrEqual(20);
  });

  test('nothing is inlined as a data: URL, which the policy would refuse', () => {
    for (const name of readdirSync(join(FOLDER, 'assets')).filter((file) => /\.(css|js)$/.test(file)))
      expect([name, /url\(["']?data:/.test(readFileSync(join(FOLDER, 'assets', name), 'utf8'))]).toEqual([name, false]);
  });
});
