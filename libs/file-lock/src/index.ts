import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

export interface FileLock {
  release(): void;
}

/**
 * Takes an exclusive lock on the file at `path` (created if missing), or returns null if another process, or another
 * caller in this one, holds it. The kernel releases it when the holder dies, kill -9 included, so there is no stale
 * lock to judge; that is why it is SQLite's fcntl lock and not a file with a process id in it.
 */
export function tryLockFile(path: string): FileLock | null {
  createFile(path);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('pragma journal_mode = memory');
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return {
    release(): void {
      if (db.isOpen) db.close();
    },
  };
}

/**
 * Not readable for others: a reader's lock would keep us out. A file that is there is not opened: when a process closes
 * a file, it loses all its locks on it, also one that another caller in it holds.
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Runs `work` under the lock on `path`, waiting up to `waitMs` for whoever holds it. */
export async function withFileLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = tryLockFile(path);
    if (lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (performance.now() > deadline) throw new Error(`${path} has been locked for ${waitMs} ms.`);
    await delay(50);
  }
}

const sqliteBusy = 5;

function isBusy(err: unknown): boolean {
  return (err as { errcode?: unknown }).errcode === sqliteBusy;
}
