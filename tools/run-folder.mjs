import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Several times what the servers of two workers have ever held at once. */
const ENOUGH_BYTES = 4 * 2 ** 30;
const PREFIX = 'keyfold-run-';

/**
 * Makes a folder for what the files of one run of the tests share, such as the cluster that each of them copies, and
 * for the data of their servers. It tells the workers of it by TEST_RUN_FOLDER; `tools/remove-run-folder.mjs` removes
 * it.
 *
 * It lies in memory where there is room: each file makes and removes a cluster of a thousand files, and on a disk that
 * takes up to a quarter of all processor time. The tests kill processes, not machines: what a server has written
 * outlives it there as well.
 */
export default async function makeRunFolder() {
  const inMemory = await hasRoomInMemory();
  if (inMemory) await removeAbandoned();
  const folder = await mkdtemp(join(inMemory ? MEMORY : tmpdir(), `${PREFIX}${process.pid}-`));
  // Root runs Postgres as another user, who must reach the cluster inside; that one is closed to others.
  await chmod(folder, 0o755);
  process.env.TEST_RUN_FOLDER = folder;
}

async function hasRoomInMemory() {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return Math.min(bavail * bsize, freemem()) >= ENOUGH_BYTES;
  } catch {
    // Not Linux.
    return false;
  }
}

/** A run that is interrupted leaves its folder behind, and nothing but the next run would give the memory back. */
async function removeAbandoned() {
  for (const name of await readdir(MEMORY)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    // Another user's folder stays.
    if (pid > 0 && !isAlive(pid)) await rm(join(MEMORY, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
