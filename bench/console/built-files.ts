import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkoutRoot } from '@keyfold/local-servers';
import type { BoundedFigure } from '../harness/figure.js';

const FOLDER = join(checkoutRoot(), 'dist/apps/console');
/** What a person may come to first after signing in. */
const FIRST_PAGES = ['overview-page.tsx', 'my-keys/my-keys-page.tsx', 'audit/timeline-page.tsx'];

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

/** Kilobytes (gzip) that a browser loads: for sign-in, for each first page, for each page beyond the first. */
export function sizesOfConsole(): BoundedFigure[] {
  const manifest = JSON.parse(readFileSync(join(FOLDER, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
  const scripts = (names: readonly string[]): Set<string> => {
    const files = new Set<string>();
    for (const waiting = [...names]; waiting.length > 0;) {
      const chunk = manifest[waiting.pop() ?? ''];
      if (chunk === undefined || files.has(chunk.file)) continue;
      files.add(chunk.file);
      waiting.push(...(chunk.imports ?? []));
    }
    return files;
  };
  const entry = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
  const first = [...entry, 'src/text/en.ts'];
  const shell = [...first, 'src/app/app.tsx', 'src/app/shell.tsx'];
  const known = scripts(shell);
  const pages = Object.keys(manifest).filter((name) => /^src\/pages\/.*-page\.tsx$/.test(name));
  const short = (name: string): string => name.replace('src/pages/', '').replace('.tsx', '');
  const styles = readdirSync(join(FOLDER, 'assets')).filter((name) => name.endsWith('.css'));
  return [
    sizes('sign-in', 110, { scripts: sum(scripts([...first, 'src/pages/sign-in-page.tsx'])) }),
    sizes(
      'first page after it',
      200,
      valuesOf(FIRST_PAGES, (page) => [short(page), sum(scripts([...shell, `src/pages/${page}`]))]),
    ),
    sizes(
      'each further page',
      40,
      valuesOf(pages, (page) => [short(page), sum([...scripts([page])].filter((file) => !known.has(file)))]),
    ),
    sizes('all styles', 20, { styles: sum(styles.map((name) => `assets/${name}`)) }),
  ];
}

function valuesOf<Item>(items: readonly Item[], of: (item: Item) => readonly [string, number]): Record<string, number> {
  return Object.fromEntries(items.map(of));
}

function sizes(what: string, most: number, values: Readonly<Record<string, number>>): BoundedFigure {
  return { kind: 'bounded', name: `console, kB for ${what}`, within: { least: 0, most }, values };
}

function sum(files: Iterable<string>): number {
  const bytes = [...files].map((file) => gzipSync(readFileSync(join(FOLDER, file)), { level: 9 }).length);
  return bytes.reduce((total, size) => total + size, 0) / 1000;
}
