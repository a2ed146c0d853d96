import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder for the data of servers, where the run of the tests keeps it: in memory if there is room. */
export async function makeServerFolder(prefix: string): Promise<string> {
  return mkdtemp(join(process.env['TEST_RUN_FOLDER'] ?? tmpdir(), prefix));
}
