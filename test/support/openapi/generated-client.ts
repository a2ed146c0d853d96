import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@hey-api/openapi-ts';
import ts from 'typescript';
import type { ApiDocument } from './api-document.js';

const run = promisify(execFile);

/** Strict as a user's project may be; generated code is held to the same. */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: false,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
};

/** Generates a client from a document into `folder/name`, as somebody who has nothing but the document would. */
export async function generateClient(folder: string, name: string, document: ApiDocument): Promise<void> {
  await createClient({
    input: JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
    output: { path: join(folder, name), module: { extension: '.js' } },
    plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
    logs: { level: 'silent' },
  });
}

/**
 * Compiles a program that uses generated clients, and runs it in a process of its own.
 *
 * @param folder where the clients are
 * @param program TypeScript; what it writes to standard output is JSON
 * @throws Error with what the compiler says
 */
export async function runProgram(folder: string, program: string, args: readonly string[]): Promise<unknown> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const main = join(folder, 'main.ts');
  await writeFile(main, program);
  const compiled = ts.createProgram([main], { ...OPTIONS, outDir: join(folder, 'out'), rootDir: folder });
  const problems = [...ts.getPreEmitDiagnostics(compiled), ...compiled.emit().diagnostics];
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, FORMAT));
  await writeFile(join(folder, 'out/package.json'), JSON.stringify({ type: 'module' }));
  const { stdout } = await run(process.execPath, [join(folder, 'out/main.js'), ...args], { timeout: 60_000 });
  return JSON.parse(stdout);
}

const FORMAT: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => '/',
  getNewLine: () => '\n',
};
