import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes a folder for what the files of one run of the tests share, such as the cluster that each of them copies, and
 * tells the workers of it by TEST_RUN_FOLDER. `tools/remove-run-folder.mjs` removes it.
 */
export default async function makeRunFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-run-'));
  // Root runs Postgres as another user, who must reach the cluster inside; that one is closed to others.
  await chmod(folder, 0o755);
  process.env.TEST_RUN_FOLDER = folder;
}
