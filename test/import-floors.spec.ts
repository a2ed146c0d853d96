import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

type Floors = readonly (string | readonly string[])[];

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; rule: { name: string } }[];
  };
}

const { FLOORS } = createRequire(import.meta.url)('../tools/import-floors.cjs') as {
  readonly FLOORS: Readonly<Record<string, Floors>>;
};
const run = promisify(execFile);

describe('the floors', () => {
  let copy: string;
  const plantedImports = new Map<string, readonly string[]>();

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'keyfold-floors-'));
    await writeFile(join(copy, 'tsconfig.json'), '{}');
  });

  afterAll(async () => {
    await rm(copy, { recursive: true });
  });

  test('every import that does not go down breaks a rule, and no other one does', async () => {
    const expected: string[] = [];
    for (const [root, floors] of Object.entries(FLOORS)) {
      const planted = floors.flatMap((floor, at) =>
        [floor].flat().map((name) => ({ at, file: plantedFile(root, name) })),
      );
      const nowhere = join(root, 'without-a-floor', 'planted.ts');
      for (const { at, file } of planted) {
        const others = planted.filter((other) => other.file !== file);
        await plant(file, [...others.map((other) => other.file), nowhere]);
        expected.push(...others.filter((other) => other.at <= at).map((other) => `${file} -> ${other.file}`));
        expected.push(`${file} -> ${nowhere}`);
      }
      const [top] = planted;
      if (top === undefined) throw new Error(`${root} has no floors`);
      await plant(nowhere, [top.file]);
      expected.push(`${nowhere} -> ${top.file}`);
      await plant(join(root, 'without-a-floor', 'planted.spec.ts'), [top.file]);
    }
    expect(await broken()).toEqual(expected.sort());
  });

  function plantedFile(root: string, name: string): string {
    if (name.endsWith('.ts')) return join(root, name);
    return join(root, name === '.' ? '' : name, 'planted.ts');
  }

  /** Imports for their types alone count as well. A file that is on floors of two roots gets the imports of both. */
  async function plant(file: string, further: readonly string[]): Promise<void> {
    const imported = [...new Set([...(plantedImports.get(file) ?? []), ...further])];
    plantedImports.set(file, imported);
    const lines = imported.map((other, at) => {
      const path = relative(dirname(file), other).replace(/\.ts$/, '.js');
      return `import ${at % 2 === 0 ? 'type ' : ''}{ x as x${at} } from '${path.startsWith('.') ? path : `./${path}`}';`;
    });
    const uses = imported.map((_, at) => (at % 2 === 0 ? `type T${at} = typeof x${at};` : `void x${at};`));
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), [...lines, ...uses, 'export const x = 1;', ''].join('\n'));
  }

  async function broken(): Promise<string[]> {
    const depcruise = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = resolve('.dependency-cruiser.cjs');
    const roots = [...new Set(Object.keys(FLOORS).map((root) => root.split('/')[0] ?? ''))];
    // It ends with the number of broken rules as its exit code.
    const { stdout } = await run(process.execPath, [depcruise, '--config', config, '--output-type', 'json', ...roots], {
      cwd: copy,
      maxBuffer: 1e8,
    }).catch((error: unknown) => error as { stdout: string });
    const { summary } = JSON.parse(stdout) as Cruise;
    const floors = summary.violations.filter(({ rule }) => rule.name.startsWith('floors: '));
    return [...new Set(floors.map(({ from, to }) => `${from} -> ${to}`))].sort();
  }
});
