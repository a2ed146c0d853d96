import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';

// What can be checked of the documents without understanding them: what they point at exists.

const ROOT = join(import.meta.dirname, '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const known = new Set(files.flatMap((file) => [file, ...folders(file)]));
const documents = files.filter((file) => file.endsWith('.md'));

function folders(file: string): string[] {
  const folder = dirname(file);
  return folder === '.' ? [] : [folder, ...folders(folder)];
}

/** What commands write, and git ignores. */
const MADE = ['bench/results.json'];

/** A heading's anchor, as forges make it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

const withoutCode = (markdown: string): string => markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`]*`/g, '');

/** Relative links of a document that lead nowhere. */
function brokenLinks(document: string, markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : normalize(join(dirname(document), path)).replace(/\/$/, '');
      if (!known.has(file)) return true;
      if (anchor === undefined) return false;
      const headings = [...text(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      return !headings.includes(anchor);
    });
}

/**
 * Paths from the repository's root, in backticks, that do not exist. Those with a placeholder or a pattern are not
 * looked at.
 */
function brokenPaths(markdown: string): string[] {
  return [...markdown.matchAll(/`((?:\.ci|\.github|apps|bench|deploy|docs|libs|test|tools)\/[^`\s]*)`/g)]
    .map(([, path = '']) => path.replace(/\/$/, ''))
    .filter((path) => !/[<>*{}]/.test(path) && !known.has(path) && !MADE.includes(path));
}

describe('documents', () => {
  test('relative links lead to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(10);
    expect(documents.flatMap((document) => brokenLinks(document, text(document)))).toEqual([]);
    const planted = '[a](SECURITY.md) [b](SECURITY.md#threat-model) [c](GONE.md) [d](SECURITY.md#gone) `[e](GONE.md)`';
    expect(brokenLinks('README.md', planted)).toEqual(['GONE.md', 'SECURITY.md#gone']);
  });

  test('paths that they name exist', () => {
    // CHANGELOG tells of what was there.
    const checked = documents.filter((document) => document !== 'CHANGELOG.md');
    expect(checked.flatMap((document) => brokenPaths(text(document)).map((path) => `${document}: ${path}`))).toEqual(
      [],
    );
    expect(brokenPaths('`libs/domain/` and `libs/gone/x.ts`, `apps/<app>/x.ts`')).toEqual(['libs/gone/x.ts']);
  });
});

describe('"Life of a key" in ARCHITECTURE.md', () => {
  const life = /^## Life of a key$(.*?)^## /ms.exec(text('ARCHITECTURE.md'))?.[1] ?? '';
  const steps = life.split(/^### (?=\d)/m).slice(1);

  test('has seven steps', () => {
    expect(steps.map((step) => step.slice(0, 2))).toEqual(['1.', '2.', '3.', '4.', '5.', '6.', '7.']);
  });

  test.each(steps.map((step) => [step.split('\n', 1)[0], step] as const))(
    '%s: says where its code is; every file exists and imports the next one',
    (_title, step) => {
      const lines = codeLines(step);
      expect(lines).not.toEqual([]);
      for (const line of lines) {
        const paths = [...line.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
        expect(paths.length).toBeGreaterThan(2);
        expect(paths.filter((path) => !files.includes(path))).toEqual([]);
        const arrows = paths.slice(1).map((to, at) => [paths[at] ?? '', to] as const);
        expect(arrows.filter(([from, to]) => !imports(from, to))).toEqual([]);
      }
    },
  );

  /** The paragraphs `Code: a -> b -> c`, unwrapped. */
  function codeLines(step: string): string[] {
    return [...step.matchAll(/^Code: (.*?)\n$/gms)].map(([, line = '']) => line.replaceAll('\n', ' '));
  }

  /** Directly, or by the library that the other file belongs to. */
  function imports(from: string, to: string): boolean {
    const library = /^libs\/([^/]+)\//.exec(to)?.[1];
    const source = text(from);
    return (
      new RegExp(`from '\\.{1,2}/(?:[\\w.-]+/)*${basename(to, '.ts')}\\.js'`).test(source) ||
      (library !== undefined && !from.startsWith(`libs/${library}/`) && source.includes(`from '@keyfold/${library}'`))
    );
  }
});
