import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileLock, tryLockFile } from '@keyfold/file-lock';
import { commandLineOf, isAlive, stopOrphan } from '@keyfold/local-servers';
import { StartError } from './start-error.js';

interface KnownProcess {
  readonly pid: number;
  /** Part of its command line, so that a stranger with a re-used id is not taken for it. */
  readonly marker: string;
}

/**
 * The data directory, held under a lock from opening to closing: a second `npm start` on it is refused, and what an
 * earlier one left running is known to have lost its owner.
 */
export class DataDirectory {
  private processes: Record<string, KnownProcess> = {};

  private constructor(
    readonly path: string,
    private readonly lock: FileLock,
  ) {}

  /** @throws StartError if another `npm start` runs on it */
  static async open(path: string, log: (line: string) => void): Promise<DataDirectory> {
    await mkdir(join(path, 'logs'), { recursive: true, mode: 0o700 });
    const lock = tryLockFile(join(path, 'lock'));
    const pid = Number((await readFile(join(path, 'npm-start.pid'), 'utf8').catch(() => '')).trim());
    if (!lock) {
      const who = pid > 0 && isAlive(pid) ? ` (process ${pid})` : '';
      throw new StartError(
        `Another \`npm start\` runs on the data in ${path}${who}. Stop it, or set KEYFOLD_DATA_DIR and other KEYFOLD_*_PORTs to run a second system beside it.`,
      );
    }
    const directory = new DataDirectory(path, lock);
    await directory.write('npm-start.pid', `${process.pid}\n`);
    await directory.stopLeftovers(log);
    return directory;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async read(name: string): Promise<string | undefined> {
    const text = await readFile(this.file(name), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    // A file that a power cut left empty counts as not there.
    return text === undefined || text.trim() === '' ? undefined : text.trim();
  }

  /** Writes a file of mode 0600 atomically: a reader finds the old text or the new one, also after a kill. */
  async write(name: string, text: string): Promise<void> {
    const path = this.file(name);
    const partial = join(dirname(path), `.${randomUUID()}.new`);
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  }

  /** The kept text of `name`, or, at the first start, what `make` returns, kept from now on. */
  async keep(name: string, make: () => string | Promise<string>): Promise<string> {
    const kept = await this.read(name);
    if (kept !== undefined) return kept;
    const made = await make();
    await this.write(name, `${made}\n`);
    return made;
  }

  /** Remembers a service's process, so that the next start can stop it if this one is killed. */
  async rememberProcess(name: string, pid: number): Promise<void> {
    this.processes[name] = { pid, marker: `apps/${name}/src/main.js` };
    await this.write('processes.json', JSON.stringify(this.processes));
  }

  close(): void {
    this.lock.release();
  }

  private async stopLeftovers(log: (line: string) => void): Promise<void> {
    const kept = JSON.parse((await this.read('processes.json')) ?? '{}') as Record<string, KnownProcess>;
    const left = Object.values(kept).filter(
      ({ pid, marker }) => isAlive(pid) && commandLineOf(pid)?.includes(marker) === true,
    );
    await Promise.all(left.map((known) => stopOrphan({ ...known, signal: 'SIGTERM', log })));
  }
}
