import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

// What the repository promises about itself: licences of what it ships, and what the forge runs.

const ROOT = join(import.meta.dirname, '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Licences that may be shipped with a program under Apache-2.0. */
const SHIPPED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);
/**
 * Further ones that tools may have. Development packages are checked too, since the console's bundle is made of some.
 */
const OF_TOOLS = new Set(['(MIT AND Zlib)', '(MIT OR CC0-1.0)', 'Apache-2.0 AND MIT', 'CC-BY-4.0', 'MPL-2.0']);

interface LockedPackage {
  readonly dev?: boolean;
  readonly license?: string;
  readonly version?: string;
  readonly resolved?: string;
}

const locked = Object.entries(
  (JSON.parse(text('package-lock.json')) as { packages: Record<string, LockedPackage> }).packages,
).filter(([path]) => path !== '');

/** Packages whose licence is missing or not allowed, each as `path: licence`. */
function refusedLicences(packages: readonly (readonly [string, LockedPackage])[]): string[] {
  return packages
    .filter(([, { dev, license = '' }]) => !SHIPPED.has(license) && !(dev === true && OF_TOOLS.has(license)))
    .map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
}

describe('dependencies', () => {
  test('every package has a licence that it may have where it is used', () => {
    expect(locked.filter(([, { dev }]) => dev !== true).length).toBeGreaterThan(100);
    expect(refusedLicences(locked)).toEqual([]);
    const planted: [string, LockedPackage][] = [
      ['node_modules/a', { license: 'GPL-3.0-only' }],
      ['node_modules/b', {}],
      ['node_modules/c', { license: 'GPL-3.0-only', dev: true }],
      ['node_modules/d', { license: 'MPL-2.0' }],
      ['node_modules/e', { license: 'MPL-2.0', dev: true }],
    ];
    expect(refusedLicences(planted)).toEqual([
      'node_modules/a: GPL-3.0-only',
      'node_modules/b: none',
      'node_modules/c: GPL-3.0-only',
      'node_modules/d: MPL-2.0',
    ]);
  });

  test('the licences in the lock file are those that the packages state', () => {
    // Packages for other platforms are not installed.
    const installed = locked.filter(([path]) => existsSync(join(ROOT, path, 'package.json')));
    expect(installed.length).toBeGreaterThan(100);
    for (const [path, { license, version }] of installed) {
      const stated = JSON.parse(text(join(path, 'package.json'))) as { license?: string; version: string };
      expect([path, stated.version, stated.license]).toEqual([path, version, license]);
    }
  });

  test('the lock file names no registry, so every machine uses its own', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly { readonly uses?: string; readonly run?: string; with?: Record<string, unknown> }[];
      }
    >
  >;
}

describe('the forge', () => {
  const folder = '.github/workflows';
  const workflows = readdirSync(join(ROOT, folder)).map(
    (name) => [name, parse(text(join(folder, name))) as Workflow] as const,
  );
  const steps = workflows.flatMap(([, { jobs }]) => Object.values(jobs).flatMap((job) => job.steps));

  test('runs all checks, with the history that test:versions builds from', () => {
    const ci = workflows.find(([name]) => name === 'ci.yml')?.[1].jobs['all-checks']?.steps ?? [];
    expect(ci.filter(({ run }) => run === '.ci/run')).toHaveLength(1);
    expect(ci.find(({ uses }) => uses?.startsWith('actions/checkout@') === true)?.with).toMatchObject({
      'fetch-depth': 0,
    });
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).not.toBe(0);
  });

  test('may only read the repository by default, and no job runs for ever', () => {
    expect(workflows.map(([name]) => name).sort()).toEqual(['ci.yml', 'codeql.yml']);
    for (const [name, { jobs, permissions }] of workflows) {
      expect([name, permissions]).toEqual([name, { contents: 'read' }]);
      for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  test('uses actions by commit, since whoever controls an action can move its tags', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.length).toBeGreaterThan(2);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
  });

  test('is asked for updates of everything that is pinned: packages, images and actions', () => {
    const { updates } = parse(text('.github/dependabot.yml')) as { updates: { 'package-ecosystem': string }[] };
    expect(updates.map((update) => update['package-ecosystem'])).toEqual([
      'npm',
      'docker',
      'docker-compose',
      'github-actions',
    ]);
  });
});
