import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeShippedManifest } from '../tools/shipped-manifest.mjs';

// The checks before a release, in a repository of their own, and what the bill of materials is made from. Its tool is
// not run: that needs npm's registry.

const ROOT = join(import.meta.dirname, '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfold-release-'));
  for (const name of ['package.json', 'package-lock.json', 'docker-compose.yml', 'README.md'])
    cpSync(join(ROOT, name), join(folder, name));
  writeFileSync(
    join(folder, 'CHANGELOG.md'),
    `# Changelog\n\n## [Unreleased]\n\n## [${version()}] - 2026-03-01\n\n### Added\n\n- A thing.\n`,
  );
  git('init', '--quiet');
  commit();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function version(): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', '-c', 'commit.gpgSign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
}

function commit(): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'a state');
}

function edit(name: string, from: string, to: string): void {
  const before = readFileSync(join(folder, name), 'utf8');
  expect(before).toContain(from);
  writeFileSync(join(folder, name), before.replace(from, to));
}

function dryRun(...words: string[]): { readonly code: number | null; readonly text: string } {
  const script = join(ROOT, 'tools/release.mjs');
  const done = spawnSync(process.execPath, [script, '--dry-run', ...words], { cwd: folder, encoding: 'utf8' });
  return { code: done.status, text: done.stdout + done.stderr };
}

describe('a release', () => {
  test('of a clean tree whose places agree is ready, and a dry run changes nothing', () => {
    const { code, text } = dryRun();
    expect([code, text]).toEqual([0, expect.stringContaining(`the tag v${version()}`)]);
    expect(git('tag')).toBe('');
    expect(git('status', '--porcelain')).toBe('');
  });

  test.each<[string, () => void, RegExp]>([
    [
      'a change that is not committed',
      () => {
        edit('README.md', 'Keyfold', 'Keyfolds');
      },
      /tree is not clean/,
    ],
    [
      'an entry left under Unreleased',
      () => {
        edit('CHANGELOG.md', '## [Unreleased]\n', '## [Unreleased]\n\n- A late one.\n');
        commit();
      },
      /move what is under \[Unreleased\]/,
    ],
    [
      'a section without a date',
      () => {
        edit('CHANGELOG.md', ' - 2026-03-01', '');
        commit();
      },
      /no section "## \[\d+\.\d+\.\d+\] - YYYY-MM-DD"/,
    ],
    [
      'another version in package.json than elsewhere',
      () => {
        edit('package.json', `"version": "${version()}"`, '"version": "77.0.0"');
        commit();
      },
      /package-lock\.json says .*\n.*\ndocker-compose\.yml \(image\) says .*\nREADME\.md/,
    ],
    [
      'a version that was released',
      () => {
        git('tag', `v${version()}`);
      },
      /tag v.* exists/,
    ],
  ])('with %s is refused, and says so', (_name, spoil, message) => {
    spoil();
    const { code, text } = dryRun();
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
    expect(text).not.toContain('Ready');
  });

  test('takes no word that it does not know', () => {
    const { code, text } = dryRun('--dryrun');
    expect([code, text]).toEqual([1, expect.stringContaining('unknown: --dryrun')]);
  });

  test('can be made of CHANGELOG.md as it is written: known kinds of entries, and a date for each version', () => {
    const text = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    const [first, ...released] = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(first).toBe('[Unreleased]');
    expect(released.length).toBeGreaterThan(0);
    for (const heading of released) expect(heading).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
    const kinds = [...text.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);
    for (const kind of kinds)
      expect(['Before you upgrade', 'Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']).toContain(kind);
  });
});

describe('the bill of materials', () => {
  test('is made from a lock file that counts the packages in the console as shipped, and no others more', () => {
    const before = shippedPackages(ROOT);
    const dependencies = writeShippedManifest(ROOT, folder);
    const after = shippedPackages(folder);
    expect(dependencies).toEqual(expect.arrayContaining(['pg', 'react', 'react-dom', 'react-aria-components']));
    // The last two are bundled, and only other packages of the console import them.
    for (const name of ['react', '@tanstack/react-router', 'react-aria', 'scheduler']) {
      expect(before).not.toContain(`node_modules/${name}`);
      expect(after).toContain(`node_modules/${name}`);
    }
    expect(after).toEqual(expect.arrayContaining(before));
    for (const name of ['vite', 'jest', 'eslint']) expect(after).not.toContain(`node_modules/${name}`);
  });

  test('has each package in the version that the repository is locked to', () => {
    writeShippedManifest(ROOT, folder);
    const locked = lockedPackages(ROOT);
    for (const [path, { version: found }] of Object.entries(lockedPackages(folder)))
      expect([path, found]).toEqual([path, locked[path]?.version]);
  });
});

function lockedPackages(root: string): Record<string, { version: string; dev?: true; devOptional?: true }> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: ReturnType<typeof lockedPackages>;
  };
  return lock.packages;
}

/** Where `npm ci --omit=dev` would put packages. */
function shippedPackages(root: string): string[] {
  return Object.entries(lockedPackages(root))
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .map(([path]) => path);
}
