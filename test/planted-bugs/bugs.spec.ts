import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';

/* Code changes under the planted bugs: one that cannot be planted any more, or whose test is gone, finds nothing. */

interface Bug {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly test: string;
  readonly only?: string;
}

const ROOT = new URL('../../', import.meta.url);
const { BUGS } = (await import(new URL('bugs.mjs', import.meta.url).href)) as { readonly BUGS: readonly Bug[] };
const KINDS = [
  'lease order',
  'lease end',
  'cosign before apply',
  "sibling's commit",
  'clock',
  'cache after apply',
  'receipt completeness',
  'self-audit',
  'fork',
];

const read = (file: string): Promise<string> => readFile(new URL(file, ROOT), 'utf8');

test('of each kind there are at least two', () => {
  for (const kind of KINDS) expect(BUGS.filter((bug) => bug.kind === kind).length).toBeGreaterThanOrEqual(2);
  expect(BUGS.filter(({ kind }) => !KINDS.includes(kind))).toEqual([]);
});

describe.each(BUGS.map((bug) => [`${bug.kind}: ${bug.name}`, bug] as const))('%s', (_name, bug) => {
  test('can be planted, in one place', async () => {
    expect((await read(bug.file)).split(bug.from)).toHaveLength(2);
    expect(bug.to).not.toBe(bug.from);
  });

  test('has the tests that find it', async () => {
    expect(await read(bug.test)).toContain(bug.only ?? '');
  });
});
