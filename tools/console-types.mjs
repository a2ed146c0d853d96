// Writes the console's types from the OpenAPI document of a running admin-service:
//   node tools/console-types.mjs http://127.0.0.1:3000
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

export const TYPES_FILE = new URL('../apps/console/src/api/types.gen.ts', import.meta.url);

/** @returns the types of a document, as text. Descriptions are left out: a better word is no other type. */
export async function consoleTypes(document) {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-types-'));
  try {
    await createClient({
      input: document,
      output: { path: folder },
      plugins: [{ name: '@hey-api/typescript', comments: false }],
      logs: { level: 'silent' },
    });
    return await readFile(join(folder, 'types.gen.ts'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , url] = process.argv;
  if (url === undefined) throw new Error('usage: node tools/console-types.mjs <url of the admin-service>');
  const answer = await fetch(`${url}/openapi.json`);
  await writeFile(TYPES_FILE, await consoleTypes(await answer.json()));
}
