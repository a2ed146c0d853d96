import { rm } from 'node:fs/promises';

/** Removes what `tools/run-folder.mjs` made. */
export default async function removeRunFolder() {
  await rm(process.env.TEST_RUN_FOLDER, { recursive: true, force: true });
}
